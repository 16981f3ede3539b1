"""Edits that change what a post says: figures follow the newest text."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from listener.jobs.measuring import measure_store
from listener.label import load_phrases
from listener.resources import phrases_dir
from listener.store.store import Store
from tests.builders import make_brand, talk

NOW = datetime(2026, 4, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 20, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path / 'edits.db'}") as store:
        yield store


def measure(store):
    brands = [make_brand()]
    measured = measure_store(store, brands, load_phrases([phrases_dir()]), as_of=NOW, settle_days=7)
    return measured.tables.cases.row(0, named=True)


def test_a_reply_that_is_edited_into_a_hand_over_is_one(store):
    question, reply = talk(
        "anna: @acme why is my phone dead since the update?",
        "+12m acme: @anna Please restart it while you hold the volume button",
    )
    store.save_posts([question, reply], seen_at=LATER)
    assert measure(store)["handling"] == "public"
    edited = replace(reply, text="@anna Please send us a DM", edited_at=LATER)
    store.save_posts([edited], seen_at=LATER)
    case = measure(store)
    assert (case["handling"], case["outcome"]) == ("moved", "handed_over")
    assert case["first_reply_seconds"] == 720


def test_a_customers_edit_changes_what_came_of_it(store):
    question, reply, word = talk(
        "anna: @acme why is my phone dead since the update?",
        "+12m acme: @anna Please restart it while you hold the volume button",
        "+2h anna: @acme that worked, thank you!",
    )
    store.save_posts([question, reply, word], seen_at=LATER)
    assert measure(store)["outcome"] == "resolved"
    edited = replace(word, text="@acme still not working", edited_at=LATER)
    store.save_posts([edited], seen_at=LATER)
    assert measure(store)["outcome"] == "unresolved"
