"""Editions are made once, whoever makes them, and whatever happens to a maker."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from listener.errors import ConfigError
from listener.jobs import editions as module
from listener.jobs.collecting.rounds import RunStoppedError
from listener.jobs.editions import Edition, make_editions
from listener.jobs.unmade_editions import find_unmade_editions
from listener.label.phrase_files import load_phrases
from listener.resources import phrases_dir
from listener.settings import load_settings
from listener.store.store import Store
from tests.builders import START, talk

NOW = START + timedelta(days=14, hours=-3)  # Monday 2026-03-16, 07:00
BRANDS = """
[report]
output = "{output}"
[brands.acme]
name = "Acme"
accounts = [{{ platform = "x", handle = "acme" }}]
[brands.beta]
name = "Beta"
accounts = [{{ platform = "x", handle = "beta" }}]
{more}
"""
BOTH = ["acme:2026-W10", "beta:2026-W10", "acme:2026-W11", "beta:2026-W11"]
IN_NEW_YORK = 'time_zone = "America/New_York"'


class Office:
    """A store with two brands' posts of two weeks, and a folder for their reports."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        self.output = folder / "out"
        self.config = folder / "listener.toml"
        self.write()
        with self.open() as store:
            for day in (0, 7):
                for name in ("acme", "beta"):
                    lines = (f"anna: @{name} my phone is dead", f"{name}: @anna Please DM us")
                    store.save_posts(talk(*lines, at=START + timedelta(days=day)), seen_at=START)

    def write(self, more=""):
        text = BRANDS.format(output=self.output, more=more)
        self.config.write_text(f'database_url = "{self.url}"\n{text}')

    @property
    def settings(self):
        return load_settings(self.config, env={})

    def open(self, *, ahead=timedelta(0)):
        """Open the store; its clock may be ahead, so that older leases are over."""
        clock = (lambda: datetime.now(UTC) + ahead) if ahead else None
        return Store.open(self.url, migrate=True, clock=clock)

    def make(self, keys=None, *, owner="me", ahead=timedelta(0), now=NOW, **options):
        """Make these editions, else all that are due; return what was made and what failed."""
        settings = self.settings
        with self.open(ahead=ahead) as store:
            due = find_unmade_editions(store, settings, settings.brands, sources={}, now=now)
            wanted = due.ready if keys is None else list(map(Edition.parse, keys))
            phrases = load_phrases([phrases_dir()])
            done = make_editions(store, settings, phrases, wanted, owner=owner, now=now, **options)
        return {each.edition.key: each.error for each in done}

    def load(self):
        with self.open() as store:
            return {row["key"]: row for row in store.load_editions().iter_rows(named=True)}

    def list_files(self, name="index.html"):
        return sorted(path.relative_to(self.output).as_posix() for path in self.output.rglob(name))


@pytest.fixture
def office(tmp_path, migrated, database_url):
    return Office(tmp_path, database_url)


@pytest.fixture
def small_office(tmp_path, migrated, sqlite_url):
    """For what does not depend on the database."""
    return Office(tmp_path, sqlite_url)


def test_nobody_waits_for_a_source_that_was_read_and_is_being_read_again(small_office):
    def read_acme(store, minutes):
        at = NOW - timedelta(minutes=minutes)
        kind = {"kind": "posts", "planned_at": at, "started_at": at}
        return store.start_run("x:acme", "x", "acme", **kind)

    settings, sources = small_office.settings, {"acme": ["x:acme"], "beta": []}
    with small_office.open() as store:

        def list_waiting():
            unmade = find_unmade_editions(
                store, settings, settings.brands, sources=sources, now=NOW
            )
            return [each.key for each in unmade.waiting if each.brand == "acme"][-1:]

        begun = read_acme(store, 30)
        assert list_waiting() == ["acme:2026-W11"]
        store.finish_run(begun, finished_at=NOW - timedelta(minutes=20), mark=None)
        read_acme(store, 1)
        assert list_waiting() == []


def test_what_is_due_is_made_once_with_its_comparison(office):
    assert office.make() == dict.fromkeys(BOTH, "")
    folders = [key.replace(":", "/") for key in BOTH]
    assert office.list_files() == sorted(
        [*(f"{each}/index.html" for each in folders), "index.html"]
    )
    assert office.list_files("overview.html") == [
        "2026-W10/overview.html",
        "2026-W11/overview.html",
    ]
    assert {key: row["folder"] for key, row in office.load().items()} == {
        key: str(office.output / key.replace(":", "/")) for key in BOTH
    }
    assert office.make() == {}
    assert office.make(BOTH) == {}


def test_a_report_tells_its_own_week_as_it_is_known_now(small_office):
    small_office.make()
    data = orjson.loads((small_office.output / "acme/2026-W10/report.json").read_bytes())
    assert data["week"] == "2026-W10"
    assert datetime.fromisoformat(data["as_of"]) == NOW


def test_brands_without_a_post_have_no_edition(small_office):
    small_office.write(
        '[brands.gamma]\nname = "Gamma"\naccounts = [{ platform = "x", handle = "gamma" }]'
    )
    assert set(small_office.make()) == set(BOTH)


def test_nothing_is_measured_when_nothing_is_due(small_office, monkeypatch):
    small_office.make()
    monkeypatch.setattr(module, "measure_for_reports", None)
    assert small_office.make() == {}


