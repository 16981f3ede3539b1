"""What the store keeps so that several programs share their work: tasks, editions, mails."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import polars as pl

from listener.store import editions, mails, tasks
from listener.store.database import Database
from listener.store.tasks import TaskState


class Rota:
    """The part of `Store` that hands out leases; each method raises `StoreError`.

    A *lease* is the right to do something for some time, by the database's clock. Whoever
    holds it renews it; when its holder dies it runs out, and somebody else takes over.
    An *owner* is the name of one program that runs. A lease that ran out stays its owner's
    until somebody else takes it.
    """

    _database: Database

    def now(self) -> datetime:
        """Return what time it is by the clock that leases go by, in UTC."""
        with self._database.reading() as connection:
            return self._database.clock.read(connection)

    def plan_tasks(self, names: Iterable[str], *, first_in: timedelta = timedelta(0)) -> None:
        """Keep tasks that are not known yet, due so long after now; others stay as they are.

        Names of more than 500 characters are shortened, always to the same ones.
        """
        tasks.plan_tasks(self._database, names, first_in=first_in)

    def claim_task(self, name: str, owner: str, *, lease: timedelta, latest: timedelta) -> bool:
        """Take a task if it is known, due, and nobody does it; tell whether it was taken.

        An owner whose own lease lasts does not get the task again, but after it ran
        out he does: do not claim what still runs in the same program.

        Args:
            name: The task.
            owner: Who is to do it.
            lease: For how long, unless it is renewed.
            latest: A task that is due even later than this is due at once: it was planned
                while the clock was ahead. Must be longer than the task's rhythm.
        """
        return tasks.claim_task(self._database, name, owner, lease=lease, latest=latest)

    def renew_tasks(self, names: Iterable[str], owner: str, *, lease: timedelta) -> set[str]:
        """Let an owner's leases begin anew and return the tasks that are still his.

        Whatever is missing in the answer was taken over: who does it must stop.
        """
        return tasks.renew_tasks(self._database, names, owner, lease=lease)

    def finish_task(
        self,
        name: str,
        owner: str,
        *,
        state: TaskState,
        error: str = "",
        next_in: timedelta,
    ) -> bool:
        """Give a task back with its outcome; tell whether it was still the owner's.

        Args:
            name: The task.
            owner: Who did it.
            state: `done` ends a row of failures, `failed` begins or prolongs one,
                `waiting` (for a limit, for money) leaves it as it is.
            error: Why it is not done, in one line that is free of secrets.
            next_in: How long after now it is due again.
        """
        return tasks.finish_task(
            self._database, name, owner, state=state, error=error, next_in=next_in
        )

    def release_task(self, name: str, owner: str) -> bool:
        """Give a task back that was broken off, due at once; tell whether it was the owner's."""
        return tasks.release_task(self._database, name, owner)

    def hasten_task(self, name: str) -> bool:
        """Let a task be due now that was to be done later; tell whether it was.

        Who does it at the moment plans it anew when he ends, and has to look himself whether
        there is more to do.
        """
        return tasks.hasten_task(self._database, name)

    def drop_tasks(self, keep: Iterable[str]) -> int:
        """Forget all tasks but these and those that somebody does; return how many went."""
        return tasks.drop_tasks(self._database, keep)

    def load_tasks(self) -> pl.DataFrame:
        """Return the tasks by name, one row each.

        Columns: `name`; `owner`, `leased_at` and `lease_until`, empty when nobody does it;
        `due_at`; `started_at` and `finished_at` of the latest attempts; `state` (`new` or that of
        the last end); `error`; `failing_since` and `failures`, since when and how often it has
        failed without an end in `done`; `takeovers`, how often its holder had died.
        """
        return tasks.load_tasks(self._database)

    def claim_edition(self, key: str, owner: str, *, lease: timedelta) -> bool:
        """Take an edition unless it is made or somebody makes it; tell whether it was taken.

        Args:
            key: Brand and week, such as `acme:2026-W47`.
            owner: Who is to make it.
            lease: For how long, unless it is renewed.
        """
        return editions.claim_edition(self._database, key, owner, lease=lease)

    def renew_edition(self, key: str, owner: str, *, lease: timedelta) -> bool:
        """Let an owner's lease begin anew; False if somebody else took over."""
        return editions.renew_edition(self._database, key, owner, lease=lease)

    def finish_edition(self, key: str, owner: str, *, folder: str) -> bool:
        """Record that an edition is made and where it lies; False if somebody else took over."""
        return editions.finish_edition(self._database, key, owner, folder=folder)

    def release_edition(self, key: str, owner: str, *, error: str) -> bool:
        """Record why an edition was not made, in one line; anybody may try again at once."""
        return editions.release_edition(self._database, key, owner, error=error)

    def load_editions(self) -> pl.DataFrame:
        """Return all editions that were ever begun, by key, one row each.

        Columns: `key`; `owner`, `leased_at` and `lease_until`, empty when nobody makes it;
        `made_at`, empty until it is made; `folder`; `error`; `attempts`.
        """
        return editions.load_editions(self._database)

    def claim_mail(self, key: str, address_digest: str, owner: str, *, lease: timedelta) -> bool:
        """Take a mail that may be sent now; tell whether it was taken.

        It may be if it was never begun, or was given back and its pause is over. What was
        begun and never ended may have gone out, and is never sent again.

        Args:
            key: The edition.
            address_digest: The reader's address, as a digest.
            owner: Who is to send it.
            lease: How long it may take; then it is in doubt.
        """
        return mails.claim_mail(self._database, key, address_digest, owner, lease=lease)

    def finish_mail(self, key: str, address_digest: str, owner: str, *, message_id: str) -> bool:
        """Record that a mail server took the mail; False if the owner had not claimed it."""
        return mails.finish_mail(self._database, key, address_digest, owner, message_id=message_id)

    def release_mail(
        self,
        key: str,
        address_digest: str,
        owner: str,
        *,
        error: str,
        next_in: timedelta,
        counts: bool = True,
    ) -> bool:
        """Record why a mail certainly did not go out; False if the owner had not claimed it.

        Args:
            key: The edition.
            address_digest: The reader's address, as a digest.
            owner: Who tried.
            error: Why, in one line that is free of secrets and addresses.
            next_in: How long after now it may be tried again.
            counts: Whether it is one of the `attempts` that are kept.
        """
        return mails.release_mail(
            self._database,
            key,
            address_digest,
            owner,
            error=error,
            next_in=next_in,
            counts=counts,
        )

    def doubt_mail(self, key: str, address_digest: str, owner: str, *, error: str) -> bool:
        """Record at once that a mail may have gone out; False if the owner had not claimed it."""
        return mails.doubt_mail(self._database, key, address_digest, owner, error=error)

    def load_mails(self) -> pl.DataFrame:
        """Return all mails that were ever begun, by edition and reader, one row each.

        Columns: `key`, `digest`; `owner`, `leased_at` and `lease_until`, empty when nobody sends
        it; `sent_at` and `message_id` once it went out; `error`; `attempts`, those that count;
        `released_at` and `next_at`, when it was given back and may be tried again; `unsure`,
        whether it was begun and never ended, so that it may have gone out or not.
        """
        return mails.load_mails(self._database)
