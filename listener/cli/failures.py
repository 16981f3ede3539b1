"""What a person is told when a command fails: one line for each problem.

Deciding (`describe_failure`) is separate from telling (`report_failure`).
"""

import os
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import typer

from listener.errors import ConfigError, ListenerError
from listener.logs import mask_text


@dataclass(frozen=True, slots=True)
class Failure:
    """How the program ends: its exit code and the lines for standard error."""

    exit_code: int
    lines: tuple[str, ...] = ()


def describe_failure(error: BaseException) -> Failure:
    """Decide what an exception means for the person who typed the command."""
    for kind, describe in _FAILURES:
        if isinstance(error, kind):
            return describe(error)
    told = f"{type(error).__name__}: {error}".rstrip(": ")
    # Foreign messages may hold anything, so they pass the masks of the logs.
    line = f'unexpected {mask_text(told)}; "listener --debug …" shows where it happened'
    return Failure(1, (line,))


def report_failure(error: BaseException, *, debug: bool) -> int:
    """Tell a failure on standard error and return the exit code.

    Args:
        error: What ended the command.
        debug: Whether the traceback is told too.
    """
    failure = describe_failure(error)
    if isinstance(error, BrokenPipeError):
        _discard_output()
    elif debug and not isinstance(error, typer.Exit):
        _tell(mask_text("".join(traceback.format_exception(error)).rstrip()))
    for line in failure.lines:
        _tell(f"listener: {make_printable(line)}")
    return failure.exit_code


def make_printable(text: str) -> str:
    """Return the text as one line that cannot steer a terminal.

    Names and messages come from files and from foreign servers; escape sequences
    and characters that turn the direction of writing are shown, not obeyed.
    """
    shown = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in _unfold(text))
    return "".join(shown)


def _unfold(text: str) -> str:
    return " ".join(part for part in text.replace("\t", " ").splitlines() if part)


def _tell(text: str) -> None:
    with suppress(OSError, ValueError):  # nobody is left to be told
        typer.echo(text, err=True)


def _discard_output() -> None:
    """Let the interpreter's last flush go nowhere, else it complains at the end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _describe_config(error: ConfigError) -> Failure:
    return Failure(2, error.problems or ("wrong configuration",))


def _describe_usage(error: typer.TyperException) -> Failure:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "listener"
    return Failure(error.exit_code, (f"{_tell_usage(error)} (see {path} --help)",))


def _tell_usage(error: Any) -> str:  # noqa: ANN401 - Typer's usage errors are private
    if hasattr(error, "possibilities"):
        return _tell_option(error.option_name, error.possibilities or (), error.ctx)
    message = _unfold(error.format_message()).replace("Value error, ", "").rstrip(".")
    return f"{message[:1].lower()}{message[1:]}"


def _tell_option(option: str, possibilities: Iterable[str], context: Any) -> str:  # noqa: ANN401
    if context and context.parent:
        known = {name for param in context.find_root().command.params for name in param.opts}
        if option in known:
            return f'"{option}" stands before the command: listener {option} … {context.info_name}'
    near = " or ".join(f'"{name}"' for name in possibilities)
    return f'no such option "{option}"' + (f"; did you mean {near}?" if near else "")


def _describe_system(error: OSError) -> Failure:
    what = f"{error.filename}: " if error.filename is not None else ""
    return Failure(1, (f"{what}{(error.strerror or str(error)).lower()}",))


_Kind = type[BaseException] | tuple[type[BaseException], ...]

_FAILURES: tuple[tuple[_Kind, Callable[[Any], Failure]], ...] = (
    (typer.Exit, lambda error: Failure(error.exit_code)),
    ((KeyboardInterrupt, EOFError, typer.Abort), lambda _: Failure(130, ("stopped",))),
    (BrokenPipeError, lambda _: Failure(141)),
    (ConfigError, _describe_config),
    (ListenerError, lambda error: Failure(1, (str(error),))),
    (typer.TyperException, _describe_usage),
    (OSError, _describe_system),
)
