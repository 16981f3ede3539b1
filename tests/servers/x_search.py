"""The part of X's search language that the program uses, for the test server.

AND binds closer than OR; a query needs something besides `is:` and negations.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(r'-?\(|\)|-?(?:[a-z_]+:)?"[^"]*"|[^\s()]+')
_OPERATOR = re.compile(r"([a-z_]+):(.+)", re.S)
_WORD = re.compile(r"\w+")


class QueryError(ValueError):
    """X would answer 400."""


@dataclass(frozen=True)
class Facts:
    """What a post is searched by; handles in small letters."""

    text: str
    author: str
    answers: str
    mentions: frozenset[str]
    urls: tuple[str, ...]
    conversation_id: str
    kinds: frozenset[str]
    author_id: str = ""


Matcher = Callable[[Facts], bool]


def parse_query(query: str, longest: int = 512) -> Matcher:
    if not query.strip() or len(query) > longest:
        msg = f"query must have 1 to {longest} characters"
        raise QueryError(msg)
    if query.count('"') % 2:
        msg = "missing a quotation mark"
        raise QueryError(msg)
    parser = _Parser(_TOKEN.findall(query))
    matcher = parser.parse_any()
    if parser.tokens:
        msg = "unbalanced parentheses"
        raise QueryError(msg)
    if not parser.stands_alone:
        msg = "query needs a stand-alone operator"
        raise QueryError(msg)
    return matcher


class _Parser:
    def __init__(self, tokens):
        self.tokens = tokens
        self.stands_alone = False

    def parse_any(self) -> Matcher:
        parts = [self.parse_all()]
        while self.tokens and self.tokens[0] == "OR":
            self.tokens.pop(0)
            parts.append(self.parse_all())
        return lambda facts: any(part(facts) for part in parts)

    def parse_all(self) -> Matcher:
        parts = []
        while self.tokens and self.tokens[0] not in ("OR", ")"):
            parts.append(self.parse_one())
        if not parts:
            msg = "an operand is missing"
            raise QueryError(msg)
        return lambda facts: all(part(facts) for part in parts)

    def parse_one(self) -> Matcher:
        token = self.tokens.pop(0)
        negated, word = token.startswith("-"), token.removeprefix("-")
        if word == "(":
            matcher = self.parse_any()
            if not self.tokens or self.tokens.pop(0) != ")":
                msg = "unbalanced parentheses"
                raise QueryError(msg)
        else:
            matcher = _make_matcher(word)
            self.stands_alone |= not negated and not word.startswith("is:")
        return (lambda facts: not matcher(facts)) if negated else matcher


def _make_matcher(word: str) -> Matcher:
    operator = _OPERATOR.fullmatch(word)
    if operator and operator[1] in _OPERATORS:
        return _OPERATORS[operator[1]](operator[2].strip('"').casefold())
    if operator and not word.startswith('"'):
        msg = f"unknown operator {operator[1]}"
        raise QueryError(msg)
    if word.startswith("@"):
        return lambda facts: word[1:].casefold() in facts.mentions
    wanted = _WORD.findall(word.casefold())
    return lambda facts: _holds(_WORD.findall(facts.text.casefold()), wanted)


def _holds(words, wanted):
    spans = range(len(words) - len(wanted) + 1)
    return any(words[start : start + len(wanted)] == wanted for start in spans)


def _match_kind(kind):
    if kind not in ("reply", "quote", "retweet"):
        msg = f"unknown kind {kind}"
        raise QueryError(msg)
    return lambda facts: kind in facts.kinds


_OPERATORS = {
    "from": lambda value: lambda facts: value in (facts.author, facts.author_id),
    "to": lambda value: lambda facts: facts.answers == value,
    "conversation_id": lambda value: lambda facts: facts.conversation_id == value,
    "url": lambda value: lambda facts: any(value in url.casefold() for url in facts.urls),
    "is": _match_kind,
}
