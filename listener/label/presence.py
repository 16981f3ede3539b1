"""Whether sentences can hold a phrase at all, told before its steps are made.

Most phrases have a word that is nowhere among the posts of a small store, and to make the steps
of a phrase takes longer than to look for its words.
"""

from listener.label.pieces import Group, Piece, Pieces
from listener.label.steps import list_spellings
from listener.label.tokens import Tokens


class Presence:
    """Knows which words stand in a column of sentences."""

    def __init__(self, tokens: Tokens) -> None:
        """Look for words among these tokens, for each only once."""
        self._tokens = tokens
        self._known: dict[str, bool] = {}

    def may_hold(self, pieces: Pieces) -> bool:
        """Return whether the words of a phrase that was taken apart are there, in any order."""
        return all(map(self._may_hold_piece, pieces))

    def _may_hold_piece(self, piece: Piece | Group) -> bool:
        if isinstance(piece, Group):
            return piece.optional or any(map(self.may_hold, piece.choices))
        return piece.kind != "word" or self._holds_word(piece.text)

    def _holds_word(self, word: str) -> bool:
        if word not in self._known:
            ways = list_spellings(word)
            self._known[word] = not ways or any(
                all(
                    self._tokens.holds(atom.text, opens=atom.opens, closes=atom.closes)
                    for atom in way
                )
                for way in ways
            )
        return self._known[word]
