"""Run the program on a terminal, as a person does who types at a keyboard."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

Typed = str | Callable[[str], str]


def run_on_terminal(args: list[str], answers: Iterable[tuple[str, Typed]]) -> tuple[int, str]:
    """Type each answer when its question appears; return the exit code and what was shown.

    An answer may depend on what was shown before; `^C` stops the program.
    """
    ours, theirs = pty.openpty()
    # A shell's background jobs inherit that the keyboard's signal is ignored.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"from listener.cli import main; sys.exit(main({args!r}))"
    )
    command = [sys.executable, "-c", code]
    # In a session of its own, else what is hidden would be asked for on the real terminal.
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    shown = ""
    for question, typed in answers:
        part = read_until(ours, question)
        assert question in part, shown + part
        shown += part
        text = typed(shown) if callable(typed) else typed
        if text == "^C":
            interrupt(process)
        else:
            os.write(ours, f"{text}\n".encode())
    shown += read_until(ours, None)
    exit_code = process.wait(timeout=20)
    os.close(ours)
    return exit_code, shown


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Press Ctrl-C, again if Python was just about to wait for the keyboard and missed it."""
    for _ in range(20):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1)
            return


def read_until(terminal: int, text: str | None, seconds: float = 20) -> str:
    """Return what is shown up to a text, or up to the end."""
    read, end = b"", time.monotonic() + seconds
    while text is None or text.encode() not in read:
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            break
        try:
            read += os.read(terminal, 4096)
        except OSError:  # the other side has closed
            break
    return read.decode()
