"""Readers who want no more mail get none, whoever says so and however."""

import re
from dataclasses import replace

import pytest

from listener.errors import ConfigError
from listener.jobs.mail_drafts import write_mails
from listener.jobs.mail_states import find_mail_troubles
from listener.jobs.unsubscribing import (
    find_reader,
    find_reader_by_token,
    list_unsubscribed,
    subscribe_again,
    unsubscribe,
)
from listener.settings.secrets import MailSecrets
from listener.settings.values import Recipient
from tests.jobs.mailing import BOSS, NOW, TEAM, open_mailing
from tests.jobs.test_sending import read_text

SECRETS = MailSecrets(unsubscribe_key="k" * 32)
URL = "https://reports.acme.example/unsubscribe/{token}"


@pytest.fixture
def mailing(migrated, sqlite_url, tmp_path):
    with open_mailing(sqlite_url, tmp_path) as opened:
        opened.settings = opened.load_settings(
            Recipient(address=TEAM, brands=(), language="en"),
            Recipient(address=BOSS, brands=(), language="de"),
            unsubscribe_url=URL,
        )
        yield opened


def leave(mailing, who):
    reader = find_reader(mailing.settings, who, SECRETS.unsubscribe_key)
    return unsubscribe(mailing.store, reader, now=mailing.now)


def test_whoever_follows_the_link_in_his_mail_gets_no_more(mailing):
    mailing.make("acme", cases=14)
    assert len(mailing.send(SECRETS).sent) == 2
    message = next(each.message for each in mailing.server.taken if each.recipient == BOSS)
    (link, _) = message["List-Unsubscribe"].split(", ")
    text, related = message.iter_parts()
    html, *_ = related.iter_parts()
    assert link[1:-1] in text.get_content()
    assert f'<a href="{link[1:-1]}"' in html.get_content()
    assert "Abbestellen" in html.get_content()
    assert leave(mailing, link)
    assert not leave(mailing, link)
    mailing.make("other")
    mailing.send(SECRETS)
    assert sorted(mailing.recipients) == sorted([TEAM, BOSS, TEAM])
    assert BOSS not in str(mailing.store.load_unsubscribed())
    assert [each.line for each in list_unsubscribed(mailing.store, mailing.settings)] == [
        "mail.recipients[1] gets no mail: unsubscribed on 2026-11-30"
    ]


def test_whoever_is_put_back_gets_what_was_made_meanwhile(mailing):
    mailing.make("acme")
    leave(mailing, BOSS.upper())
    mailing.send(SECRETS)
    assert mailing.recipients == [TEAM]
    reader = find_reader(mailing.settings, BOSS, None)
    assert subscribe_again(mailing.store, reader)
    assert not subscribe_again(mailing.store, reader)
    mailing.send(SECRETS)
    assert mailing.recipients == [TEAM, BOSS]


def test_mails_that_failed_before_trouble_nobody_any_more(mailing):
    mailing.make("acme")
    mailing.server.refused.add(BOSS)
    mailing.send(SECRETS)
    assert find_mail_troubles(mailing.store, mailing.settings, now=mailing.now)
    leave(mailing, BOSS)
    assert not find_mail_troubles(mailing.store, mailing.settings, now=mailing.now)
    mailing.server.refused.clear()
    mailing.advance(days=1)
    assert mailing.send(SECRETS).mails == ()


def test_whoever_unsubscribes_while_mails_are_sent_gets_none(mailing):
    mailing.make("acme")

    def go_on():
        leave(mailing, BOSS)
        return True

    mailing.send(SECRETS, may_go_on=go_on)
    assert mailing.recipients == [TEAM]


def test_a_dry_run_leaves_out_who_has_unsubscribed(mailing, tmp_path):
    mailing.make("acme")
    leave(mailing, BOSS)
    paths = write_mails(mailing.store, mailing.settings, SECRETS, tmp_path / "mails", now=NOW)
    assert [path.name for path in paths] == ["acme-2026-W47-0.eml"]


def test_a_link_without_a_secret_sends_nothing_and_says_why(mailing):
    mailing.make("acme")
    sending = mailing.send()
    assert [mail.state for mail in sending.mails] == ["failed", "failed"]
    assert "its links need a secret; set UNSUBSCRIBE_KEY" in sending.troubles[0]
    mailing.advance(minutes=5)
    assert len(mailing.send(SECRETS).sent) == 2


def test_an_address_of_its_own_stands_in_the_mail(mailing):
    mailing.settings = mailing.load_settings(unsubscribe_address="leave@acme.example")
    mailing.make("acme")
    mailing.send()
    (taken,) = mailing.server.taken
    address = "mailto:leave@acme.example?subject=unsubscribe"
    assert taken.message["List-Unsubscribe"] == f"<{address}>"
    assert re.search(
        rf"To get this mail no\s+longer:\s+{re.escape(address)}", read_text(taken.message)
    )


@pytest.mark.parametrize(
    "who", ["", "nobody", "a b@c", "x" * 10_000, "a" * 32, "a@b\r\nBcc: c@d.e"]
)
def test_what_means_nobody_is_refused(mailing, who):
    for key in ("k" * 32, None):
        with pytest.raises(ConfigError, match=r"no token .*name an address$") as caught:
            find_reader(mailing.settings, who, key)
        with pytest.raises(ConfigError):
            find_reader_by_token(mailing.settings, TEAM, key)
        assert "\n" not in str(caught.value)


def test_tokens_end_with_readers_and_with_the_secret(mailing):
    mailing.make("acme")
    mailing.send(SECRETS)
    (link, *_) = mailing.server.taken[0].message["List-Unsubscribe"].split(", ")
    with pytest.raises(ConfigError):
        find_reader(mailing.settings, link, "o" * 32)
    mailing.settings = replace(mailing.settings, mail=replace(mailing.settings.mail, recipients=()))
    with pytest.raises(ConfigError):
        find_reader(mailing.settings, link, SECRETS.unsubscribe_key)
