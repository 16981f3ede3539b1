"""The frame of the command line: global options and the table of commands.

How to add a command: write `listener/cli/<name>.py` with a typed function

    EXAMPLES = ("listener greet Anna --loud",)  # optional, shown below the help

    def command(
        name: Annotated[str, typer.Argument(help="whom to greet")],
        loud: Annotated[bool, typer.Option("--loud", help="in capitals")] = False,
    ) -> None:
        "Say hello; the docstring is the text of `--help`, up to `Args:` or `Raises:`."

and one line in `COMMANDS`. The module is imported only when its command runs, so
it may import what it needs at its top; what is heavy belongs inside the function
all the same, so that `listener greet --help` stays quick. A command gets what was
said before its name from `current_state()`, its settings from `current_settings()`,
the time from `now()`. It raises `ListenerError`s, which become one line each.
"""

import difflib
import inspect
import sys
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from listener import __version__
from listener.cli.failures import report_failure
from listener.errors import ListenerError
from listener.logs import configure_logs

if TYPE_CHECKING:
    from listener.settings import Settings

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("listener.cli.demo", "Import an invented archive and write its report."),
    "init": ("listener.cli.init", "Write a commented settings file to start from."),
    "check": ("listener.cli.check", "Look whether accounts, tokens and servers will work."),
    "login": ("listener.cli.login", "Get read-only tokens of an account and keep them."),
    "import": ("listener.cli.import_", "Read archive files into the database."),
    "collect": ("listener.cli.collect", "Read what is new on Mastodon and X."),
    "run": ("listener.cli.run", "Do everything by itself, until it is told to stop."),
    "status": ("listener.cli.status", "Show what runs, what is next, and what fails."),
    "report": ("listener.cli.report", "Write the weekly report."),
    "open": ("listener.cli.open", "Open the newest report in a browser."),
    "serve": ("listener.cli.serve", "Show reports and the live work list in a browser."),
    "weekly": ("listener.cli.weekly", "Collect, report and send what is due: for cron."),
    "send": ("listener.cli.send", "Mail reports to those who have not got them yet."),
    "publish": ("listener.cli.publish", "Write the reports as a public site."),
    "unsubscribe": ("listener.cli.unsubscribe", "Send somebody no more mail."),
    "alerts": ("listener.cli.alerts", "Try out where alerts go, and see what is told."),
    "coverage": ("listener.cli.coverage", "Show how completely brands were watched."),
    "cases": ("listener.cli.cases", "List cases, or what is still to be done."),
    "explain": ("listener.cli.explain", "Tell one case, and why it was measured so."),
    "outcome": ("listener.cli.outcome", "Keep what was told elsewhere of a case."),
    "verify": ("listener.cli.verify", "Compute a report again from its evidence alone."),
    "measure": ("listener.cli.measure", "Measure Parquet files, on one machine or many."),
    "export": ("listener.cli.export", "Write all posts as JSON lines."),
    "forget": ("listener.cli.forget", "Erase all posts of one person."),
    "tidy": ("listener.cli.tidy", "Erase what is too old, keep the database small."),
    "archive": ("listener.cli.archive", "Move posts of old weeks into files, or back."),
    "backup": ("listener.cli.backup", "Write the whole database into one file."),
    "restore": ("listener.cli.restore", "Fill an empty database from a backup."),
    "migrate": ("listener.cli.migrate", "Bring the database to this version's schema."),
    "phrases": ("listener.cli.phrases", "Look over phrase files."),
    "review": ("listener.cli.review", "Go through cases and correct their labels."),
    "evaluate": ("listener.cli.evaluate", "Compare labels with those that people gave."),
}
"""Each command: its module, and its line in `listener --help`."""

_CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_SECTIONS = ("Args:", "Returns:", "Raises:", "Attributes:", "Yields:")


@dataclass(frozen=True, slots=True)
class State:
    """What was said before the name of the command."""

    config: Path | None = None
    database: str | None = None
    debug: bool = False
    verbose: bool = False


