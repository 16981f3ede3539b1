"""`listener serve` as a process of its own: how it begins, and how it ends."""

import os
import signal
import socket
import urllib.error
import urllib.request

import pytest

from tests.processes import start_module

ALL = "0.0.0.0"  # noqa: S104 - a password is what these tests are about
PASSWORD = "correct horse battery"  # noqa: S105 - of this test


@pytest.fixture
def start(program, conversation):
    """Return a way to start the server over a database with two cases; it is stopped at the end."""
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    running = []

    def start_server(*words, **env):
        words = [
            "--database",
            program.database,
            "serve",
            "--output",
            program.folder / "out",
            *words,
        ]
        running.append(start_module("listener", *words, env={**os.environ, **env}))
        return running[-1]

    yield start_server
    for process in running:
        process.kill()
        with process:
            pass


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        return answer.read().decode()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_at_once_when_asked(start, free_port, stop):
    process = start("--port", free_port)
    told = process.stdout.readline()
    assert f"http://127.0.0.1:{free_port}/waiting/" in told
    assert "There is no report yet" in fetch(free_port, "/")
    process.send_signal(stop)
    assert process.wait(timeout=20) == 0
    assert process.stderr.read() == ""


def test_it_shows_the_work_list_of_its_database(start, free_port):
    assert start("--port", free_port).stdout.readline()
    while "being measured" in (page := fetch(free_port, "/waiting/")):
        pass  # each time the list is waited for a moment
    assert page.count("<li id=") == 1


def test_beyond_this_machine_it_asks_for_a_password_and_warns(start, free_port):
    process = start("--host", ALL, "--port", free_port, WEB_PASSWORD=PASSWORD)
    assert process.stdout.readline()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        fetch(free_port, "/")
    process.terminate()
    told = "".join(process.communicate(timeout=20))
    assert "not encrypted" in told
    assert PASSWORD not in told


@pytest.mark.parametrize(
    ("words", "env", "told"),
    [
        (["--host", ALL], {}, "others could read all reports; set WEB_PASSWORD"),
        ([], {"LISTENER_WEB__NAMES": '["reports.acme.example"]'}, "set WEB_PASSWORD"),
        (["--host", ALL], {"WEB_PASSWORD": "short"}, "needs 12 to 200 characters"),
        ([], {"WEB_PASSWORD": "pässwörd with umlauts"}, "beyond ASCII"),
        (["--host", "acme.example"], {}, "must be an address of this machine"),
        (["--port", "0"], {}, "--port"),
        ([], {"LISTENER_WEB__NAMES": '["https://acme.example"]'}, "must be a name alone"),
    ],
)
def test_without_a_password_or_with_wrong_settings_it_does_not_begin(
    program, monkeypatch, words, env, told
):
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    error = program.run("serve", *words, code=2).err
    assert told in error
    assert error.count("\n") == 1
    assert env.get("WEB_PASSWORD", "\0") not in error


def test_a_port_that_is_taken_is_told_with_the_next_step(program):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        error = program.run("serve", "--port", taken.getsockname()[1], code=1).err
    assert "cannot listen at 127.0.0.1" in error
    assert "--port" in error


def test_the_password_may_stand_in_the_secrets_file(program):
    from listener.settings import load_settings, load_web_password

    secrets = program.folder / "listener.secrets.toml"
    secrets.write_text(f'web_password = "{PASSWORD}"\n')
    secrets.chmod(0o600)
    settings = load_settings(None, {"secrets_file": str(secrets), "web.host": ALL}, env={})
    assert load_web_password(settings, {}) == PASSWORD
