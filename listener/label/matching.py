"""Phrases over a column of sentences: which sections match, and where."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from listener.label.phrases import Phrase, Rule
from listener.label.presence import Presence
from listener.label.tokens import Flags, Places, Tokens
from listener.label.walking import NOWHERE, Walker

BLANK = "\ue000"


def match_rules(
    sentences: pl.DataFrame,
    rules: Mapping[str, Rule],
    describe: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
) -> pl.DataFrame:
    """Return `sentences` with one Boolean column for each rule.

    Service teams repeat themselves: each wording is searched once.

    Args:
        sentences: In the column `sentence`.
        rules: What is searched for.
        describe: Adds more that follows from a wording alone.
    """
    wordings = _match_wordings(sentences.select(pl.col("sentence").unique()), rules)
    told = describe(wordings) if describe else wordings
    return sentences.join(told, on="sentence", how="left", maintain_order="left")


def _match_wordings(sentences: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    search = _Search(sentences["sentence"])
    found = {name: search.find(rule.phrases) for name, rule in rules.items()}
    _except(search, rules, found)
    raw = sentences.with_columns(pl.Series(name, flags) for name, flags in found.items())
    return raw.with_columns(
        **{
            name: pl.col(name) & ~_any(other for other in rule.not_with if other in rules)
            for name, rule in rules.items()
            if rule.not_with
        }
    )


def _except(search: "_Search", rules: Mapping[str, Rule], found: Mapping[str, Flags]) -> None:
    """Leave in `found` only where a phrase is left when a rule's exceptions are blanked out.

    Exceptions cost most: they are looked at only where a phrase has been found. What they leave
    is searched for all rules at once, for each search begins with taking texts apart.
    """
    blanked = {}
    for name, rule in rules.items():
        rows, texts = search.blank(rule, found[name])
        if len(rows):
            blanked[name] = rows, texts
    if not blanked:
        return
    rest = _Search(pl.concat([texts for _, texts in blanked.values()]))
    begin = 0
    for name, (rows, _) in blanked.items():
        own = slice(begin, begin := begin + len(rows))
        found[name][rows] = rest.find(rules[name].phrases, own)[own]


class _Search:
    """A search for phrases in a column of sentences."""

    def __init__(self, texts: pl.Series) -> None:
        self.texts = texts
        self.tokens = Tokens(texts)
        self.walker = Walker(self.tokens)
        self.presence = Presence(self.tokens)

    def blank(self, rule: Rule, found: Flags) -> tuple[Places, pl.Series]:
        """Return in which of the sentences an exception stands, and what they are without it."""
        excepted = np.zeros_like(found)
        exceptions = []
        for phrase in rule.unless if found.any() else ():
            hits = self._find_one(phrase, found)
            if hits.any():
                exceptions.append(phrase.pattern)
                excepted |= hits
        rows = np.flatnonzero(excepted)
        if not exceptions:
            return rows, self.texts.clear()
        return rows, self.texts.gather(rows).str.replace_all("|".join(exceptions), BLANK)

    def find(self, phrases: Sequence[Phrase], among: slice = slice(None)) -> Flags:
        """Return in which sentences one of the phrases is found.

        Their steps say it of most phrases; of the others they say where to search.

        Args:
            phrases: What is searched for.
            among: For which sentences it must be right.
        """
        walked = [(phrase, places) for phrase in phrases if len(places := self.walk(phrase))]
        sure = [places for phrase, places in walked if phrase.steps.exact]
        found = self.tokens.list_sentences(np.concatenate([NOWHERE, *sure]))
        wanted = np.zeros_like(found)
        wanted[among] = True
        for phrase, places in walked:
            if not phrase.steps.exact:
                unsure = self.tokens.list_sentences(places) & wanted & ~found
                found |= self._search(phrase, unsure)
        return found

    def walk(self, phrase: Phrase) -> Places:
        """Return where a phrase may be found."""
        if phrase.has_steps or self.presence.may_hold(phrase.pieces):
            return self.walker.walk(phrase.steps)
        return NOWHERE

    def _find_one(self, phrase: Phrase, among: Flags) -> Flags:
        places = self.walk(phrase)
        if not len(places):
            return np.zeros_like(among)
        found = self.tokens.list_sentences(places) & among
        return found if phrase.steps.exact else self._search(phrase, found)

    def _search(self, phrase: Phrase, among: Flags) -> Flags:
        """Search some of the sentences with the phrase's expression."""
        rows = np.flatnonzero(among)
        if not len(rows):
            return among
        hits = self.texts.gather(rows).str.contains(phrase.pattern).to_numpy()
        found = np.zeros_like(among)
        found[rows[hits]] = True
        return found


def narrow_rule(rule: Rule, texts: pl.Series) -> Rule:
    """Return the rule with only those of its phrases and exceptions that these texts may hold.

    In them it finds the same, but its expression is small: to make one of all phrases takes
    longer than to search some thousand texts.
    """
    search = _Search(texts)
    rule = replace(rule, unless=_list_met(rule.unless, search))
    if rule.unless:
        search = _Search(texts.to_frame("sentence").select(blank_out(rule)).to_series())
    return replace(rule, phrases=_list_met(rule.phrases, search))


def _list_met(phrases: Sequence[Phrase], search: _Search) -> tuple[Phrase, ...]:
    return tuple(phrase for phrase in phrases if len(search.walk(phrase)))


def blank_out(rule: Rule, text: pl.Expr | None = None) -> pl.Expr:
    """Return the sentences in which each exception of the rule is one blank character."""
    text = pl.col("sentence") if text is None else text
    if rule.unless_pattern is None:
        return text
    return text.str.replace_all(rule.unless_pattern, BLANK)


def _any(names: Iterable[str]) -> pl.Expr:
    return pl.any_horizontal(pl.lit(value=False), *(pl.col(name) for name in names))
