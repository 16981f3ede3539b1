"""`listener init`: write a settings file to start from."""

import os
import re
import secrets
import shlex
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from listener.cli.failures import make_printable
from listener.cli.root import current_state
from listener.errors import ConfigError
from listener.settings import load_settings
from listener.settings.brands import check_handle, check_name, check_time_zone
from listener.settings.example import Answers, compose_settings_file

EXAMPLES = (
    "listener init",
    'listener init --name "Acme" --x AcmeHelp --mastodon help@acme.example --mode owner',
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_OWN_FILE = Path("listener.toml")


_Path = Annotated[
    Path | None, typer.Argument(help="the file to write (listener.toml)", show_default=False)
]
_Key = Annotated[
    str | None, typer.Option("--brand", metavar="KEY", help="short name for flags and file names")
]
_Name = Annotated[str | None, typer.Option(metavar="NAME", help="name in reports")]
_X = Annotated[list[str] | None, typer.Option(metavar="HANDLE", help="an account on X; repeatable")]
_Mastodon = Annotated[
    list[str] | None, typer.Option(metavar="USER@HOST", help="on Mastodon; repeatable")
]
_Mode = Annotated[
    Literal["owner", "watch"] | None,
    typer.Option(help="with the brand's own tokens, or from outside"),
]
_Zone = Annotated[str | None, typer.Option(metavar="ZONE", help="such as Europe/Berlin")]
_Language = Annotated[Literal["en", "de"] | None, typer.Option(help="language of reports")]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="ask nothing")]
_Force = Annotated[bool, typer.Option("--force", help="overwrite the file")]


def command(
    path: _Path = None,
    key: _Key = None,
    name: _Name = None,
    x: _X = None,
    mastodon: _Mastodon = None,
    mode: _Mode = None,
    time_zone: _Zone = None,
    language: _Language = None,
    yes: _Yes = False,
    force: _Force = False,
) -> None:
    """Write a commented settings file to start from.

    It asks for what the flags do not say. Without a terminal, or with --yes, it asks
    nothing; with no flags at all the file then holds an invented brand to be edited.
    """
    target = path or current_state().config or _OWN_FILE
    if not force and os.path.lexists(target):
        raise ConfigError(_tell_exists(target))
    said: dict[str, Any] = {"key": key, "name": name, "mode": mode, "language": language}
    said |= {"x": tuple(x or ()), "mastodon": tuple(mastodon or ()), "time_zone": time_zone}
    if sys.stdin.isatty() and not yes:
        said = _ask(said)
    answers = complete_answers(said)
    write_settings_file(target, compose_settings_file(answers), force=force)
    _tell_next(target, invented=answers is None)


def complete_answers(said: dict[str, Any]) -> Answers | None:
    """Fill what was not said with defaults; `None` if nothing was said of a brand.

    Raises:
        ConfigError: If no account was named.
    """
    given = {name: value for name, value in said.items() if value}
    if not given:
        return None
    handles = (*said["x"], *said["mastodon"])
    if not handles:
        msg = "name at least one account: --x HANDLE or --mastodon USER@HOST"
        raise ConfigError(msg)
    name = given.get("name") or given.get("key") or handles[0].lstrip("@").partition("@")[0]
    given.setdefault("key", _make_key(name) or _make_key(handles[0]))
    return Answers(**{"x": (), "mastodon": (), **given, "name": name})


def write_settings_file(path: Path, text: str, *, force: bool) -> None:
    """Write the file whole or not at all, readable by its owner only.

    It is written beside its place first and loaded from there, so that nothing is
    put in place that the program would refuse.

    Raises:
        ConfigError: If the file exists, cannot be written, or would not load.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        load_settings(draft, env={})
        _put_in_place(draft, path, force=force)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        msg = f"cannot write {path}: {reason}"
        raise ConfigError(msg) from error
    finally:
        with suppress(OSError, ValueError):
            draft.unlink()


def _put_in_place(draft: Path, path: Path, *, force: bool) -> None:
    if force:
        draft.replace(path)
        return
    try:
        path.hardlink_to(draft)  # fails if somebody else was quicker
    except FileExistsError as error:
        raise ConfigError(_tell_exists(path)) from error
    except OSError:  # a file system without hard links
        draft.replace(path)


def _ask(said: dict[str, Any]) -> dict[str, Any]:
    """Ask for everything that no flag says."""
    name = said["name"] or _prompt("Name of the brand", check_name)
    x, mastodon = said["x"], said["mastodon"]
    while not x and not mastodon:
        x = _prompt_accounts("Accounts on X (separated by commas, empty for none)", "x")
        mastodon = _prompt_accounts("Accounts on Mastodon (user@host, …)", "mastodon")
    mode = said["mode"]
    if mode is None:
        own = typer.confirm("Do you hold the tokens of these accounts?", default=False)
        mode = "owner" if own else "watch"
    zone = said["time_zone"] or _prompt("Time zone", check_time_zone, default=_find_time_zone())
    language = said["language"] or _prompt("Language of reports (en, de)", _check_language, "en")
    told = {"name": name, "x": x, "mastodon": mastodon, "mode": mode}
    return {**said, **told, "time_zone": zone, "language": language}


def _prompt(question: str, check: Callable[[str], Any], default: str | None = None) -> Any:  # noqa: ANN401
    """Ask until the answer passes the check."""

    def parse(answer: str) -> Any:  # noqa: ANN401
        try:
            return check(answer.strip())
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return typer.prompt(question, default=default, value_proc=parse, show_default=bool(default))


def _prompt_accounts(question: str, platform: str) -> tuple[str, ...]:
    def parse(answer: str) -> tuple[str, ...]:
        handles = (part for part in re.split(r"[,\s]+", answer) if part)
        return tuple(check_handle(handle, platform) for handle in handles)

    accounts: tuple[str, ...] = _prompt(question, parse, default="")
    return accounts


def _check_language(language: str) -> str:
    if language not in ("en", "de"):
        msg = "must be en or de"
        raise ValueError(msg)
    return language


def _find_time_zone() -> str:
    """Guess the zone of this machine by where its clock's file points to."""
    with suppress(OSError, ValueError, RuntimeError):
        zone = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
        return check_time_zone(zone)
    return "UTC"


def _make_key(name: str) -> str:
    plain = name.casefold().translate(_UMLAUTS)
    return re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-")


def _tell_exists(path: Path) -> str:
    return f"{path} exists already; --force overwrites it, another PATH leaves it alone"


def _tell_next(path: Path, *, invented: bool) -> None:
    option = "" if path == _OWN_FILE else f"--config {shlex.quote(str(path))} "
    steps: Iterable[str] = (
        f"listener {option}check says which accounts can be read, and what is missing",
        f"listener {option}collect reads them (or listener {option}import FILE… an archive)",
        f"listener {option}report shows what came of it",
    )
    if invented:
        steps = ("put your brand in place of the invented one", *steps)
    typer.echo(make_printable(f"wrote {path}, readable by you only"))
    for number, step in enumerate(steps):
        typer.echo(make_printable(f"{'then' if number else 'next'}: {step}"))
