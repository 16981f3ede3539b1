"""Walking the steps of phrases along the tokens of many sentences at once.

A state tells where a phrase, as far as it has been walked, can end: the places of tokens.
Most phrases come to nothing after a step or two.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np

from listener.label.ground import (
    AFTER_START,
    ANYTHING,
    BEGIN,
    EDGED,
    JOINED,
    MARGIN,
    SOLID,
    TOUCHING,
    Ground,
)
from listener.label.steps import (
    APART,
    AnyWords,
    Branch,
    Choice,
    Gap,
    Mark,
    Series,
    Shape,
    Step,
    Steps,
)
from listener.label.tokens import Flags, Places, Tokens, Words

_GAP_WORDS = 4
_FREE = {BEGIN, AFTER_START, EDGED, TOUCHING}  # a word then has edges of its own
NOWHERE: Places = np.zeros(0, np.int64)
# What a thing of a shape may begin with: words, and what words may end with.
_LINK_STARTS = (frozenset({b"<"}), frozenset({b"http", b"https", b"www", b"url", b"link"}))
_PHONE_STARTS = (frozenset({b"+"}), frozenset({b"phone"}))
_ACCOUNT_STARTS = (frozenset({b"@"}),)
_MAIL_SIGNS = (frozenset({b"@"}), frozenset({b"mail"}))


class _Words:
    """Words with which a phrase begins, wherever they stand.

    They are often frequent: what follows them may be quicker to look for.
    """

    def __init__(self, ground: Ground, words: Words, *, opens: bool) -> None:
        self._tokens, self._behind_line = ground.tokens, ground.behind_line
        self._words = words
        self.count = self._tokens.count_words(words)
        self.edged = ground.has_lines and not opens

    @cached_property
    def anywhere(self) -> Places:
        """Where the words stand."""
        return self._tokens.list_words(self._words)

    @cached_property
    def places(self) -> Places:
        """Where a phrase can begin with them: no low line touches them."""
        places = self.anywhere
        return places[~self._behind_line[places]] if self.edged else places

    def stand_at(self, places: Places) -> Flags:
        """Return of each place whether one of the words stands there."""
        return self._tokens.are_words(places, self._words)

    def begin_at(self, places: Places) -> Flags:
        """Return of each place whether a phrase can begin with one of the words there."""
        found = self.stand_at(places)
        return found & ~self._behind_line[places] if self.edged else found


State: TypeAlias = Places | _Words
Entry: TypeAlias = Sequence[tuple[State, str]]
"""From which states a step is taken, and what stands between: any of them will do."""


class Walker:
    """Walks phrases along the tokens of a column of sentences."""

    def __init__(self, tokens: Tokens) -> None:
        """Prepare to walk."""
        self.tokens = tokens
        self.ground = Ground(tokens)
        self._words: dict[tuple[frozenset[bytes], bool, bool], State] = {}
        self._starts: dict[tuple[frozenset[bytes], ...], State] = {}
        self._begun: dict[int, tuple[Choice, State]] = {}

    def walk(self, steps: Steps) -> Places:
        """Return where the phrase is found, as the tokens with which it can end."""
        if not steps.series:
            return self._everywhere()
        if any(map(self.tokens.has_none, steps.needs)):
            return NOWHERE
        return _list_places(self._walk_series(steps.series, [(NOWHERE, BEGIN)]))

    def _everywhere(self) -> Places:
        return np.arange(self.tokens.count)

    def _walk_series(self, series: Series, entry: Entry) -> State:
        """Take steps one after the other; `entry` is how the first one is taken.

        As in the expression, what may be missing belongs to the word before it, or to the
        one behind it where there is none.
        """
        state: State = NOWHERE
        begun, touching = False, True
        for step in series:
            if isinstance(step, AnyWords) or (isinstance(step, Choice) and step.optional):
                if touching:
                    free = all(gap in _FREE for _, gap in entry)
                    entry = [*entry, (self._take(step, entry), EDGED if free else APART)]
                else:
                    state = _unite([state, self._take(step, [(state, APART)])])
                continue
            if isinstance(step, Gap):
                state = state if begun else self._gather(entry)
                words = self._walk_words(_GAP_WORDS, "in gap", SOLID, [(state, APART)])
                state, touching = _unite([state, words]), False
            elif isinstance(step, Mark):
                state = self._find_mark(step, [(state, MARGIN)] if begun else entry)
                entry = [(state, AFTER_START if step.sign == "^" else TOUCHING)]
                touching = True
            else:
                state = self._take(step, entry if touching else [(state, APART)])
                touching = False
            begun = True
            if state is NOWHERE:
                return NOWHERE
        return state if begun else self._gather(entry)

    def _gather(self, entry: Entry) -> State:
        """Return all states of an entry."""
        if any(gap == BEGIN for _, gap in entry):
            return self._everywhere()
        return _unite([state for state, _ in entry])

    def _take(self, step: Step, entry: Entry) -> State:
        if isinstance(step, AnyWords):
            return self._walk_words(step.most, "word", JOINED, entry)
        if isinstance(step, Shape):
            return self._find_shape(step.name, entry)
        if not isinstance(step, Choice):
            msg = f"a series of steps cannot hold {step} here"
            raise TypeError(msg)
        # Many phrases begin with the same group of words.
        begins = len(entry) == 1 and entry[0][1] == BEGIN
        if begins and id(step) in self._begun:
            return self._begun[id(step)][1]
        states = [self._walk_branch(branch, entry, last=step.last) for branch in step.branches]
        states += [self._walk_series(series, entry) for series in step.series]
        state = _unite(states)
        if begins:
            self._begun[id(step)] = (step, state)
        return state

    def _walk_branch(self, branch: Branch, entry: Entry, *, last: bool) -> State:
        kind = branch.kind
        words = self._find_words(branch.texts, opens=kind.opens, closes=kind.closes)
        if not isinstance(words, _Words):
            return NOWHERE
        state = self._open(words, entry) if kind.opens else self._enter(entry, words)
        if kind.closes and (branch.branches or not last):
            state = self._follow(state, "word", JOINED)
        if state is NOWHERE:
            return NOWHERE
        ends: State = NOWHERE
        if branch.ends:
            ends = self._leave(state) if last and kind.is_word and not kind.closes else state
        if not branch.branches:
            return ends
        states = [
            self._walk_branch(after, [(state, after.kind.gap or TOUCHING)], last=last)
            for after in branch.branches
        ]
        return _unite([*states, ends])

    def _find_words(self, texts: frozenset[bytes], *, opens: bool, closes: bool) -> State:
        """Return words, nowhere if none of them stands anywhere."""
        if not (opens or closes) and self.tokens.has_none(texts):
            return NOWHERE
        key = (texts, opens, closes)
        if key not in self._words:
            words = self.tokens.find(texts, opens=opens, closes=closes)
            self._words[key] = _Words(self.ground, words, opens=opens) if words else NOWHERE
        return self._words[key]

    def _find_starts(self, texts: tuple[frozenset[bytes], ...]) -> State:
        """Return words, and those that end with others, as one."""
        if texts not in self._starts:
            found = [self.tokens.find(each, opens=place > 0) for place, each in enumerate(texts)]
            words = sorted({number for each in found for number in each})
            opens = len(texts) > 1
            self._starts[texts] = _Words(self.ground, words, opens=opens) if words else NOWHERE
        return self._starts[texts]

    def _open(self, words: _Words, entry: Entry) -> State:
        """Step to a token with more letters before it: the phrase may begin within a word."""
        if any(gap == BEGIN for _, gap in entry):
            return words
        places = _list_places(self._follow(self._enter_named(entry, "word"), "word", JOINED))
        return _some(places[words.stand_at(places)])

    def _leave(self, state: State) -> State:
        """Leave out words that a low line follows: they are not at their end."""
        if not self.ground.has_lines:
            return state
        places = _list_places(state)
        return _some(places[~self.ground.before_line[places]])

    def _enter(self, entry: Entry, words: State) -> State:
        if not isinstance(words, _Words):
            return NOWHERE
        if len(entry) == 1:
            state, gap = entry[0]
            return words if gap == BEGIN else self._step(state, words, gap)
        return _unite(
            [words if gap == BEGIN else self._step(state, words, gap) for state, gap in entry]
        )

    def _step(self, state: State, words: _Words, gap: str) -> Places:
        """Step from each place to the next one, if one of the words is there."""
        if state is NOWHERE:
            return NOWHERE
        has_gap = self.ground.has_gap(gap)
        if isinstance(state, _Words) and words.count < state.count:
            places = words.anywhere
            places = places[has_gap[places]]
            places = places[state.begin_at(places - 1)]
        else:
            places = _list_places(state) + 1
            places = places[words.stand_at(places)]
            places = places[has_gap[places]]
        if gap == AFTER_START and words.edged:
            places = places[~self.ground.behind_line[places]]
        return _some(places)

    def _enter_named(self, entry: Entry, name: str) -> State:
        return _unite([self._step_named(state, name, gap) for state, gap in entry])

    def _step_named(self, state: State, name: str, gap: str) -> Places:
        named = self.ground.is_named(name)
        if gap == BEGIN:
            return _some(np.flatnonzero(named))
        if state is NOWHERE:
            return NOWHERE
        places = _list_places(state) + 1
        places = places[self.ground.has_gap(gap)[places]]
        return _some(places[named[places]])

    def _follow(self, state: State, name: str, gap: str) -> State:
        """Add tokens of a kind that follow one after the other, however many."""
        if state is NOWHERE:
            return NOWHERE
        places = _list_places(state)
        ends = self.ground.list_ends(name, gap)[places]
        going = ends > places
        if not going.any():
            return state
        # Of those in one chain, the first one reaches all that the others reach.
        ends, places = ends[going], places[going]
        order = np.lexsort((places, ends))
        ends, places = ends[order], places[order]
        first = np.append(True, ends[1:] != ends[:-1])
        ends, places = ends[first], places[first]
        sizes = ends - places
        steps = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return _unite([state, np.repeat(places, sizes) + steps + 1])

    def _walk_words(self, most: int, name: str, gap: str, entry: Entry) -> State:
        """Walk along up to so many words, of which each may be several that are joined."""
        states: list[State] = []
        for _ in range(most):
            state = self._follow(self._enter_named(entry, name), name, gap)
            if state is NOWHERE:
                break
            states.append(state)
            entry = [(state, APART)]
        return _unite(states)

    def _find_mark(self, mark: Mark, entry: Entry) -> State:
        if mark.sign == "^":
            starts = _some(np.flatnonzero(self.ground.is_named("start")))
            return self._follow(starts, "sign", AFTER_START)
        if mark.sign == "$":
            return _unite([self._find_end(state, gap) for state, gap in entry])
        if mark.loose:
            entry = [(state, ANYTHING) for state, _ in entry]
        stops = _list_places(self._follow(self._enter_named(entry, "stop"), "stop", TOUCHING))
        return _some(stops[self.tokens.byte[stops] == ord(mark.sign)])

    def _find_end(self, state: State, gap: str) -> State:
        last = self.ground.is_named("last")
        if gap == BEGIN:
            return _some(np.flatnonzero(last))
        places = _list_places(state)
        if gap == APART:
            places = places[self.ground.has_gap(APART)[places + 1]]
        return _some(places[last[places]])

    def _find_shape(self, name: str, entry: Entry) -> State:
        """Return where a thing of a shape may end: a shape is told loosely."""
        if name == "number":
            return self._follow(self._enter_named(entry, "number"), "any", SOLID)
        if name == "phone-number":
            numbers = self._enter_named(entry, "number")
            starts = _unite([numbers, self._enter(entry, self._find_starts(_PHONE_STARTS))])
            return self._follow(starts, "numeric", ANYTHING)
        if name == "email":
            return self._find_mail(entry)
        texts = _ACCOUNT_STARTS if name == "handle" else _LINK_STARTS
        starts = self._enter(entry, self._find_starts(texts))
        return self._follow(starts, "any", SOLID)

    def _find_mail(self, entry: Entry) -> State:
        signs = self._find_starts(_MAIL_SIGNS)
        if not isinstance(signs, _Words):
            return NOWHERE
        if any(gap == BEGIN for _, gap in entry):
            return self._follow(signs, "any", SOLID)
        places = _list_places(self._follow(self._enter_named(entry, "any"), "any", SOLID))
        return self._follow(_some(places[signs.stand_at(places)]), "any", SOLID)


def _list_places(state: State) -> Places:
    return state.places if isinstance(state, _Words) else state


def _some(places: Places) -> Places:
    return places if len(places) else NOWHERE


def _unite(states: Sequence[State]) -> State:
    """Return all places of the states; some may be told twice."""
    found = [state for state in states if state is not NOWHERE]
    if len(found) < 2:
        return found[0] if found else NOWHERE
    return np.concatenate([_list_places(state) for state in found])
