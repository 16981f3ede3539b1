"""Draw charts as SVG whose colours follow the page's style.

Altair describes, vl-convert draws, without a browser or a network. Colours are
placeholders in the drawing and style variables on the page, so that one
drawing serves light and dark. Lines differ by dash as well as by colour.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache

import altair as alt
import vl_convert
from altair.utils.schemapi import debug_mode

AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart
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


def checking_nothing() -> AbstractContextManager[None]:
    """Return a context in which Altair trusts the charts: checking takes most of its time.

    Tests draw without it, and so check every chart.
    """
    return debug_mode(False)  # type: ignore[no-any-return,unused-ignore]


def make_data(rows: Sequence[Mapping[str, float | str]]) -> alt.InlineData:
    """Return rows as one string, which Altair need not copy with every layer."""
    return alt.InlineData(values=json.dumps(rows), format=alt.JsonDataFormat(type="json"))


def draw_chart(chart: AnyChart, title: str, *, font_size: int = 13) -> str:
    """Return the chart as SVG, with its title as the text alternative."""
    spec = chart.to_dict(validate=False)
    # Set here, for Altair would copy the whole chart to set it.
    spec["config"] = {
        "background": "transparent",
        "padding": {"left": 2, "right": 14, "top": 8, "bottom": 2},
        "view": {"stroke": None},
        "axis": {"labelFontSize": font_size},
    }
    svg = _draw_spec(json.dumps(spec))
    label = title.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


@lru_cache(maxsize=256)
def _draw_spec(spec: str) -> str:
    svg = _FORBIDDEN.sub("", vl_convert.vegalite_to_svg(spec))
    svg = _PLACES.sub(lambda found: _LONG.sub(r"\1", found[0]), svg)
    for placeholder, colour in _ON_PAGES.items():
        svg = svg.replace(f'"{placeholder}"', f'"{colour}"')
    return svg.replace('font-family="sans-serif"', 'font-family="inherit"')