def test_brands_that_are_made_at_their_own_hours_are_compared_all_the_same(small_office):
    small_office.write(IN_NEW_YORK)
    assert set(small_office.make()) == {"acme:2026-W10", "beta:2026-W10", "acme:2026-W11"}
    report = small_office.output / "acme/2026-W11/index.html"
    before = report.stat().st_ino
    assert set(small_office.make(now=NOW + timedelta(hours=5))) == {"beta:2026-W11"}
    overview = (small_office.output / "2026-W11/overview.html").read_text()
    assert "Acme" in overview
    assert "Beta" in overview
    assert report.stat().st_ino == before
    assert "2026-W11/overview.html" in (small_office.output / "index.html").read_text()


def test_an_output_that_cannot_be_written_is_told_and_tried_again(office):
    office.output.write_text("not a folder")
    failed = office.make()
    assert set(failed) == set(BOTH)
    assert all("cannot be written" in error for error in failed.values())
    assert {row["error"] for row in office.load().values()} == set(failed.values())
    assert {row["owner"] for row in office.load().values()} == {None}
    office.output.unlink()
    assert office.make() == dict.fromkeys(BOTH, "")
    assert {(row["error"], row["attempts"]) for row in office.load().values()} == {("", 2)}


def test_a_brand_that_cannot_be_written_stops_no_other(small_office):
    small_office.output.mkdir()
    (small_office.output / "acme").write_text("not a folder")
    made = small_office.make()
    assert {key for key, error in made.items() if not error} == {"beta:2026-W10", "beta:2026-W11"}
    (small_office.output / "acme").unlink()
    assert small_office.make() == dict.fromkeys(["acme:2026-W10", "acme:2026-W11"], "")
    assert len(small_office.list_files("overview.html")) == 2


@pytest.mark.parametrize("error", [RuntimeError("a mistake"), KeyboardInterrupt()])
def test_what_is_broken_off_may_be_made_again_at_once(small_office, monkeypatch, error):
    def fail(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_reports", fail)
        with pytest.raises(type(error)):
            small_office.make()
    assert {row["owner"] for row in small_office.load().values()} == {None}
    assert "broken off" in small_office.load()["acme:2026-W10"]["error"]
    assert small_office.make(owner="other") == dict.fromkeys(BOTH, "")


@pytest.mark.parametrize(("steps", "made"), [(0, []), (1, BOTH[:2])])
def test_who_is_told_to_stop_ends_at_the_next_step_and_gives_the_rest_back(
    small_office, steps, made
):
    asked = iter([False] * steps + [True])
    with pytest.raises(RunStoppedError):
        small_office.make(is_stopped=lambda: next(asked))
    rows = small_office.load()
    assert {row["owner"] for row in rows.values()} == {None}
    assert [key for key in BOTH if rows[key]["made_at"]] == made
    assert small_office.make(owner="other") == {key: "" for key in BOTH if key not in made}


def test_what_somebody_else_makes_is_left_to_him(office):
    with office.open() as store:
        assert store.claim_edition("acme:2026-W10", "other", lease=timedelta(minutes=1))
        assert set(office.make()) == {*BOTH} - {"acme:2026-W10"}
        assert office.load()["acme:2026-W10"]["owner"] == "other"


def test_who_was_overtaken_does_not_claim_the_work_of_another(small_office, monkeypatch):
    def overtake(*args):
        with monkeypatch.context() as patch:
            patch.setattr(module, "write_reports", write)
            made.update(small_office.make(owner="other", ahead=timedelta(hours=1)))
        return write(*args)

    write, made = module.write_reports, {}
    monkeypatch.setattr(module, "write_reports", overtake)
    assert small_office.make(["acme:2026-W10"]) == {}
    assert made == dict.fromkeys(BOTH, "")


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path

from listener.app import load_phrases, open_store
from listener.jobs import editions
from listener.jobs.unmade_editions import find_unmade_editions
from listener.settings import load_settings

config, at, moment = sys.argv[1:]
write, settings = editions.write_reports, load_settings(Path(config), env={})

def kill(*args):
    if at == "after":
        write(*args)
    os.kill(os.getpid(), signal.SIGKILL)

editions.write_reports = kill
with open_store(settings) as store:
    now = datetime.fromisoformat(moment)
    due = find_unmade_editions(store, settings, settings.brands, sources={}, now=now)
    phrases = load_phrases(settings)
    editions.make_editions(store, settings, phrases, due.ready, owner="killed", now=now)
"""


@pytest.mark.parametrize("at", ["before", "after"])
def test_after_a_kill_another_one_takes_over_when_the_lease_is_over(office, at):
    command = [sys.executable, "-c", KILLED, office.config, at, NOW.isoformat()]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[2], env={**os.environ})
    assert done.returncode == -signal.SIGKILL
    assert {row["owner"] for row in office.load().values()} == {"killed"}
    assert office.make() == {}
    assert office.make(ahead=timedelta(minutes=2)) == dict.fromkeys(BOTH, "")
    assert office.make(ahead=timedelta(minutes=4)) == {}
    assert {row["attempts"] for row in office.load().values()} == {2}


def test_settings_that_no_report_can_be_made_with_are_refused_before_anything_is_claimed(
    small_office,
):
    text = small_office.config.read_text()
    missing = text.replace("[report]", '[report]\ntemplates = "missing"')
    small_office.config.write_text(missing)
    with pytest.raises(ConfigError, match=r"report\.templates: there is no folder"):
        small_office.make()
    assert small_office.load() == {}
