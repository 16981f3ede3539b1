"""Draw charts as SVG whose colours follow the page's style.

Charts are described in the grammar of Vega-Lite, which vl-convert draws without a browser or
a network. They are written as that grammar has them: a library in between takes longer to
say them than it takes to draw them. Tests hold every chart against the grammar's schema.

Colours are placeholders in the drawing and style variables on the page, so that one
drawing serves light and dark. Lines differ by dash as well as by colour.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
import vl_convert

Spec = dict[str, Any]
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"  # a name; nothing is loaded
FIRST_SECONDS, LAST_SECONDS = 60, 604_800
COLOURS = {
    "#010101": "var(--series-first)",
    "#020202": "var(--series-helpful)",
    "#030303": "var(--grid)",
    "#040404": "var(--ink-soft)",
    "#050505": "var(--axis)",
    "#070707": "var(--series-plain)",
}
FIRST, HELPFUL, GRID, LABEL, AXIS, PLAIN = COLOURS
INK, SURFACE = "#080808", "#090909"
# The colours of `style.css` for ways of handling, with the same meaning everywhere.
PARTS = {
    "public": "#1a1a1a",
    "public_then_moved": "#1b1b1b",
    "moved": "#1c1c1c",
    "linked": "#1d1d1d",
    "acknowledged": "#1e1e1e",
    "reply_deleted": "#1f1f1f",
    "unanswered": "#202020",
}
_PART_NAMES = {"public_then_moved": "public-moved", "reply_deleted": "deleted"}
_ON_PAGES = {
    **COLOURS,
    INK: "var(--ink)",
    SURFACE: "var(--surface)",
    **{colour: f"var(--part-{_PART_NAMES.get(name, name)})" for name, colour in PARTS.items()},
}
# Where something stands, to more decimals than a screen can show.
_PLACES = re.compile(r' (?:d|transform)="[^"]*"')
_LONG = re.compile(r"(\.\d\d)\d+")
_FORBIDDEN = re.compile(r' (?:role|aria-[a-z]+|style|xmlns:xlink|pointer-events)="[^"]*"')


def make_layer(
    rows: Sequence[Mapping[str, float | str]], mark: str | Spec, **encoding: Spec
) -> Spec:
    """Return one mark for each of the rows, placed and coloured by their fields."""
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def join_layers(layers: Iterable[Spec], width: float, height: float, **encoding: Spec) -> Spec:
    """Return layers above each other as a chart of a size, with what all of them have in common."""
    return {"width": width, "height": height, "layer": list(layers), "encoding": encoding}


def encode_number(field: str, **more: object) -> Spec:
    """Return that a number of the rows decides, with its scale and axis."""
    return {"field": field, "type": "quantitative", **more}


def encode_word(field: str, **more: object) -> Spec:
    """Return that a word of the rows decides."""
    return {"field": field, "type": "nominal", **more}


def encode_colour(field: str) -> Spec:
    """Return that rows name their colour themselves."""
    return encode_word(field, scale=None, legend=None)


def fix_scale(first: float, last: float) -> Spec:
    """Return a scale that ends where it is told to."""
    return {"domain": [first, last], "nice": False, "zero": False}


def draw_chart(chart: Spec, title: str, *, font_size: int = 13) -> str:
    """Return the chart as SVG, with its title as the text alternative."""
    config = {
        "background": "transparent",
        "padding": {"left": 2, "right": 14, "top": 8, "bottom": 2},
        "view": {"stroke": None},
        "axis": {"labelFontSize": font_size},
    }
    svg = _draw_spec(dump_spec({**chart, "config": config}))
    label = title.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def dump_spec(spec: Spec) -> str:
    """Return a description as vl-convert reads it."""
    return orjson.dumps({"$schema": _SCHEMA, **spec}).decode()


@lru_cache(maxsize=256)
def _draw_spec(spec: str) -> str:
    svg = _FORBIDDEN.sub("", vl_convert.vegalite_to_svg(spec))
    svg = _PLACES.sub(lambda found: _LONG.sub(r"\1", found[0]), svg)
    for placeholder, colour in _ON_PAGES.items():
        svg = svg.replace(f'"{placeholder}"', f'"{colour}"')
    return svg.replace('font-family="sans-serif"', 'font-family="inherit"')
