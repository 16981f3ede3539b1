"""How far one looked, from the store's own ledger of runs, visits and files."""

from datetime import timedelta

import orjson
import pytest

from listener.app import load_phrases
from listener.collect.archive.listener_lines import dump_post
from listener.engines import ThisProcess
from listener.jobs.accuracy import measure_brand_week
from listener.jobs.archives import ImportOptions, import_file
from listener.jobs.measuring import measure_by_settings, measure_store
from listener.jobs.observing import list_current_sources, list_delays
from listener.jobs.partitions.run import ArchiveRequest, measure_archive
from listener.jobs.partitions.stored import load_known, write_stored
from listener.jobs.reports import make_setting
from listener.measure.periods import find_week, find_week_of
from listener.measure.week import measure_week
from listener.report.export import figures_to_json
from listener.settings import load_settings
from listener.store.visits import SavedVisit
from tests.builders import START, make_brand, make_post, talk

ACME = make_brand("acme")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SOURCE = "x:acme:acme:mentions:"


@pytest.fixture(scope="module")
def settings():
    return load_settings(None, env={})


@pytest.fixture(scope="module")
def phrases(settings):
    return load_phrases(settings)


def collect(store, posts=(), *, at, source=SOURCE, done=True, lost=None):
    """Let a run bring these posts."""
    kind = source.split(":")[3]
    run_id = store.start_run(source, "x", "acme", kind=kind, planned_at=at, started_at=at)
    store.save_page(run_id, posts, seen_at=at)
    ended = at + timedelta(seconds=9)
    if done:
        store.finish_run(run_id, finished_at=ended, mark=None, lost=lost)
    else:
        store.fail_run(run_id, finished_at=ended, error="x: 503; try again later")


def measure(store, settings, phrases, *, as_of):
    return measure_by_settings(store, settings, [ACME], phrases, as_of=as_of)


def observed(measured):
    return make_setting(measured, ACME).observed_until["x"]


@pytest.fixture
def answered():
    """A question and its answer at noon."""
    return talk(
        "anna: @acme how do I reset the box?", "+9m acme: @anna Hold the button for a while."
    )


def test_a_live_brand_is_observed_until_its_last_complete_run(store, settings, phrases, answered):
    collect(store, answered, at=START + DAY)
    collect(store, at=START + 2 * DAY, done=False)
    measured = measure(store, settings, phrases, as_of=START + 3 * DAY)
    delay = timedelta(seconds=list_delays(settings)["x"])
    assert delay
    assert observed(measured) == START + DAY - delay


def test_the_later_end_of_files_and_runs_counts(store, settings, phrases, answered, tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"".join(dump_post(post) + b"\n" for post in answered))
    import_file(store, path, ImportOptions(), now=START + DAY)
    newest = max(post.created_at for post in answered)
    collect(store, at=START - DAY)
    assert observed(measure(store, settings, phrases, as_of=START + 3 * DAY)) == newest
    collect(store, at=START + 2 * DAY)
    assert observed(measure(store, settings, phrases, as_of=START + 3 * DAY)) > START + DAY


def test_sources_that_are_collected_no_more_may_be_told(store, phrases, answered):
    collect(store, answered, at=START, source="x:acme:old:mentions:")
    collect(store, at=START + DAY)
    how = {"as_of": START + 2 * DAY, "settle_days": 7}
    held = measure_store(store, [ACME], phrases, **how)
    free = measure_store(store, [ACME], phrases, **how, sources=[SOURCE])
    assert observed(held) == START
    assert observed(free) > START


def outcome(measured):
    (row,) = measured.tables.cases.select("outcome", "settled", "visited_at").iter_rows()
    return row


def test_silence_counts_only_where_the_conversation_was_asked_for(
    store, settings, phrases, answered
):
    collect(store, answered, at=START + 20 * DAY)
    as_of = START + 21 * DAY
    assert outcome(measure(store, settings, phrases, as_of=as_of)) == ("not_revisited", False, None)
    visit = SavedVisit(conversation="any", post_id=answered[0].post_id, is_whole=False)
    store.save_visits("x", [visit], visited_at=START + 20 * DAY)
    assert outcome(measure(store, settings, phrases, as_of=as_of)) == (
        "claimed",
        True,
        START + 20 * DAY,
    )


