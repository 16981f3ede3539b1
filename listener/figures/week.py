"""The figures of one brand and one period.

Shares carry a 95 % Wilson interval, times a Brookmeyer–Crowley interval
(`docs/measures.md`, sections 2 and 8). Nothing here computes; `measure` does.
"""

from dataclasses import dataclass, field
from datetime import datetime

from listener.figures.accuracy import Accuracy
from listener.figures.changes import Compared
from listener.figures.clocks import Clock, Quantile
from listener.figures.dialogue import Dialogue
from listener.figures.examples import Examples
from listener.figures.flow import Flow
from listener.figures.private import PrivatePart
from listener.figures.promises import Promises
from listener.figures.rhythm import Rhythm
from listener.figures.service import ServiceTime
from listener.figures.shares import Share
from listener.figures.told import ToldElsewhere
from listener.figures.voice import Voice


@dataclass(frozen=True, slots=True)
class Resolution:
    """Bounds for the share of settled cases that were resolved (section 4)."""

    settled: int
    resolved: int
    unresolved: int
    lower: Share
    upper: Share
    confirmed_share: Share


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One past week in the trend: the same figures, the same definitions.

    `clocked` is the number of cases behind the medians.
    """

    week: str
    cases: int
    clocked: int
    answered: Share
    deflection_rate: Share
    fast_no_help: Share
    first_reply_median: Quantile
    first_helpful_median: Quantile


@dataclass(frozen=True, slots=True)
class Maturing:
    """What customers of a past week said, when it was first told of and now.

    Attributes:
        week: ISO week.
        cases: Its cases with a need.
        first: Resolved, over those who told, by what had been said when the week was first
            old enough to be judged.
        now: The same by what has been said by now.
    """

    week: str
    cases: int
    first: Share
    now: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """What the figures were made with; trend lines are marked where it changes.

    Attributes:
        measures_version: Version of the rules in `docs/measures.md`.
        phrases_digest: Hash of the phrase files.
        labeller: Which labeller read the posts.
        reviewed_cases: How many cases of the brand a person has gone through, of all weeks.
        reviewed_posts: How many of its posts bear the labels of a person.
        reviews_digest: Hash of what these people said; empty if nobody said anything.
    """

    measures_version: str
    phrases_digest: str
    labeller: str
    reviewed_cases: int = 0
    reviewed_posts: int = 0
    reviews_digest: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Posts of this stretch may be missing for good; `since` None means since ever."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch without a complete run of one source.

    Attributes:
        is_open: No complete run has come after it yet.
        source: Key of the source.
    """

    since: datetime
    until: datetime
    is_open: bool
    source: str

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Attempts to collect; each belongs to the period in which it was planned.

    Attributes:
        done: Came to their end.
        failed: Broke off, or were killed.
        paused: Were not to go on, because the month's cap was reached.
    """

    planned: int = 0
    done: int = 0
    failed: int = 0
    paused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformCoverage:
    """What was seen of a brand on one platform in a period.

    Attributes:
        grade: `complete`, `partial`, or `unknown` when there is nothing to
            compare with (imported files).
        reasons: Why it is partial: `began_late`, `hole`, `stopped`,
            `replies_missing`, `loss`.
        watched_from: When the first run began; None if there never was one.
        observed_until: End of observation.
        collected_from: Time of the first post that the report looks at, before the period too.
        collected_to: Time of the last one.
        hole: The longest stretch without a complete run.
        announced: Replies announced by the platform under collected posts of the
            period; None if it told nothing.
        collected: How many of those were collected.
        gaps: Known losses that overlap the period.
        lost_seconds: How much of the period they cover, together.
    """

    platform: str
    grade: str
    reasons: tuple[str, ...] = ()
    watched_from: datetime | None = None
    observed_until: datetime | None = None
    collected_from: datetime | None = None
    collected_to: datetime | None = None
    runs: Runs = Runs()
    hole: Hole | None = None
    posts: int = 0
    opening_unknown: int = 0
    deleted: int = 0
    announced: int | None = None
    collected: int | None = None
    gaps: tuple[Gap, ...] = ()
    lost_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was seen of a brand in a period, and what is known to be missing.

    Attributes:
        grade: That of its platforms if they agree, else `partial`.
        observed_until: End of observation by platform.
        announced: Replies announced by the platforms under collected posts, if told.
        collected: How many of those were collected.
        platforms: The same and more, platform by platform.
    """

    grade: str
    collected_from: datetime | None
    collected_to: datetime | None
    observed_until: dict[str, datetime]
    posts: int
    opening_unknown: int
    deleted: int
    announced: int | None = None
    collected: int | None = None
    platforms: tuple[PlatformCoverage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFigures:
    """Every figure of one brand and one period, under the names of `measures.md`.

    Attributes:
        week: ISO week such as `2017-W44`, or `2017-10-30/2017-11-12` for a free period.
        since: Start of the period (inclusive), UTC.
        until: End (exclusive), UTC.
        counts: Plain counts: posts, customer_posts, replies, broadcasts,
            automatic_replies, cases, cases_with_need, no_need, answered,
            unanswered, proactive, opening_unknown, untagged, recontacts,
            deleted_posts, not_read, skewed.
        handling: `unanswered` … `acknowledged`, over cases with a need.
        targets: Cases handed over per target (`dm`, `phone`, …), over answered cases.
        reply_deflection: Replies that deflect, over replies (unit `replies`).
        outcome_week: The period whose cases were all observed for `settle_days`.
        outcomes: Settled outcomes of `outcome_week`, over its cases with a need.
        own_outcomes: Outcomes of this very week, too early to be said: counts only.
        fate: What came of hand-overs at least `settle_days` old, over those cases.
        fast_no_help: Answered within 1 h, yet not helped within 7 days, over
            those answered within 1 h (cases of `outcome_week`).
        last_public_word: Settled cases whose last public post is the brand's
            hand-over or promise (cases of `outcome_week`).
        dialogue: Whether the brand talks with people; its shares tell of which week they are.
        voice: In what words the brand speaks.
        trend_since: Weeks that begin before this moment are left out of the trend, for
            their words are gone; None if it lacks none.
        maturing: The weeks before `outcome_week`, as judged at first and as judged now.
        promises: The promises made in cases of `outcome_week`.
        service: The clocks in service time; None for a brand without opening hours.
        changes: The headline figures against those of the week before.
        private: The private part, None for a brand that is watched from outside.
        accuracy: How well the program reads this brand's posts; None if nobody has
            gone through a case that chance had drawn.
        told_elsewhere: What nobody sees in public, told of the cases of `outcome_week`;
            part of no other figure.
        examples: The best and the worst conversation of `outcome_week`.
        rhythm: When the cases of the trend's weeks began, and how long they waited.
        flow: Which way the cases of `outcome_week` went, from handling to outcome.
    """

    brand: str
    week: str
    since: datetime
    until: datetime
    as_of: datetime
    mode: str
    method: Method
    coverage: Coverage
    counts: dict[str, int]
    first_reply: Clock
    first_helpful_reply: Clock
    followup_reply: Clock
    handling: dict[str, Share]
    deflection_rate: Share
    bare_deflection_rate: Share
    targets: dict[str, Share]
    reply_deflection: Share
    reply_targets: dict[str, Share]
    outcome_week: str
    outcome_cases: int
    outcomes: dict[str, Share]
    own_outcomes: dict[str, int]
    resolution: Resolution
    fate: dict[str, Share]
    fast_no_help: Share
    last_public_word: Share
    chased: Share
    brand_followup_asked: Share
    brand_followup_unasked: Share
    reopened: Share
    promises: Promises
    dialogue: Dialogue
    voice: Voice
    trend: tuple[TrendPoint, ...] = ()
    trend_since: datetime | None = None
    maturing: tuple[Maturing, ...] = ()
    service: ServiceTime | None = None
    changes: tuple[Compared, ...] = ()
    private: PrivatePart | None = None
    accuracy: Accuracy | None = None
    told_elsewhere: ToldElsewhere = field(default_factory=ToldElsewhere)
    flow: Flow = field(default_factory=Flow)
    examples: Examples = field(default_factory=Examples)
    rhythm: Rhythm = field(default_factory=Rhythm)
