"""The evidence tables: everything that is known of each case, turn and reply.

`docs/measures.md`, section 9. Figures are computed from these tables alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from listener.measure.canned import find_canned_replies
from listener.measure.cases import Threads
from listener.measure.dialogue import measure_dialogues
from listener.measure.fate import fast_no_help, last_public_word, measure_fates
from listener.measure.first_told import judge_first
from listener.measure.followups import add_followups
from listener.measure.handling import add_reply_kind, measure_handling
from listener.measure.known import add_known
from listener.measure.listings import list_case_posts, list_replies, with_answers
from listener.measure.openings import describe_openings
from listener.measure.outcome import measure_outcomes
from listener.measure.private import make_private_table
from listener.measure.promises import list_promises, measure_promises
from listener.measure.recontacts import find_recontacts
from listener.measure.reviewed import Reviews, override_outcomes
from listener.measure.selection import choose_rows
from listener.measure.service import add_service_to_cases, add_service_to_turns
from listener.measure.told import no_told
from listener.measure.turns import add_turns, measure_turns, wait_columns
from listener.measure.visits import find_visited
from listener.measure.voice import measure_registers
from listener.posts import LABELS, Brand


@dataclass(frozen=True, slots=True)
class Tables:
    """The evidence; columns are listed in `docs/evidence.md`.

    Attributes:
        cases: One row a case.
        case_posts: One row a post of a case, in order; with texts.
        turns: One row a turn.
        replies: One row a brand's post, answers and broadcasts.
        deletions: One row a customer's post that is gone; it is in no figure
            but the count of deletions.
        private: One row a private part of brands that are seen with their own access.
        promises: One row a promise in a case.
        told: One row an outcome that was told from elsewhere; in no other figure.
    """

    cases: pl.DataFrame
    case_posts: pl.DataFrame
    turns: pl.DataFrame
    replies: pl.DataFrame
    deletions: pl.DataFrame
    promises: pl.DataFrame
    private: pl.DataFrame = field(default_factory=make_private_table)
    told: pl.DataFrame = field(default_factory=no_told)

    def select(self, chosen: pl.Expr) -> "Tables":
        """Return what is told of a brand or platform; of turns, promises and told ones, everything.

        Args:
            chosen: A condition on `brand` and `platform`.
        """
        return replace(
            self,
            cases=choose_rows(self.cases, chosen),
            case_posts=choose_rows(self.case_posts, chosen),
            replies=choose_rows(self.replies, chosen),
            deletions=choose_rows(self.deletions, chosen),
            private=choose_rows(self.private, chosen),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """How far and until when one looked.

    Attributes:
        as_of: The moment of measuring.
        until: `brand`, `platform` and `observed_until`; what is not in it was
            observed until `as_of`.
        settle_days: How long a conversation must have been quiet and then
            visited before silence counts as an outcome.
        live: `brand` and `platform` of those that are collected live, whose
            silence needs a visit; None if all posts are from files.
        visits: `post` (row number in `Threads.posts`), `visited_at` and, where some were
            for one customer only, `is_whole`.
        visited: `case` and `visited_at` in place of `visits`, where not all posts of a
            conversation are measured at once.
        filed: `brand`, `platform` and `filed_until`: up to when files tell of
            those that are collected live; as good as a visit at that moment.
    """

    as_of: datetime
    until: pl.DataFrame
    settle_days: int = 7
    live: pl.DataFrame | None = None
    visits: pl.DataFrame | None = None
    visited: pl.DataFrame | None = None
    filed: pl.DataFrame | None = None


def build_tables(
    threads: Threads,
    labels: pl.DataFrame,
    brands: Sequence[Brand],
    observation: Observation,
    held: Reviews | None = None,
    said: pl.DataFrame | None = None,
    canned: Callable[[], pl.DataFrame] | None = None,
) -> Tables:
    """Measure every case.

    Args:
        threads: From `build_threads`.
        labels: `post`, `language`, one Boolean column for each of `LABELS` and, where people
            have labelled some of them, `reviewed`; where known, `familiar` and `formal`, and
            what `find_canned_replies` finds.
        held: What people said, from `find_held_reviews`.
        brands: For their time zone, mode and first day to count.
        observation: When and how far one looked.
        said: What promises say, from `label_promises`; None measures none.
        canned: Returns what `find_canned_replies` finds, which may be looked for meanwhile: it
            is asked last. Without it they are looked for then, if the labels do not tell it.
    """
    labels = _complete(labels)
    threads = replace(threads, posts=with_answers(threads.posts))
    members = _number_cases(threads.members)
    spoken = _read(members, labels)
    openings = describe_openings(
        spoken, threads.posts, brands, as_of=observation.as_of, until=observation.until
    )
    turns = measure_turns(spoken, openings.select("case", "observed_until", "clocked"))
    visited = _find_visited(spoken, threads, observation)
    known = openings.join(visited, on="case", how="left", maintain_order="left")
    judged = _judge(spoken, known, turns, observation)
    promises = measure_promises(spoken, said, judged, brands)
    cases = override_outcomes(judged.drop("proved_until"), held or Reviews())
    brand = pl.col("brand").cast(pl.Enum(cases["brand"].unique().sort()))  # quicker to compare
    name = pl.col("case").cast(pl.String)
    counted = cases.filter(_is_counted(brands)).sort(brand, "opened_at", name)
    counted = add_service_to_cases(counted, brands)
    keep = _keep if counted.height < cases.height else _keep_all
    return Tables(
        cases=_name_cases(counted),
        case_posts=_name_cases(list_case_posts(keep(spoken, counted), threads.posts)),
        turns=_name_cases(add_service_to_turns(keep(turns, counted), counted, brands)),
        deletions=threads.deletions.select(
            "brand", "platform", "post", pl.col("created_at").alias("at")
        ),
        promises=_name_cases(list_promises(keep(promises, counted), threads.posts, spoken)),
        replies=_name_cases(
            list_replies(threads, _add_canned(labels, threads, canned), spoken, counted, brands)
        ),
    )


def _keep(rows: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    return rows.join(counted.select("case"), on="case", how="semi")


def _keep_all(rows: pl.DataFrame, _: pl.DataFrame) -> pl.DataFrame:
    return rows


def _number_cases(members: pl.DataFrame) -> pl.DataFrame:
    """Compare cases by numbers, in the order in which they come: so they are sorted by them."""
    begins = members.select(pl.col("case").ne_missing(pl.col("case").shift(1))).to_series()
    names = members["case"].filter(begins)
    numbers = names.cast(pl.Enum(names.unique(maintain_order=True)))
    cases = numbers.gather(begins.cast(pl.UInt32).cum_sum() - 1).alias("case")
    is_sorted = numbers.to_physical().is_sorted()  # not if two cases had the same name
    return members.with_columns(cases.set_sorted() if is_sorted else cases)


def _name_cases(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.selectors.enum().cast(pl.String))


def _find_visited(spoken: pl.DataFrame, threads: Threads, observation: Observation) -> pl.DataFrame:
    if observation.visited is None:
        return find_visited(spoken, threads.posts, observation.visits)
    case = pl.col("case").cast(spoken.schema["case"], strict=False)  # others are of other parts
    return observation.visited.with_columns(case).drop_nulls("case")


def _complete(labels: pl.DataFrame) -> pl.DataFrame:
    nothing = {"reviewed": False, "familiar": None, "formal": None}
    return labels.with_columns(
        pl.lit(value, dtype=pl.Boolean).alias(name)
        for name, value in nothing.items()
        if name not in labels.columns
    )


def _add_canned(
    labels: pl.DataFrame, threads: Threads, canned: Callable[[], pl.DataFrame] | None
) -> pl.DataFrame:
    if "canned" in labels.columns:
        return labels
    found = find_canned_replies(threads.posts, threads.targets) if canned is None else canned()
    return add_known(labels, found)


def _read(members: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Put labels beside the posts of cases; what was deleted says nothing."""
    read_as = pl.col("language").alias("read_as")
    known = labels.select("post", read_as, "reviewed", "familiar", "formal", *LABELS)
    spoken = add_known(members, known)
    spoken = spoken.with_columns(
        pl.col(label).fill_null(value=False) & ~pl.col("deleted") for label in LABELS
    )
    return add_followups(add_turns(add_reply_kind(spoken)))


