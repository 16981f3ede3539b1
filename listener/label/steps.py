"""Phrases as steps from token to token, to be walked along many sentences at once.

The steps say the same as the expression of the phrase (see `grammar`). Where they cannot say
all of it, as with the shape of a telephone number, they find all that the expression finds,
and more.
"""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeAlias

from listener.label.pieces import Group, Piece, Pieces, read_pieces

APART = "apart"
"""Between two tokens stands any separator. Within a word it is a certain text or nothing."""

_TOKEN = re.compile(r"[a-z0-9]+|[^a-z0-9 \n,;:\"'()*/_~>-]")
_AMPERSANDS = re.compile("&+")  # folding makes several of `&amp;`; tokens hold one
_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "ä": ("ae", "a"),
    "ö": ("oe", "o"),
    "ü": ("ue", "u"),
    "ß": ("ss", "s"),
    "'": ("'", ""),
    "’": ("'", ""),
    "-": (" ", "-", ""),
    "é": ("e",),
    "è": ("e",),
    "à": ("a",),
    "ç": ("c",),
}
_MOST_SPELLINGS = 64
_END: frozenset[tuple[()]] = frozenset([()])
_ANY = Piece("word", "*")


class Atom(NamedTuple):
    """One token: its text, and whether more letters may stand before or after it."""

    text: bytes
    opens: bool = False
    closes: bool = False


class Kind(NamedTuple):
    """What the tokens of a branch have in common.

    Attributes:
        gap: What stands before them; null: what stands before the whole word.
        opens: Whether more words may be joined to their start.
        closes: Whether more words may be joined to their end.
        is_word: Whether they are words, which no low line may touch where a phrase begins or ends.
    """

    gap: str | None
    opens: bool
    closes: bool
    is_word: bool


class Branch(NamedTuple):
    """One of some tokens, then nothing more (`ends`), or one of some branches."""

    kind: Kind
    texts: frozenset[bytes]
    ends: bool
    branches: "tuple[Branch, ...]"


class Mark(NamedTuple):
    """The start or the end of a post, or the mark of a sentence (`loose`: after a gap)."""

    sign: str
    loose: bool = False


class Shape(NamedTuple):
    """A thing of a shape."""

    name: str


class Gap(NamedTuple):
    """A few words."""


class AnyWords(NamedTuple):
    """Any words, or none."""

    most: int


class Choice(NamedTuple):
    """Words in `branches`, or one of some series of steps; or none where it is optional.

    Attributes:
        last: Whether the phrase ends with it.
    """

    branches: tuple[Branch, ...]
    series: "tuple[Series, ...]"
    optional: bool
    last: bool


Step: TypeAlias = Mark | Shape | Gap | AnyWords | Choice
Series: TypeAlias = tuple[Step, ...]
Path: TypeAlias = tuple[tuple[str | None, Atom], ...]


@dataclass(frozen=True)
class Steps:
    """The steps of a phrase; `exact`: they find nothing that its expression does not find."""

    series: Series
    exact: bool

    @cached_property
    def needs(self) -> tuple[frozenset[bytes], ...]:
        """Groups of tokens: where one of a group is missing altogether, nothing is found."""
        return tuple(filter(None, map(_list_needed, self.series)))


def _list_needed(step: Step) -> frozenset[bytes]:
    """Return the tokens of which one must be there; nothing where letters may be added to some."""
    if not isinstance(step, Choice) or step.optional or step.series:
        return frozenset()
    if any(branch.kind.opens or branch.kind.closes for branch in step.branches):
        return frozenset()
    return frozenset(text for branch in step.branches for text in branch.texts)


def read_steps(phrase: str, words: Mapping[str, str]) -> Steps:
    """Return the steps of a phrase.

    Args:
        phrase: As it stands in a phrase file.
        words: The word groups of its language.
    """
    return make_steps(read_pieces(phrase, words))


def make_steps(pieces: Pieces) -> Steps:
    """Return the steps of a phrase that was taken apart."""
    builder = _Builder()
    series = builder.build(pieces, first=True, last=True)
    return Steps(series, builder.exact)


