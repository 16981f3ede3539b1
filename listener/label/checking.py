"""Looking over phrase files: phrases that never match, that another one covers, that match all.

What a phrase does is tried on texts made from the phrase itself, and, where there are some, on
posts of the operator's own.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from listener.label.calendar_words import CALENDAR_GROUPS
from listener.label.labels import prepare_posts
from listener.label.matching import blank_out
from listener.label.phrases import HINTS, PROMISES, Phrase, Phrases, Rule
from listener.label.samples import sample_phrase
from listener.label.sentences import split_sentences

Hits = npt.NDArray[np.bool_]
_HEAVY = 20_000
_FEW_WORDS = 2
_SMALL_WORD = 3


@dataclass(frozen=True, slots=True)
class PhraseNote:
    """Something a reader of the phrase files should know about one phrase.

    Attributes:
        kind: `repeated`, `covered`, `dead`, `broad`, `heavy` or `unused`.
        place: File, section and number.
    """

    kind: str
    place: str
    phrase: str
    remark: str


@dataclass(frozen=True, slots=True)
class _Section:
    """The phrases of one language, side and section."""

    language: str
    side: str
    rule: Rule

    def has_own(self, folder: str) -> bool:
        return any(phrase.file.startswith(f"{folder}/") for phrase in self.rule.all_phrases)

    @property
    def of_posts(self) -> str:
        """Whose posts its phrases are searched in."""
        return "brand" if self.side == PROMISES else self.side

    def note(self, kind: str, phrase: Phrase, remark: str) -> PhraseNote:
        return PhraseNote(kind, self.name(phrase), phrase.text, remark)

    def name(self, phrase: Phrase) -> str:
        return self.rule.name_phrase(self.side, phrase)


def check_phrases(phrases: Phrases, folder: str | None = None) -> list[PhraseNote]:
    """List what can be said of phrases without any post.

    `repeated`: stands twice in its section. `dead`: never found, for its words are taken away
    by `unless`, or stand in two sentences. `covered`: all it finds is found by another phrase of
    the section. `broad`: one or two of the language's small words are enough. `heavy`: an
    expression too large to search with. `unused`: a word group that no phrase names.

    Args:
        phrases: The phrases in force.
        folder: Name of the operator's own folder: then only what is said there is looked over.
    """
    notes = list(_list_unused_groups(phrases)) if folder is None else []
    for section in _list_sections(phrases):
        if folder is None or section.has_own(folder):
            notes += _check_section(section, phrases)
    return [note for note in notes if folder is None or note.place.startswith(f"{folder}/")]


def _check_section(section: _Section, phrases: Phrases) -> Iterator[PhraseNote]:
    repeated = list(_list_repeated(section))
    twice = {note.place for note in repeated}
    yield from repeated
    yield from (
        section.note("heavy", phrase, "too large to search with; divide it")
        for phrase in section.rule.all_phrases
        if len(phrase.pattern) > _HEAVY or not _compiles(phrase.pattern)
    )
    yield from (note for note in _try_out(section, phrases) if note.place not in twice)


def check_against_posts(phrases: Phrases, posts: pl.DataFrame) -> list[PhraseNote]:
    """List phrases that match nothing in `posts`, or only what another one matches.

    Args:
        phrases: The phrases in force.
        posts: As for `label_posts`; the more, the truer.
    """
    prepared = prepare_posts(posts, phrases.languages)
    notes: list[PhraseNote] = []
    for section in _list_sections(phrases):
        chosen = prepared.filter(
            (pl.col("language") == section.language) & (pl.col("side") == section.of_posts)
        )
        sentences = split_sentences(chosen).unique("sentence")
        hits = _search_each(section.rule, sentences["sentence"])
        notes += _compare_hits(section, hits)
    return notes


def _list_sections(phrases: Phrases) -> Iterator[_Section]:
    for language, sides in phrases.rules.items():
        for side, rules in sides.items():
            for rule in rules.values():
                yield _Section(language, side, rule)


def _list_repeated(section: _Section) -> Iterator[PhraseNote]:
    seen: dict[str, Phrase] = {}
    for phrase in section.rule.phrases:
        first = seen.setdefault(phrase.pattern, phrase)
        if first is not phrase:
            yield section.note("repeated", phrase, f"like {section.name(first)}")


def _compiles(pattern: str) -> bool:
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError:
        return False
    return True


def _try_out(section: _Section, phrases: Phrases) -> Iterator[PhraseNote]:
    """Search each phrase in texts made from the phrases of its section."""
    rule = section.rule
    samples = [
        (number, text)
        for number, phrase in enumerate(rule.phrases)
        for text in sample_phrase(phrase.text, phrases.words[section.language])
    ]
    if not samples:
        return
    sentences = _split(section, [text for _, text in samples], phrases)
    posts = sentences["post"].to_numpy()
    owners = np.array([number for number, _ in samples])
    left = _search_each(rule, sentences.select(blank_out(rule)).to_series())
    found = np.zeros((len(rule.phrases), len(samples)), dtype=np.bool_)
    for number, hits in enumerate(left):
        found[number, posts[hits]] = True
    for number, phrase in enumerate(rule.phrases):
        own = owners == number
        if not found[number, own].any():
            yield section.note("dead", phrase, _explain_dead(rule))
            continue
        wider = _find_wider(found[:, own], number, rule.phrases)
        if wider is not None:
            yield section.note("covered", phrase, f"by {section.name(rule.phrases[wider])}")
        few = _find_few(phrase, section, phrases)
        if few and section.side in HINTS and rule.name not in HINTS[section.side]:
            yield section.note("broad", phrase, f'"{few}" is enough')


def _find_few(phrase: Phrase, section: _Section, phrases: Phrases) -> str | None:
    """Return a sample of one or two small words that stand in every other post."""
    common = phrases.languages[section.language].common
    small = {word for word in common if len(word) <= _SMALL_WORD}
    for sample in sample_phrase(phrase.text, phrases.words[section.language], fill=False):
        words = sample.split()
        if len(words) <= _FEW_WORDS and small.issuperset(words):
            return sample
    return None


def _explain_dead(rule: Rule) -> str:
    taken = "are taken away by unless, or " if rule.unless else ""
    return f"its words {taken}stand in two sentences"


def _find_wider(found: Hits, number: int, phrases: Sequence[Phrase]) -> int | None:
    """Return the first other phrase that finds every sample of this one."""
    wider = (int(place) for place in np.flatnonzero(found.all(axis=1)))
    own = phrases[number].pattern
    return next((place for place in wider if phrases[place].pattern != own), None)


def _split(section: _Section, texts: Sequence[str], phrases: Phrases) -> pl.DataFrame:
    posts = pl.DataFrame(
        {
            "post": pl.Series(range(len(texts)), dtype=pl.UInt32),
            "side": section.of_posts,
            "language": section.language,
            "text": texts,
            "previous": pl.Series([None] * len(texts), dtype=pl.UInt32),
        }
    )
    return split_sentences(prepare_posts(posts, phrases.languages))


def _search_each(rule: Rule, sentences: pl.Series) -> list[npt.NDArray[np.uint32]]:
    """Return for each phrase the places of the sentences in which it is found."""
    return [sentences.str.contains(phrase.pattern).arg_true().to_numpy() for phrase in rule.phrases]


def _compare_hits(
    section: _Section, hits: Sequence[npt.NDArray[np.uint32]]
) -> Iterator[PhraseNote]:
    found = [frozenset(places.tolist()) for places in hits]
    for phrase, own in zip(section.rule.phrases, found, strict=True):
        if not own:
            yield section.note("dead", phrase, "matches nothing in these posts")
            continue
        wider = [
            other
            for other, theirs in zip(section.rule.phrases, found, strict=True)
            if other is not phrase and own < theirs
        ]
        if wider:
            yield section.note("covered", phrase, f"by {section.name(wider[0])} in these posts")


def _list_unused_groups(phrases: Phrases) -> Iterator[PhraseNote]:
    for language, words in phrases.words.items():
        texts = itertools.chain(
            words.values(),
            (
                phrase.text
                for rules in phrases.rules[language].values()
                for rule in rules.values()
                for phrase in rule.all_phrases
            ),
        )
        told = " ".join(texts)
        for name, text in words.items():
            if name not in CALENDAR_GROUPS and f"{{{name}}}" not in told:
                yield PhraseNote("unused", f"{language}: words.{name}", text, "no phrase names it")


def count_phrases(phrases: Phrases) -> int:
    """Return how many phrases there are in all."""
    return sum(len(section.rule.phrases) for section in _list_sections(phrases))
