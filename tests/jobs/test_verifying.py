"""Whoever changes a figure, or what proves it, is found out."""

import json
import os
import random
import shutil
from datetime import timedelta

import orjson
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.errors import ConfigError
from listener.jobs.differences import TOLERANCE, find_differences
from listener.jobs.measuring import measure_by_settings, measure_store
from listener.jobs.reports import ReportRequest, write_reports
from listener.jobs.reviewing import ReviewDesk, ReviewRequest, choose_review_cases
from listener.jobs.verifying import verify_report
from listener.label import load_phrases
from listener.measure import MEASURES_VERSION
from listener.resources import phrases_dir
from listener.store.store import Store
from tests.builders import START, make_brand, talk
from tests.jobs.recount import assert_recount_agrees
from tests.jobs.rounds import run_rounds

PHRASES = load_phrases([phrases_dir()])
NOW = START + timedelta(days=30)
ACME = make_brand(time_zone="Europe/Berlin")
REPLIES = (
    "Sorry to hear that! Please send us a DM. ^KB",
    "Hold the button for ten seconds, then wait until the light is green. ^KB",
    "We are looking into it.",
    None,
)


def make_posts(count=24):
    for number in range(count):
        who, reply = f"anna{number}", REPLIES[number % 4]
        lines = [f"{who}: @acme my parcel {number} is lost, where is it?"]
        if reply:
            lines.append(f"+{5 + 9 * number}m acme: @{who} {reply}")
        if number % 5 == 0:
            lines.append(f"+2h {who}: @acme That worked, thank you!")
        yield from talk(*lines, at=300 * number)
    yield from talk("acme: We are open on Sunday.", at=500)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('verifying') / 'posts.db'}"
    with Store.open(url) as store:
        store.save_posts(make_posts(), seen_at=START)
    return url


def write(url, output, **period):
    with Store.open(url) as store:
        measured = measure_store(store, [ACME], PHRASES, as_of=NOW, settle_days=7)
    request = ReportRequest(output=output, **(period or {"week": "2026-W10"}))
    return write_reports(measured, request, PHRASES).folders[0]


@pytest.fixture(scope="module")
def written(database, tmp_path_factory):
    return write(database, tmp_path_factory.mktemp("written"))


@pytest.fixture
def report(written, tmp_path):
    return shutil.copytree(written, tmp_path / "report")


def load(report):
    return orjson.loads((report / "report.json").read_bytes())


def save(report, figures):
    (report / "report.json").write_bytes(orjson.dumps(figures))


def change_table(report, name, change):
    path = report / "evidence" / f"{name}.parquet"
    change(pl.read_parquet(path)).write_parquet(path)


def try_to_verify(report):
    """Return what came of it, or the line that says why nothing did."""
    try:
        return verify_report(report), ""
    except ConfigError as error:
        return None, str(error)


def list_paths(report):
    return [each.path for each in verify_report(report).differences]


def list_changed(report):
    return [name for name, _ in verify_report(report).changed]


def test_an_untouched_report_verifies(report):
    found = verify_report(report)
    assert found.is_good
    assert not found.missing
    assert_recount_agrees(report)


@pytest.mark.parametrize(
    "period",
    [
        {"week": "2026-W02"},
        {"week": "2026-W14"},
        {"since": START.date(), "until": START.date()},
        {"since": START.date() - timedelta(days=40), "until": NOW.date()},
    ],
    ids=lambda period: "_".join(map(str, period.values())),
)
def test_empty_weeks_and_free_periods_verify(database, tmp_path, period):
    folder = write(database, tmp_path, **period)
    found = verify_report(folder)
    assert found.is_good, found.differences
    assert_recount_agrees(folder)


def leaves(tree, path=()):
    """Yield where each single value stands."""
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in parts:
        if isinstance(value, dict | list) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def name_leaf(path):
    named = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return named.removeprefix(".")


def change_leaf(figures, path, how):
    *above, last = path
    for part in above:
        figures = figures[part]
    figures[last] = how(figures[last])


def disturb(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}!" if isinstance(value, str) else "something"


def test_every_single_value_of_the_report_is_compared(written, tmp_path):
    """Each leaf is changed alone; that one is named, and no other."""
    figures = load(written)
    chosen = random.Random(7).sample(list(leaves(figures)), 40)  # noqa: S311
    report = shutil.copytree(written, tmp_path / "report")
    for path in chosen:
        changed = orjson.loads(orjson.dumps(figures))
        change_leaf(changed, path, disturb)
        save(report, changed)
        assert list_paths(report) == [name_leaf(path)]
        assert list_changed(report) == ["report.json"]