_state: ContextVar[State] = ContextVar("state")
_NOTHING_SAID = State()


def current_state() -> State:
    """Return what was said before the name of the running command."""
    return _state.get(_NOTHING_SAID)


def current_settings(overrides: Mapping[str, object] | None = None) -> "Settings":
    """Load the settings that hold for the running command.

    Args:
        overrides: What the command's own flags say, by the path of the setting:
            `{"report.output": folder}`. `None` means that a flag was not given.
    """
    from listener.settings import load_settings

    state = current_state()
    return load_settings(state.config, {"database_url": state.database, **(overrides or {})})


def now() -> datetime:
    """Return the time; the rest of the program is handed it."""
    return datetime.now(UTC)


class CommandGroup(TyperGroup):
    """Finds commands by the table, and imports a module only for its command."""

    # Typer's own classes for contexts and commands are private, hence `Any`.

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002
        """Import one command; names that are not in the table have none."""
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Find the command that is meant, or say which one may be."""
        if args[0] not in COMMANDS:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            meant = f'; did you mean "{near[0]}"?' if near else ""
            ctx.fail(f'no such command "{args[0]}"{meant}')
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        """Remember the global options before the command's module is even imported."""
        ctx.obj = State(**{name: ctx.params[name] for name in State.__slots__})
        _state.set(ctx.obj)
        level = "DEBUG" if ctx.obj.debug else "INFO" if ctx.obj.verbose else "WARNING"
        configure_logs(level)
        return super().invoke(ctx)

    def main(self, args: Sequence[str] | None = None, *_: Any, **__: Any) -> Any:  # noqa: ANN401
        """Run as the program does, also under Typer's test runner."""
        sys.exit(run(sys.argv[1:] if args is None else args, self))


app = typer.Typer(
    cls=CommandGroup,
    add_completion=False,
    rich_markup_mode=None,
    context_settings=_CONTEXT_SETTINGS,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"listener {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=False)
def listener(
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="settings file (else LISTENER_CONFIG, ./listener.toml)"),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="a file, or postgresql://… (else DATABASE_URL)"),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="show tracebacks and all logs")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="tell what is being done")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="show the version", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Measure how brands answer their customers on Mastodon and X.

    These options stand before the command: listener --config my.toml report
    """


def load_command(name: str) -> Any:  # noqa: ANN401
    """Import a command's module and wrap its function.

    Raises:
        ListenerError: If this installation lacks the module.
    """
    path, _ = COMMANDS[name]
    try:
        module = import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise
        msg = f'the command "{name}" is missing from this installation; install listener again'
        raise ListenerError(msg) from error
    single = typer.Typer(
        add_completion=False, rich_markup_mode=None, context_settings=_CONTEXT_SETTINGS
    )
    examples = getattr(module, "EXAMPLES", ())
    epilog = "\n".join(("\b", "Examples:", *(f"  {line}" for line in examples)))
    help_text = _cut_sections(inspect.getdoc(module.command) or "")
    single.command(name, help=help_text, epilog=epilog if examples else None)(module.command)
    return get_command(single)


def _cut_sections(doc: str) -> str:
    """Leave out the parts of a docstring that are meant for programmers."""
    lines = doc.splitlines()
    ends = (number for number, line in enumerate(lines) if line.strip() in _SECTIONS)
    return "\n".join(lines[: next(ends, len(lines))]).strip()


def run(args: Sequence[str], group: CommandGroup | None = None) -> int:
    """Run one command line, tell what went wrong, and return the exit code."""
    token = _state.set(_NOTHING_SAID)
    try:
        _invoke(group or get_command(app), args)
        sys.stdout.flush()
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        return report_failure(error, debug=current_state().debug)
    finally:
        _state.reset(token)
    return 0


def _invoke(group: Any, args: Sequence[str]) -> None:  # noqa: ANN401 - Typer's classes are private
    with group.make_context("listener", list(args)) as context:
        group.invoke(context)
