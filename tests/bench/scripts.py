"""What people say in the archives of the benchmark: the demo's hand-written dialogues.

Each of them is written out with all its alternatives once. Names, places and numbers stay open,
so that every performance of a dialogue fills them in.
"""

import random
from dataclasses import dataclass
from typing import NamedTuple

from tests.demo_source.chance import Chance
from tests.demo_source.dialogue_files import CUSTOMERS, Line, Script, read_scripts
from tests.demo_source.wording import ADDED, Wording

LANGUAGES = {"hedgewick": "en", "kiebitz": "de", "kranich": "de"}
NAMES = {"hedgewick": ("Hedgewick",), "kiebitz": ("Kiebitzrad",), "kranich": ("Kranich",)}
DEFERRED = ("brand", "cust", "name", "ort", "ort2", "ref", "town", "zahl", "zeit", "zeit2")
SYLLABLES = ("ba", "del", "ko", "mir", "su", "tan", "lo", "pex", "ri", "ven", "gol", "shi")
_EN = (
    "the and for with you this that have been from just they when what about your again still "
    "after because before really there week month phone order card house today office contract "
    "street number delivery mother weekend"
)
_DE = (
    "der die das und mit ich ihr euch seit noch nicht auch schon wenn aber heute gestern wieder "
    "jetzt immer mal beim vom zum einfach leider Woche Monat Vertrag Bestellung Nummer Wohnung "
    "Lieferung Karte Rechnung"
)
SMALL_WORDS = {"en": _EN.split(), "de": _DE.split()}


class Part(NamedTuple):
    """One post of a dialogue; `seconds` since the one before, None if people decide."""

    by_customer: bool
    seconds: float | None
    answers: int | None
    text: str


@dataclass(frozen=True)
class Dialogue:
    """The posts of one performance, in the order in which they are written."""

    language: str
    parts: tuple[Part, ...]


class _Open(dict[str, str]):
    """Leaves every name in braces open, for the performance to fill in."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return f"{{{name if name in DEFERRED else 'zahl'}}}"


def load_dialogues() -> dict[str, list[Dialogue]]:
    """Return the dialogues of each language, each of their alternatives apart."""
    found: dict[str, list[Dialogue]] = {"de": [], "en": []}
    for brand, language in LANGUAGES.items():
        for script in read_scripts(brand):
            spoken = script.settings.get("lang", language)
            for number in range(_count_alternatives(script) if spoken in found else 0):
                parts = tuple(_make_part(line, number, brand) for line in script.lines)
                found[spoken].append(Dialogue(spoken, parts))
    return found


def make_rare_words(chance: random.Random, size: int = 5000) -> list[str]:
    """Return invented words, each of which hardly ever occurs: names, types, slips."""
    return ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(size)]


def _count_alternatives(script: Script) -> int:
    return max(script.times, *(line.text.count("|") + 1 for line in script.lines[:1]))


def _make_part(line: Line, number: int, brand: str) -> Part:
    text = Wording(number, _Open(), Chance("bench", brand, number)).fill(line.text)
    for name in NAMES[brand]:
        text = text.replace(name, "{brand}")
    return Part(
        by_customer=line.who in CUSTOMERS,
        seconds=abs(line.delay.total_seconds()) if line.delay else None,
        answers=line.answers,
        text=ADDED.sub("", text),
    )
