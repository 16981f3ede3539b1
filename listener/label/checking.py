"""Looking over phrase files: phrases that never match, or that another one covers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from listener.label.labels import prepare_posts
from listener.label.phrases import Phrase, Phrases, Rule
from listener.label.sentences import split_sentences


@dataclass(frozen=True, slots=True)
class PhraseNote:
    """Something a reader of the phrase files should know about one phrase.

    Attributes:
        kind: `repeated`, `covered` or `dead`.
        place: File, section and number.
    """

    kind: str
    place: str
    phrase: str
    remark: str


def list_repeated(phrases: Phrases) -> list[PhraseNote]:
    """List phrases that stand twice in one section."""
    notes = []
    for rule, side in _list_rules(phrases):
        seen: dict[str, Phrase] = {}
        for phrase in rule.phrases:
            first = seen.setdefault(phrase.pattern, phrase)
            if first is not phrase:
                notes.append(_note("repeated", side, rule, phrase, f"like number {first.number}"))
    return notes


def list_unused(phrases: Phrases, posts: pl.DataFrame) -> list[PhraseNote]:
    """List phrases that match nothing in `posts`, or only what another one matches.

    Args:
        phrases: The phrases in force.
        posts: A sample, as for `label_posts`; the larger, the truer.
    """
    prepared = prepare_posts(posts, phrases.languages)
    notes: list[PhraseNote] = []
    for language, sides in phrases.rules.items():
        for side, rules in sides.items():
            chosen = prepared.filter((pl.col("language") == language) & (pl.col("side") == side))
            sentences = split_sentences(chosen)
            for rule in rules.values():
                notes.extend(_compare(side, rule, sentences))
    return notes


def _compare(side: str, rule: Rule, sentences: pl.DataFrame) -> Iterator[PhraseNote]:
    hits = sentences.select(
        pl.col("sentence").str.contains(phrase.pattern).arg_true().implode().alias(str(number))
        for number, phrase in enumerate(rule.phrases)
    )
    found = [frozenset(hits[name][0].to_list()) for name in hits.columns]
    for phrase, own in zip(rule.phrases, found, strict=True):
        if not own:
            yield _note("dead", side, rule, phrase, "matches nothing in the sample")
            continue
        wider = [
            other.number
            for other, theirs in zip(rule.phrases, found, strict=True)
            if other is not phrase and own < theirs
        ]
        if wider:
            yield _note("covered", side, rule, phrase, f"by number {wider[0]} in the sample")


def _list_rules(phrases: Phrases) -> Sequence[tuple[Rule, str]]:
    return [
        (rule, side)
        for sides in phrases.rules.values()
        for side, rules in sides.items()
        for rule in rules.values()
    ]


def _note(kind: str, side: str, rule: Rule, phrase: Phrase, remark: str) -> PhraseNote:
    place = f"{phrase.file}/{side}.{rule.name}/{phrase.number}"
    return PhraseNote(kind, place, phrase.text, remark)
