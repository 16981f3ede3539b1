"""Choose cases for people to look at, lay them out, and keep at once what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any, cast

import polars as pl

from listener.errors import ConfigError
from listener.jobs.measuring import Measured
from listener.label import Phrases, label_evidence
from listener.label.confidence import rate_posts
from listener.measure.held import find_measured_since
from listener.measure.reviewed import FINER_OUTCOMES, OUTCOMES_TOLD, digest_words
from listener.measure.sampling import ASKED, RANDOM, UNCERTAIN, list_drawable_cases
from listener.posts import BRAND_LABELS, CUSTOMER_LABELS, Brand, Platform
from listener.store.reviews import SavedCaseReview, SavedReview
from listener.store.store import Store

LABELS_OF_SIDE = {"brand": BRAND_LABELS, "customer": CUSTOMER_LABELS}
BOTH, DONE = "both", "done"
SAMPLES = (RANDOM, UNCERTAIN, BOTH, DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequest:
    """Which cases are wanted.

    Attributes:
        cases: Names of single cases; they come as they are asked for.
        brands: Keys of brands, all if empty.
        week: Opened in this ISO week; any if None.
        sample: One of `SAMPLES`.
        count: How many cases at most.
        by: Who reviews.
        is_again: Cases that others have reviewed, for a second opinion.
    """

    by: str
    cases: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    week: str | None = None
    sample: str = "both"
    count: int = 20
    is_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPost:
    """A post of a case as it is laid before a person.

    Attributes:
        said: The program's labels.
        words: Where the words behind each label stand: label, first and last character.
        given: The labels that this person gave it before, None if there are none.
        is_asked: Whether it can be labelled: not automatic, not deleted.
    """

    platform: Platform
    post_id: str
    side: str
    at: datetime
    author: str
    text: str
    language: str | None
    said: tuple[str, ...]
    words: tuple[tuple[str, int, int], ...]
    given: tuple[str, ...] | None
    is_asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCase:
    """A case to be gone through.

    Attributes:
        said: The program's outcome, in the words that a person may use.
        is_due: Whether enough time has passed to say what came of it.
        pick: How it was chosen: `random`, `uncertain` or `asked`.
        drawn: Cases reviewed before for other reasons that chance has drawn up to this one,
            with their strata; they are noted as such when this one is done.
        told: What this person said came of it before; None if nothing.
        is_revised: Whether posts that this person has labelled before are asked again.
    """

    case: str
    brand: str
    opened_at: datetime
    posts: tuple[ReviewPost, ...]
    said: str | None
    is_due: bool
    pick: str
    stratum: str
    drawn: tuple[tuple[str, str], ...] = ()
    told: str | None = None
    is_revised: bool = False


def choose_review_cases(
    measured: Measured, phrases: Phrases, request: ReviewRequest, brands: Sequence[Brand]
) -> list[ReviewCase]:
    """Return the cases that are next, each once, the drawn and the doubtful ones in turn.

    Raises:
        ConfigError: If a case that was asked for does not exist.
    """
    since = measured.texts_since and find_measured_since(measured.texts_since)
    keys = tuple(brand.key for brand in brands)
    frame = list_drawable_cases(measured.said.cases, brands=keys, since=since)
    if request.week is not None:
        frame = frame.filter(pl.col("week") == request.week)
    if request.cases:
        chosen = _find_asked(measured, request.cases)
    else:
        chosen = _choose(measured, phrases, request, frame)
    cases = _lay_out(measured, phrases, chosen, request.by)
    is_revised = bool(request.cases) or request.sample == DONE
    return [replace(case, is_revised=is_revised) for case in cases]


def _choose(
    measured: Measured, phrases: Phrases, request: ReviewRequest, frame: pl.DataFrame
) -> list[dict[str, Any]]:
    """Return rows of cases with `pick`, `stratum` and `drawn`."""
    held = measured.reviews.cases
    mine = set(held.filter(pl.col("reviewer") == request.by)["case"])
    if request.is_again:
        return _find_reviewed(frame, held, set(held["case"]) - mine)[: request.count]
    if request.sample == DONE:
        return _find_reviewed(frame, held, mine)[: request.count]
    drawn = [] if request.sample == UNCERTAIN else _draw(frame, held)
    if request.sample == RANDOM:
        return drawn[: request.count]
    # A case that is both counts as drawn, or the sample would lack it.
    first = drawn[: (request.count + 1) // 2]
    known = set(held["case"]).union(row["case"] for row in first)
    doubtful = _find_doubtful(measured, phrases, frame, known)[: request.count - len(first)]
    in_turn = zip_longest(first, doubtful)
    return [row for pair in in_turn for row in pair if row is not None]


def _find_reviewed(
    frame: pl.DataFrame, held: pl.DataFrame, names: set[str]
) -> list[dict[str, Any]]:
    """Return cases that were gone through before; that draws nothing new."""
    picks = dict(held.select("case", "pick").iter_rows())
    rows = frame.filter(pl.col("case").is_in(list(names))).iter_rows(named=True)
    return [row | {"pick": picks[row["case"]], "drawn": ()} for row in rows]


def _draw(frame: pl.DataFrame, held: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the cases that chance draws next.

    What was reviewed before for another reason is drawn on the way: left out, the sample
    would lack the doubtful cases.
    """
    picks = dict(held.select("case", "pick").iter_rows())
    passed: list[tuple[str, str]] = []
    rows = []
    for row in frame.iter_rows(named=True):
        case, stratum = row["case"], row["stratum"]
        if case in picks:
            passed += [(case, stratum)] if picks[case] != RANDOM else []
        else:
            rows.append(row | {"pick": RANDOM, "drawn": tuple(passed)})
            passed = []
    return rows


