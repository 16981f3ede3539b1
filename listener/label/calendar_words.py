"""Names of days and months in any language, and the words for numbers, for phrases to name.

Nobody has to write the names: Babel knows them for every language.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal

_Width = Literal["wide", "abbreviated"]
CALENDAR_GROUPS = ("weekday", "month", "some")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def make_calendar_words(code: str, numbers: Mapping[str, int]) -> dict[str, str]:
    """Return the word groups `{weekday}`, `{month}` and `{some}` (a number in figures or words).

    Args:
        code: Of the language; one that Babel does not know has no names of days.
        numbers: The words for numbers.
    """
    names = {"weekday": list_weekdays(code), "month": list_months(code)}
    groups = {name: _join(found) for name, found in names.items() if found}
    return groups | {"some": _join([*numbers, "{number}"])}


def list_weekdays(code: str) -> dict[str, int]:
    """Return what the days of the week are called in a language, from Monday as 1."""
    # Abbreviations such as "sun" and "so" are other words as well.
    return {name: day + 1 for name, day in _list_names(code, "days", ("wide",))}


def list_months(code: str) -> dict[str, int]:
    """Return what the months are called in a language, in full and shortened."""
    return dict(_list_names(code, "months", ("wide", "abbreviated")))


def list_spellings(word: str) -> list[str]:
    """Return a word as it may stand in folded text: `fünf` is `funf` or `fuenf`."""
    lower = word.lower()
    spelled = (_drop_accents(text) for text in (lower, lower.translate(_UMLAUTS)))
    return list(dict.fromkeys(spelled))


def _list_names(code: str, kind: str, widths: Iterable[_Width]) -> list[tuple[str, int]]:
    # Imported here: whoever only checks settings reads no phrases. What babel.dates has for
    # this would read time zones, too.
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(code)
    except UnknownLocaleError:
        return []
    names = locale.days if kind == "days" else locale.months
    return [
        (spelled, number)
        for width in widths
        for number, name in names["format"][width].items()
        for spelled in list_spellings(name.rstrip("."))
        if re.fullmatch("[a-z]+", spelled)
    ]


def _drop_accents(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.replace("ß", "ss"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _join(words: Iterable[str]) -> str:
    return f"({' | '.join(words)})"
