"""`listener explain`: one case as a story, and why it was measured so."""

import textwrap
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from listener.cli.plain import make_harmless
from listener.cli.root import current_settings, now
from listener.cli.tables import tell_width
from listener.cli.times import parse_moment

if TYPE_CHECKING:
    from listener.jobs.explaining import Cue, ExplainedPost, Explanation
    from listener.measure.reasons import Reason

EXAMPLES = (
    "listener explain b6njciidfrsbk",
    "listener explain https://social.example/@anna/110123456789012345",
)
_WIDEST = 100
_LABEL_WIDTH = 12
_NAME_WIDTH = 21


def command(
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="its name in cases, or the address of a post")
    ],
    as_of: Annotated[
        datetime | None, typer.Option(parser=parse_moment, metavar="TIME", help="as known then")
    ] = None,
) -> None:
    """Tell a case: each post, the words behind its labels, each clock, and the rules.

    Every line of the second part names the section of docs/measures.md that defines it.
    """
    settings = current_settings()
    from listener.app import load_phrases, open_store
    from listener.jobs.brands import find_brands
    from listener.jobs.explaining import explain_case
    from listener.jobs.measuring import measure_by_settings

    phrases = load_phrases(settings)
    with open_store(settings, must_exist=True) as store:
        brands = find_brands(settings, store)
        measured = measure_by_settings(store, settings, brands, phrases, as_of=as_of or now())
    told = explain_case(measured, phrases, case, handles=settings.report.handles)
    for line in render_explanation(told, width=min(tell_width(), _WIDEST)):
        typer.echo(line)


def render_explanation(told: "Explanation", *, width: int) -> Iterator[str]:
    """Yield the lines of a case: its posts, then what was measured and why."""
    zone = ZoneInfo(told.zone)
    yield f"{told.case}: {told.customer} and {told.brand} on {told.platform}, {told.week}"
    yield ""
    for post in told.posts:
        yield from _render_post(post, zone, width)
        yield ""
    yield "What was measured"
    for reason in told.reasons:
        yield from _render_reason(reason, width)
    method = told.method
    yield ""
    yield (
        f"docs/measures.md {method.measures_version}, phrases {method.phrases_digest}, "
        f"labeller {method.labeller}; times in {told.zone}"
    )


def _render_post(post: "ExplainedPost", zone: ZoneInfo, width: int) -> Iterator[str]:
    notes = [
        note
        for note, holds in (
            ("automatic: counts nowhere", post.is_automatic),
            ("deleted", post.is_deleted),
            ("labels by a person", post.is_by_person),
            ("not read: in another language", not post.is_read and not post.is_automatic),
        )
        if holds
    ]
    head = f"{post.number}  {post.at.astimezone(zone):%a %Y-%m-%d %H:%M:%S}  {post.author}"
    yield make_harmless(f"{head}  ({'; '.join(notes)})" if notes else head)
    for line in post.text.splitlines() or ["(its words may not be quoted)"]:
        yield from _wrap(make_harmless(line), "   ", width)
    if post.url:
        yield make_harmless(f"   {post.url}")
    for cue in post.cues:
        yield from _render_cue(cue, width)


def _render_cue(cue: "Cue", width: int) -> Iterator[str]:
    quotes = [f"“{make_harmless(' '.join(words.split()))}” [{rule}]" for words, rule in cue.quotes]
    name = f"   - {cue.label:<{_LABEL_WIDTH}} "
    yield from _wrap(" · ".join(quotes), name, width)


def _render_reason(reason: "Reason", width: int) -> Iterator[str]:
    name = f"   {reason.what:<{_NAME_WIDTH}}"
    told = make_harmless(f"{reason.value}: {reason.because} (section {reason.section})")
    yield from _wrap(told, name, width)


def _wrap(text: str, start: str, width: int) -> list[str]:
    lines = textwrap.wrap(
        text, width, initial_indent=start, subsequent_indent=" " * len(start),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return lines or [start.rstrip()]