def test_all_leaves_differ_where_all_are_changed(written):
    figures = load(written)
    changed = orjson.loads(orjson.dumps(figures))
    paths = list(leaves(figures))
    for path in paths:
        change_leaf(changed, path, disturb)
    assert {each.path for each in find_differences(changed, figures)} == set(map(name_leaf, paths))


def test_what_is_missing_or_added_is_named(report):
    figures = load(report)
    del figures["fate"]["silence"]
    figures["outcomes"]["adored"] = {"count": 5}
    figures["trend"].append(figures["trend"][0])
    save(report, figures)
    assert sorted(list_paths(report)) == ["fate.silence", "outcomes.adored", "trend"]


def test_rounding_is_no_difference_and_more_is(report):
    figures = load(report)
    rate = figures["deflection_rate"]["rate"]
    figures["deflection_rate"]["rate"] = rate + TOLERANCE / 10
    save(report, figures)
    assert not list_paths(report)
    figures["deflection_rate"]["rate"] = rate + TOLERANCE * 10
    save(report, figures)
    assert list_paths(report) == ["deflection_rate.rate"]


def test_a_changed_case_is_named_with_all_that_hangs_on_it(report):
    def hide_a_hand_over(cases):
        row = cases.with_row_index().filter(handling="moved")["index"][0]
        at = pl.int_range(pl.len()) == row
        return cases.with_columns(
            pl.when(at).then(pl.lit("public")).otherwise("handling").alias("handling")
        )

    change_table(report, "cases", hide_a_hand_over)
    assert list_changed(report) == ["evidence/cases.parquet"]
    touched = {path.partition("[")[0].rpartition(".")[0] for path in list_paths(report)}
    flow = {path for path in touched if "flow." in path}
    assert {"flow.handling.moved", "flow.handling.public"} < flow
    assert touched - flow == {
        "handling.moved",
        "handling.public",
        "deflection_rate",
        "bare_deflection_rate",
        "",  # the trend, a list
        "evidence/weekly_counts.2026-W10 handling.moved",
        "evidence/weekly_counts.2026-W10 handling.public",
        "evidence/weekly_counts.2026-W10 deflection_rate",
        "evidence/weekly_counts.2026-W10 bare_deflection_rate",
    }


def test_a_changed_wait_moves_its_clock_alone(report):
    change_table(
        report,
        "cases",
        lambda cases: cases.with_columns(
            pl.when(pl.int_range(pl.len()) == 0)
            .then(7.0)
            .otherwise("first_reply_seconds")
            .alias("first_reply_seconds")
        ),
    )
    touched = {path.partition(".")[0].partition("[")[0] for path in list_paths(report)}
    assert {"first_reply"} <= touched <= {"first_reply", "trend"}


@pytest.mark.parametrize(
    ("table", "change", "named"),
    [
        (
            "weekly_counts",
            pl.col("count") + 1,
            "evidence/weekly_counts.2026-W10 counts.cases.count",
        ),
        ("coverage", pl.lit(1).alias("posts"), "evidence/coverage.x.posts"),
    ],
)
def test_the_tables_that_repeat_figures_are_compared_too(report, table, change, named):
    change_table(report, table, lambda rows: rows.with_columns(change))
    paths = list_paths(report)
    assert named in paths
    assert all(path.startswith(f"evidence/{table}") for path in paths)


@pytest.mark.parametrize("name", ["index.html", "report.txt", "evidence/turns.csv"])
def test_files_that_hold_no_figures_of_their_own_are_named_when_changed(report, name):
    with (report / name).open("a") as file:
        file.write(" ")
    assert list_changed(report) == [name]
    assert not list_paths(report)


def test_the_report_is_compared_with_the_rules_and_phrases_of_its_evidence(report):
    figures = load(report)
    figures["method"] |= {"measures_version": "0.1", "phrases_digest": "00", "labeller": "me"}
    save(report, figures)
    assert set(list_paths(report)) == {
        "method.measures_version",
        "method.phrases_digest",
        "method.labeller",
    }


def test_other_rules_than_this_programs_are_refused(report):
    path = report / "evidence" / "manifest.json"
    path.write_text(path.read_text().replace(f'"{MEASURES_VERSION}"', '"0.1"'))
    with pytest.raises(ConfigError, match=r"measured by version 0\.1 .* program that wrote it"):
        verify_report(report)


