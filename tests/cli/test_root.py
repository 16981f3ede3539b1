"""How the command line behaves around any command: help, exit codes, one line for each failure."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

import listener
from listener.cli import main, root
from listener.errors import ConfigError, ListenerError, StoreError

HEAVY = ("polars", "sqlmodel", "sqlalchemy", "pydantic", "altair", "jinja2", "scipy", "numpy")


@pytest.fixture
def add_command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def add(function: Callable, **attributes: object) -> None:
        module = ModuleType("invented_command")
        vars(module).update(command=function, **attributes)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(root.COMMANDS, "invented", (module.__name__, "Do what a test says."))

    return add


@pytest.fixture
def raising(add_command) -> Callable[[BaseException], None]:
    def add(error: BaseException) -> None:
        def command() -> None:
            raise error

        add_command(command)

    return add


def run(*args: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "listener", *args],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        **options,
    )


def list_imports(*args: str) -> set[str]:
    code = (
        "import sys; from listener.cli import main\n"
        f"try: main({list(args)!r})\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return set(done.stderr.decode().split())


def test_help_lists_every_command_with_its_line(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, (_, line) in root.COMMANDS.items():
        assert f"  {name} " in shown
        assert line in shown


def test_help_imports_no_command_and_nothing_heavy():
    imported = list_imports("--help")
    assert not {path for path, _ in root.COMMANDS.values()} & imported
    assert not set(HEAVY) & imported


def test_the_help_of_a_command_imports_that_command_alone():
    imported = list_imports("init", "--help")
    assert {path for path, _ in root.COMMANDS.values()} & imported == {"listener.cli.init"}
    # Typer itself asks pydantic to read options with choices.
    assert not set(HEAVY) & imported - {"pydantic"}


def test_a_command_whose_module_is_missing_is_told_in_one_line(monkeypatch, capsys):
    monkeypatch.setitem(root.COMMANDS, "lost", ("listener.cli.lost", "Was never written."))
    assert main(["--help"]) == 0
    capsys.readouterr()
    assert main(["lost"]) == 1
    expected = 'listener: the command "lost" is missing from this installation; install listener'
    assert capsys.readouterr().err == f"{expected} again\n"


def test_a_library_that_a_command_misses_is_not_taken_for_the_command(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "wanting.py").write_text("import not_there_at_all")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(root.COMMANDS, "wanting", ("wanting", "Wants more."))
    assert main(["wanting"]) == 1
    assert "No module named 'not_there_at_all'" in capsys.readouterr().err


def test_every_line_of_the_table_is_one_sentence():
    for module, line in root.COMMANDS.values():
        assert module.startswith("listener.cli.")
        assert line.endswith(".")
        assert len(line) < 60


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"listener {listener.__version__}\n"


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ("", "missing command (see listener --help)"),
        ("--verbose", "missing command (see listener --help)"),
        ("reprot", 'no such command "reprot"; did you mean "report"? (see listener --help)'),
        ("xyzzy", 'no such command "xyzzy" (see listener --help)'),
        (
            "--confg x init",
            'no such option "--confg"; did you mean "--config"? (see listener --help)',
        ),
        ("--database", "option '--database' requires an argument (see listener --help)"),
        ("init --no-such", 'no such option "--no-such" (see listener init --help)'),
        (
            "init --config x",
            '"--config" stands before the command: listener --config … init '
            "(see listener init --help)",
        ),
        ("migrate now", "got unexpected extra argument(s) (now) (see listener migrate --help)"),
        (
            "init --mode boss",
            "invalid value for '--mode': 'boss' is not one of 'owner', 'watch' "
            "(see listener init --help)",
        ),
    ],
)
def test_wrong_usage_is_told_in_one_helpful_line(args, line, capsys):
    assert main(args.split()) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", f"listener: {line}\n")


def test_a_missing_argument_is_told_in_one_line(add_command, capsys):
    def command(mode: Annotated[str, typer.Argument()]) -> None:
        pass

    add_command(command)
    assert main(["invented"]) == 2
    line = "listener: missing argument 'mode' (see listener invented --help)\n"
    assert capsys.readouterr().err == line


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (ListenerError("it failed"), 1, "listener: it failed\n"),
        (StoreError("database a.db is locked"), 1, "listener: database a.db is locked\n"),
        (ConfigError("a: one", "b: two"), 2, "listener: a: one\nlistener: b: two\n"),
        (ListenerError("first\nsecond"), 1, "listener: first second\n"),
        (typer.BadParameter("no such week"), 2, "listener: invalid value: no such week (see"),
        (KeyboardInterrupt(), 130, "listener: stopped\n"),
        (typer.Abort(), 130, "listener: stopped\n"),
        (typer.Exit(3), 3, ""),
        (FileNotFoundError(2, "No such file or directory", "a.csv"), 1, "a.csv: no such file"),
        (OSError("odd"), 1, "listener: odd\n"),
        (
            KeyError("week"),
            1,
            "listener: unexpected KeyError: 'week'; \"listener --debug …\" shows",
        ),
        (RecursionError(), 1, "listener: unexpected RecursionError; "),
    ],
)
def test_a_failure_has_its_exit_code_and_its_lines(error, code, told, raising, capsys):
    raising(error)
    assert main(["invented"]) == code
    shown = capsys.readouterr().err
    assert told in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("error", [ListenerError("it failed"), KeyError("week")])
def test_the_traceback_is_shown_with_debug(error, raising, capsys):
    raising(error)
    assert main(["--debug", "invented"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("Traceback")
    assert shown.splitlines()[-1].startswith("listener: ")


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_unexpected_failures_show_no_password(debug, raising, capsys):
    raising(RuntimeError("cannot reach postgresql://anna:hunter2@db/posts"))
    assert main([*debug, "invented"]) == 1
    assert "hunter2" not in capsys.readouterr().err


def test_messages_cannot_steer_the_terminal(raising, capsys):
    raising(ListenerError("brand \x1b[31mred\x07 \u202eemca"))
    main(["invented"])
    assert capsys.readouterr().err == "listener: brand \\x1b[31mred\\x07 \\u202eemca\n"


def test_an_argument_that_is_no_unicode_is_told():
    done = subprocess.run(
        [sys.executable, "-m", "listener", b"\xff\xfe"], capture_output=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"listener: no such command")


def test_a_command_finds_what_was_said_before_its_name(add_command, capsys):
    seen = []
    add_command(lambda: seen.append(root.current_state()))
    main(["--config", "a.toml", "--database", "b.db", "--verbose", "invented"])
    assert seen == [root.State(config=Path("a.toml"), database="b.db", verbose=True)]
    assert root.current_state() == root.State()


def test_a_command_may_ask_for_typers_context(add_command):
    seen = []

    def command(context: typer.Context) -> None:
        seen.append(context.obj)

    add_command(command)
    main(["--debug", "invented"])
    assert seen == [root.State(debug=True)]


def test_settings_follow_the_flags(add_command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my.toml").write_text('[report]\nlanguage = "de"')
    seen = []
    add_command(lambda: seen.append(root.current_settings({"report.output": Path("out")})))
    assert main(["--config", "my.toml", "--database", "a.db", "invented"]) == 0
    (settings,) = seen
    assert settings.database_url == f"sqlite:///{tmp_path / 'a.db'}"
    assert (settings.report.language, settings.report.output) == ("de", Path("out"))


def test_wrong_settings_end_with_two_and_a_line_for_each_mistake(tmp_path):
    (tmp_path / "listener.toml").write_text("settle_days = 0\ncolour = 1")
    done = run("migrate", cwd=tmp_path)
    assert done.returncode == 2
    assert [line.split(":")[:2] for line in done.stderr.splitlines()] == [
        ["listener", " settle_days"],
        ["listener", " colour"],
    ]


def test_the_examples_of_a_command_stand_below_its_help(add_command, capsys):
    def command() -> None:
        """Do it.

        Really.

        Raises:
            ListenerError: For programmers only.
        """

    add_command(command, EXAMPLES=("listener invented", "listener --debug invented"))
    assert main(["invented", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Do it." in shown
    assert "Raises" not in shown
    assert shown.rstrip().endswith("listener invented\n    listener --debug invented")


def test_now_is_the_time_in_utc():
    assert root.now().utcoffset() == timedelta(0)


def test_typers_runner_sees_what_a_person_sees(raising):
    raising(ConfigError("a: one"))
    result = CliRunner().invoke(root.app, ["invented"])
    assert (result.exit_code, result.output) == (2, "listener: a: one\n")


def test_help_is_plain_text_where_no_terminal_is():
    done = run("--help", env={**os.environ, "COLUMNS": "40"})
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "─" not in done.stdout


def test_the_reader_of_the_output_may_leave(add_command):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "listener", "--help"],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_disk_below_the_output_is_told():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "listener", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"no space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_installed_program_runs_main():
    program = Path(sys.executable).with_name("listener")
    done = subprocess.run([program, "--version"], capture_output=True, check=False)
    assert done.stdout.decode() == f"listener {listener.__version__}\n"


def test_migrate_creates_the_database_for_its_owner_only(tmp_path):
    done = run("--database", "data.db", "migrate", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"database sqlite:///{tmp_path / 'data.db'} has the schema ")
    assert (tmp_path / "data.db").stat().st_mode & 0o077 == 0
