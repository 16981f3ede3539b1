import pytest

from listener.cli import main
from listener.collect.archive.listener_lines import dump_post
from tests.builders import talk
from tests.sqlite import copy_migrated


class Program:
    """The command line with a database of its own; it remembers what was printed."""

    def __init__(self, folder, capsys):
        self.folder = folder
        self.database = folder / "posts.db"
        self.capsys = capsys

    def run(self, *words, code=0):
        """Run a command line; return what it printed to both streams."""
        assert main(["--database", str(self.database), *map(str, words)]) == code
        return self.capsys.readouterr()

    def write(self, *posts, name="posts.jsonl"):
        """Write posts as an archive file."""
        path = self.folder / name
        path.write_bytes(b"".join(dump_post(post) + b"\n" for post in posts))
        return path


@pytest.fixture
def program(tmp_path, capsys, monkeypatch, request):
    """The command line in an empty folder; with `migrated` its database has its tables."""
    monkeypatch.chdir(tmp_path)
    made = Program(tmp_path, capsys)
    if "migrated" in request.fixturenames:
        copy_migrated(made.database)
    return made


@pytest.fixture
def conversation():
    """One customer who is handed over, and another who is helped."""
    return [
        *talk(
            "anna: @acme my parcel is lost and nobody answers the phone",
            "+12m acme: @anna Sorry to hear that! Please send us a DM. ^KB",
        ),
        *talk(
            "ben: @acme how do I reset the box?",
            "+9m acme: @ben Hold the button for ten seconds, then wait until the light is green.",
            "+1h ben: @acme That worked, thank you!",
        ),
    ]
