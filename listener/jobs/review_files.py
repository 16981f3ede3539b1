"""Cases to review as a file, for those who label in an editor or a spreadsheet.

The lines are labelled cases as `listener evaluate` reads them (`docs/labels.md`) and bear
besides what tells the program which posts they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from listener.errors import ConfigError
from listener.jobs.measuring import Measured
from listener.jobs.reviewing import (
    LABELS_OF_SIDE,
    ReviewCase,
    ReviewDesk,
    ReviewPost,
    lay_out_cases,
)
from listener.label import Phrases
from listener.measure.reviewed import OUTCOMES_TOLD, digest_words
from listener.measure.sampling import ASKED, RANDOM, UNCERTAIN

SHOWN_PROBLEMS = 5
_PICKS = (RANDOM, UNCERTAIN, ASKED)


@dataclass(frozen=True, slots=True)
class ImportedReviews:
    """What came of a file.

    Attributes:
        posts: Labels that were kept.
        cases: Cases that were gone through.
        left: Lines that nobody has marked as reviewed.
        changed: Cases and posts that are not as they were, or not here any more.
    """

    posts: int = 0
    cases: int = 0
    left: int = 0
    changed: int = 0


def export_cases(cases: Sequence[ReviewCase], stream: BinaryIO, *, is_blind: bool) -> int:
    """Write cases, one a line, with the labels of the program unless nobody is to be led."""
    for case in cases:
        stream.write(orjson.dumps(_dump_case(case, is_blind=is_blind)) + b"\n")
    return len(cases)


def _dump_case(case: ReviewCase, *, is_blind: bool) -> dict[str, Any]:
    asked = {str(n): post for n, post in enumerate(case.posts, start=1) if post.is_asked}
    outcome = case.told or (None if is_blind else case.said)
    languages = [post.language for post in asked.values() if post.language]
    return {
        "case": case.case,
        "reviewed": case.is_revised and all(post.given is not None for post in asked.values()),
        "brand": case.brand,
        "lang": max(languages, key=languages.count, default="und"),
        "posts": [_dump_post(n, post) for n, post in enumerate(case.posts, start=1)],
        "labels": {
            n: [] if is_blind else list(post.said if post.given is None else post.given)
            for n, post in asked.items()
        },
        "skip": {str(n): ["*"] for n, post in enumerate(case.posts, 1) if not post.is_asked},
        "outcome": [outcome] if outcome and case.is_due else None,
        "pick": case.pick,
        "stratum": case.stratum,
        "drawn": [list(each) for each in case.drawn],
    }


def _dump_post(number: int, post: ReviewPost) -> dict[str, Any]:
    return {
        "n": number,
        "who": post.side,
        "at": post.at.isoformat(),
        "text": post.text,
        "platform": post.platform,
        "post_id": post.post_id,
    }


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a file: labels by platform, id and words of each post."""

    case: str
    is_reviewed: bool
    labels: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]
    outcome: str | None
    pick: str
    stratum: str
    drawn: tuple[tuple[str, str], ...]


def import_cases(
    path: Path, measured: Measured, phrases: Phrases, desk: ReviewDesk, *, now: datetime
) -> ImportedReviews:
    """Keep what a file says of posts that still are as they were.

    Raises:
        ConfigError: With one line for each broken line of the file; then nothing was kept.
    """
    lines = _read_lines(path)
    wanted = [line.case for line in lines if line.is_reviewed]
    known = lay_out_cases(measured, phrases, wanted, desk.by)
    counts = {"posts": 0, "cases": 0, "changed": 0}
    for line in (line for line in lines if line.is_reviewed):
        case = known.get(line.case)
        if case is None:
            counts["changed"] += 1
            continue
        saved, changed = _keep_posts(line, case, desk, now)
        done = not changed and desk.finish_case(_take_pick(case, line), line.outcome, now)
        counts["posts"] += saved
        counts["changed"] += changed
        counts["cases"] += done
    return ImportedReviews(left=sum(not line.is_reviewed for line in lines), **counts)


def _take_pick(case: ReviewCase, line: _Line) -> ReviewCase:
    stratum = line.stratum or case.stratum
    return replace(case, pick=line.pick, stratum=stratum, drawn=line.drawn)


def _keep_posts(line: _Line, case: ReviewCase, desk: ReviewDesk, now: datetime) -> tuple[int, int]:
    saved = changed = 0
    for post in case.posts:
        if not post.is_asked:
            continue
        text, labels = line.labels.get((post.platform, post.post_id), (None, ()))
        same = text is not None and digest_words(text) == digest_words(post.text)
        if same and desk.save_labels(post, labels, now):
            saved += 1
        else:
            changed += 1
    return saved, changed


def _read_lines(path: Path) -> list[_Line]:
    try:
        content = path.read_bytes().splitlines()
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise ConfigError(msg) from error
    lines, problems = [], []
    for number, words in enumerate(content, start=1):
        if not words.strip():
            continue
        try:
            lines.append(_parse_line(orjson.loads(words)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problems.append(f"{path}:{number}: not a reviewed case ({error})")
    if problems:
        more = f"{path}: docs/reviews.md describes the format"
        raise ConfigError(*problems[:SHOWN_PROBLEMS], more)
    return lines


def _parse_line(record: Mapping[str, Any]) -> _Line:
    labels = dict(_parse_posts(record))
    outcome = (record.get("outcome") or [None])[0]
    if outcome is not None and outcome not in OUTCOMES_TOLD:
        msg = f'there is no outcome "{outcome}"'
        raise ValueError(msg)
    pick = record.get("pick", ASKED)
    if pick not in _PICKS:
        msg = f'there is no pick "{pick}"'
        raise ValueError(msg)
    return _Line(
        case=str(record["case"]),
        is_reviewed=bool(record.get("reviewed", True)),
        labels=labels,
        outcome=outcome,
        pick=pick,
        stratum=str(record.get("stratum", "")),
        drawn=tuple((str(case), str(stratum)) for case, stratum in record.get("drawn", ())),
    )


def _parse_posts(
    record: Mapping[str, Any],
) -> Iterator[tuple[tuple[str, str], tuple[str, tuple[str, ...]]]]:
    for post in record["posts"]:
        given = record["labels"].get(str(post["n"]))
        if given is None:
            continue
        known = LABELS_OF_SIDE[post["who"]]
        for label in given:
            if label not in known:
                msg = f'a {post["who"]} has no label "{label}"'
                raise ValueError(msg)
        labels = tuple(label for label in known if label in given)
        yield (str(post["platform"]), str(post["post_id"])), (str(post["text"]), labels)
