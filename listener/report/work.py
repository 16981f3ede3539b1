"""Tell a team's work list, and one case of it, as pages that renew themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from listener.measure.open_cases import TODOS
from listener.posts import Brand
from listener.report.environment import render_template
from listener.report.language import Language
from listener.report.weekly import Story

PAGE_ROWS = 100
_OLD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """A case in which somebody waits for the brand.

    Attributes:
        customer: Initials and code, or the handle.
        todo: What is to be done: `answer`, `promise` or `hand_over`.
        waiting_seconds: Until the last look.
        quote: The first words as they may be shown; empty for private ones.
        url: Of the first post, if it is an address of the web.
        told: What was told from elsewhere, `solved` or `unsolved`.
    """

    case: str
    brand: Brand
    platform: str
    customer: str
    opened_at: datetime
    todo: str
    waiting_since: datetime
    waiting_seconds: float
    replies: int
    chases: int
    quote: str
    url: str | None
    told: str | None

    @property
    def seen_until(self) -> datetime:
        """Until when its conversation was seen: its wait ends there, whatever the clock shows."""
        return self.waiting_since + timedelta(seconds=self.waiting_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """Everything that waits, the longest first.

    Attributes:
        as_of: When it was measured.
        brands: All brands, also those in which nobody waits.
    """

    as_of: datetime
    brands: tuple[Brand, ...]
    rows: tuple[WorkRow, ...]

    @property
    def seen_until(self) -> datetime | None:
        """Until when posts were seen, if that is a day ago or longer: as with a file."""
        seen = max((row.seen_until for row in self.rows), default=self.as_of)
        return seen if self.as_of - seen >= _OLD else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCase:
    """One case of the list with its posts, and why it was measured so."""

    row: WorkRow
    story: Story
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkView:
    """What of the list is shown.

    Attributes:
        brand: Only this one's cases; all brands' if empty.
        todo: Only what is to be done; everything if empty.
        page: From 1.
        problem: Why the list could not be renewed; empty if it could.
    """

    brand: str = ""
    todo: str = ""
    page: int = 1
    problem: str = ""


def render_work_list(
    work: WorkList | None, view: WorkView, language: str = "en", *, templates: Path | None = None
) -> str:
    """Return the page of what waits, which renews itself.

    Args:
        work: The list; None while it is measured for the first time.
        view: What of it is shown.
        language: Of the page.
        templates: A folder of own templates, searched first.
    """
    rows = [row for row in (work.rows if work else ()) if _is_in(row, view)]
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(max(view.page, 1), pages)
    return render_template(
        "work.html",
        Language(language, _find_zone([row.brand for row in rows])),
        templates,
        work=work,
        view=view,
        rows=rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS],
        total=len(rows),
        page=page,
        pages=pages,
        todos=TODOS,
    )


def render_work_case(told: WorkCase, language: str = "en", *, templates: Path | None = None) -> str:
    """Return one case of the work list with all its posts and the reasons of its figures."""
    spoken = Language(language, told.row.brand.time_zone)
    return render_template(
        "work_case.html", spoken, templates, row=told.row, story=told.story, as_of=told.as_of
    )


def _is_in(row: WorkRow, view: WorkView) -> bool:
    return view.brand in ("", row.brand.key) and view.todo in ("", row.todo)


def _find_zone(brands: Sequence[Brand]) -> str:
    """Return the zone of all brands, or that of the world where they differ."""
    zones = {brand.time_zone for brand in brands}
    return zones.pop() if len(zones) == 1 else "UTC"
