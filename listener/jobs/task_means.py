"""What tasks are done with, and what becomes of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from listener.jobs.collecting.accounts import Clock
from listener.jobs.tasks import TaskPlan
from listener.settings import Settings
from listener.settings.tokens import Tokens
from listener.store.store import Store

if TYPE_CHECKING:
    from listener.label import Phrases

TaskState = Literal["done", "failed", "waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutcome:
    """What became of a task.

    Attributes:
        state: `waiting` if there was no leave to do it: for a limit, or for money.
        error: Why it is not done, or not all of it, and what to do about it, in one line.
        retry_at: When it makes sense to try again, where somebody told.
        holds_lane: Whether the platform wants to be left alone by the whole account.
        counts: What it brought, by name.
    """

    state: TaskState = "done"
    error: str = ""
    retry_at: datetime | None = None
    holds_lane: bool = False
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What tasks are done with.

    Attributes:
        plans: All tasks of the settings.
        load_tokens: Reads them anew, so that a token that was replaced is used.
        load_phrases: What posts are read by.
        owner: The name of this program among those that share the database.
        now: The clock.
    """

    store: Store
    settings: Settings
    plans: tuple[TaskPlan, ...]
    load_tokens: Callable[[], Tokens]
    load_phrases: "Callable[[], Phrases]"
    owner: str
    now: Clock
