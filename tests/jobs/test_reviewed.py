"""What people said holds in lists, pages and evidence, and is marked there."""

from datetime import timedelta

import orjson
import polars as pl
import pytest

from listener.jobs.cases import CaseFilter, list_cases
from listener.jobs.measuring import measure_store
from listener.jobs.reports import ReportRequest, write_reports
from listener.label import load_phrases
from listener.measure.reviewed import digest_words
from listener.resources import phrases_dir
from listener.store.reviews import SavedCaseReview, SavedReview
from listener.store.store import Store
from tests.builders import START, make_brand, talk

PHRASES = load_phrases([phrases_dir()])
SEEN = START + timedelta(days=10)
NOW = START + timedelta(days=30)
ASKED, TOLD = talk(
    "anna: @acme my parcel is lost and nobody answers the phone",
    "+12m acme: @anna Sorry to hear that! Please send us a DM. ^KB",
)


def save(store, post, *labels):
    return store.save_review(
        SavedReview(
            platform="x",
            post_id=post.post_id,
            reviewer="kim",
            labels=labels,
            said=("dm",),
            phrases=PHRASES.digest,
            digest=digest_words(post.text),
            reviewed_at=SEEN,
        )
    )


def judge(store, case, outcome):
    store.save_case_review(
        SavedCaseReview(
            case=case,
            reviewer="kim",
            brand="acme",
            platform="x",
            opening_post_id=ASKED.post_id,
            last_post_id=TOLD.post_id,
            outcome=outcome,
            said="handed_over",
            phrases=PHRASES.digest,
            pick="random",
            stratum="acme/2026-W10",
            reviewed_at=SEEN,
        )
    )


def measure(store, as_of=NOW):
    return measure_store(store, [make_brand()], PHRASES, as_of=as_of, settle_days=7)


@pytest.fixture
def store(sqlite_url):
    with Store.open(sqlite_url) as opened:
        opened.save_posts([ASKED, TOLD], seen_at=START)
        yield opened


@pytest.fixture
def reviewed(store):
    case = measure(store).tables.cases["case"].item()
    save(store, ASKED, "need")
    save(store, TOLD, "answer", "apology")
    judge(store, case, "resolved")
    return store


def test_the_program_alone_is_remembered_beside_what_people_say(reviewed):
    measured = measure(reviewed)
    assert measured.tables.cases["handling"].to_list() == ["public"]
    assert measured.said.cases["handling"].to_list() == ["moved"]


def test_without_reviews_nothing_is_measured_twice(store):
    measured = measure(store)
    assert measured.said is measured.tables


def test_before_it_was_said_nobody_knew(reviewed):
    earlier = measure(reviewed, as_of=SEEN - timedelta(seconds=1))
    assert earlier.tables.cases["handling"].to_list() == ["moved"]


def test_lists_tell_whose_outcome_it_is(reviewed):
    (row,) = list_cases(measure(reviewed), CaseFilter()).to_dicts()
    assert (row["outcome"], row["outcome_by"]) == ("resolved", "person")


def write(store, tmp_path, language="en"):
    request = ReportRequest(output=tmp_path, week="2026-W10", language=language)
    (folder,) = write_reports(measure(store), request, PHRASES).folders
    return folder


def test_the_report_says_what_rests_on_people(reviewed, tmp_path):
    folder = write(reviewed, tmp_path)
    method = orjson.loads((folder / "report.json").read_bytes())["method"]
    assert (method["reviewed_cases"], method["reviewed_posts"]) == (1, 2)
    assert len(method["reviews_digest"]) == 12
    page = (folder / "index.html").read_text()
    _, cases = page.split('<section id="cases"')
    assert cases.count("labelled by a person") == 2
    assert "2 posts labelled by people" in page
    assert method["reviews_digest"] in page
    assert "2 posts labelled by people" in (folder / "report.txt").read_text()
    assert "kim" not in page


def test_the_fingerprint_follows_what_people_say(reviewed, tmp_path):
    first = orjson.loads((write(reviewed, tmp_path / "a") / "report.json").read_bytes())
    save(reviewed, TOLD, "answer")
    second = orjson.loads((write(reviewed, tmp_path / "b") / "report.json").read_bytes())
    assert first["method"]["reviews_digest"] != second["method"]["reviews_digest"]


def test_a_report_without_reviews_does_not_speak_of_them(store, tmp_path):
    folder = write(store, tmp_path)
    assert "labelled by" not in (folder / "index.html").read_text()
    assert orjson.loads((folder / "report.json").read_bytes())["method"]["reviews_digest"] == ""


def test_the_evidence_has_no_words_for_labels_that_a_person_took_away(reviewed, tmp_path):
    replies = pl.read_parquet(write(reviewed, tmp_path) / "evidence" / "replies.parquet")
    (row,) = replies.to_dicts()
    assert row["labels"] == ["answer", "apology"]
    assert row["labelled_by"] == "person"
    assert {each["label"] for each in row["words"]} == {"apology"}
    posts = pl.read_parquet(write(reviewed, tmp_path) / "evidence" / "posts.parquet")
    assert posts["labelled_by"].to_list() == ["person", "person"]
