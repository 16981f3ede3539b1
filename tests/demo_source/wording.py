"""Turn the words of a script into those of one person on one day."""

import re

from tests.demo_source.chance import Chance
from tests.demo_source.people import fold_letters

KEPT = re.compile(r"(?:@|https?://)\S+")
WORD = re.compile(r"[a-zäöüß]{7,}")
ADDED = re.compile(r"\+([a-z]+) ")
MOODS = {
    "praise": ("😍", "👏", "🙌", "❤️"),
    "complaint": ("😤", "🙄", "😡", "🤦"),
    "": ("🤔", "🙂", "👀", "🙏"),
}


class Wording:
    """The choices of one performance of a script.

    Alternatives `{a|b|c}` move together: performance number two says the second
    one everywhere, so that an answer fits its question. Alternatives inside
    alternatives are drawn by chance.
    """

    def __init__(self, number: int, slots: dict[str, str], chance: Chance) -> None:
        self._number = number
        self._slots = slots
        self._chance = chance

    def fill(self, text: str) -> str:
        """Return the text without braces."""
        return self._expand(text, depth=0)

    def speak(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return the text and the labels that only this alternative has (`+unsolved …`)."""
        words = self.fill(text)
        return ADDED.sub("", words), tuple(ADDED.findall(words))

    def _expand(self, text: str, depth: int) -> str:
        parts, at = [], 0
        while (start := text.find("{", at)) >= 0:
            end = _closing(text, start)
            parts += [text[at:start], self._choose(text[start + 1 : end], depth)]
            at = end + 1
        return "".join([*parts, text[at:]])

    def _choose(self, inner: str, depth: int) -> str:
        options = _split(inner)
        if len(options) == 1:
            return self._slots[inner] if inner in self._slots else self._expand(inner, depth + 1)
        index = self._number % len(options) if depth == 0 else self._chance.below(len(options))
        return self._expand(options[index], depth + 1)


def _closing(text: str, start: int) -> int:
    depth = 0
    for index in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index
    msg = f"a brace is not closed: {text[start : start + 40]}"
    raise ValueError(msg)


def _split(inner: str) -> list[str]:
    options, depth = [""], 0
    for letter in inner:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "|" and depth == 0:
            options.append("")
        else:
            options[-1] += letter
    return options


def spell(text: str, habit: str, labels: tuple[str, ...], chance: Chance) -> str:
    """Write it as this person writes; handles and addresses stay as they are."""
    if habit == "emoji":
        mood = next((label for label in ("praise", "complaint") if label in labels), "")
        return f"{text} {chance.pick(MOODS[mood])}"
    change = {
        "lower": str.lower,
        "ascii": fold_letters,
        "typos": lambda part: _mistype(part, chance),
    }
    if habit not in change:
        return text
    parts, at = [], 0
    for match in KEPT.finditer(text):
        parts += [change[habit](text[at : match.start()]), match.group()]
        at = match.end()
    return "".join([*parts, change[habit](text[at:])])


def _mistype(text: str, chance: Chance) -> str:
    """Swap two letters inside of one long word, never its ends."""
    words = list(WORD.finditer(text))
    if not words:
        return text
    word = chance.pick(words)
    at = word.start() + chance.between(2, len(word.group()) - 4)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def greet(text: str, hour: int) -> str:
    """Say good morning only in the morning; works on words with their braces."""
    if hour < 11:
        return text
    german, english = ("Guten Tag", "Hello") if hour < 18 else ("Guten Abend", "Good evening")
    text = text.replace("Guten Morgen", german).replace("Good morning", english)
    return text.replace("Morning {cust}", "Hi {cust}")
