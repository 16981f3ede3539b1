"""Read single values of foreign JSON: whatever is there, what comes out has the right type.

Values that a post cannot do without raise `ValueError` with the name of the
field; all others become empty.
"""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from listener.posts import fold_handle

Record = Mapping[str, object]

LONGEST_TEXT = 100_000
_LARGEST_COUNT = 2**53
_LONGEST_ID = 2_000
_LONGEST_NAME = 500
_SHOWN = 60
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# A slash in front is part of an address, such as that of a video channel.
_MENTION = re.compile(r"(?<![\w@/])@(\w{1,50})")
# Python refuses to read numbers of thousands of digits; no character has one this long.
_ENDLESS_ENTITY = re.compile(r"&#[0-9]{20,};?")
# What a message may name: one word with a digit in it, as all ids of all platforms are.
_ID = re.compile(r"(?=.*[0-9])[\w.:/#@=?&%~+-]+")
_UNSHOWABLE = re.compile(r"[^\w .,:;/@#+=()'-]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
# "Undetermined", "several", "no words", "invented", and what X puts into the private range.
_NO_LANGUAGE = re.compile(r"und|mul|mis|zxx|art|q[a-t][a-z]")
_RENAMED_LANGUAGES = {"in": "id", "iw": "he", "ji": "yi"}


def read_record(value: object) -> Record:
    """Return a JSON object, an empty one for everything else."""
    return value if isinstance(value, dict) else {}


def read_list(value: object) -> list[object]:
    """Return a JSON list, an empty one for everything else."""
    return value if isinstance(value, list) else []


def read_records(value: object) -> list[Record]:
    """Return the objects of a JSON list and leave out everything else."""
    return [item for item in read_list(value) if isinstance(item, dict)]


def read_text(value: object) -> str:
    """Return a text without NUL and half characters, an empty one for everything else."""
    return clean_text(value) if isinstance(value, str) else ""


def clean_text(text: str) -> str:
    """Take out NUL and halves of surrogate pairs, which no database stores."""
    return text if text.isascii() and "\x00" not in text else _UNSTORABLE.sub("", text)


def read_name(value: object) -> str:
    """Return a name on one line, cut to what anybody would show."""
    return " ".join(read_text(value)[:_LONGEST_NAME].split())


def unescape_entities(text: str) -> str:
    """Return a text with `&amp;` and its kin resolved, once."""
    if "&" not in text:
        return text
    return clean_text(html.unescape(_ENDLESS_ENTITY.sub("\N{REPLACEMENT CHARACTER}", text)))


def read_id(value: object) -> str | None:
    """Return an id, which servers write as a text or as a number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = clean_text(value).strip() if isinstance(value, str) else _write_number(value)
    return text if 0 < len(text) <= _LONGEST_ID else None


def read_count(value: object) -> int | None:
    """Return a number of things."""
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return value if is_count and 0 <= value <= _LARGEST_COUNT else None  # type: ignore[operator,return-value]


def read_moment(value: object, name: str) -> datetime:
    """Return a time in UTC; one without a zone is taken as UTC.

    Raises:
        ValueError: If it is no time.
    """
    if value is None or value == "":
        msg = f"{name} is missing"
        raise ValueError(msg)
    try:
        moment = datetime.fromisoformat(value.strip() if isinstance(value, str) else "")
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        msg = f"{name} is no time"
        raise ValueError(msg) from None


def read_optional_moment(value: object) -> datetime | None:
    """Return a time in UTC, None for everything else."""
    try:
        return read_moment(value, "")
    except ValueError:
        return None


def read_language(value: object) -> str | None:
    """Return two or three letters, None where a platform could not tell the language.

    Regions are left out: `de-AT` is `de`.
    """
    tag = value.strip().lower().replace("_", "-") if isinstance(value, str) else ""
    language = tag.partition("-")[0]
    if not _LANGUAGE.fullmatch(tag) or _NO_LANGUAGE.fullmatch(language):
        return None
    return _RENAMED_LANGUAGES.get(language, language)


def read_web_address(value: object) -> str | None:
    """Return an address that starts with `https://` or `http://`; a page may link to it."""
    address = read_text(value).strip()
    is_one = find_host(address) and not any(map(str.isspace, address))
    return address if is_one and len(address) <= _LONGEST_ID else None


def find_host(address: object) -> str:
    """Return the host of a web address in small letters, empty if it has none."""
    text = read_text(address)
    if not text[:8].lower().startswith(("https://", "http://")):
        return ""
    try:
        return (urlsplit(text[:_LONGEST_ID]).hostname or "").rstrip(".")
    except ValueError:
        return ""


def find_mentions(text: str) -> tuple[str, ...]:
    """Return the folded handles that a text names, each once; handles without a host."""
    if "@" not in text:
        return ()
    return tuple(dict.fromkeys(fold_handle(handle) for handle in _MENTION.findall(text)))


def show(value: object) -> str:
    """Return an id for a message: one short line that no terminal obeys.

    Where people's words stand in the place of the id they are not repeated.
    """
    number = read_id(value)
    if number is None:
        return "without an id"
    return show_words(number) if _ID.fullmatch(number) else "with an odd id"


def show_words(value: object) -> str:
    """Return the beginning of a foreign message, without line breaks and control characters."""
    return _UNSHOWABLE.sub(" ", read_text(value)[:_SHOWN]).strip()


def _write_number(number: int) -> str:
    try:
        return str(number)
    except ValueError:  # thousands of digits
        return ""
