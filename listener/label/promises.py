"""What a promise says: that the brand will come back, and by when.

The phrases are those of `[promises]`; what a time means on a calendar is measured
elsewhere (`docs/measures.md`, section 4).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from listener.label.calendar_words import list_months, list_weekdays
from listener.label.folding import restore_place
from listener.label.grammar import END, START
from listener.label.labels import match_parts, prepare_posts
from listener.label.matching import blank_out, match_rules
from listener.label.phrases import DUE_KINDS, PROMISE_KINDS, PROMISES, Phrases, Rule
from listener.label.signals import any_of

PROMISES_SCHEMA: Mapping[str, pl.DataType] = {
    "post": pl.UInt32(),
    "contact": pl.Boolean(),
    "aside": pl.Boolean(),
    "beside": pl.Boolean(),
    "due_kind": pl.String(),
    "due_amount": pl.Int64(),
    "due_words": pl.String(),
}
_TIME_COLUMNS = ("post", "beside", "due_kind", "due_amount", "due_words")
_TIMES_SCHEMA = {name: PROMISES_SCHEMA[name] for name in _TIME_COLUMNS}
_MARGIN = f" \n\"'()*,;:/_~-{START}{END}"
# What "a few hours" is at most, and "the next days".
_SOME: Mapping[str, int] = {
    "minutes": 30, "hours": 12, "days": 7, "workdays": 5, "weeks": 4, "months": 3,
}  # fmt: skip
_MOST = 999
_MONTHS, _LONGEST_MONTH = 12, 31
_CENTURY, _CENTURY_YEARS = 2000, 100
_GLUED = r"([0-9])([a-z])"
_DOTTED_DATE = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\.? ?((?:20)?[0-9]{2})?(?![0-9])")
_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?(?: ?([ap]) ?\.?m\b)?")


@dataclass(frozen=True, slots=True)
class _Calendar:
    """The words of a language that stand for numbers, days and months."""

    numbers: Mapping[str, int]
    weekdays: Mapping[str, int]
    months: Mapping[str, int]


def label_promises(posts: pl.DataFrame, labels: pl.DataFrame, phrases: Phrases) -> pl.DataFrame:
    """Read what is promised in the posts that bear the label `promise`.

    A time counts that stands in a sentence that promises; one in the sentence before or after
    it only where no such sentence names one. What the customer is asked names no time.

    Args:
        posts: As for `label_posts`.
        labels: `post`, `language` as read and `promise`, from `label_posts` or from people.
        phrases: What posts are read by.

    Returns:
        One row a time that is named, one row without a time where none is; none for what depends on
        something that may not happen, or on the customer: `post`, `contact`
        (the brand will come back to the customer), `aside` (where nobody else sees it: by
        phone, e-mail or message), `beside` (the time stands next to the promise), `due_kind`
        (one of `DUE_KINDS`), `due_amount` (how many; the day of the week from 1; a date as
        yyyymmdd, without a year mmdd; minutes of the day) and `due_words`.
    """
    promised = labels.filter(pl.col("promise")).select("post", _read=pl.col("language"))
    if promised.is_empty():
        return pl.DataFrame(schema=PROMISES_SCHEMA)
    chosen = (
        posts.filter(pl.col("side") == "brand")
        .join(promised, on="post", maintain_order="left")
        .with_columns(
            language=pl.coalesce("_read", "language"), previous=pl.lit(None, dtype=pl.UInt32)
        )
        .drop("_read")
    )
    prepared = prepare_posts(chosen, phrases.languages)
    texts = {
        post: (text, folded)
        for post, text, folded in prepared.select(
            "post", pl.col("text").fill_null(""), "folded"
        ).iter_rows()
    }
    pieces = [
        _read_part(_mark_near(part.rows), phrases, part.language, texts)
        for part in match_parts(prepared, phrases)
        if part.side == "brand"
    ]
    return pl.concat([pl.DataFrame(schema=PROMISES_SCHEMA), *pieces]).sort(
        "post", maintain_order=True
    )


def _mark_near(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `promises`, and `near`: whether the sentence promises, or stands next to one that does.

    Where a person has found a promise that phrases do not, all sentences of the post count.
    Behind a question or a request none does: what is promised then is the customer's to bring on.
    """
    promises = any_of("promise", "later")
    rows = rows.with_columns(promises=promises | ~promises.any().over("post"))
    beside = [
        pl.col("promises").shift(step) & (pl.col("post") == pl.col("post").shift(step))
        for step in (1, -1)
    ]
    asked = any_of("question", "requested", "tried").cast(pl.Int64)
    earlier = asked.cum_sum().over("post") - asked
    near = pl.any_horizontal("promises", *beside).fill_null(value=False) & (earlier == 0)
    return rows.with_columns(near=near)


