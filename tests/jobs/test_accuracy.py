"""Reports tell how well the program reads, and correct shares once enough was reviewed."""

import re
from datetime import timedelta

import orjson
import polars as pl
import pytest

from listener.jobs.accuracy import measure_reviewed_accuracy
from listener.jobs.measuring import measure_store
from listener.jobs.reports import ReportRequest, write_reports
from listener.jobs.reviewing import ReviewDesk, ReviewRequest, choose_review_cases
from listener.jobs.verifying import verify_report
from listener.label import load_phrases
from listener.report.reading import load_figures
from listener.resources import phrases_dir
from listener.store.store import Store
from tests.builders import START, make_brand, talk

PHRASES = load_phrases([phrases_dir()])
NOW = START + timedelta(days=40)
CASES = 130
ACME = make_brand()
HANDED = "Sorry to hear that! Please send us a DM. ^KB"
HELPED = "Hold the button for ten seconds, then wait until the light is green. ^KB"


def make_posts():
    for number in range(CASES):
        who = f"anna{number}"
        yield from talk(
            f"{who}: @acme my parcel {number} is lost, where is it?",
            f"+{10 + number % 40}m acme: @{who} {HANDED if number % 2 else HELPED}",
            at=60 * number,
        )


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Fill a database; of the cases that chance draws, a person denies every eighth hand-over."""
    folder = tmp_path_factory.mktemp("accuracy")
    url = f"sqlite:///{folder / 'posts.db'}"
    with Store.open(url) as store:
        store.save_posts(make_posts(), seen_at=START)
        review(store, 20)
    return url


def review(store, count):
    desk = ReviewDesk(store, "kim", PHRASES.digest)
    request = ReviewRequest(by="kim", sample="random", count=count)
    for case in choose_review_cases(measure(store), PHRASES, request, [ACME]):
        number = int(case.posts[0].text.split()[3])
        for post in case.posts:
            labels = list(post.said)
            if "dm" in labels and number % 16 == 1:
                labels[labels.index("dm")] = "answer"
            desk.save_labels(post, labels, NOW)
        desk.finish_case(case, "claimed" if number % 16 == 1 else case.said, NOW)


def measure(store):
    return measure_store(store, [ACME], PHRASES, as_of=NOW, settle_days=7)


def write(store, folder, language="en"):
    request = ReportRequest(output=folder, week="2026-W10", language=language)
    return write_reports(measure(store), request, PHRASES).folders[0]


@pytest.fixture(scope="module")
def few(address, tmp_path_factory):
    """Write a report when twenty cases were reviewed."""
    with Store.open(address) as store:
        return write(store, tmp_path_factory.mktemp("few"))


@pytest.fixture(scope="module")
def many(address, few, tmp_path_factory):
    """Write reports in both languages when all were."""
    with Store.open(address) as store:
        review(store, CASES)
        folder = tmp_path_factory.mktemp("many")
        return [write(store, folder / language, language) for language in ("en", "de")]


def read(folder):
    return orjson.loads((folder / "report.json").read_bytes())


def test_below_the_threshold_the_page_says_how_many_are_missing(few):
    page, text = ((few / name).read_text() for name in ("index.html", "report.txt"))
    for told in (page, " ".join(text.split())):
        assert "People have gone through 20 cases that were drawn by chance." in told
        assert "80 more are needed before shares are corrected for its errors." in told
        assert "Corrected for" not in told
    accuracy = read(few)["accuracy"]
    assert (accuracy["cases"], accuracy["missing"]) == (20, 80)
    assert accuracy["corrected"]["deflection_rate"]["reason"] == "few_cases"


def test_beyond_it_shares_are_corrected_by_what_the_program_alone_says(many):
    figures = load_figures(many[0] / "report.json")
    corrected = figures.accuracy.corrected["deflection_rate"]
    true = figures.deflection_rate
    assert corrected.apparent.count == CASES // 2
    assert true.count < corrected.apparent.count
    # All were reviewed, so the corrected share is the true one.
    assert corrected.rate == pytest.approx(true.rate)
    assert corrected.low < true.rate < corrected.high
    assert corrected.sensitivity.rate == 1
    assert figures.accuracy.labels["dm"].precision.rate < 1
    assert figures.accuracy.outcome.rate == pytest.approx(1 - (65 - true.count) / CASES)


@pytest.mark.parametrize(
    ("number", "sentences"),
    [
        (0, ["People have gone through 130 cases", "Corrected for the program’s known errors: "]),
        (1, ["Menschen haben 130 zufällig gezogene Fälle", "Um die bekannten Fehler"]),
    ],
)
def test_the_page_tells_it_beside_the_figures(many, number, sentences):
    page, text = ((many[number] / name).read_text() for name in ("index.html", "report.txt"))
    for told in (page, " ".join(text.split())):
        assert all(sentence in told for sentence in sentences)
    assert page.count(sentences[1]) >= 2
    assert "too few of the checked cases" in page if number == 0 else True


def test_the_table_of_labels_has_intervals(many):
    page = (many[0] / "index.html").read_text()
    _, _, table = page.partition("How well the program reads these posts</caption>")
    row = next(line for line in table.splitlines() if "direct message" in line)
    assert "100%" in row
    assert "–" in row


def test_accuracy_and_corrections_follow_from_the_evidence(few, many):
    for folder in (few, many[0]):
        found = verify_report(folder)
        assert found.is_good, found.differences[:5]
    reviewed = pl.read_parquet(many[0] / "evidence" / "reviewed_posts.parquet")
    assert set(reviewed["person"]) == {1}
    tables = "".join(path.read_text() for path in many[0].glob("evidence/*.csv"))
    assert not re.search(r"\bkim\b", tables)


def test_what_was_not_drawn_changes_nothing(address, many):
    with Store.open(address) as store:
        before = measure_reviewed_accuracy(measure(store), [ACME])
        assert before.cases == CASES
        store.withdraw_case_review(measure(store).tables.cases["case"][0], "kim")
        after = measure_reviewed_accuracy(measure(store), [ACME])
        assert (after.cases, after.skipped) in ((CASES - 1, 1), (CASES - 1, 0))


def test_other_brands_are_judged_by_their_own_posts(address):
    with Store.open(address) as store:
        measured = measure(store)
    assert measure_reviewed_accuracy(measured, [make_brand("bolt")]) is None
    assert measured.said.cases.filter(pl.col("brand") == "bolt").is_empty()
