"""Reading phrase files: the shipped ones, then the user's own over them.

A file is named after its language; one more file is one more language. All mistakes of
all files are told at once, each with file, section and phrase.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import tomli

from listener.errors import ConfigError
from listener.label.calendar_words import list_spellings, make_calendar_words
from listener.label.phrases import SECTIONS, Language, Phrase, Phrases, Rule
from listener.label.pieces import PhraseReader, PhraseSyntaxError

_RESIDUAL = frozenset({"signed", "link", "handle"})
_KEYS = frozenset({"phrases", "add", "remove", "unless", "unless_add", "unless_remove", "not_with"})
_CODE = re.compile(r"[a-z]{2}")
# What is read is looked at only, so that the same text need not be parsed again.
_parse = lru_cache(maxsize=8)(tomli.loads)


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    name: str
    language: str
    content: Mapping[str, Any] = field(compare=False)
    raw: str


def load_phrases(folders: Sequence[Path]) -> Phrases:
    """Read the phrase files of `folders`; later folders change earlier ones.

    Raises:
        ConfigError: With one line for each mistake in any of the files.
    """
    problems: list[str] = []
    sources = tuple(_read_sources(folders, problems))
    return _build(sources, tuple(problems))


# Whoever measures again reads the same files again, which takes a quarter of a second.
@lru_cache(maxsize=4)
def _build(sources: tuple[_Source, ...], misread: tuple[str, ...]) -> Phrases:
    problems = list(misread)
    of_language = {
        code: [source for source in sources if source.language == code]
        for code in _list_codes(sources)
    }
    numbers = {code: _collect_numbers(files, problems) for code, files in of_language.items()}
    words = {
        code: make_calendar_words(code, numbers[code]) | _collect_words(files, problems)
        for code, files in of_language.items()
    }
    rules = {
        code: _build_rules(files, words[code], problems) for code, files in of_language.items()
    }
    languages = {code: _describe(files, problems) for code, files in of_language.items()}
    if problems:
        raise ConfigError(*problems)
    digest = hashlib.sha256()
    for source in sources:
        digest.update(f"{source.path.name}\n{source.raw}\n".encode())
    return Phrases(rules, digest.hexdigest()[:12], languages, words, numbers)


def _list_codes(sources: Iterable[_Source]) -> list[str]:
    """List the languages, English first: most posts are in it, so it is looked for first."""
    return sorted({source.language for source in sources}, key=lambda code: (code != "en", code))


def _describe(sources: Sequence[_Source], problems: list[str]) -> Language:
    """Return what the files of a language say of it; lists of later files are added."""
    language = Language()
    for source in sources:
        told = source.content.get("language", {})
        language = _add_traits(language, told, f"{source.path}: language", problems)
    if sources and not language.common:
        problems.append(
            f"{sources[0].path}: language.common: missing; list some fifty small words "
            "by which a post is known to be in this language"
        )
    return language


def _add_traits(language: Language, told: object, place: str, problems: list[str]) -> Language:
    if not isinstance(told, dict):
        problems.append(f"{place}: must be a table")
        return language
    known = [each.name for each in fields(Language)]
    for name, value in told.items():
        if name not in known:
            problems.append(f"{place}.{name}: unknown key; known: {', '.join(known)}")
        elif not _is_text_list(value) or not all(value):
            problems.append(f"{place}.{name}: must be a list of texts")
        else:
            language = replace(language, **{name: (*getattr(language, name), *value)})
    return language


def _read_sources(folders: Sequence[Path], problems: list[str]) -> Iterable[_Source]:
    for place, folder in enumerate(folders):
        if not folder.is_dir():
            problems.append(f"{folder}: this folder of phrase files does not exist")
            continue
        for path in sorted(folder.glob("*.toml")):
            name = f"{folder.name}/{path.name}" if place else path.name
            source = _read_source(path, name, problems)
            if source is not None:
                yield source


def _read_source(path: Path, name: str, problems: list[str]) -> _Source | None:
    try:
        raw = path.read_text(encoding="utf-8")
        content = _parse(raw)
    except (OSError, ValueError) as error:
        problems.append(f"{path}: cannot be read: {error}")
        return None
    language = path.stem.split(".")[0].split("-")[0]
    if not _CODE.fullmatch(language):
        problems.append(f'{path}: name it after its language: "en.toml", "de.toml" or "nl.toml"')
        return None
    return _Source(path, name, language, content, raw)


def _build_rules(
    sources: Sequence[_Source], words: Mapping[str, str], problems: list[str]
) -> dict[str, dict[str, Rule]]:
    builders: dict[tuple[str, str], _RuleBuilder] = {}
    for source in sources:
        for side in SECTIONS:
            for name, section in _read_sections(source, side, problems):
                builder = builders.setdefault((side, name), _RuleBuilder(side, name))
                builder.apply(section, source, problems)
        _refuse_unknown_sides(source, problems)
    reader = PhraseReader(words)
    return {
        side: {
            name: builder.build(reader, problems)
            for (of_side, name), builder in builders.items()
            if of_side == side
        }
        for side in SECTIONS
    }


def _collect_words(sources: Sequence[_Source], problems: list[str]) -> dict[str, str]:
    words: dict[str, str] = {}
    for source in sources:
        words |= _read_words(source, problems)
    return words


def _read_words(source: _Source, problems: list[str]) -> dict[str, str]:
    words = source.content.get("words", {})
    if isinstance(words, dict) and all(isinstance(value, str) for value in words.values()):
        return words
    problems.append(f"{source.path}: words: give each group one phrase in quotes")
    return {}


def _collect_numbers(sources: Sequence[_Source], problems: list[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for source in sources:
        told = source.content.get("numbers", {})
        if isinstance(told, dict) and all(
            type(value) is int and value >= 0 for value in told.values()
        ):
            numbers |= {
                plain: value for word, value in told.items() for plain in list_spellings(word)
            }
        else:
            problems.append(f"{source.path}: numbers: give each word a whole number")
    return numbers


def _read_sections(
    source: _Source, side: str, problems: list[str]
) -> Iterable[tuple[str, dict[str, Any]]]:
    known = SECTIONS[side]
    sections = source.content.get(side, {})
    for name, section in sections.items() if isinstance(sections, dict) else ():
        place = f"{source.path}: {side}.{name}"
        if name not in known or name in _RESIDUAL:
            problems.append(f"{place}: unknown section; known: {', '.join(known)}")
        elif not isinstance(section, dict):
            problems.append(f"{place}: must be a table with phrases")
        else:
            unknown = sorted(set(section) - _KEYS)
            problems.extend(f"{place}.{key}: unknown key" for key in unknown)
            yield name, section


def _refuse_unknown_sides(source: _Source, problems: list[str]) -> None:
    unknown = sorted(set(source.content) - {*SECTIONS, "words", "numbers", "language"})
    known = "[brand.…], [customer.…], [promises.…], [words], [numbers] or [language]"
    problems.extend(f"{source.path}: {name}: unknown; use {known}" for name in unknown)


class _RuleBuilder:
    """Lays one file after the other over a section."""

    def __init__(self, side: str, name: str) -> None:
        self.side = side
        self.name = name
        self.lists: dict[str, list[tuple[str, _Source, int]]] = {"phrases": [], "unless": []}
        self.not_with: tuple[str, ...] = ()

    def apply(self, section: Mapping[str, Any], source: _Source, problems: list[str]) -> None:
        place = f"{source.path}: {self.side}.{self.name}"
        for key in section:
            if not _is_text_list(section[key]):
                problems.append(f"{place}.{key}: must be a list of texts")
                return
        for kind, add, remove in (
            ("phrases", "add", "remove"),
            ("unless", "unless_add", "unless_remove"),
        ):
            if kind in section:
                self.lists[kind] = _number(section[kind], source)
            self.lists[kind] += _number(section.get(add, ()), source)
            self._remove(kind, section.get(remove, ()), f"{place}.{remove}", problems)
        self.not_with = tuple(section.get("not_with", self.not_with))

    def _remove(self, kind: str, texts: Sequence[str], place: str, problems: list[str]) -> None:
        present = {text for text, _, _ in self.lists[kind]}
        problems.extend(
            f"{place}: “{text}” is not among the phrases" for text in texts if text not in present
        )
        self.lists[kind] = [entry for entry in self.lists[kind] if entry[0] not in texts]

    def build(self, reader: PhraseReader, problems: list[str]) -> Rule:
        compiled = {
            kind: tuple(self._compile(entries, reader, problems))
            for kind, entries in self.lists.items()
        }
        return Rule(self.name, compiled["phrases"], compiled["unless"], self.not_with)

    def _compile(
        self,
        entries: Sequence[tuple[str, _Source, int]],
        reader: PhraseReader,
        problems: list[str],
    ) -> Iterable[Phrase]:
        for text, source, number in entries:
            try:
                pieces = reader.read(text)
            except PhraseSyntaxError as error:
                line = _find_line(source.raw, text)
                problems.append(f"{source.path}:{line}: {self.side}.{self.name}: “{text}”: {error}")
                continue
            yield Phrase(text, pieces, source.name, number)


def _number(texts: Sequence[str], source: _Source) -> list[tuple[str, _Source, int]]:
    return [(text, source, number) for number, text in enumerate(texts, start=1)]


def _is_text_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _find_line(raw: str, text: str) -> int:
    place = raw.find(f'"{text}"')
    return raw.count("\n", 0, max(place, 0)) + 1
