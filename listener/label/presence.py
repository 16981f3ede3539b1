"""Whether a sentence can hold a phrase at all, told before its steps are made.

Most phrases have words that stand in no sentence together, and to make the steps of a phrase and
walk along them takes longer than to look for its words.
"""

from listener.label.pieces import Group, Piece, Pieces
from listener.label.steps import list_spellings
from listener.label.tokens import EVERYWHERE, Tokens


class Presence:
    """Knows in which sentences of a column words stand."""

    def __init__(self, tokens: Tokens) -> None:
        """Look for words among these tokens, for each only once."""
        self._words = _Words(tokens)
        # By identity: to compare groups is to go through all that is in them.
        self._named: dict[int, tuple[Group, int]] = {}

    def may_hold(self, pieces: Pieces) -> bool:
        """Return whether a sentence has the words of a phrase, in any order."""
        return self._find(pieces) != 0

    def _find(self, pieces: Pieces) -> int:
        """Return the sentences that have the words, as bits."""
        found = EVERYWHERE
        for piece in pieces:
            if isinstance(piece, Group):
                if not piece.optional:
                    found &= self._find_group(piece)
            elif piece.kind == "word":
                found &= self._words[piece.text]
            if not found:
                break
        return found

    def _find_group(self, group: Group) -> int:
        if group.name and id(group) in self._named:
            return self._named[id(group)][1]
        found = 0
        for pieces in group.choices:
            head = pieces[0]
            if len(pieces) == 1 and isinstance(head, Piece) and head.kind == "word":
                found |= self._words[head.text]  # most choices are a word
            else:
                found |= self._find(pieces)
        if group.name:
            self._named[id(group)] = (group, found)
        return found


class _Words(dict[str, int]):
    """The sentences in which a word stands, as bits; they are looked for when first asked for."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens

    def __missing__(self, word: str) -> int:
        plain = word.strip("*").lower()
        if plain.isascii() and plain.isalnum():  # most are, and have one spelling
            opens, closes = word.startswith("*"), word.endswith("*")
            found = self._tokens.find_sentences(plain.encode(), opens=opens, closes=closes)
        else:
            found = self._find_spelled(word)
        self[word] = found
        return found

    def _find_spelled(self, word: str) -> int:
        ways = list_spellings(word)
        found = 0 if ways else EVERYWHERE
        for way in ways:
            together = EVERYWHERE
            for atom in way:
                together &= self._tokens.find_sentences(
                    atom.text, opens=atom.opens, closes=atom.closes
                )
            found |= together
        return found
