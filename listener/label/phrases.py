"""What posts are read by: phrases, rules made of them, and what is to be known of a language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from listener.label.grammar import compile_pieces
from listener.label.pieces import Pieces
from listener.label.steps import Steps, make_steps
from listener.posts import BRAND_LABELS, CUSTOMER_LABELS

LABELLER = "phrases-4"

SIDES = ("brand", "customer")
HINTS: Mapping[str, tuple[str, ...]] = {
    "brand": (
        "asks",
        "requests",
        "courtesy",
        "cheer",
        "offer",
        "later",
        "steps",
        "advice",
        "reasons",
        "states",
        "how",
        "channel",
        "elsewhere",
        "web",
    ),
    "customer": (
        "asks",
        "problem",
        "negated",
        "chat",
        "sent",
        "relief",
        "setback",
        "displeasure",
        "pleased",
        "polite",
        "courteous",
        "technical",
        "dealings",
        "contrast",
        "ahead",
        "lapse",
    ),
}
"""Sections that are no labels but help to decide one (see docs/phrases.md)."""

PROMISES = "promises"
PROMISE_KINDS = ("contact", "aside", "depends")
DUE_KINDS = (
    "minutes",
    "hours",
    "days",
    "workdays",
    "weeks",
    "months",
    "clock",
    "afternoon",
    "today",
    "tomorrow",
    "weekday",
    "next_weekday",
    "this_week",
    "next_week",
    "this_month",
    "next_month",
    "date",
)
"""Kinds of times by which something is promised, one section of `[promises]` each."""

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "brand": (*BRAND_LABELS, *HINTS["brand"]),
    "customer": (*CUSTOMER_LABELS, *HINTS["customer"]),
    PROMISES: (*PROMISE_KINDS, *DUE_KINDS),
}
"""The sections of a phrase file, by side; those of promises are searched in a brand's posts."""


@dataclass(frozen=True)
class Phrase:
    """One phrase of a file.

    Attributes:
        pieces: The phrase, taken apart.
        file: Its file; with the folder in front where it is the operator's own.
        number: Its place in the list of its section, from 1.
    """

    text: str
    pieces: Pieces = field(repr=False)
    file: str
    number: int

    @cached_property
    def pattern(self) -> str:
        """The expression that finds it."""
        return compile_pieces(self.pieces)

    @property
    def has_steps(self) -> bool:
        """Whether its steps were made already."""
        return "steps" in vars(self)

    @cached_property
    def steps(self) -> Steps:
        """The steps along the tokens of sentences that find it."""
        return make_steps(self.pieces)


@dataclass(frozen=True)
class Rule:
    """The phrases of one label or hint in one language.

    Attributes:
        unless: Where one of these matches, the words are blanked out first.
        not_with: Sections that keep this one from holding in the same sentence.
    """

    name: str
    phrases: tuple[Phrase, ...]
    unless: tuple[Phrase, ...] = ()
    not_with: tuple[str, ...] = ()

    @property
    def all_phrases(self) -> tuple[Phrase, ...]:
        """The phrases and the exceptions."""
        return self.phrases + self.unless

    def name_phrase(self, side: str, phrase: Phrase) -> str:
        """Return by what evidence and notes call a phrase: file, section and number."""
        return f"{phrase.file}/{side}.{self.name}/{phrase.number}"

    @cached_property
    def pattern(self) -> str:
        """The expression that finds any of the phrases."""
        return "|".join(phrase.pattern for phrase in self.phrases)

    @cached_property
    def unless_pattern(self) -> str | None:
        """The expression that finds any of the exceptions, if there are some."""
        return "|".join(phrase.pattern for phrase in self.unless) or None


@dataclass(frozen=True, slots=True)
class Language:
    """What is to be known of a language besides its phrases: `[language]` of its file.

    Attributes:
        common: Small words that tell the language.
        letters: Letters besides a to z that tell it where no small word does.
        turns: Words with which a sentence of a reply goes on to another thing.
        requests: Words with which it goes on to a request after a comma.
        conditions: Words with which a condition begins; it stays with the request after it.
        openings: Words with which a new sentence begins after an address.
        closings: Words before a name at the end of a post.
        no_names: Words at the end of a post that look like a name.
        no_initials: Words of two letters at the end of a post, in any case.
        no_name_after: Words before a last word that is then no name. Where there are
            none, a name at the end needs a mark before it.
        familiar: Words by which people address each other as friends do ("du").
        formal: Words by which strangers do ("Sie"), in these very letters and within a sentence.
        formal_openings: The same at the start of a sentence.
        no_formal: Words that only look like it, and are taken out first.
    """

    common: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    openings: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    no_names: tuple[str, ...] = ()
    no_initials: tuple[str, ...] = ()
    no_name_after: tuple[str, ...] = ()
    familiar: tuple[str, ...] = ()
    formal: tuple[str, ...] = ()
    formal_openings: tuple[str, ...] = ()
    no_formal: tuple[str, ...] = ()


@dataclass(frozen=True)
class Phrases:
    """All rules in force: `rules[language][side][section]`.

    Attributes:
        digest: Hash of the files that were read; reports name it.
        languages: What is known of each language, English first.
        words: The word groups of each language, those of its calendar among them.
        numbers: The words for numbers in each language, in plain letters.
    """

    rules: Mapping[str, Mapping[str, Mapping[str, Rule]]]
    digest: str
    languages: Mapping[str, Language] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    numbers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    version: str = LABELLER


def list_words(languages: Mapping[str, Language], trait: str) -> list[str]:
    """Return the words that any of the languages names for a trait, each once."""
    words = (word for known in languages.values() for word in getattr(known, trait))
    return list(dict.fromkeys(words))
