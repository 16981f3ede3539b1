"""Foreign words on a terminal: nothing in them moves the cursor or turns the line around."""

import unicodedata

REPLACEMENT = "�"
# Joiners belong to emoji and to some scripts; alone they do nothing.
_KEPT = frozenset("\n\u200c\u200d")
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def make_harmless(text: str) -> str:
    """Return a text of the same length without control, direction and unknown characters.

    Places in the text stay what they are. Tabs and lone returns become spaces.
    """
    return "".join(map(_replace, text))


def _replace(character: str) -> str:
    if character in _KEPT or (" " <= character <= "~"):
        return character
    if character in "\t\r":
        return " "
    return REPLACEMENT if unicodedata.category(character) in _HARMFUL else character
