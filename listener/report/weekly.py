"""The frozen objects that templates receive: one brand's week, ready to be told.

They hold no words of any language; numbers and names are put into words when
a page is rendered. `reports/README.md` lists them for people who edit templates.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from listener.figures import WeekFigures
from listener.measure.reasons import Reason
from listener.posts import Brand, Statement
from listener.report.listed_posts import PostGroup


class ReportOptions(Protocol):
    """The settings that a report depends on."""

    @property
    def handles(self) -> str:
        """`initials`, or `full` where customers may be named."""

    @property
    def archive(self) -> str:
        """The address of a web archive, to which addresses of posts are appended."""


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of a report, for callers without a settings file."""

    handles: str = "initials"
    archive: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long one customer waited.

    Attributes:
        seconds: Until the answer, or until nobody looked any more; None without a clock.
        observed: Whether the answer came.
        skewed: An answer dated before its post: no clock.
    """

    seconds: float | None
    observed: bool
    skewed: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """A label of a post, with the words that led to it.

    Attributes:
        label: A key of `LABELS`.
        words: The deciding words.
        is_whole: The whole text decided; it need not be repeated.
    """

    label: str
    words: tuple[str, ...] = ()
    is_whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPost:
    """A public post as it may be quoted: masked and shortened.

    Attributes:
        number: Its place among all posts of the case, from 1.
        is_by_person: Its labels were given by a person.
        seen_at: When these words were seen first, None if that was not noted.
        digest: SHA-256 of its whole words as they were read, empty where these are not shown.
        post_id: The platform's own, where the page is to say it.
        is_withheld: Its words are not to be shown here.
    """

    number: int
    side: str
    at: datetime
    author: str
    text: str
    is_shortened: bool
    url: str | None
    is_automatic: bool
    is_deleted: bool
    evidence: tuple[Evidence, ...]
    is_by_person: bool = False
    digest: str = ""
    seen_at: datetime | None = None
    post_id: str = ""
    is_withheld: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """The public posts of a case, how many were left out at the end, and what was measured."""

    posts: tuple[StoryPost, ...]
    posts_left_out: int = 0
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLink:
    """Another case of the same customer, opened soon after or before this one.

    Attributes:
        case: Its id.
        opened_at: When it began.
        seconds: How far apart the two began.
        address: Where it can be read, `#case-…` on this page or its first post.
    """

    case: str
    opened_at: datetime
    seconds: float
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One case in the list.

    Attributes:
        case: Its id, as in `evidence/cases.csv`.
        group: The period under which it is listed.
        customer: Initials and code, or the handle.
        outcome: None when it is too early to say.
        reason: Why the case is worth reading, a key of `REASONS`.
        filters: Names of the figures that count this case.
        story: None for cases that the page lists without their posts.
        earlier: The case after which the customer opened this one.
        later: Cases that the customer opened after this one.
        is_judged: What came of it was said by a person.
        looked_at: When its posts were last looked for.
        page: On which page of further stories it is told, from 1; 0 if on none.
    """

    case: str
    group: str
    opened_at: datetime
    platform: str
    customer: str
    handling: str
    outcome: str | None
    first_reply: Wait
    first_helpful: Wait
    url: str | None
    reason: str
    posts: int
    filters: tuple[str, ...]
    story: Story | None = None
    earlier: CaseLink | None = None
    later: tuple[CaseLink, ...] = ()
    is_judged: bool = False
    looked_at: datetime | None = None
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenPromise:
    """A promise after which nothing more was said in public by the time it was due.

    Attributes:
        customer: Initials and code, or the handle.
        words: By when, in the words of the brand; empty if it named no time.
        url: Of the post that promised.
    """

    case: str
    customer: str
    at: datetime
    due_at: datetime
    words: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandWeek:
    """Everything that is told of one brand in one period.

    Attributes:
        cases: The period's own cases, the most telling first.
        outcome_cases: Those of the period whose outcomes are told; empty when
            it is the same period.
        filters: For each figure the number of listed cases behind it.
        settle_days: How long a case is watched before silence counts.
        canned: For each group of `figures.voice.clusters` how its example may be quoted;
            empty where that is not known.
        archive: The address of a web archive, empty for none.
        broken_promises: Those made in the cases whose outcomes are told.
        further: Pages of cases that are listed in brief and told there in full.
        posts: Single posts behind figures that are not counted over listed cases.
    """

    brand: Brand
    figures: WeekFigures
    cases: tuple[CaseRow, ...]
    outcome_cases: tuple[CaseRow, ...]
    filters: dict[str, int]
    settle_days: int = 7
    canned: tuple[str, ...] = ()
    canned_cases: tuple[str, ...] = ()
    broken_promises: tuple[BrokenPromise, ...] = ()
    archive: str = ""
    further: tuple[tuple[CaseRow, ...], ...] = ()
    posts: tuple[PostGroup, ...] = ()

    @property
    def has_own_outcomes(self) -> bool:
        """Whether the outcomes told are those of this very period."""
        return self.figures.outcome_week == self.figures.week

    @property
    def has_outcomes(self) -> bool:
        """Whether there is any case old enough to tell its outcome."""
        return self.figures.outcome_cases > 0

    @property
    def is_imported(self) -> bool:
        """Whether nothing can be said about replies outside a file."""
        return self.figures.coverage.grade == "unknown"

    @property
    def observed_until(self) -> datetime:
        """When observation ended, on the platform that was watched longest."""
        return max(self.figures.coverage.observed_until.values(), default=self.figures.as_of)

    @property
    def stories(self) -> tuple[CaseRow, ...]:
        """The listed cases that are told in full."""
        return tuple(row for row in (*self.cases, *self.outcome_cases) if row.story)

    @property
    def others(self) -> tuple[CaseRow, ...]:
        """The listed cases without their posts."""
        return tuple(row for row in (*self.cases, *self.outcome_cases) if not row.story)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What the brand says to this report, the oldest first."""
        own = (each for each in self.brand.statements if each.week == self.figures.week)
        return tuple(sorted(own, key=lambda each: each.said_on))

    def find_story(self, case: str | None) -> CaseRow | None:
        """Return the case of this name if it is told in full."""
        return next((row for row in self.stories if row.case == case), None)

    def without_stories(self) -> "BrandWeek":
        """Return what a comparison of brands needs: posts are the larger part of a week."""
        listed = (self.cases, self.outcome_cases)
        cases, older = (tuple(replace(row, story=None) for row in rows) for rows in listed)
        return replace(self, cases=cases, outcome_cases=older, further=(), posts=())


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One report in the index of all; paths are relative to the index.

    Attributes:
        brand: The brand's name.
        week: ISO week or free period.
        path: Of the page.
        cases: Cases with a need, None if no file tells.
        overview: Path of the week's comparison, if there is one.
    """

    brand: str
    week: str
    path: str
    cases: int | None
    overview: str | None = None
