"""What `listener init` writes, asks and refuses."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from listener.cli import main
from listener.cli.root import app
from listener.posts import Account
from listener.resources import config_dir
from listener.settings import load_settings
from listener.settings.example import Answers, compose_settings_file
from tests.cli.terminal import run_on_terminal


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())  # never a terminal


def load_brand(path: str = "listener.toml"):
    (brand,) = load_settings(Path(path), env={}).brands
    return brand


def test_the_example_loads():
    load_settings(config_dir() / "example.toml", env={})


def test_the_example_loads_with_everything_in_comments_put_to_use():
    text = (config_dir() / "example.toml").read_text(encoding="utf-8")
    used, count = re.subn(r'(?m)^# (?=\[|[\w."]+ = )', "", text)
    assert count > 25
    Path("used.toml").write_text(used, encoding="utf-8")
    settings = load_settings(Path("used.toml"), env={})
    assert settings.mail.is_on
    assert settings.schedule.heartbeat_url
    assert (settings.retention.days, settings.retention.private_days) == (400, 120)


def test_without_flags_the_commented_example_is_written(capsys):
    assert main(["init"]) == 0
    assert Path("listener.toml").read_text() == (config_dir() / "example.toml").read_text()
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "wrote listener.toml, readable by you only"
    assert told[1] == "next: put your brand in place of the invented one"
    assert told[2].startswith("then: listener check")


def test_flags_fill_the_file(capsys):
    args = ["--brand", "acme", "--name", "Acme & Söhne", "--x", "@AcmeHelp", "--x", "Acme"]
    args += ["--mastodon", "help@acme.example", "--mode", "owner"]
    assert main(["init", *args, "--time-zone", "Europe/Berlin", "--language", "de"]) == 0
    brand = load_brand()
    assert (brand.key, brand.name, brand.mode) == ("acme", "Acme & Söhne", "owner")
    assert brand.time_zone == "Europe/Berlin"
    assert brand.accounts == (
        Account(platform="x", handle="AcmeHelp"),
        Account(platform="x", handle="Acme"),
        Account(platform="mastodon", handle="help@acme.example"),
    )
    settings = load_settings(env={})
    assert settings.report.language == "de"
    told = capsys.readouterr().out
    assert "next: listener check" in told
    assert "then: listener collect reads them (or listener import FILE… an archive)" in told


def test_the_comments_stay():
    main(["init", "--x", "Acme"])
    example = (config_dir() / "example.toml").read_text().splitlines()
    written = Path("listener.toml").read_text().splitlines()
    assert [line for line in written if line.startswith("#")] == [
        line for line in example if line.startswith("#")
    ]


@pytest.mark.parametrize(
    ("args", "key", "name"),
    [
        (
            ["--name", "Müller & Söhne GmbH", "--x", "A"],
            "mueller-soehne-gmbh",
            "Müller & Söhne GmbH",
        ),
        (["--x", "@AcmeHelp"], "acmehelp", "AcmeHelp"),
        (["--mastodon", "@help@acme.example"], "help", "help"),
        (["--name", "日本", "--x", "Nihon"], "nihon", "日本"),
        (["--brand", "acme", "--x", "A"], "acme", "acme"),
    ],
)
def test_what_is_not_said_is_made_of_what_is(args, key, name):
    assert main(["init", *args]) == 0
    assert (load_brand().key, load_brand().name) == (key, name)


@pytest.mark.parametrize("name", ['A "B" \\ C', "A\\1", "a = [", "😀", "# no comment", "it's ]"])
def test_any_name_survives(name):
    assert main(["init", "--name", name, "--x", "Acme", "--brand", "acme"]) == 0
    assert load_brand().name == name


def test_only_the_owner_may_read_the_file_from_its_first_moment():
    code = (
        "import os, sys\n"
        "os.umask(0)\n"
        "modes, real = [], os.open\n"
        "def watch(path, flags, mode=0o777, **more):\n"
        "    opened = real(path, flags, mode, **more)\n"
        "    if 'listener.toml' in str(path): modes.append(oct(os.fstat(opened).st_mode & 0o777))\n"
        "    return opened\n"
        "os.open = watch\n"
        "from listener.cli import main\n"
        "main(['init']); print(modes)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.stdout.splitlines()[-1] == "['0o600']"
    assert Path("listener.toml").stat().st_mode & 0o777 == 0o600


def test_a_file_that_exists_is_left_alone(capsys):
    Path("listener.toml").write_text("mine")
    assert main(["init", "--x", "Acme"]) == 2
    assert Path("listener.toml").read_text() == "mine"
    assert "listener.toml exists already; --force overwrites it" in capsys.readouterr().err


def test_a_link_to_nowhere_is_left_alone():
    Path("listener.toml").symlink_to("nowhere")
    assert main(["init"]) == 2
    assert not Path("nowhere").exists()


def test_force_overwrites_and_closes_the_file_to_others():
    Path("listener.toml").write_text("mine")
    Path("listener.toml").chmod(0o644)
    assert main(["init", "--force", "--x", "Acme"]) == 0
    assert load_brand().key == "acme"
    assert Path("listener.toml").stat().st_mode & 0o777 == 0o600


def test_somebody_who_is_quicker_is_not_overwritten(monkeypatch):
    from listener.cli import init

    compose = compose_settings_file

    def compose_slowly(answers: Answers | None) -> str:
        Path("listener.toml").write_text("theirs")
        return compose(answers)

    monkeypatch.setattr(init, "compose_settings_file", compose_slowly)
    assert main(["init"]) == 2
    assert Path("listener.toml").read_text() == "theirs"


def test_a_file_system_without_hard_links_will_do(monkeypatch):
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert main(["init", "--x", "Acme"]) == 0
    assert [path.name for path in Path().iterdir()] == ["listener.toml"]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--name", "Acme"], "name at least one account: --x HANDLE or --mastodon USER@HOST"),
        (["--x", "Acme@x.com"], "brands.acme.accounts[0].handle: a handle on X has no host"),
        (["--mastodon", "acme"], "brands.acme.accounts[0].handle: must be user@host"),
        (["--x", "A", "--time-zone", "Berlin"], "brands.a.time_zone: unknown time zone; did you"),
        (["--x", "A", "--brand", "../a"], "a brand's key is made of"),
        (["--x", "A", "--x", "@a"], 'the x account "@a" is accounts[0] already'),
        (["--x", "A", "--language", "fr"], "'fr' is not one of 'en', 'de'"),
        (["no/such/folder/my.toml"], "cannot write no/such/folder/my.toml: no such file"),
        (["x" * 300], "file name too long"),
    ],
)
def test_what_would_not_load_is_not_written(args, told, capsys):
    assert main(["init", *args]) == 2
    assert told in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_a_full_disk_leaves_nothing(monkeypatch, capsys):
    def fail(descriptor: int, *args: object, **options: object) -> None:
        os.close(descriptor)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", fail)
    assert main(["init"]) == 2
    assert "cannot write listener.toml: no space left on device" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_the_file_may_be_named_before_or_after_the_command(capsys):
    assert main(["init", "a b.toml"]) == 0
    assert "listener --config 'a b.toml' import" in capsys.readouterr().out
    assert main(["--config", "c.toml", "init"]) == 0
    assert Path("c.toml").exists()


def answer(args: list[str], answers: list[tuple[str, str]]) -> tuple[int, str]:
    return run_on_terminal(["init", *args], answers)


def test_on_a_terminal_it_asks():
    code, shown = answer(
        [],
        [
            ("Name of the brand", "Acme"),
            ("Accounts on X", "@AcmeHelp, Acme"),
            ("Accounts on Mastodon", ""),
            ("Do you hold the tokens", "y"),
            ("Time zone", "Europe/Vienna"),
            ("Language of reports", "de"),
        ],
    )
    assert code == 0, shown
    brand = load_brand()
    assert (brand.key, brand.mode, brand.time_zone) == ("acme", "owner", "Europe/Vienna")
    assert [account.handle for account in brand.accounts] == ["AcmeHelp", "Acme"]


def test_a_wrong_answer_is_asked_again_at_once():
    code, shown = answer(
        ["--name", "Acme", "--mode", "watch", "--language", "en"],
        [
            ("Accounts on X", ""),
            ("Accounts on Mastodon", ""),
            ("Accounts on X", "Acme@x.com"),
            ("Accounts on X", ""),
            ("Accounts on Mastodon", "help@acme.example"),
            ("Time zone", "Berlin"),
            ("Time zone", "Europe/Berlin"),
        ],
    )
    assert code == 0, shown
    assert 'a handle on X has no host; write "Acme"' in shown
    assert 'did you mean "Europe/Berlin"' in shown
    assert load_brand().time_zone == "Europe/Berlin"


def test_what_flags_do_not_say_is_asked(monkeypatch):
    monkeypatch.setattr("typer.testing._NamedTextIOWrapper.isatty", lambda self: True)
    typed = "Acme\nAcme@x.com\nAcme AcmeHelp\n\nn\nEurope/Vienna\nfr\nde\n"
    result = CliRunner().invoke(app, ["init", "--brand", "ac"], input=typed)
    assert result.exit_code == 0, result.output
    assert (load_brand().key, load_brand().mode) == ("ac", "watch")
    assert "must be en or de" in result.output


def test_nothing_is_asked_with_yes_even_on_a_terminal():
    code, _ = answer(["--yes", "--x", "Acme"], [])
    assert code == 0
    assert load_brand().key == "acme"


def test_control_c_leaves_nothing():
    code, shown = answer([], [("Name of the brand", "^C")])
    assert code == 130
    assert "listener: stopped" in shown
    assert list(Path().iterdir()) == []


def test_the_template_must_have_each_place_once(monkeypatch, tmp_path):
    (tmp_path / "example.toml").write_text("nothing to fill in")
    monkeypatch.setattr("listener.settings.example.config_dir", lambda: tmp_path)
    with pytest.raises(ValueError, match="must hold one line like"):
        compose_settings_file(Answers(key="a", name="A", x=("A",), mastodon=()))