def _find_doubtful(
    measured: Measured,
    phrases: Phrases,
    frame: pl.DataFrame,
    known: set[str],
) -> list[dict[str, Any]]:
    """Return the cases with the least sure posts first; what is not read is in no doubt."""
    posts = measured.said.case_posts.filter(~pl.col("automatic"), ~pl.col("deleted"))
    left = frame.filter(~pl.col("case").is_in(list(known)))
    inside = posts.join(left.select("case"), on="case", how="semi")
    # Each post is read in the light of the one before it: the whole case comes along.
    near = pl.col("post").is_in(inside["post"].implode())
    rated = rate_posts(measured.readable.filter(near), phrases).filter(pl.col("confidence") > 0)
    least = inside.join(rated, on="post").group_by("case").agg(pl.col("confidence").min())
    ordered = left.join(least, on="case").sort("confidence", "drawn_at")
    return [row | {"pick": UNCERTAIN, "drawn": ()} for row in ordered.iter_rows(named=True)]


def _find_asked(measured: Measured, names: Sequence[str]) -> list[dict[str, Any]]:
    cases = measured.said.cases.with_columns(
        pl.concat_str("brand", "week", separator="/").alias("stratum")
    )
    found = {row["case"]: row for row in cases.iter_rows(named=True) if row["case"] in names}
    unknown = [name for name in names if name not in found]
    if unknown:
        raise ConfigError(
            *(f'--case: there is no case "{name}"; "listener cases" lists them' for name in unknown)
        )
    picks = dict(measured.reviews.cases.select("case", "pick").iter_rows())
    return [found[name] | {"pick": picks.get(name, ASKED), "drawn": ()} for name in names]


def lay_out_cases(
    measured: Measured, phrases: Phrases, names: Sequence[str], by: str
) -> dict[str, ReviewCase]:
    """Return those of these cases that exist."""
    known = set(measured.said.cases["case"])
    there = list(dict.fromkeys(name for name in names if name in known))
    chosen = _find_asked(measured, there)
    return {case.case: case for case in _lay_out(measured, phrases, chosen, by)}


