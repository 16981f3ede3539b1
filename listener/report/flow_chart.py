"""Draw which way cases went: a band from each handling to each outcome, as thick as its cases."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from listener.figures import Flow, Share
from listener.report.charts import (
    INK,
    PARTS,
    SURFACE,
    Spec,
    draw_chart,
    encode_colour,
    encode_number,
    encode_word,
    fix_scale,
    join_layers,
    make_layer,
)
from listener.report.language import Language
from listener.report.words import HANDLING, OUTCOME_ORDER

# How high all cases together are, and what lies between two nodes.
_CASES_HEIGHT, _GAP = 230, 10
_NODE_WIDTH, _AIR = 12, 6
# A band is a curve through so many points.
_STEPS = 8


@dataclass(frozen=True, slots=True)
class _Form:
    """How wide the drawing is, and how many letters have room beside its nodes.

    Words stand beside the bands on a phone, too: nobody can read what lies on them.
    """

    width: int
    font: int
    letters: int
    margin: int

    @property
    def line(self) -> float:
        return 1.25 * self.font


@dataclass(frozen=True, slots=True)
class _Node:
    """One handling or outcome: where its bar begins and how high it is."""

    key: str
    lines: tuple[str, ...]
    top: float
    height: float
    slot: float


WIDE, NARROW = _Form(960, 14, 30, 260), _Form(320, 11, 16, 106)


def sort_ways(flow: Flow) -> list[tuple[str, Share, list[tuple[str, Share]]]]:
    """Return each handling, its share, and the outcomes of its cases, as pages order them."""
    return [
        (key, flow.handling[key], _sort_outcomes(flow.paths[key]))
        for key in HANDLING
        if key in flow.handling
    ]


def _sort_outcomes(ways: Mapping[str, Share]) -> list[tuple[str, Share]]:
    return [(key, ways[key]) for key in OUTCOME_ORDER if key in ways]


def render_flow_chart(flow: Flow, language: Language, *, title: str, form: _Form) -> str:
    """Return the flow as bands between two columns: handling and outcome.

    Args:
        flow: Which ways cases went; at least one did.
        language: Of the words beside the columns.
        title: The text alternative.
        form: `WIDE` or `NARROW`.
    """
    sides = (
        [(key, share.count, "HANDLING") for key, share, _ in sort_ways(flow)],
        [(key, count, "OUTCOME") for key, count in _count_outcomes(flow).items()],
    )
    scale = _CASES_HEIGHT / flow.total
    left, right = (_place(side, scale, form, language) for side in sides)
    height = max(_measure_height(nodes) for nodes in (left, right))
    bands = list(_list_bands(flow, left, right, scale, form))
    layers = [_draw_bands(bands), _draw_bars(left, right, form), *_draw_words(left, right, form)]
    chart = join_layers(
        layers,
        form.width,
        height,
        x=encode_number("x", scale=fix_scale(0, form.width), axis=None),
        y=encode_number("y", scale=fix_scale(height, 0), axis=None),
    )
    return draw_chart(chart, title)


def _count_outcomes(flow: Flow) -> dict[str, int]:
    counts = {
        outcome: sum(ways[outcome].count for ways in flow.paths.values() if outcome in ways)
        for outcome in OUTCOME_ORDER
    }
    return {outcome: count for outcome, count in counts.items() if count}


def _place(
    side: Sequence[tuple[str, int, str]], scale: float, form: _Form, language: Language
) -> list[_Node]:
    nodes, top = [], 0.0
    for key, count, group in side:
        lines = _wrap(f"{language.word(group, key)}:", language.number(count), form.letters)
        words, height = form.line * len(lines), max(count * scale, 1.0)
        slot = max(words, height)
        nodes.append(_Node(key, lines, top + (slot - height) / 2, height, slot))
        top += slot + _GAP
    return nodes


def _wrap(words: str, number: str, letters: int) -> tuple[str, ...]:
    """Return the words in lines, the number beside the last word if there is room for both."""
    has_room = len(words.split()[-1]) + len(number) < letters
    said = f"{words}\u00a0{number}" if has_room else f"{words} {number}"
    return tuple(textwrap.wrap(said, letters, break_long_words=False))


def _measure_height(nodes: Sequence[_Node]) -> float:
    return round(sum(node.slot + _GAP for node in nodes), 1)


def _list_bands(
    flow: Flow, left: Sequence[_Node], right: Sequence[_Node], scale: float, form: _Form
) -> Iterator[dict[str, float | str]]:
    """Yield the corners of each band, the bands of one node below each other."""
    begin, end = form.margin + _NODE_WIDTH, form.width - form.margin - _NODE_WIDTH
    arriving = {node.key: node.top for node in right}
    for node in left:
        leaving = node.top
        for outcome, share in _sort_outcomes(flow.paths[node.key]):
            thick, way = share.count * scale, f"{node.key} {outcome}"
            for step in range(_STEPS + 1):
                part = step / _STEPS
                y = leaving + (arriving[outcome] - leaving) * part * part * (3 - 2 * part)
                x = begin + (end - begin) * part
                yield {
                    "way": way, "colour": PARTS[node.key], "x": round(x, 1),
                    "y": round(y, 1), "y2": round(y + thick, 1),
                }  # fmt: skip
            leaving += thick
            arriving[outcome] += thick


def _draw_bands(bands: Sequence[Mapping[str, float | str]]) -> Spec:
    return make_layer(
        bands,
        {
            "type": "area",
            "opacity": 0.45,
            "interpolate": "monotone",
            "stroke": SURFACE,
            "strokeWidth": 1,
        },
        y2={"field": "y2"},
        detail=encode_word("way"),
        color=encode_colour("colour"),
    )


def _draw_bars(left: Sequence[_Node], right: Sequence[_Node], form: _Form) -> Spec:
    far = form.width - form.margin
    rows = [
        {"x": x, "x2": x + _NODE_WIDTH, "y": node.top, "y2": node.top + node.height}
        | {"colour": PARTS.get(node.key, INK) if x == form.margin else INK}
        for nodes, x in ((left, form.margin), (right, far - _NODE_WIDTH))
        for node in nodes
    ]
    return make_layer(
        rows, "rect", x2={"field": "x2"}, y2={"field": "y2"}, color=encode_colour("colour")
    )


def _draw_words(left: Sequence[_Node], right: Sequence[_Node], form: _Form) -> Iterator[Spec]:
    """Yield the words of both columns, each first as a light edge that keeps them readable."""
    yield from _write(left, form.margin - _AIR, "right", form)
    yield from _write(right, form.width - form.margin + _AIR, "left", form)


def _write(
    nodes: Sequence[_Node], x: int, align: Literal["left", "right"], form: _Form
) -> Iterator[Spec]:
    rows: list[dict[str, float | str]] = [
        {"x": x, "y": _middle(node, form), "text": "\n".join(node.lines)} for node in nodes
    ]
    for edge in (3, 0):
        mark = {
            "type": "text",
            "align": align,
            "baseline": "middle",
            "lineBreak": "\n",
            "lineHeight": form.line,
            "fontSize": form.font,
            "color": SURFACE if edge else INK,
            "stroke": SURFACE if edge else None,
            "strokeWidth": edge,
        }
        yield make_layer(rows, mark, text=encode_word("text"))


def _middle(node: _Node, form: _Form) -> float:
    """Return where the first line stands, so that all are beside the bar's middle."""
    words = form.line * (len(node.lines) - 1)
    return round(node.top + (node.height - words) / 2, 1)