def test_visits_of_posts_that_nobody_knows_are_no_harm(store, settings, phrases, answered):
    collect(store, answered, at=START + 20 * DAY)
    store.save_visits("x", [SavedVisit(conversation="1", post_id="gone")], visited_at=START)
    measured = measure(store, settings, phrases, as_of=START + 21 * DAY)
    assert outcome(measured)[0] == "not_revisited"


def test_coverage_of_a_live_week_comes_from_the_ledger(store, settings, phrases, answered):
    collect(store, answered, at=START + DAY, lost=(None, START + HOUR))
    for day in range(2, 12):
        collect(store, at=START + day * DAY)
    measured = measure(store, settings, phrases, as_of=START + 12 * DAY)
    week = find_week(START.strftime("%G-W%V"), "UTC")
    figures = measure_week(measured.tables, ACME, week, make_setting(measured, ACME))
    (seen,) = figures.coverage.platforms
    assert figures.coverage.grade == "partial"
    assert seen.reasons == ("began_late", "loss")
    assert seen.gaps[0].until == START + HOUR


def test_files_alone_are_measured_as_ever(store, settings, phrases, answered):
    store.save_posts(answered, seen_at=START)
    as_of = START + 30 * DAY
    measured = measure_store(store, [ACME], phrases, as_of=as_of, settle_days=7)
    assert observed(measured) == as_of
    assert outcome(measured) == ("claimed", True, None)
    assert make_setting(measured, ACME).grade == "unknown"


def test_sources_are_those_of_the_settings_unless_tokens_cannot_be_read(tmp_path, monkeypatch):
    path = tmp_path / "listener.toml"
    path.write_text(
        '[brands.acme]\nname = "Acme"\naccounts = [{ platform = "x", handle = "acme" }]\n'
        'mode = "owner"\n'
    )
    settings = load_settings(path, env={})
    assert "x:acme:acme:posts:" in list_current_sources(settings)
    monkeypatch.setenv("X_CONSUMER_KEY", "a-part-of-the-keys")
    assert list_current_sources(settings) is None


def test_parts_of_a_database_are_observed_as_the_whole(
    store, settings, phrases, answered, tmp_path
):
    another = make_post("@acme mine, too", author="eve", at=START + HOUR, reply_to=answered[0])
    told = make_post("@eve Hold the button.", author="acme", at=START + 2 * HOUR, reply_to=another)
    asked = talk("ben: @acme where is my parcel?", "+9m acme: @ben Out for delivery today.")
    collect(store, [*answered, another, told, *asked], at=START + 20 * DAY)
    visit = SavedVisit(conversation="any", post_id=answered[0].post_id)
    store.save_visits("x", [visit], visited_at=START + 20 * DAY)
    as_of = START + 21 * DAY
    whole = measure(store, settings, phrases, as_of=as_of)
    assert sorted(whole.tables.cases["outcome"]) == ["claimed", "claimed", "not_revisited"]
    week = find_week_of(START, ACME.time_zone)
    figures = measure_brand_week(whole, ACME, week, make_setting(whole, ACME))
    (tmp_path / "posts").mkdir()
    request = ArchiveRequest(
        files=write_stored(store, tmp_path / "posts", as_of=as_of),
        brands=(ACME,),
        phrases=phrases,
        as_of=as_of,
        settle_days=settings.settle_days,
        weeks=(week.name,),
        posts_in_a_part=1,
        known=load_known(store, settings),
    )
    (tmp_path / "out").mkdir()
    measure_archive(request, ThisProcess(), tmp_path / "out", lambda _: None)
    told = orjson.loads((tmp_path / "out/figures.json").read_bytes())
    expected = orjson.loads(orjson.dumps(figures_to_json(figures)))
    assert told["brands"]["acme"][week.name] == expected