def test_csv_alone_is_enough_and_is_checked(report):
    for path in (report / "evidence").glob("*.parquet"):
        path.unlink()
    assert verify_report(report).is_good
    cases = report / "evidence" / "cases.csv"
    cases.write_text(cases.read_text().replace(",moved,", ",public,"))
    found = verify_report(report)
    assert found.changed[0][0] == "evidence/cases.csv"
    assert "handling.moved.count" in [each.path for each in found.differences]


CELLS = {
    pl.String: ["moved", "customer", "x", "acme", "", "'", None],
    pl.Boolean: [True, False, None],
    pl.Datetime: [START, START + timedelta(days=9_000), None],
}
TABLES = ("cases", "posts", "turns", "replies", "deletions", "runs", "weekly_counts", "coverage")


def disturb_cell(table, chance):
    """Put some other value of the same kind into one cell."""
    name = chance.choice(table.columns)
    kind = table.schema[name]
    values = CELLS.get(kind.base_type(), [0, 1, 10**9, None])
    if isinstance(kind, pl.List):
        values = [[], None]
    value = pl.lit(chance.choice(values), dtype=kind)
    row = pl.int_range(pl.len()) == chance.randrange(max(1, table.height))
    return table.with_columns(pl.when(row).then(value).otherwise(name).alias(name))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.sampled_from(TABLES))
def test_any_change_of_the_evidence_is_named_or_refused(written, tmp_path_factory, chance, name):
    report = shutil.copytree(written, tmp_path_factory.mktemp("tampered") / "report")
    before = pl.read_parquet(report / "evidence" / f"{name}.parquet")
    after = disturb_cell(before, chance)
    after.write_parquet(report / "evidence" / f"{name}.parquet")
    found, error = try_to_verify(report)
    assert "damaged" in error if found is None else before.equals(after) or not found.is_good


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.sampled_from(["cases", "posts", "turns"]))
def test_broken_bytes_are_named_or_refused(written, tmp_path_factory, chance, name):
    report = shutil.copytree(written, tmp_path_factory.mktemp("broken") / "report")
    path = report / "evidence" / f"{name}.parquet"
    data = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 30)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data[: chance.choice([len(data), len(data), 100])])
    same = path.read_bytes() == (written / path.relative_to(report)).read_bytes()
    found, error = try_to_verify(report)
    assert "damaged" in error if found is None else found.is_good == same


def test_what_people_said_is_part_of_the_evidence(database, tmp_path):
    url = f"sqlite:///{tmp_path / 'posts.db'}"
    shutil.copy(database.removeprefix("sqlite:///"), tmp_path / "posts.db")
    with Store.open(url) as store:
        measured = measure_store(store, [ACME], PHRASES, as_of=NOW, settle_days=7)
        for person, again in (("kim", False), ("lou", True)):
            wanted = ReviewRequest(by=person, sample="random", count=9, is_again=again)
            review(store, measured, wanted)
            measured = measure_store(store, [ACME], PHRASES, as_of=NOW, settle_days=7)
    report = write(url, tmp_path / "out")
    accuracy = load(report)["accuracy"]
    assert accuracy["agreement"]["posts"] > 5
    assert 0 < accuracy["agreement"]["same"]["count"] < accuracy["agreement"]["posts"]
    assert verify_report(report).is_good
    change_table(report, "reviewed_cases", lambda cases: cases.head(3))
    assert any(path.startswith("accuracy") for path in list_paths(report))


def review(store, measured, wanted):
    desk = ReviewDesk(store, wanted.by, PHRASES.digest)
    for number, case in enumerate(choose_review_cases(measured, PHRASES, wanted, [ACME])):
        for post in case.posts:
            labels = [name for name in post.said if (number, wanted.by) != (1, "lou")]
            if number % 3 == 0 and post.side == "brand":
                labels = ["answer"]
            desk.save_labels(post, labels, NOW - timedelta(days=1))
        desk.finish_case(case, "resolved" if number % 2 else "pending", NOW - timedelta(days=1))


