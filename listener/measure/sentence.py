"""Sentences that can be said in any language: a text with places, and what belongs there.

The English text is the key of its translation. Measures say what they found in such
sentences; whoever shows them chooses the language (`report.sentences`), or `str` for English.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@dataclass(frozen=True, slots=True)
class Term:
    """A name of the measures, such as an outcome; `group` is where its words are."""

    group: str
    key: str

    def __str__(self) -> str:
        """Return the name itself."""
        return self.key


@dataclass(frozen=True, slots=True)
class Span:
    """A duration in seconds; one that was not observed to its end is longer than that."""

    seconds: float
    observed: bool = True

    def __str__(self) -> str:
        """Return it in its largest unit."""
        mark = "" if self.observed else "> "
        size, unit = next(((s, u) for s, u in _UNITS if self.seconds >= s), (1, "s"))
        return f"{mark}{self.seconds / size:.3g} {unit}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with places such as `%(post)s`, and what belongs there."""

    text: str
    values: Mapping[str, "Value"] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it in English."""
        return self.text % {name: spell_plainly(value) for name, value in self.values.items()}


Value = Sentence | Term | Span | datetime | int | str | tuple["Value", ...]


def say(text: str, **values: Value) -> Sentence:
    """Return a sentence; imported as `_`, so that its text is found for translation."""
    return Sentence(text, values)


def spell_plainly(value: Value) -> str:
    """Return a value in English; moments in UTC."""
    if isinstance(value, tuple):
        return ", ".join(map(spell_plainly, value))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return str(value)