def _judge(
    spoken: pl.DataFrame,
    openings: pl.DataFrame,
    turns: pl.DataFrame,
    observation: Observation,
) -> pl.DataFrame:
    """Join everything that is measured of a case."""
    recontacts = find_recontacts(openings)
    came_back = recontacts.group_by("recontact_of").agg(
        pl.col("opened_at").max().alias("recontacted_at")
    )
    cases = (
        openings.join(recontacts.drop("opened_at"), on="case", how="left", maintain_order="left")
        .join(came_back, left_on="case", right_on="recontact_of", how="left", maintain_order="left")
        .pipe(_add_proof, observation)
        .with_columns(_ages(observation))
    )
    ages = cases.select(
        "case", "settled", "due", "recontacted_at", "observed_until", "proved_until"
    )
    parts = (
        measure_handling(spoken),
        measure_dialogues(spoken),
        measure_registers(spoken),
        measure_outcomes(spoken, ages),
        measure_fates(spoken, ages, settle_days=observation.settle_days),
        _first_waits(spoken, cases, turns),
        _count_followups(spoken),
    )
    for part in parts:
        cases = _put_beside(cases, part)
    first = judge_first(spoken, cases, recontacts, settle_days=observation.settle_days)
    cases = cases.join(first, on="case", how="left", maintain_order="left")
    cases = _name_deciding_posts(cases, spoken)
    return cases.with_columns(fast_no_help().alias("fast_no_help"))


def _put_beside(cases: pl.DataFrame, part: pl.DataFrame) -> pl.DataFrame:
    """Add what was measured of all or some cases, in the order in which they come."""
    if part.height == cases.height:
        return cases.hstack(part.drop("case"))
    return cases.join(part, on="case", how="left", maintain_order="left")


