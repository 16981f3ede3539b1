"""Quote foreign words safely: masked, shortened, and without tricks.

Posts are personal data and hostile input at once. What leaves this module is
plain text that may stand on a page; escaping is the templates' part.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

QUOTE_LENGTH = 500
_READ_AHEAD = 4
MASKED_EMAIL = "•••@•••"
MASKED_NUMBER = "•••"
ELLIPSIS = "…"

# Embeddings, overrides and isolates could turn the rest of a page around.
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufeff\ufff9-\ufffb]")
# Stacked accents climb over the lines above.
_STACKED_MARKS = re.compile("([\u0300-\u036f]{2})[\u0300-\u036f]+")
_BLANK_LINES = re.compile(r"\n\s*\n+")
_UNSAFE = re.compile(r"[\s\x00-\x20]")
_EMAIL = re.compile(r"(?<![@\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./])\d{1,2}\1(?:\d{4}|\d{2})")
# Account, order and telephone numbers, an IBAN with its country letters.
_NUMBER = re.compile(
    r"(?<![\w•@])(?:[A-Z]{2}(?=\d{2}[ \d]{8}))?[+(]{0,2}\d(?:[ \-/.()]{0,3}\d){5,}(?!\w*@)"
)
_LONG_DIGITS = re.compile(r"(?<![@\d])\d{6,}")
_HANDLE = re.compile(r"(?<!\w)@(\w+(?:@(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d{1,5})?)?)")

# Addresses of profiles and posts name people too.
_PROFILE = re.compile(r"((?:\b(?:twitter|x)\.com|/users)/)(?!i/)(\w+)")


def build_quotation(
    text: str, *, limit: int = QUOTE_LENGTH, name_of: Callable[[str], str] | None = None
) -> tuple[str, bool]:
    """Return the text as it may be quoted, and whether it was cut.

    Args:
        text: A post's words, of any length.
        limit: Longest quotation in characters.
        name_of: Turns a handle without `@` into what a report may show.
    """
    head = _cut(clean_text(text[: limit * _READ_AHEAD]), limit * _READ_AHEAD)
    masked = mask_text(head, name_of=name_of)
    shown = _cut(masked, limit)
    return shown, len(text) > limit * _READ_AHEAD or shown != masked


def clean_text(text: str) -> str:
    """Remove what can change how the page around it looks."""
    text = _CONTROLS.sub("", _BIDI_CONTROLS.sub("", text.replace("\r\n", "\n")))
    return _BLANK_LINES.sub("\n", _STACKED_MARKS.sub(r"\1", text)).strip()


def split_paragraphs(text: str) -> list[str]:
    """Return the parts of a text between empty lines, cleaned, each in one line."""
    blocks = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))
    return [part for block in blocks if (part := " ".join(clean_text(block).split()))]


def mask_text(text: str, *, name_of: Callable[[str], str] | None = None) -> str:
    """Hide e-mail addresses, telephone numbers and long numbers; shorten handles."""
    if name_of is not None:
        rename = name_of
        text = _HANDLE.sub(lambda match: f"@{rename(match[1])}", text)
        text = _PROFILE.sub(lambda match: f"{match[1]}{rename(match[2])}", text)
    text = _EMAIL.sub(MASKED_EMAIL, text)
    text = _NUMBER.sub(_mask_number, text)
    return _LONG_DIGITS.sub(MASKED_NUMBER, text)


def has_safe_scheme(url: str | None) -> bool:
    """Return whether a foreign address may become a link: http or https, with a host."""
    if not url or _UNSAFE.search(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _mask_number(match: re.Match[str]) -> str:
    return match[0] if _DATE.fullmatch(match[0]) else MASKED_NUMBER


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head = text[:limit]
    # A cut inside a word could leave half an address or number unmasked.
    shortened = head.rsplit(None, 1)[0] if " " in head[-80:] else head
    return f"{shortened.rstrip()}{ELLIPSIS}"
