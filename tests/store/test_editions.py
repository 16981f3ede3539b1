"""Editions: each is made once, whoever dies at it."""

from datetime import timedelta

import polars as pl

from tests.builders import START

LEASE = timedelta(minutes=10)
KEY = "acme:2026-W10"
MOMENT = pl.Datetime("us", "UTC")


def claim(store, owner="a", key=KEY):
    return store.claim_edition(key, owner, lease=LEASE)


def load(store, key=KEY):
    return store.load_editions().row(by_predicate=pl.col("key") == key, named=True)


def test_without_editions_the_frame_has_its_columns(store):
    assert dict(store.load_editions().schema) == {
        "owner": pl.String,
        "leased_at": MOMENT,
        "lease_until": MOMENT,
        "key": pl.String,
        "made_at": MOMENT,
        "folder": pl.String,
        "error": pl.String,
        "attempts": pl.Int64,
    }


def test_an_edition_is_made_once(timed, clock):
    assert claim(timed, "a")
    assert not claim(timed, "b")
    assert not claim(timed, "a")
    clock.turn(minutes=5)
    assert timed.finish_edition(KEY, "a", folder="out/acme/2026-W10")
    edition = load(timed)
    assert (edition["made_at"], edition["folder"]) == (clock.now, "out/acme/2026-W10")
    assert (edition["owner"], edition["lease_until"], edition["attempts"]) == (None, None, 1)
    clock.turn(days=400)
    for owner in "ab":
        assert not claim(timed, owner)
        assert not timed.renew_edition(KEY, owner, lease=LEASE)
        assert not timed.finish_edition(KEY, owner, folder="elsewhere")
        assert not timed.release_edition(KEY, owner, error="no")
    assert load(timed) == edition


def test_what_a_clock_that_was_ahead_made_is_made_again(timed, clock):
    assert claim(timed, "a")
    assert timed.finish_edition(KEY, "a", folder="out")
    clock.turn(minutes=-30)
    assert not claim(timed, "b")
    clock.turn(days=-3)
    assert claim(timed, "b")
    assert timed.finish_edition(KEY, "b", folder="out")
    assert not claim(timed, "c")


def test_what_is_not_claimed_cannot_be_finished(timed):
    assert not timed.finish_edition(KEY, "a", folder="out")
    assert not timed.renew_edition(KEY, "a", lease=LEASE)
    assert not timed.release_edition(KEY, "a", error="no")
    assert timed.load_editions().is_empty()


def test_an_edition_of_a_dead_maker_is_taken_over(timed, clock):
    assert claim(timed, "dead")
    clock.turn(minutes=9)
    assert timed.renew_edition(KEY, "dead", lease=LEASE)
    clock.turn(minutes=9)
    assert not claim(timed, "b")
    clock.turn(minutes=1)
    assert claim(timed, "b")
    assert not timed.renew_edition(KEY, "dead", lease=LEASE)
    assert not timed.finish_edition(KEY, "dead", folder="late")
    assert timed.finish_edition(KEY, "b", folder="out")
    assert (load(timed)["folder"], load(timed)["attempts"]) == ("out", 2)


def test_a_failed_edition_may_be_tried_again_at_once(timed):
    assert claim(timed, "a")
    assert timed.release_edition(KEY, "a", error="the disk\nis full")
    assert (load(timed)["error"], load(timed)["made_at"]) == ("the disk is full", None)
    assert claim(timed, "b")
    assert timed.finish_edition(KEY, "b", folder="out")
    assert (load(timed)["error"], load(timed)["attempts"]) == ("", 2)


def test_editions_do_not_know_each_other(timed):
    keys = ["acme:2026-W10", "acme:2026-W09", "other:2026-W10"]
    assert [claim(timed, "a", key) for key in keys] == [True] * 3
    assert timed.finish_edition(keys[1], "a", folder="out")
    assert timed.load_editions().select("key", "folder").rows() == [
        (keys[1], "out"),
        (keys[0], ""),
        (keys[2], ""),
    ]


def test_a_lease_from_while_the_clock_was_ahead_begins_anew(timed, clock):
    clock.turn(days=300)
    assert claim(timed, "dead")
    clock.turn(days=-300)
    assert not claim(timed, "b")
    clock.turn(minutes=10)
    assert claim(timed, "b")
    assert load(timed)["leased_at"] == START + LEASE
