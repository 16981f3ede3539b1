"""Names of days and months in any language, and the words for numbers, for phrases to name.

Nobody has to write the names: Babel knows them for every language. Those of the shipped ones
stand here, too, for to ask Babel takes a fiftieth of a list of cases.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal

_Kind = Literal["days", "months"]
_Width = Literal["wide", "abbreviated"]
_WEEK = (6, 0, 1, 2, 3, 4, 5)  # Sunday comes first, as with Babel
_KNOWN: Mapping[tuple[str, _Kind, _Width], str] = {
    ("en", "days", "wide"): "Sunday Monday Tuesday Wednesday Thursday Friday Saturday",
    ("en", "months", "wide"): (
        "January February March April May June July August September October November December"
    ),
    ("en", "months", "abbreviated"): "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    ("de", "days", "wide"): "Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
    ("de", "months", "wide"): (
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
    ),
    ("de", "months", "abbreviated"): "Jan Feb März Apr Mai Juni Juli Aug Sept Okt Nov Dez",
}
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


def _list_names(code: str, kind: _Kind, widths: Iterable[_Width]) -> list[tuple[str, int]]:
    return [
        (spelled, number)
        for width in widths
        for number, name in _load_names(code, kind, width).items()
        for spelled in list_spellings(name.rstrip("."))
        if re.fullmatch("[a-z]+", spelled)
    ]


def _load_names(code: str, kind: _Kind, width: _Width) -> Mapping[int, str]:
    """Return the days from Monday as 0, or the months from 1."""
    known = _KNOWN.get((code, kind, width))
    if known is not None:
        return dict(zip(_WEEK if kind == "days" else range(1, 13), known.split(), strict=True))
    # Imported here: whoever only checks settings reads no phrases. What babel.dates has for
    # this would read time zones, too.
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(code)
    except UnknownLocaleError:
        return {}
    names = locale.days if kind == "days" else locale.months
    return dict(names["format"][width])


def _drop_accents(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.replace("ß", "ss"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _join(words: Iterable[str]) -> str:
    return f"({' | '.join(words)})"
