"""Accounts are asked by one program at a time: a platform counts all its requests together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listener.errors import StoreError
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.rounds import LONGEST_PAUSE
from listener.jobs.leases import holding
from listener.jobs.tasks import name_lane
from listener.settings.tokens import Tokens
from listener.store.store import Store

# Shorter than that of a weekly run: who takes that over finds accounts free.
LEASE = timedelta(seconds=40)
# What is due later than a platform may ask for was planned by a wrong clock.
_LATEST = LONGEST_PAUSE + timedelta(minutes=1)
_AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class LeftAccounts:
    """Accounts that a platform counts as one reader, and that are not ours to ask now.

    Attributes:
        names: Platform and handle of each.
        owner: Who asks for them now; empty if the platform wants them to be left alone.
        until: The earliest moment at which they may be free, by the database's clock; None
            if whoever had them has given them back meanwhile.
    """

    names: tuple[str, ...]
    owner: str
    until: datetime | None

    def describe(self) -> str:
        """Return what is left out, for whom, until when, and what to do, in one line."""
        what = f"{', '.join(self.names)}: left out, for "
        if self.until is None:
            return f"{what}another program has just read it; run this again for what came since"
        if self.owner:
            return (
                f"{what}another program reads it now ({self.owner}, at least until "
                f"{self.until:%H:%M:%S} UTC); if that one was killed, run this again after that"
            )
        return f"{what}its platform wants no request before {self.until:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True)
class HeldAccounts:
    """Accounts that were claimed.

    Attributes:
        desks: What is read in their names.
        left: The others, by who is counted as one reader.
        is_lost: Whether one of them is not surely held any more.
    """

    desks: tuple[Desk, ...]
    left: tuple[LeftAccounts, ...]
    is_lost: Callable[[], bool]


@contextmanager
def holding_accounts(
    store: Store, desks: Sequence[Desk], tokens: Tokens, owner: str
) -> Iterator[HeldAccounts]:
    """Claim all accounts that no other program asks at the moment, while the block lasts.

    What another program reads just now, or `listener run` leaves alone for its platform
    wants it so, is left to it.

    Args:
        store: Where accounts are claimed.
        desks: The accounts that are wanted.
        tokens: They tell which accounts a platform counts as one reader.
        owner: Who claims them.

    Raises:
        StoreError: If the database fails.
    """
    named = [(name_lane(desk, tokens), desk) for desk in desks]
    lanes = list(dict.fromkeys(lane for lane, _ in named))
    store.plan_tasks(lanes)
    held = [lane for lane in lanes if store.claim_task(lane, owner, lease=LEASE, latest=_LATEST)]
    try:
        with holding(store, held, owner, LEASE) as leases:
            yield HeldAccounts(
                tuple(desk for lane, desk in named if lane in held),
                _find_left(store, [pair for pair in named if pair[0] not in held]),
                lambda: not all(map(leases.holds, held)),
            )
    finally:
        for lane in held:
            with suppress(StoreError):  # then it becomes free by itself
                store.finish_task(lane, owner, state="done", next_in=_AT_ONCE)


def _find_left(store: Store, named: Sequence[tuple[str, Desk]]) -> tuple[LeftAccounts, ...]:
    """Return who has what was not to be claimed."""
    if not named:
        return ()
    lanes: dict[str, list[Desk]] = {}
    for lane, desk in named:
        lanes.setdefault(lane, []).append(desk)
    rows = {row["name"]: row for row in store.load_tasks().iter_rows(named=True)}
    now = store.now()
    return tuple(_describe(desks, rows.get(lane, {}), now) for lane, desks in lanes.items())


def _describe(desks: Sequence[Desk], row: Mapping[str, Any], now: datetime) -> LeftAccounts:
    names = tuple(
        dict.fromkeys(f"{desk.account.platform} @{desk.account.handle}" for desk in desks)
    )
    owner = row.get("owner") or ""
    until = row["lease_until"] if owner else row.get("due_at", now)
    return LeftAccounts(names, owner, until if until > now else None)
