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
    raw = sentences.with_columns(
        pl.Series(name, search.match(rule)) for name, rule in rules.items()
    )
    return raw.with_columns(
        **{
            name: pl.col(name) & ~_any(other for other in rule.not_with if other in rules)
            for name, rule in rules.items()
            if rule.not_with
        }
    )


class _Search:
    """A search for phrases in a column of sentences."""

    def __init__(self, texts: pl.Series) -> None:
        self.texts = texts
        self.tokens = Tokens(texts)
        self.walker = Walker(self.tokens)
        self.presence = Presence(self.tokens)

    def match(self, rule: Rule) -> Flags:
        """Return where one of the rule's phrases is left when its exceptions are blanked out.

        Exceptions cost most: they are looked at only where a phrase has been found.
        """
        found = self.find(rule.phrases)
        if not rule.unless or not found.any():
            return found
        excepted = np.zeros_like(found)
        exceptions = []
        for phrase in rule.unless:
            hits = self._find_one(phrase, found)
            if hits.any():
                exceptions.append(phrase.pattern)
                excepted |= hits
        if exceptions:
            texts = self.texts.filter(pl.Series(excepted))
            blanked = texts.str.replace_all("|".join(exceptions), BLANK)
            found[excepted] = _Search(blanked).find(rule.phrases)
        return found

    def find(self, phrases: Sequence[Phrase]) -> Flags:
        """Return in which sentences one of the phrases is found.

        Their steps say it of most phrases; of the others they say where to search.
        """
        walked = [(phrase, places) for phrase in phrases if len(places := self.walk(phrase))]
        sure = [places for phrase, places in walked if phrase.steps.exact]
        found = self.tokens.list_sentences(np.concatenate([NOWHERE, *sure]))
        for phrase, places in walked:
            if not phrase.steps.exact:
                found |= self._search(phrase, self.tokens.list_sentences(places) & ~found)
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