@lru_cache(maxsize=10_000)
def list_spellings(word: str) -> Sequence[Sequence[Atom]]:
    """Return the tokens of each way to spell a word; none where it is no word with tokens."""
    ways, _ = _spell(word.lower())
    return tuple(tuple(atom for _, atom in way) for way in ways)


class _Builder:
    """Makes steps of pieces, and notes whether they say all of it."""

    def __init__(self) -> None:
        self.exact = True

    def build(self, pieces: Pieces, *, first: bool, last: bool) -> Series:
        """Make steps; what may be missing where a phrase begins or ends is left out."""
        chosen = list(pieces)
        while first and chosen and _is_optional(chosen[0]):
            del chosen[0]
        while last and chosen and _is_optional(chosen[-1]):
            del chosen[-1]
        final = len(chosen) - 1
        steps: list[Step] = []
        for place, piece in enumerate(chosen):
            step = self.build_step(piece, first=first and place == 0, last=last and place == final)
            if isinstance(step, Mark) and step.sign in "?!" and steps and _is_open(steps[-1]):
                step, self.exact = step._replace(loose=True), False
            if isinstance(step, Mark) and step.sign == "$" and steps and _may_lack(steps[-1]):
                self.exact = False  # the word before may not end with a low line then
            if isinstance(step, AnyWords) and steps and isinstance(steps[-1], AnyWords):
                steps[-1] = AnyWords(steps[-1].most + step.most)
            elif step is not None:
                steps.append(step)
        return tuple(steps)

    def build_step(self, piece: Piece | Group, *, first: bool, last: bool) -> Step | None:
        if isinstance(piece, Group) and piece.name:
            step, exact = _build_named(piece, first=first, last=last)
            self.exact = self.exact and exact
            return step
        if isinstance(piece, Group):
            return self.build_choice(piece, first=first, last=last)
        if piece.kind == "mark":
            return Mark(piece.text)
        if piece.kind == "gap":
            return Gap()
        if piece.kind == "shape":
            self.exact = False
            return Shape(piece.text)
        if piece == _ANY:
            self.exact = False
            return AnyWords(1)
        paths = self.spell((piece,))
        if paths:
            return Choice(_join(paths), (), optional=False, last=last)
        self.exact = False  # a word of separators only
        return None

    def build_choice(self, group: Group, *, first: bool, last: bool) -> Step | None:
        if group.optional and (most := _count_any_words(group)):
            return AnyWords(most)
        words: list[bytes] = []
        paths: list[Path] = []
        series: list[Series] = []
        empty = group.optional
        for choice in group.choices:
            if word := _find_plain(choice):
                words.append(word)
            elif group.optional and choice == (_ANY,):
                series.append((AnyWords(1),))
            elif spelled := self.spell(choice):
                paths += spelled
            elif built := self.build(choice, first=first, last=last):
                series.append(built)
            else:
                empty, self.exact = True, False
        return Choice(_join(paths, words), tuple(series), empty, last)

    def spell(self, pieces: Pieces) -> list[Path]:
        """Return the ways in which some words can be spelled; none if they are no plain words."""
        paths: list[Path] = [()]
        exact = True
        for piece in pieces:
            if not isinstance(piece, Piece) or piece.kind != "word":
                return []
            ways, said = _spell(piece.text.lower())
            if not ways or len(ways) * max(len(paths), 1) > _MOST_SPELLINGS:
                return []
            if paths[0] and any(way[0][1].opens for way in ways):
                return []
            exact = exact and said
            paths = [_follow(path, way) for path in paths for way in ways] if paths[0] else [*ways]
        self.exact = self.exact and exact
        return paths


# Many phrases name the same word groups: they share the steps, and the walk along them.
@lru_cache(maxsize=1000)
def _build_named(group: Group, *, first: bool, last: bool) -> tuple[Step | None, bool]:
    builder = _Builder()
    return builder.build_choice(group, first=first, last=last), builder.exact


def _find_plain(pieces: Pieces) -> bytes:
    """Return the token of a word that is nothing else, as most choices are; nothing of others."""
    piece = pieces[0]
    if len(pieces) > 1 or not isinstance(piece, Piece) or piece.kind != "word":
        return b""
    word = piece.text.lower()
    return word.encode() if word.isascii() and word.isalnum() else b""


