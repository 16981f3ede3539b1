"""Everything that cron has to call: collect, make the reports that are due, send them, tidy."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from listener.deliver.heartbeat import Kind, send_ping
from listener.errors import DeliveryError, ListenerError, StoreError
from listener.jobs.account_leases import holding_accounts
from listener.jobs.alerts.rounds import tell_alerts
from listener.jobs.collecting.accounts import Clock, open_collector
from listener.jobs.collecting.collection import Collected, collect
from listener.jobs.collecting.open_runs import RunResult
from listener.jobs.collecting.purse import make_purse
from listener.jobs.collecting.rounds import RunStoppedError
from listener.jobs.cron_rhythm import expect_next
from listener.jobs.editions import MadeEdition, make_editions
from listener.jobs.leases import Leases, holding
from listener.jobs.publishing import publish_by_itself
from listener.jobs.sending import send_editions
from listener.jobs.sent_mails import Sending
from listener.jobs.tasks import ALERTS, PUBLISH, TaskPlan, list_desks, list_sources, plan_tasks
from listener.jobs.tidying import tidy_in_turn
from listener.jobs.turns import do_in_turn
from listener.jobs.unmade_editions import find_unmade_editions
from listener.label import Phrases
from listener.settings import MailSecrets, Settings, Tokens
from listener.store.store import Store

TASK = "weekly"
LEASE = timedelta(seconds=60)
# Who is still at work after that long waits for something that does not come.
LONGEST = timedelta(hours=6)
_ANY_TIME = timedelta(0)
# Less than a day: who calls at the same hour each day is not to miss it by a minute.
_DAILY = timedelta(hours=20)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyRun:
    """What became of a run.

    Attributes:
        is_elsewhere: Whether nothing was done here, for another run is at work.
        failed: The runs of collecting that broke off.
        editions: The reports that were due and that nobody else made.
        sending: What became of the mails that were due.
        untidy: Why it could not tidy up.
        untold: Which alerts could not be told, and why.
        unpublished: Why the site could not be published.
    """

    is_elsewhere: bool = False
    failed: tuple[RunResult, ...] = ()
    editions: tuple[MadeEdition, ...] = ()
    sending: Sending = field(default_factory=Sending)
    untidy: str = ""
    untold: str = ""
    unpublished: str = ""

    @property
    def troubles(self) -> tuple[str, ...]:
        """What went wrong, a line each, what matters most first; each is said once."""
        return tuple(dict.fromkeys(self._list_troubles()))

    def _list_troubles(self) -> Iterator[str]:
        for edition in self.editions:
            if edition.error:
                yield edition.error
        yield from self.sending.troubles
        if self.unpublished:
            yield self.unpublished
        if self.untold:
            yield self.untold
        for result in self.failed:
            yield _name_account(result)
        if self.untidy:
            yield self.untidy


def run_weekly(
    store: Store,
    settings: Settings,
    tokens: Tokens,
    load_phrases: Callable[[], Phrases],
    *,
    secrets: MailSecrets,
    now: Clock,
    owner: str,
    say: Say,
) -> WeeklyRun:
    """Read what is new, make the reports that are due, send them; as often as one likes.

    Once a day it tidies up too, and publishes, as after each new report.

    Only one run works at a time, whatever the number of machines. What fails stops
    nothing else, and the next run makes up for it. `schedule.heartbeat_url` is told of
    start, success and failure.

    Args:
        store: Where everything is kept.
        settings: What is watched, and when reports are due.
        tokens: What accounts are read with.
        load_phrases: Loads what posts are read by, which takes a while: only if needed.
        secrets: Of mail.
        now: The clock.
        owner: The name of this run, unlike all others.
        say: Told what is being done, a line each.

    Raises:
        ConfigError: If an account's address or keys cannot be used.
        ListenerError: If another run has been at work for hours.
        StoreError: If the database fails.
    """
    plans = plan_tasks(settings, tokens)
    store.plan_tasks([TASK])
    next_in = _expect_next(store)
    if not store.claim_task(TASK, owner, lease=LEASE, latest=_ANY_TIME):
        _check_other(store)
        say("another run is at work; it does everything")
        return WeeklyRun(is_elsewhere=True)
    _ping(settings, "start", say)
    with holding(store, [TASK], owner, LEASE) as leases:
        weekly = _Weekly(
            store, settings, tokens, cache(load_phrases), secrets, now, owner, say, leases, plans
        )
        try:
            run = weekly.run()
        except BaseException as error:
            _give_back(store, owner, error, next_in)
            _ping(settings, "fail", say)
            raise
    why = "; ".join(run.troubles)
    store.finish_task(TASK, owner, state="failed" if why else "done", error=why, next_in=next_in)
    _ping(settings, "fail" if why else "success", say)
    return run


def _ping(settings: Settings, kind: Kind, say: Say) -> None:
    """Tell the watching service; if it cannot be told, it will notice the silence."""
    if not settings.schedule.heartbeat_url:
        return
    try:
        send_ping(settings.schedule.heartbeat_url, kind)
    except DeliveryError as error:
        say(str(error))


def _check_other(store: Store) -> None:
    """Complain about a run that does not come to its end.

    Raises:
        ListenerError: If it began too long ago.
    """
    tasks = store.load_tasks().filter(name=TASK).drop_nulls("owner")
    for owner, began in tasks.select("owner", "started_at").iter_rows():
        if store.now() - began >= LONGEST:
            msg = (
                f'another "listener weekly" has been at work since {began:%Y-%m-%d %H:%M} UTC '
                f"({owner}); look what it waits for, or end it"
            )
            raise ListenerError(msg)


def _expect_next(store: Store) -> timedelta:
    """Return when cron should call again at the latest, if this run ended now."""
    (row,) = store.load_tasks().filter(name=TASK).iter_rows(named=True)
    return expect_next(row["finished_at"], row["due_at"], store.now())


def _give_back(store: Store, owner: str, error: BaseException, next_in: timedelta) -> None:
    """Let the next run begin at once; if the database is away, the lease ends by itself."""
    with suppress(StoreError):
        if isinstance(error, Exception):
            store.finish_task(TASK, owner, state="failed", error=str(error), next_in=next_in)
        else:  # somebody stopped it
            store.release_task(TASK, owner)


@dataclass(slots=True)
class _Weekly:
    """One run that has the lease."""

    store: Store
    settings: Settings
    tokens: Tokens
    load_phrases: Callable[[], Phrases]
    secrets: MailSecrets
    now: Clock
    owner: str
    say: Say
    leases: Leases
    plans: tuple[TaskPlan, ...]

    def run(self) -> WeeklyRun:
        """Do one thing after the other, as long as nobody else has taken over."""
        collected = self._collect()
        untold = self._tell() if self._may_go_on() else ""
        editions = self._make(collected) if self._may_go_on() else ()
        sending = self._send() if self._may_go_on() else Sending()
        unpublished = self._publish() if self._may_go_on() else ""
        untidy = self._tidy() if self._may_go_on() else ""
        return WeeklyRun(
            failed=collected.failed,
            editions=editions,
            sending=sending,
            untidy=untidy,
            untold=untold,
            unpublished=unpublished,
        )

    def _may_go_on(self) -> bool:
        return self.leases.holds(TASK)

    def _collect(self) -> Collected:
        settings, tokens = self.settings, self.tokens
        desks = list_desks(self.plans)
        with holding_accounts(self.store, desks, tokens, self.owner) as held:
            for left in held.left:
                self.say(left.describe())
            try:
                collected = collect(
                    self.store,
                    held.desks,
                    make_purse(self.store, settings.x, settings.brands),
                    lambda desk: open_collector(desk, settings, tokens, self.now),
                    brands=settings.brands,
                    now=self.now,
                    history_days=settings.x.history_days,
                    all_desks=desks,
                    is_stopped=held.is_lost,
                )
            except RunStoppedError:
                self.say("another program has taken accounts over: this machine slept")
                return Collected(())
        new = sum(result.new for result in collected.results)
        self.say(f"collected: {len(collected.results)} runs, {new} new posts")
        for result in collected.results:
            if result.error:
                self.say(f"{result.state}: {_name_account(result)}")
        return collected

    def _make(self, collected: Collected) -> tuple[MadeEdition, ...]:
        now, brands = self.now(), self.settings.brands
        sources = self._list_sources(collected)
        due = find_unmade_editions(self.store, self.settings, brands, sources=sources, now=now)
        for late in due.waiting:
            self.say(f"report of {late.brand} for {late.week}: waits until something can be read")
        if not due.ready:
            self.say("no report is due")
            return ()
        made = make_editions(
            self.store, self.settings, self.load_phrases(), due.ready, owner=self.owner, now=now
        )
        for each in made:
            told = f"lies in {each.folder}" if each.folder else f"failed: {each.error}"
            self.say(f"report of {each.edition.brand} for {each.edition.week}: {told}")
        if any(each.folder for each in made):
            self.store.hasten_task(PUBLISH)
        return tuple(made)

    def _list_sources(self, collected: Collected) -> dict[str, frozenset[str]]:
        """Return the sources on which reports wait: not on those that have to wait themselves.

        Who comes once a week cannot wait for them. What another program reads is its business.
        """
        tried = {result.name for result in collected.results if result.state != "waiting"}
        sources = list_sources(self.plans)
        return {brand: names & tried or names for brand, names in sources.items()}

    def _tidy(self) -> str:
        why = tidy_in_turn(
            self.store, self.settings, now=self.now(), owner=self.owner, leases=self.leases
        )
        if why:
            self.say(f"not tidied: {why}")
        return why

    def _publish(self) -> str:
        """Publish after a report, and about once a day; that it fails stops nothing else."""
        if self.settings.publish.folder is None:
            return ""
        why = do_in_turn(
            self.store,
            PUBLISH,
            self._write_site,
            next_in=_DAILY,
            retry_in=_ANY_TIME,
            owner=self.owner,
            leases=self.leases,
        )
        if why:
            self.say(f"not published: {why}")
        return why

    def _write_site(self) -> str:
        folder = self.settings.publish.folder
        told = publish_by_itself(self.store, self.settings, self.load_phrases, now=self.now())
        if told is not None and folder is not None:
            self.say(f"published: {told.describe(folder)}")
        return ""

    def _tell(self) -> str:
        """Tell alerts; that some cannot be told stops nothing else."""
        if not self.settings.alerts.is_on:
            return ""
        why = do_in_turn(
            self.store,
            ALERTS,
            self._tell_all,
            next_in=_ANY_TIME,
            owner=self.owner,
            leases=self.leases,
        )
        if why:
            self.say(why)
        return why

    def _tell_all(self) -> str:
        told = tell_alerts(
            self.store,
            self.settings,
            self.tokens,
            self.load_phrases,
            now=self.now(),
            owner=self.owner,
            may_go_on=self._may_go_on,
        )
        if told.told:
            self.say(f"alerts: {told.told} told")
        return "; ".join(told.troubles)

    def _send(self) -> Sending:
        if not self.settings.mail.is_on:
            return Sending()
        sending = send_editions(
            self.store,
            self.settings,
            self.secrets,
            now=self.now(),
            owner=self.owner,
            load_phrases=self.load_phrases,
            may_go_on=self._may_go_on,
        )
        for line in (*(f"mail about {each.key}: sent" for each in sending.sent), *sending.troubles):
            self.say(line)
        return sending


def _name_account(result: RunResult) -> str:
    """Return why a run broke off, with its account; most errors name it themselves."""
    if result.account in result.error:
        return result.error
    return f"{result.platform} account @{result.account}: {result.error}"
