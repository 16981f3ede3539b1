"""What people write in private is counted, and never shown anywhere."""

from dataclasses import replace
from datetime import timedelta

import orjson
import polars as pl
import pytest

from listener.app import load_phrases
from listener.jobs.measuring import measure_store
from listener.jobs.reports import ReportRequest, make_setting, write_reports
from listener.jobs.verifying import verify_report
from listener.measure.periods import find_week
from listener.measure.week import measure_week
from listener.report.case_list import build_brand_week
from listener.report.mail import render_mail
from listener.settings import load_settings
from listener.store.store import Store
from tests.builders import START, make_brand, make_post, talk

PHRASES = load_phrases(load_settings(env={}))
PLANTED = "xylophonquark"
OWNER = make_brand("acme", handles=("acme", "help@acme.example"), mode="owner")
DAY = timedelta(days=1)
AS_OF = START + 20 * DAY


def whisper(text, author, partner, **fields):
    """Return a direct message of X: it names its partner, and its words are planted."""
    return make_post(
        f"{PLANTED} {text} {PLANTED}",
        author=author,
        reply_to_author_id=partner,
        visibility="direct",
        mentions=(),
        conversation_id=f"dm:{PLANTED}",
        url=f"https://x.com/{PLANTED}",
        **fields,
    )


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/desk.db") as opened:
        opened.save_posts(make_posts(), seen_at=AS_OF)
        yield opened


def make_posts():
    """Return a hand-over that is brought to an end in private, and others that are not."""
    return [
        *talk("anna: @acme my phone is dead, can you help?", "+5m acme: @anna Please DM us ^KB"),
        *talk("ben: @acme my phone is dead, can you help?", "+5m acme: @ben Please DM us ^KB"),
        whisper("my number is 4711", "anna", "acme", at=60),
        whisper("Please restart your phone now.", "acme", "anna", at=90),
        whisper("it works again, thank you!", "anna", "acme", at=120),
        whisper("can you help me?", "cem", "acme", at=200),
        make_post(f"@help@acme.example {PLANTED} help?", author="dora@b.example", at=300,
                  visibility="direct", mentions=("help@acme.example",)),
        make_post(f"@dora {PLANTED} sure", author="help@acme.example", at=360,
                  visibility="direct", mentions=("dora@b.example",)),
    ]  # fmt: skip


def measure(store, brand=OWNER):
    return measure_store(store, [brand], PHRASES, as_of=AS_OF, settle_days=7)


def test_private_talks_are_counted_beside_public_figures(store):
    measured = measure(store)
    week = find_week("2026-W10", "UTC")
    figures = measure_week(measured.tables, OWNER, week, make_setting(measured, OWNER))
    assert figures.counts["cases"] == 2
    assert figures.private.counts == {"parts": 3, "joined": 1, "private_only": 2}
    assert (figures.private.private_reply.total, figures.private.private_reply.answered) == (3, 2)
    assert (figures.private.unanswered.count, figures.private.unanswered.total) == (1, 3)
    assert figures.private.outcomes["resolved"].count == 1
    fates = {name: share.count for name, share in figures.fate.items() if share.count}
    assert fates == {"private_closed": 1, "silence": 1}


def test_seen_from_outside_there_is_no_private_part(store):
    watched = replace(OWNER, mode="watch")
    measured = measure(store, watched)
    week = find_week("2026-W10", "UTC")
    figures = measure_week(measured.tables, watched, week, make_setting(measured, watched))
    assert figures.private is None
    assert "private_closed" not in figures.fate
    assert figures.fate["silence"].count == 2
    assert measured.tables.private.is_empty()


def test_public_figures_do_not_depend_on_private_messages(store, tmp_path):
    week = find_week("2026-W10", "UTC")
    told = []
    with Store.open(f"sqlite:///{tmp_path}/public.db") as other:
        public = [post for post in make_posts() if post.visibility == "public"]
        other.save_posts(public, seen_at=AS_OF)
        for each in (store, other):
            measured = measure(each)
            setting = make_setting(measured, OWNER)
            figures = measure_week(measured.tables, OWNER, week, setting)
            told.append(replace(figures, private=None, fate={}))
    assert told[0].counts == told[1].counts
    assert told[0].dialogue == told[1].dialogue
    assert told[0].first_reply == told[1].first_reply
    assert told[0].outcomes == told[1].outcomes


def read_everything(folder):
    for path in folder.rglob("*"):
        if path.suffix == ".parquet":
            yield path, str(pl.read_parquet(path).to_dicts())
        elif path.is_file():
            yield path, path.read_bytes().decode()


@pytest.mark.parametrize("handles", ["initials", "full"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_private_words_are_in_no_page_mail_figure_or_evidence(store, tmp_path, handles, language):
    measured = measure(store)
    request = ReportRequest(
        output=tmp_path / "out", week="2026-W10", handles=handles, language=language
    )
    written = write_reports(measured, request, PHRASES)
    files = dict(read_everything(tmp_path / "out"))
    assert any(path.name == "private.parquet" for path in files)
    for path, text in files.items():
        assert PLANTED not in text, path
    figures = measure_week(
        measured.tables, OWNER, find_week("2026-W10", "UTC"), make_setting(measured, OWNER)
    )
    tables = measured.tables
    week = build_brand_week(figures, OWNER, tables.cases, tables.case_posts)
    mail = render_mail(week, language, place="/somewhere")
    assert PLANTED not in mail.html + mail.text + mail.subject
    page = (written.folders[0] / "index.html").read_text()
    assert 'id="private"' in page


def test_the_report_of_a_private_part_verifies(store, tmp_path):
    request = ReportRequest(output=tmp_path / "out", week="2026-W10")
    written = write_reports(measure(store), request, PHRASES)
    found = verify_report(written.folders[0])
    assert found.is_good, found.differences
    told = orjson.loads((written.folders[0] / "report.json").read_bytes())
    assert told["private"]["counts"]["parts"] == 3


@pytest.mark.parametrize("public", [True, False])
def test_without_private_messages_there_is_no_data(tmp_path, public):
    with Store.open(f"sqlite:///{tmp_path}/none.db") as store:
        if public:
            store.save_posts(talk("anna: @acme help", "+5m acme: @anna DM us"), seen_at=AS_OF)
        measured = measure(store)
    week = find_week("2026-W10", "UTC")
    figures = measure_week(measured.tables, OWNER, week, make_setting(measured, OWNER))
    assert figures.private.counts["parts"] == 0
    assert figures.private.unanswered.rate is None
