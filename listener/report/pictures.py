"""Draw charts as pictures for mails, whose programs know neither SVG nor style variables."""

import hashlib
import zlib
from dataclasses import dataclass
from functools import lru_cache

import vl_convert

from listener.report.charts import COLOURS, Spec, dump_spec

# What `style.css` has for light pages, in the order of `COLOURS`.
_PRINTED = ("#c75300", "#0072b2", "#e8e5dd", "#545b64", "#b5afa3", "#4b5563")
# Comes with vl-convert, so that every machine draws the same.
_FONT = "Liberation Sans"
PICTURE_SCALE = 2
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as PNG, twice as fine as it is wide, with what it shows in words."""

    name: str
    png: bytes
    alt: str

    @property
    def content_id(self) -> str:
        """What it is called within a mail: no other picture is, of whichever mail."""
        return f"{self.name}.{hashlib.sha256(self.png).hexdigest()[:16]}@listener"

    @property
    def width(self) -> int:
        """Its width on a page, in pixels."""
        return int.from_bytes(self.png[16:20]) // PICTURE_SCALE  # of the header, by RFC 2083


def draw_picture(chart: Spec, name: str, alt: str, *, font_size: int) -> Picture:
    """Return the chart as a picture in colours of its own, on white: dark mails stay readable."""
    config = {
        "background": "white",
        "font": _FONT,
        "padding": {"left": 8, "right": 18, "top": 10, "bottom": 6},
        "view": {"stroke": None},
        "axis": {"labelFontSize": font_size},
        "text": {"fontSize": font_size, "fill": _PRINTED[3]},
    }
    return Picture(name, _paint_spec(dump_spec({**chart, "config": config})), alt)


@lru_cache(maxsize=64)
def _paint_spec(spec: str) -> bytes:
    for placeholder, colour in zip(COLOURS, _PRINTED, strict=True):
        spec = spec.replace(f'"{placeholder}"', f'"{colour}"')
    return _shrink(vl_convert.vegalite_to_png(spec, scale=PICTURE_SCALE))


def _shrink(png: bytes) -> bytes:
    """Return the same picture in a quarter of the bytes: vl-convert packs quickly, not tightly."""
    chunks, at = [], len(_PNG)
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        chunks.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + size]))
        at += size + 12
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    packed = chunks[0], (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")
    return _PNG + b"".join(_write_chunk(kind + data) for kind, data in packed)


def _write_chunk(chunk: bytes) -> bytes:
    """Return a chunk between its length and its check sum (RFC 2083, 3.2)."""
    return (len(chunk) - 4).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4)