def _add_proof(cases: pl.DataFrame, observation: Observation) -> pl.DataFrame:
    """Add `proved_until`: up to when it is known that nothing more was said, null if never.

    Of files that is the end of observation. Of what is collected live it is the visit of
    this very conversation: the platform's lists may leave a post out.
    """
    key = ["brand", "platform"]
    live = cases.select(key).clear() if observation.live is None else observation.live.select(key)
    filed = observation.filed
    if filed is None:
        filed = live.clear().with_columns(pl.lit(observation.as_of).alias("filed_until"))
    marked = live.unique().with_columns(pl.lit(value=True).alias("_live"))
    visited = pl.min_horizontal("visited_at", pl.lit(observation.as_of, pl.Datetime("us", "UTC")))
    seen = pl.when(pl.col("visited_at").is_not_null()).then(visited)
    return (
        cases.join(marked, on=key, how="left", maintain_order="left")
        .join(filed, on=key, how="left", maintain_order="left")
        .with_columns(
            pl.when(pl.col("_live").fill_null(value=False))
            .then(pl.max_horizontal(seen, "filed_until"))
            .otherwise("observed_until")
            .alias("proved_until")
        )
        .drop("_live", "filed_until")
    )


def _ages(observation: Observation) -> list[pl.Expr]:
    watched, proved, passed = (
        (end - pl.col("last_post_at")).dt.total_microseconds() / 86_400_000_000
        for end in (
            pl.col("observed_until"),
            pl.col("proved_until"),
            pl.lit(observation.as_of),
        )
    )
    return [
        watched.alias("observed_days"),
        (proved >= observation.settle_days).fill_null(value=False).alias("settled"),
        (passed >= observation.settle_days).alias("due"),
    ]


def _first_waits(spoken: pl.DataFrame, cases: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """Measure the first and the first helpful reply, over the same cases.

    Both run from the opening post of cases that the customer opened with a
    need, whose opening is known and which were not found by keyword alone.
    """
    first = turns.filter(pl.col("clock") == "first_reply").select(
        "case",
        pl.col("wait_seconds").alias("_wait"),
        pl.col("observed").alias("_observed"),
        pl.col("skewed").alias("_skewed"),
    )
    helped = (
        spoken.filter(pl.col("helps"))
        .group_by("case")
        .agg(pl.col("created_at").first().alias("_helped_at"))
    )
    asked = first.with_columns(pl.lit(value=True).alias("_runs"))
    joined = (
        cases.select("case", "opened_at", "observed_until")
        .join(asked, on="case", how="left", maintain_order="left")
        .join(helped, on="case", how="left", maintain_order="left")
        .with_columns(pl.col("_runs").fill_null(value=False))
    )
    runs = pl.col("_runs")
    return joined.select(
        "case",
        pl.col("_wait").alias("first_reply_seconds"),
        pl.col("_observed").alias("first_reply_observed"),
        pl.col("_skewed").fill_null(value=False).alias("first_reply_skewed"),
        *wait_columns("opened_at", "_helped_at", runs, "helpful_"),
    ).rename(
        {
            "helpful_wait_seconds": "first_helpful_seconds",
            "helpful_observed": "first_helpful_observed",
            "helpful_skewed": "first_helpful_skewed",
        }
    )


def _count_followups(spoken: pl.DataFrame) -> pl.DataFrame:
    said = spoken.filter(~pl.col("automatic"))
    return said.group_by("case", maintain_order=True).agg(
        pl.col("chase").sum().alias("chases"),
        pl.col("followup_asked").sum().alias("followups_asked"),
        pl.col("followup_unasked").sum().alias("followups_unasked"),
        pl.col("reopens").any().alias("reopened"),
        last_public_word().last().alias("last_public_word"),
    )


_DECIDED = ("outcome", "fate")


def _name_deciding_posts(cases: pl.DataFrame, spoken: pl.DataFrame) -> pl.DataFrame:
    """Replace the numbers of deciding posts by row numbers of posts."""
    first = spoken.select("case", pl.int_range(pl.len()).alias("_first")).unique(
        "case", keep="first"
    )
    numbered = cases.join(first, on="case", how="left", maintain_order="left")
    places = numbered.select(
        (pl.col("_first") + pl.col(f"{name}_order").cast(pl.Int64) - 1).alias(f"{name}_post")
        for name in _DECIDED
    )
    posts = [spoken["post"].gather(place).alias(place.name) for place in places]
    return numbered.with_columns(posts).drop("_first", "outcome_order", "fate_order")


def _is_counted(brands: Sequence[Brand]) -> pl.Expr:
    counted: pl.Expr = pl.lit(value=True)
    for brand in brands:
        if brand.count_from is not None:
            too_early = (pl.col("brand") == brand.key) & (pl.col("opened_on") < brand.count_from)
            counted = counted & ~too_early
    return counted
