"""What a check found, line by line, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from listener.errors import CollectorError, ListenerError, RateLimitError, RetryLaterError
from listener.posts import Account

State = Literal["ok", "unknown", "warning", "problem"]

_SMALL_SKEW = timedelta(seconds=60)
_LARGE_SKEW = timedelta(minutes=5)
# Fewer calls than this share of a limit do not last for a run.
_NEARLY_USED = 10
_LOOK_AGAIN = "look at the network and the server, then run: listener check"
_SET_CLOCK = "set this machine's clock by a time server: timedatectl set-ntp true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: What it belongs to, such as `mastodon @help@acme.example`.
        brand: Key of the brand; empty for what all have in common.
        what: `account`, `token`, `permissions`, `calls left`, `server`, `clock` …
        state: With a `problem` something will not work; with a `warning` it will.
        told: What was found, in one line.
        hint: What to do.
    """

    subject: str
    brand: str
    what: str
    state: State
    told: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """All findings, and what they cost.

    Attributes:
        cost: In dollars, as X charges it.
        is_booked: Whether the ledger knows that.
    """

    findings: tuple[Finding, ...]
    cost: Decimal
    is_booked: bool = True

    @property
    def works(self) -> bool:
        """Whether nothing was found that will not work."""
        return self.count("problem") == 0

    def count(self, state: State) -> int:
        """Return how many findings are of one kind."""
        return sum(finding.state == state for finding in self.findings)


@dataclass(slots=True)
class Notes:
    """Findings about one subject, as they are made."""

    subject: str
    brand: str = ""
    findings: list[Finding] = field(default_factory=list)

    def add(self, what: str, state: State, told: str, hint: str = "") -> None:
        """Note one finding."""
        self.findings.append(
            Finding(
                subject=self.subject,
                brand=self.brand,
                what=what,
                state=state,
                told=told,
                hint=hint,
            )
        )

    def add_error(
        self, what: str, error: ListenerError, state: State = "problem", *, hint: str = ""
    ) -> None:
        """Note a failure; the last part of its message is the next step, unless there is a hint."""
        for told, step in split_error(error):
            self.add(what, state, told, hint or step)

    def add_calls(self, left: int | None, limit: int | None) -> None:
        """Note how many requests are left until a server asks to wait."""
        if left is None:
            self.add("calls left", "unknown", "not told")
            return
        told = f"{left:,}" if limit is None else f"{left:,} of {limit:,}"
        if left == 0 or (limit is not None and left * _NEARLY_USED < limit):
            hint = "wait a quarter of an hour; does another program use this token too?"
            self.add("calls left", "warning", told, hint)
        else:
            self.add("calls left", "ok", told)

    def add_clock(self, skew: timedelta | None) -> None:
        """Note by how much a server's clock is ahead of ours."""
        if skew is None:
            self.add("clock", "unknown", "not told")
            return
        seconds = round(abs(skew).total_seconds())
        if abs(skew) <= _SMALL_SKEW:
            self.add("clock", "ok", f"agrees to {seconds} s")
            return
        side = "behind" if skew > timedelta(0) else "ahead of"
        told = f"this machine's is {seconds:,} s {side} the server's"
        self.add("clock", "problem" if abs(skew) > _LARGE_SKEW else "warning", told, _SET_CLOCK)


def split_error(error: ListenerError) -> Iterator[tuple[str, str]]:
    """Yield what happened and the next step, empty if there is none, line by line."""
    for line in str(error).splitlines():
        words = line.removeprefix(_name_start(error))
        told, _, step = words.rpartition("; ") if "; " in words else (words, "", "")
        if isinstance(error, RateLimitError):
            step = "wait until then, then run: listener check"
        elif isinstance(error, RetryLaterError):
            step = _LOOK_AGAIN
        yield told, step


def name_account(account: Account) -> str:
    """Return how findings name an account."""
    return f"{account.platform} @{account.handle.lstrip('@')}"


def _name_start(error: ListenerError) -> str:
    """Return with which words an error names its account; the subject says that already."""
    if isinstance(error, CollectorError):
        return f"{error.platform} account @{error.account.lstrip('@')}: "
    return ""