def _lay_out(
    measured: Measured, phrases: Phrases, chosen: Sequence[Mapping[str, Any]], by: str
) -> list[ReviewCase]:
    names = [row["case"] for row in chosen]
    posts = measured.said.case_posts.filter(pl.col("case").is_in(names)).sort("case", "order")
    readable = measured.readable.filter(pl.col("post").is_in(posts["post"].implode()))
    words: dict[int, list[tuple[str, int, int]]] = {}
    quoted = label_evidence(readable, phrases).select("post", "label", "start", "end")
    for post, *place in quoted.iter_rows():
        words.setdefault(post, []).append(cast("tuple[str, int, int]", tuple(place)))
    mine = measured.reviews.posts.filter(pl.col("reviewer") == by)
    given = dict(mine.select("post", "labels").iter_rows())
    told = dict(measured.readable.select("post", "language").iter_rows())
    found: dict[str, list[ReviewPost]] = {name: [] for name in names}
    for row in posts.iter_rows(named=True):
        number = row["post"]
        language = row["read_as"] or told.get(number)
        found[row["case"]].append(
            _make_post(row, words.get(number, []), given.get(number), language)
        )
    judged = measured.reviews.cases.filter(pl.col("reviewer") == by)
    told = dict(judged.select("case", "outcome").iter_rows())
    return [_make_case(row, found[row["case"]], told.get(row["case"])) for row in chosen]


def _make_post(
    row: Mapping[str, Any],
    words: Sequence[tuple[str, int, int]],
    given: Sequence[str] | None,
    language: str | None,
) -> ReviewPost:
    return ReviewPost(
        platform=row["platform"],
        post_id=row["post_id"],
        side=row["side"],
        at=row["at"],
        author=row["author_handle"] or "",
        text=row["text"] or "",
        language=language,
        said=tuple(label for label in LABELS_OF_SIDE[row["side"]] if label in row["labels"]),
        words=tuple(words),
        given=None if given is None else tuple(given),
        is_asked=not (row["automatic"] or row["deleted"]),
    )


def _make_case(row: Mapping[str, Any], posts: Sequence[ReviewPost], told: str | None) -> ReviewCase:
    said = FINER_OUTCOMES.get(row["outcome"], row["outcome"])
    return ReviewCase(
        case=row["case"],
        brand=row["brand"],
        opened_at=row["opened_at"],
        posts=tuple(posts),
        said=said if said in OUTCOMES_TOLD else None,
        is_due=row["due"],
        pick=row["pick"],
        stratum=row["stratum"],
        drawn=row["drawn"],
        told=told,
    )


@dataclass(frozen=True, slots=True)
class ReviewDesk:
    """Where a person's answers are kept, each at once.

    Attributes:
        by: Who gives them.
        phrases: Hash of the phrase files that the program reads by.
    """

    store: Store
    by: str
    phrases: str

    def save_labels(self, post: ReviewPost, labels: Sequence[str], now: datetime) -> bool:
        """Keep the labels of a post; false if it is gone meanwhile."""
        return self.store.save_review(
            SavedReview(
                platform=post.platform,
                post_id=post.post_id,
                reviewer=self.by,
                labels=tuple(labels),
                said=post.said,
                phrases=self.phrases,
                digest=digest_words(post.text),
                reviewed_at=now,
            )
        )

    def withdraw_labels(self, post: ReviewPost, now: datetime) -> None:
        """Take the labels of a post back, to those that this person gave it before."""
        if post.given is not None:
            self.save_labels(post, post.given, now)
        else:
            self.store.withdraw_review(post.platform, post.post_id, self.by)

    def finish_case(self, case: ReviewCase, outcome: str | None, now: datetime) -> bool:
        """Keep that a case was gone through, and what came of it; false if it is gone."""
        for name, stratum in case.drawn:
            self.store.mark_drawn(name, stratum)
        return self.store.save_case_review(
            SavedCaseReview(
                case=case.case,
                reviewer=self.by,
                brand=case.brand,
                platform=case.posts[0].platform,
                opening_post_id=case.posts[0].post_id,
                last_post_id=case.posts[-1].post_id,
                outcome=outcome,
                said=case.said,
                phrases=self.phrases,
                pick=case.pick,
                stratum=case.stratum,
                reviewed_at=now,
            )
        )

    def reopen_case(self, case: ReviewCase) -> None:
        """Take back that a case was gone through."""
        self.store.withdraw_case_review(case.case, self.by)
