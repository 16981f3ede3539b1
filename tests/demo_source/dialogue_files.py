"""Read the hand-written dialogues (`dialogues/*.txt`) into scripts."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

DIALOGUES = Path(__file__).parent / "dialogues"
LINE = re.compile(r"^(?P<head>[^\[]*)\[(?P<labels>[^\]]*)\] ?(?P<text>.*)$")
DELAY = re.compile(r"^(=?)(-?)(?:(\d+)h)?(\d+)?([smhd])?$")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
CUSTOMERS = ("c", "c2", "c3")


@dataclass(frozen=True)
class Line:
    """One post of a script: who says it, when, about which post, in which words.

    Attributes:
        who: `c`, `c2`, `c3` for customers; `b` care, `m` main, `p` person for the brand.
        brand: Another brand than the file's, or an empty string.
        delay: Time since the line before; None draws it from the habits of the side.
        exact: The delay is kept to the second.
        answers: Number of the line that is answered; None is the line before.
        flags: `root new quote edit del gone untagged silent also nosign auto`.
        options: `vis`, `lang`, `also`.
    """

    who: str
    labels: tuple[str, ...]
    text: str
    brand: str = ""
    delay: timedelta | None = None
    exact: bool = False
    answers: int | None = None
    flags: frozenset[str] = frozenset()
    options: dict[str, str] = field(default_factory=dict)

    @property
    def is_customer(self) -> bool:
        return self.who in CUSTOMERS


@dataclass(frozen=True)
class Script:
    """A dialogue as it was written, to be played several times."""

    key: str
    brand: str
    settings: dict[str, str]
    lines: tuple[Line, ...]

    @property
    def times(self) -> int:
        return int(self.settings.get("times", "1"))

    @property
    def shows(self) -> tuple[str, ...]:
        return tuple(self.settings["shows"].split(","))

    @property
    def outcomes(self) -> tuple[tuple[str, ...], ...]:
        """The fair reader's outcome of each case, in the order of the cases."""
        return tuple(tuple(one.split(",")) for one in self.settings["outcome"].split("/"))


def parse_delay(token: str) -> timedelta:
    """Read `20m`, `1h20m`, `2d`, `=-90s`."""
    match = DELAY.match(token)
    if match is None:
        msg = f"not a delay: {token}"
        raise ValueError(msg)
    _, minus, hours, number, unit = match.groups()
    seconds = int(hours or 0) * 3600 + int(number or 0) * SECONDS[unit or "s"]
    return timedelta(seconds=-seconds if minus else seconds)


def parse_settings(words: list[str]) -> dict[str, str]:
    """Read `times=3 on=x gone`: a bare word is a flag."""
    return {key: value for key, _, value in (word.partition("=") for word in words)}


def parse_line(raw: str) -> Line:
    """Read one line of a dialogue."""
    match = LINE.match(raw)
    if match is None:
        msg = f"not a line of a dialogue: {raw}"
        raise ValueError(msg)
    who, *tokens = match["head"].split()
    who, _, brand = who.partition(":")
    delays = [token for token in tokens if DELAY.match(token)]
    answers = [int(token[1:]) for token in tokens if token.startswith("@")]
    return Line(
        who=who,
        labels=tuple(match["labels"].split()),
        text=match["text"],
        brand=brand,
        delay=parse_delay(delays[0]) if delays else None,
        exact=bool(delays) and delays[0].startswith("="),
        answers=answers[0] if answers else None,
        flags=frozenset(token for token in tokens if token.isalpha()),
        options=dict(token.split(":") for token in tokens if ":" in token),
    )


def read_blocks(name: str) -> list[tuple[str, dict[str, str], list[str]]]:
    """Split a file at its `= key settings` lines."""
    blocks: list[tuple[str, dict[str, str], list[str]]] = []
    for raw in (DIALOGUES / name).read_text(encoding="utf-8").splitlines():
        if raw.startswith("= "):
            key, *words = raw[2:].split()
            blocks.append((key, parse_settings(words), []))
        elif raw.strip() and not raw.startswith("#"):
            blocks[-1][2].append(raw)
    return blocks


def read_scripts(brand: str) -> list[Script]:
    """Read all dialogues of a brand, from every file that begins with its key."""
    return [
        Script(key, brand, settings, tuple(parse_line(raw) for raw in lines))
        for path in sorted(DIALOGUES.glob(f"{brand}*.txt"))
        for key, settings, lines in read_blocks(path.name)
    ]


def read_broadcasts() -> dict[str, list[tuple[str | None, list[str]]]]:
    """Read what brands post unasked: (day or None, text and its continuations)."""
    found: dict[str, list[tuple[str | None, list[str]]]] = {}
    for raw in (DIALOGUES / "broadcasts.txt").read_text(encoding="utf-8").splitlines():
        if raw.startswith("["):
            current = found.setdefault(raw.strip("[]"), [])
        elif raw.startswith("+ "):
            current[-1][1].append(raw[2:])
        elif raw.startswith("@"):
            day, _, text = raw[1:].partition(" ")
            current.append((day, [text]))
        elif raw and not raw.startswith("#"):
            current.append((None, [raw]))
    return found