def _is_optional(piece: Piece | Group) -> bool:
    return isinstance(piece, Group) and piece.optional


def _is_open(step: Step) -> bool:
    """Whether a step may end with separators."""
    if isinstance(step, Choice):
        return any(_is_open(series[-1]) for series in step.series)
    return isinstance(step, Gap | AnyWords)


def _may_lack(step: Step) -> bool:
    """Whether a step may be missing."""
    return isinstance(step, AnyWords) or (isinstance(step, Choice) and step.optional)


def _count_any_words(group: Group) -> int:
    """Return how many words a group like `[*]` or `[* [*]]` allows; none if it is another one."""
    (head, *rest), *others = group.choices
    if others or head != _ANY:
        return 0
    more = [
        isinstance(piece, Group) and piece.optional and _count_any_words(piece) for piece in rest
    ]
    return 1 + sum(more) if all(more) else 0


def _follow(path: Path, way: Path) -> Path:
    """Put the tokens of the next word behind those of the words before it."""
    return (*path, (APART, way[0][1]), *way[1:])


@lru_cache(maxsize=10_000)
def _spell(word: str) -> tuple[Sequence[Path], bool]:
    """Return the ways to spell a word, and whether they are all that can be said of it."""
    plain = word.strip("*")
    if plain.isascii() and plain.isalnum():  # most are, and have one spelling
        atom = Atom(plain.encode(), word.startswith("*"), word.endswith("*"))
        return (((None, atom),),), True
    options = [_SPELLINGS.get(letter, (letter,)) for letter in word]
    spelled = {"".join(letters): None for letters in itertools.product(*options)}
    found = [_cut_word(_AMPERSANDS.sub("&", way)) for way in spelled]
    exact = all(said for _, said in found) and "&&" not in word
    return tuple(dict.fromkeys(path for path, _ in found if path)), exact


def _cut_word(text: str) -> tuple[Path, bool]:
    """Return the tokens of one spelling, and whether they are all that can be said of it."""
    head, star, rest = text.lstrip("*").partition("*")
    tokens = list(_TOKEN.finditer(head))
    if not tokens:
        return (), False
    bare_start, bare_end = tokens[0].start() > 0, tokens[-1].end() < len(head)
    path: list[tuple[str | None, Atom]] = []
    for place, token in enumerate(tokens):
        before = head[tokens[place - 1].end() : token.start()] if place else None
        path.append((before, Atom(token.group().encode())))
    if text.startswith("*") or bare_start:
        path[0] = (None, path[0][1]._replace(opens=True))
    if (star or bare_end) and _is_word(path[-1][1]):
        path[-1] = (path[-1][0], path[-1][1]._replace(closes=True))
    return tuple(path), not (bare_start or bare_end or rest.strip("*"))


@lru_cache(maxsize=10_000)
def _tell_kind(gap: str | None, atom: Atom) -> Kind:
    return Kind(gap, atom.opens, atom.closes, _is_word(atom))


def _is_word(atom: Atom) -> bool:
    return atom.text.isalnum()


def _join(paths: Iterable[Path], words: Iterable[bytes] = ()) -> tuple[Branch, ...]:
    """Join paths that begin or go on alike; `words` are paths of one token."""
    tails: dict[tuple[str | None, Atom], dict[Path, None]] = {}
    for path in paths:
        tails.setdefault(path[0], {})[path[1:]] = None
    heads = {atom.text for _, atom in tails}
    alone: list[bytes] = []
    for word in words:
        if word in heads:
            tails.setdefault((None, Atom(word)), {})[()] = None
        else:
            alone.append(word)
    joined: dict[tuple[Kind, frozenset[Path]], list[bytes]] = {}
    if alone:
        joined[_tell_kind(None, Atom(alone[0])), _END] = alone
    for (gap, atom), rest in tails.items():
        kind = _tell_kind(gap, atom)
        joined.setdefault((kind, frozenset(rest)), []).append(atom.text)
    return tuple(
        Branch(kind, frozenset(texts), () in rest, () if rest == _END else _join(_sort(rest)))
        for (kind, rest), texts in joined.items()
    )


def _sort(paths: Iterable[Path]) -> Sequence[Path]:
    """Return what is left of paths, the same order each time."""
    return sorted(filter(None, paths))
