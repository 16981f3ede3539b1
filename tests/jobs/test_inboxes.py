"""Mails as they lie in inboxes: through a mail server that is not ours, read back by IMAP."""

import os
import re
import signal
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace

import pytest

from listener.jobs.unsubscribing import find_reader, unsubscribe
from listener.settings.secrets import MailSecrets
from listener.settings.values import Recipient
from tests.jobs.mailing import BOSS, TEAM, open_mailing
from tests.processes import start_module
from tests.report.test_mail import drop_tags
from tests.report.test_render import read_numbers
from tests.servers.inboxes import PASSWORD, run_inboxes
from tests.servers.mail import save_authority

SECRETS = MailSecrets(password=PASSWORD, unsubscribe_key="k" * 32)
READERS = (
    Recipient(address=TEAM, brands=(), language="en"),
    Recipient(address=BOSS, brands=("acme",), language="de"),
)
LONGEST_MAIL, LONGEST_HTML = 400_000, 100_000


@pytest.fixture(scope="module")
def inboxes():
    with run_inboxes("starttls") as running:
        yield running


@pytest.fixture
def mailing(migrated, sqlite_url, tmp_path, inboxes, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(save_authority(tmp_path / "authority.pem")))
    with open_mailing(sqlite_url, tmp_path) as opened:
        lead = inboxes.make_settings()
        opened.settings = opened.load_settings(
            *READERS,
            unsubscribe_url="https://reports.acme.example/unsubscribe/{token}",
            reports_url="https://reports.acme.example",
            **{name: getattr(lead, name) for name in ("host", "port", "security", "user")},
        )
        yield opened


def read_parts(message):
    """Return both forms, and the pictures by the names that the HTML has for them."""
    text, related = message.iter_parts()
    html, *images = related.iter_parts()
    pictures = {image["Content-ID"][1:-1]: image.get_content() for image in images}
    return text.get_content(), html.get_content(), pictures


def test_each_reader_finds_each_report_once_and_whole(mailing, inboxes):
    mailing.make("acme", cases=48)
    mailing.make("other", cases=48)
    assert len(mailing.send(SECRETS).sent) == 3
    assert mailing.send(SECRETS).mails == ()
    subjects = {who: [each["Subject"] for each in inboxes.read(who)] for who in (TEAM, BOSS)}
    assert sorted(subject.partition(":")[0] for subject in subjects[TEAM]) == [
        "Acme Telecom, week 47, 2026",
        "Other, week 47, 2026",
    ]
    assert [subject.partition(":")[0] for subject in subjects[BOSS]] == ["Acme Telecom, KW 47/2026"]
    for message in inboxes.read(TEAM) + inboxes.read(BOSS):
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        text, html, pictures = read_parts(message)
        assert set(re.findall(r'src="cid:([^"]+)"', html)) == set(pictures)
        assert len(pictures) == 2
        assert all(png.startswith(b"\x89PNG") for png in pictures.values())
        told = drop_tags(html) + " ".join(re.findall(r'href="([^"]+)"', html))
        assert read_numbers(text) == read_numbers(told)
        assert len(html.encode()) < LONGEST_HTML
        assert len(message.as_bytes()) < LONGEST_MAIL
    (message,) = inboxes.read(BOSS)
    link, _ = message["List-Unsubscribe"].split(", ")
    reader = find_reader(mailing.settings, link, SECRETS.unsubscribe_key)
    unsubscribe(mailing.store, reader, now=mailing.now)
    mailing.make("acme", "2026-W48")
    assert len(mailing.send(SECRETS).sent) == 1
    assert (len(inboxes.read(TEAM)), len(inboxes.read(BOSS))) == (3, 1)


HOSTILE = (
    "Acme\r\nBcc: all@acme.example\r\n\r\n<script>",
    "=?utf-8?q?Acme=0D=0ABcc:_all@acme.example?=",
    "Acme\u0085\u2028Bcc: all@acme.example \u202e",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_from_the_settings_cannot_add_to_a_mail(mailing, inboxes, name):
    """Whether settings take it or not."""
    who = Recipient(address=f"w{HOSTILE.index(name)}@acme.example", brands=(), language="en")
    mailing.make("acme", cases=14)
    brands = tuple(replace(brand, name=name) for brand in mailing.settings.brands)
    mail = replace(mailing.settings.mail, recipients=(who,))
    mailing.settings = replace(mailing.settings, brands=brands, mail=mail)
    assert len(mailing.send(SECRETS).sent) == 1
    (message,) = inboxes.read(who.address)
    assert inboxes.read("all@acme.example") == []
    assert message["Bcc"] is None
    assert message["To"] == who.address
    assert "week 47, 2026" in message["Subject"]
    text, html, pictures = read_parts(message)
    assert "<script>" not in html
    assert len(pictures) == 2
    assert "\u202e" not in text + html + message["Subject"]


WEEKS, KILLS = 3, 3


@pytest.mark.long
def test_programs_that_are_killed_again_and_again_send_nothing_twice(
    migrated, database_url, tmp_path
):
    with run_inboxes() as inboxes, open_mailing(database_url, tmp_path) as mailing:
        for week in range(WEEKS):
            mailing.make("acme", f"2026-W{45 + week}", cases=3)
            mailing.make("other", f"2026-W{45 + week}", cases=3)
            if not week:  # from now on they are readers, who get every week
                with start(database_url, mailing, inboxes, "first") as program:
                    assert program.wait(60) == 0
        for number in range(KILLS):
            with start(database_url, mailing, inboxes, f"killed {number}") as program:
                known = mailing.store.load_mails().height
                while mailing.store.load_mails().height == known and program.poll() is None:
                    time.sleep(0.01)
                program.send_signal(signal.SIGKILL)
        with ExitStack() as stack:
            programs = [
                stack.enter_context(start(database_url, mailing, inboxes, f"last {number}"))
                for number in range(2)
            ]
            assert [program.wait(60) for program in programs] == [0, 0]
        mailing.advance(hours=1)
        rows = mailing.store.load_mails().to_dicts()
        arrived = Counter(
            message["Message-ID"] for who in (TEAM, BOSS) for message in inboxes.read(who)
        )
    assert set(arrived.values()) == {1}
    assert len(rows) == 2 * 2 * WEEKS
    sent = {row["message_id"] for row in rows if row["sent_at"]}
    doubtful = [row for row in rows if row["unsure"]]
    assert sent <= set(arrived)
    # What is not known to have arrived is known to be in doubt: one for each kill at most.
    assert len(sent) + len(doubtful) == len(rows)
    assert len(doubtful) <= KILLS
    assert len(set(arrived) - sent) <= len(doubtful)


def start(url, mailing, inboxes, owner):
    words = (url, mailing.folder, inboxes.smtp_port, owner)
    return start_module("tests.jobs.run_sending", *words, env=os.environ)
