"""Read single keys from a terminal, or one after the other from a pipe."""

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

ENTER = "\n"
_ESCAPE = "\x1b"
_END_OF_INPUT = "\x04"

ReadKey = Callable[[], str]


@contextmanager
def open_keyboard(stream: TextIO | None = None) -> Iterator[ReadKey]:
    """Lend a function that waits for the next key and returns it; empty at the end of input.

    Keys are not shown as they are typed. What arrow and function keys send is left out.
    """
    stream = stream or sys.stdin
    if not stream.isatty():
        yield lambda: _fold(stream.read(1))
        return
    import termios
    import tty

    handle = stream.fileno()
    before = termios.tcgetattr(handle)
    tty.setcbreak(handle)
    try:
        yield lambda: _read_key(handle)
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)


def _read_key(handle: int) -> str:
    while True:
        key = os.read(handle, 1).decode("latin-1")
        if key != _ESCAPE:
            return _fold(key)
        _pass_sequence(handle)


def _pass_sequence(handle: int) -> None:
    """Leave out what follows an escape: `[` up to a letter or `~`, or else one or two more."""
    introduced = _read_waiting(handle)
    if introduced == "O":
        _read_waiting(handle)
    elif introduced == "[":
        while (part := _read_waiting(handle)) and not "@" <= part <= "~":
            pass


def _read_waiting(handle: int) -> str:
    waits = select.select([handle], [], [], 0)[0]
    return os.read(handle, 1).decode("latin-1") if waits else ""


def _fold(key: str) -> str:
    return {"\r": ENTER, _END_OF_INPUT: ""}.get(key, key)