def _read_part(
    rows: pl.DataFrame, phrases: Phrases, language: str, texts: Mapping[int, tuple[str, str]]
) -> pl.DataFrame:
    known = phrases.rules[language].get(PROMISES, {})
    rules = {name: known.get(name, Rule(name, ())) for name in (*PROMISE_KINDS, *DUE_KINDS)}
    # "24h" is two words, as phrases are.
    spaced = _mend_dates(rows).str.replace_all(_GLUED, "$1 $2")
    near = rows.with_columns(sentence=spaced).filter("near").select("post", "promises", "sentence")
    # A question promises nothing; its time is what the customer is asked for.
    stated = near.filter(~pl.col("sentence").str.contains("?", literal=True))
    matched = match_rules(stated, rules).filter(~pl.col("depends"))
    numbers = phrases.numbers.get(language, {})
    calendar = _Calendar(numbers, list_weekdays(language), list_months(language))
    named = matched.select(pl.col(DUE_KINDS).any()).row(0, named=True)
    found = [
        time
        for kind in DUE_KINDS
        if named[kind]
        for time in _read_times(matched.filter(kind), rules[kind], calendar, texts)
    ]
    times = pl.DataFrame(found, schema=_TIMES_SCHEMA, orient="row")
    nearest = times.filter(pl.col("beside") == pl.col("beside").all().over("post"))
    kinds = matched.group_by("post", maintain_order=True).agg(pl.col(PROMISE_KINDS).any())
    joined = kinds.join(nearest, on="post", how="left", maintain_order="left")
    return joined.select(PROMISES_SCHEMA.keys())


def _mend_dates(rows: pl.DataFrame) -> pl.Series:
    """Return the sentences, put together again where one ends behind the day of a date."""
    goes_on = pl.col("sentence").str.contains(r"[0-9]\. ?$") & (
        pl.col("post") == pl.col("post").shift(-1)
    )
    mended = pl.col("sentence") + pl.col("sentence").shift(-1)
    return rows.select(pl.when(goes_on).then(mended).otherwise("sentence")).to_series()


def _read_times(
    rows: pl.DataFrame, rule: Rule, calendar: _Calendar, texts: Mapping[int, tuple[str, str]]
) -> Iterator[tuple[int, bool, str, int, str]]:
    """Yield the times of one kind: post, whether they stand beside, kind, amount, words."""
    matches = blank_out(rule).str.extract_all(rule.pattern)
    for post, promises, words in rows.select("post", "promises", matches).iter_rows():
        for match in words:
            amount = _read_amount(rule.name, match, calendar)
            if amount is not None:
                yield post, not promises, rule.name, amount, _quote(match, *texts[post])


def _read_amount(kind: str, match: str, calendar: _Calendar) -> int | None:
    """Return the number that belongs to a kind of time; None if there is none in the words."""
    if kind in _SOME:
        return _read_number(match, calendar.numbers) or _SOME[kind]
    if kind == "clock":
        return _read_clock(match)
    if kind in {"weekday", "next_weekday"}:
        return _find_name(match, calendar.weekdays)
    return _read_date(match, calendar.months) if kind == "date" else 0


def _read_number(match: str, numbers: Mapping[str, int]) -> int | None:
    """Return the highest number, for "two to three days" are at most three; None for a few."""
    figures = [int(figure) for figure in re.findall("[0-9]+", match)]
    known = [numbers[word] for word in re.findall("[a-z]+", match) if word in numbers]
    if not figures and 0 in known:
        return None
    return min(max(figures or known, default=0), _MOST) or None


def _read_clock(match: str) -> int | None:
    found = _CLOCK.search(match)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "p" else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def _read_date(match: str, months: Mapping[str, int]) -> int | None:
    """Return a date as yyyymmdd, or as mmdd where no year of this century is named."""
    if dotted := _DOTTED_DATE.search(match):
        day, month, year = (int(part or 0) for part in dotted.groups())
    else:
        figures = [int(figure) for figure in re.findall("[0-9]+", match)]
        day, year = (next(iter(found), 0) for found in (figures, figures[1:]))
        month = _find_name(match, months) or 0
    if not (1 <= month <= _MONTHS and 1 <= day <= _LONGEST_MONTH):
        return None
    century = _CENTURY if 0 < year < _CENTURY_YEARS else 0
    year = century + year if _CENTURY <= century + year < _CENTURY + _CENTURY_YEARS else 0
    return year * 10_000 + month * 100 + day


def _find_name(match: str, names: Mapping[str, int]) -> int | None:
    return next((names[word] for word in re.findall("[a-z]+", match) if word in names), None)


def _quote(match: str, text: str, folded: str) -> str:
    """Return the words as they stand in the post; folded if they cannot be found there."""
    words = match.strip(_MARGIN)
    words = words if _DOTTED_DATE.search(words) else words.rstrip(".,")
    found = _spread(words).search(folded)
    if found is None:
        return words
    if len(text) == len(folded):  # nothing is hidden in it
        return text[found.start() : found.end()]
    return text[restore_place(text, found.start()) : restore_place(text, found.end() - 1) + 1]


@lru_cache(maxsize=10_000)
def _spread(words: str) -> re.Pattern[str]:
    """Return the expression of words between whose letters blanks may stand, or not."""
    return re.compile(r"\s*".join(map(re.escape, words.replace(" ", ""))))