@pytest.mark.parametrize("mode", ["watch", "owner"])
def test_what_was_collected_live_verifies(tmp_path, mode):
    with run_rounds(tmp_path, mode=mode) as rounds:
        rounds.x.add_user("anna")
        for number in range(6):
            asked = rounds.x.post("anna", f"@acme my phone {number} is dead")
            rounds.collect()
            rounds.advance(hours=2)
            if number % 2:
                rounds.x.post("acme", "@anna Please send us a DM.", reply_to=asked)
            rounds.advance(days=number)
        rounds.collect()
        measured = measure_by_settings(
            rounds.store, rounds.settings, rounds.settings.brands, PHRASES, as_of=rounds.now
        )
    opened = sorted(measured.tables.cases["week"].unique())
    for week in opened:
        request = ReportRequest(output=tmp_path / "out", week=week)
        (folder,) = write_reports(measured, request, PHRASES).folders
        found = verify_report(folder)
        assert found.is_good, found.differences
        coverage = load(folder)["coverage"]["platforms"]
        assert any(platform["runs"]["done"] for platform in coverage)
    change_table(folder, "runs", lambda runs: runs.with_columns(state=pl.lit("failed")))
    assert any(".runs.failed" in path for path in list_paths(folder))


def refuse(report):
    with pytest.raises(ConfigError) as caught:
        verify_report(report)
    (line,) = caught.value.problems
    assert "\n" not in line
    return line


def test_a_folder_without_a_report_is_refused(tmp_path, report):
    assert "there is no such folder" in refuse(tmp_path / "nowhere")
    assert "there is no such folder" in refuse(report / "index.html")
    assert "holds no report.json" in refuse(report.parent)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[1]", "holds no figures"),
        (b'"text"', "holds no figures"),
        (b"\xff\xfe", "is no JSON"),
        (b"", "is no JSON"),
    ],
    ids=["broken", "deep", "list", "text", "bytes", "empty"],
)
def test_a_file_that_is_no_report_is_refused(report, data, why):
    (report / "report.json").write_bytes(data)
    assert why in refuse(report)


def test_figures_of_another_kind_are_differences(report):
    figures = load(report)
    figures |= {"counts": [1], "trend": {"a": 1}, "first_reply": None, "as_of": 7, "week": {}}
    save(report, figures)
    assert set(list_paths(report)) == {"counts", "trend", "first_reply", "as_of", "week"}


def change_manifest(report, change):
    path = report / "evidence" / "manifest.json"
    manifest = orjson.loads(path.read_bytes())
    change(manifest)
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.pop("basis"),
        lambda told: told["basis"].update(as_of="yesterday"),
        lambda told: told["basis"].update(settle_days="7"),
        lambda told: told.update(manifest_version=2),
        lambda told: told["tables"].pop("cases"),
        lambda told: told["basis"].update(time_zone="Mars/Base"),
        lambda told: told["basis"].update(week="2026-W99"),
        lambda told: told["basis"].update(week="a_b"),
        lambda told: told["files"].update({"../secret": {"bytes": 1, "sha256": "0"}}),
        lambda told: told["files"].update({"/etc/passwd": {"bytes": 1, "sha256": "0"}}),
        lambda told: told["tables"]["cases"]["columns"].update(nothing="text"),
        lambda told: told["basis"].update(settle_days=10**30),
        lambda told: told["basis"].update(as_of="9999-12-31T23:59:59Z"),
        lambda told: told["basis"].update(as_of="2026-04-01T00:00:00"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused_or_differs(report, change):
    change_manifest(report, change)
    found, error = try_to_verify(report)
    assert "\n" not in error if found is None else not found.is_good


def test_other_settings_in_the_manifest_give_other_figures(report):
    change_manifest(report, lambda told: told["basis"].update(settle_days=28))
    assert "outcome_week" in list_paths(report)


def test_evidence_that_is_not_there_is_refused(report):
    for form in ("csv", "parquet"):
        (report / "evidence" / f"turns.{form}").unlink()
    assert "turns.parquet: is missing, and the CSV too" in refuse(report)
    shutil.rmtree(report / "evidence")
    assert "manifest.json: is not there" in refuse(report)


def test_links_pipes_and_folders_are_not_read(report, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    (report / "report.json").unlink()
    (report / "report.json").symlink_to(secret)
    assert "report.json: cannot be read (is a link)" in refuse(report)
    (report / "report.json").unlink()
    os.mkfifo(report / "report.json")
    assert "report.json: is no file" in refuse(report)
    (report / "report.json").unlink()
    (report / "report.json").mkdir()
    assert "report.json: is no file" in refuse(report)


def test_a_linked_folder_of_evidence_is_not_read(report, tmp_path):
    (report / "evidence").rename(tmp_path / "elsewhere")
    (report / "evidence").symlink_to(tmp_path / "elsewhere")
    assert "is a link, and a report has none" in refuse(report)


def test_what_is_too_large_is_not_read(report):
    os.truncate(report / "report.json", 1 << 40)
    assert "is too large to be one" in refuse(report)
