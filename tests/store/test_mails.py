"""Mails: none goes out twice, and one that may be lost is told."""

from datetime import timedelta

import polars as pl
import pytest

LEASE = timedelta(minutes=2)
PAUSE = timedelta(minutes=5)
KEY, READER = "acme:2026-W10", "5f2a"
MOMENT = pl.Datetime("us", "UTC")


def claim(store, owner="a", reader=READER):
    return store.claim_mail(KEY, reader, owner, lease=LEASE)


def release(store, owner="a", *, next_in=PAUSE):
    return store.release_mail(KEY, READER, owner, error="no\nanswer", next_in=next_in)


def finish(store, owner="a", reader=READER):
    return store.finish_mail(KEY, reader, owner, message_id="<1@acme.example>")


def load(store, reader=READER):
    return store.load_mails().row(by_predicate=pl.col("digest") == reader, named=True)


def test_without_mails_the_frame_has_its_columns(store):
    assert dict(store.load_mails().schema) == {
        "owner": pl.String,
        "leased_at": MOMENT,
        "lease_until": MOMENT,
        "key": pl.String,
        "digest": pl.String,
        "sent_at": MOMENT,
        "message_id": pl.String,
        "error": pl.String,
        "attempts": pl.Int64,
        "released_at": MOMENT,
        "next_at": MOMENT,
        "unsure": pl.Boolean,
    }


def test_a_mail_goes_out_once(timed, clock):
    assert claim(timed, "a")
    assert not claim(timed, "b")
    assert not claim(timed, "a")
    clock.turn(seconds=3)
    assert finish(timed, "a")
    mail = load(timed)
    assert (mail["sent_at"], mail["message_id"]) == (clock.now, "<1@acme.example>")
    assert (mail["owner"], mail["attempts"], mail["unsure"]) == (None, 1, False)
    clock.turn(days=400)
    assert not claim(timed, "a")
    assert not finish(timed, "a")
    assert not release(timed, "a")
    assert not timed.doubt_mail(KEY, READER, "a", error="no")
    assert load(timed) == mail


def test_each_reader_has_a_mail_of_his_own(timed):
    assert claim(timed, "a", "one")
    assert claim(timed, "b", "two")
    assert finish(timed, "b", "two")
    assert not finish(timed, "b", "one")
    assert timed.load_mails()["sent_at"].is_null().to_list() == [True, False]


def test_what_is_not_claimed_cannot_be_sent_or_given_back(timed):
    assert not finish(timed)
    assert not release(timed)
    assert not timed.doubt_mail(KEY, READER, "a", error="no")
    assert timed.load_mails().is_empty()


def test_a_mail_that_did_not_go_out_is_tried_again_after_its_pause(timed, clock):
    assert claim(timed, "a")
    assert release(timed, "a")
    mail = load(timed)
    assert (mail["error"], mail["next_at"]) == ("no answer", clock.now + PAUSE)
    assert (mail["owner"], mail["unsure"]) == (None, False)
    clock.turn(seconds=299)
    assert not claim(timed, "b")
    clock.turn(seconds=1)
    assert claim(timed, "b")
    assert (load(timed)["attempts"], load(timed)["next_at"]) == (2, None)
    assert finish(timed, "b")
    assert load(timed)["error"] == ""


@pytest.mark.parametrize("later", [{"minutes": 2}, {"days": 400}])
def test_a_mail_that_was_begun_and_never_ended_is_in_doubt_for_ever(timed, clock, later):
    assert claim(timed, "dead")
    clock.turn(seconds=119)
    assert not load(timed)["unsure"]
    clock.turn(seconds=1)
    clock.turn(**later)
    mail = load(timed)
    assert mail["unsure"]
    assert not claim(timed, "b")
    assert not claim(timed, "dead")
    assert load(timed) == mail


def test_a_sender_who_was_only_slow_may_still_tell_how_it_went(timed, clock):
    assert claim(timed, "a", "slow")
    assert claim(timed, "a")
    clock.turn(minutes=10)
    assert finish(timed, "a", "slow")
    assert release(timed, "a")
    assert timed.load_mails()["unsure"].to_list() == [False, False]
    clock.turn(minutes=5)
    assert claim(timed, "b")


def test_a_doubtful_mail_is_told_at_once_and_never_sent_again(timed, clock):
    assert claim(timed, "a")
    assert timed.doubt_mail(KEY, READER, "a", error="the line broke\nafter the text")
    mail = load(timed)
    assert (mail["unsure"], mail["error"]) == (True, "the line broke after the text")
    clock.turn(days=1)
    assert not claim(timed, "b")


def test_a_pause_from_while_the_clock_was_ahead_is_over(timed, clock):
    clock.turn(days=300)
    assert claim(timed, "a")
    assert release(timed, "a")
    clock.turn(days=-300)
    assert claim(timed, "b")


def test_a_mail_begun_while_the_clock_was_ahead_comes_into_doubt(timed, clock):
    clock.turn(days=300)
    assert claim(timed, "dead")
    clock.turn(days=-300)
    assert not claim(timed, "b")
    assert not load(timed)["unsure"]
    clock.turn(minutes=2)
    assert load(timed)["unsure"]
    assert not claim(timed, "b")
