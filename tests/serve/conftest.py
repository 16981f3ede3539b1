"""A folder of reports and a database that are served on loopback, as `listener serve` does it."""

import http.client
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from listener.jobs.work_list import measure_work_list
from listener.label import load_phrases
from listener.posts import Account, Brand
from listener.report.files import save_index, save_report
from listener.resources import phrases_dir
from listener.serve.board import Keeper
from listener.serve.server import Server
from listener.serve.site import Show, Site
from listener.settings import load_settings
from listener.store.store import Store
from tests.builders import START, make_brand, talk
from tests.report.builders import World
from tests.sqlite import copy_migrated

PHRASES = load_phrases([phrases_dir()])
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
HANDED = [
    f"anna: @acme my parcel is lost, where is it? {HOSTILE}",
    "+12m acme: @anna Sorry to hear that! Please send us a DM. ^KB",
]
ASKED = ["ben: @acme my phone is dead, what shall I do?"]


class Seconds:
    """A clock for the keeper; it stands still until somebody moves it."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@dataclass
class Served:
    """A running server, its folder and its database.

    Attributes:
        clock: What the keeper of the work list goes by.
    """

    url: str
    port: int
    folder: Path
    database: str
    clock: Seconds = field(default_factory=Seconds)

    def get(self, path="/", method="GET", body=None, **headers):
        """Return status, headers and body of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def send(self, raw):
        """Send bytes as they are, and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            read = []
            with suppress(OSError):  # who is refused is not listened to until the end
                line.sendall(raw)
                line.shutdown(socket.SHUT_WR)
                read.extend(iter(lambda: line.recv(65_536), b""))
            return b"".join(read)

    def save(self, *posts):
        """Put posts into the database, and let the list be too old."""
        with Store.open(self.database) as store:
            store.save_posts(posts, seen_at=START)
        self.clock.now += 3_600

    def forget(self, author):
        """Erase all posts of a person, and let the list be too old."""
        with Store.open(self.database) as store:
            store.forget_account("x", author)
        self.clock.now += 3_600


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Let whoever looks wait for the list: a busy machine takes longer than he would."""
    monkeypatch.setattr(Keeper.look, "__defaults__", (60.0,))


@contextmanager
def serve(folder, database, *, mode="owner", desk=None, **how):
    """Serve a folder and a database until the block ends."""
    settings = load_settings(None, {"database_url": database}, env={})
    acme = Brand(
        key="acme", name="Acme <b>", accounts=(Account(platform="x", handle="acme"),), mode=mode
    )
    settings = replace(settings, brands=(acme,))

    def measure():
        with Store.open(database, migrate=False) as store:
            return measure_work_list(store, settings, PHRASES, now=START.replace(day=9))

    clock = Seconds()
    asked = {"language": "en", "templates": None, "names": (), "password": None, **how}
    site = Site(Show(folder=folder, **asked), Keeper(measure, clock), desk)
    server = Server(site, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        port = int(server.url.rpartition(":")[2].rstrip("/"))
        yield Served(server.url, port, folder, database, clock)
    finally:
        server.close()
        thread.join(timeout=20)


@pytest.fixture(scope="session")
def report_folder(tmp_path_factory):
    """A report of one brand, an index, and a secret beside the folder."""
    root = tmp_path_factory.mktemp("served")
    (root / "secret.txt").write_text("hush")
    folder = root / "reports"
    week = World(make_brand("acme", name="Acme"), cases=4, weeks=1).tell()
    save_report(folder, week, {})
    save_index(folder)
    return folder


def fill(folder):
    """Return a new database with a customer who was handed over, and one without an answer."""
    copy_migrated(folder / "posts.db")
    url = f"sqlite:///{folder / 'posts.db'}"
    with Store.open(url) as store:
        store.save_posts([*talk(*HANDED), *talk(*ASKED, at=60)], seen_at=START)
    return url


@pytest.fixture(scope="module")
def kept_database(tmp_path_factory):
    """A database that no test changes."""
    return fill(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def served(report_folder, kept_database):
    """A server for tests that only ask."""
    with serve(report_folder, kept_database) as running:
        yield running


@pytest.fixture
def own(report_folder, tmp_path):
    """A server whose database the test may change."""
    with serve(report_folder, fill(tmp_path)) as running:
        yield running
