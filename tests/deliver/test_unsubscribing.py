import re

import pytest

from listener.deliver.unsubscribing import find_by_token, make_leave, make_unsubscribe_token
from listener.errors import ConfigError
from tests.deliver.test_mail import URL, make_recipient, make_settings

KEY, OTHER_KEY = "k" * 32, "o" * 32
TEAM, BOSS = make_recipient(), make_recipient("vorstand@acme.example")


def test_a_token_tells_nothing_and_is_always_the_same():
    token = make_unsubscribe_token(TEAM.address, KEY)
    assert re.fullmatch("[a-z2-7]{32}", token)
    assert token == make_unsubscribe_token("Team@ACME.example", KEY)
    others = {
        make_unsubscribe_token(BOSS.address, KEY),
        make_unsubscribe_token(TEAM.address, OTHER_KEY),
    }
    assert token not in others
    assert len(others) == 2


@pytest.mark.parametrize(
    "text",
    [
        "{token}",
        " unsubscribe {token} ",
        "https://reports.acme.example/unsubscribe/{token}",
        "https://a.example/?t={token}&x=1",
    ],
)
def test_a_token_is_found_wherever_it_stands(text):
    told = text.format(token=make_unsubscribe_token(BOSS.address, KEY))
    assert find_by_token((TEAM, BOSS), told, KEY) == BOSS
    assert find_by_token((TEAM, BOSS), told, OTHER_KEY) is None
    assert find_by_token((TEAM,), told, KEY) is None


@pytest.mark.parametrize("text", ["", "unsubscribe", "a" * 32, "a" * 100_000, "\0\n=?"])
def test_what_is_no_token_means_nobody(text):
    assert find_by_token((TEAM, BOSS), text, KEY) is None


@pytest.mark.parametrize("change", [lambda t: t[1:], lambda t: t + "a", lambda t: t[:-1] + "7a"])
def test_a_token_is_whole_or_none(change):
    token = make_unsubscribe_token(TEAM.address, KEY)
    assert find_by_token((TEAM, BOSS), change(token), KEY) is None


def test_readers_write_to_the_address_of_answers_unless_there_is_one_for_it():
    plain = make_leave(make_settings(), TEAM, None)
    assert plain.header == "<mailto:listener@acme.example?subject=unsubscribe>"
    assert plain.told == ""
    answers = make_leave(make_settings(reply_to="help@acme.example"), TEAM, None)
    assert answers.mailto == "mailto:help@acme.example?subject=unsubscribe"
    own = make_leave(make_settings(unsubscribe_address="leave+me@acme.example"), TEAM, None)
    assert own.told == own.mailto == "mailto:leave%2Bme@acme.example?subject=unsubscribe"


def test_a_link_needs_a_secret():
    settings = make_settings(unsubscribe_url=URL)
    with pytest.raises(ConfigError, match="set UNSUBSCRIBE_KEY"):
        make_leave(settings, TEAM, None)
    leave = make_leave(settings, TEAM, KEY)
    assert leave.url == leave.told == URL.format(token=make_unsubscribe_token(TEAM.address, KEY))
