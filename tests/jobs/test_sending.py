import os
import re
import shutil
import signal
from datetime import timedelta

import pytest

from listener.app import load_phrases
from listener.errors import ConfigError, DeliveryError
from listener.jobs.letters import PAUSES
from listener.jobs.mail_drafts import write_mails
from listener.jobs.sending import send_editions
from listener.settings.secrets import MailSecrets
from listener.settings.values import Recipient
from tests.jobs.mailing import BOSS, NOW, TEAM, open_mailing
from tests.processes import start_module


@pytest.fixture
def mailing(migrated, sqlite_url, tmp_path):
    with open_mailing(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def shared_mailing(migrated, database_url, tmp_path):
    with open_mailing(database_url, tmp_path) as opened:
        yield opened


def test_an_edition_goes_to_its_reader_once(shared_mailing):
    shared_mailing.make()
    sending = shared_mailing.send()
    assert [(mail.key, mail.recipient) for mail in sending.sent] == [
        ("acme:2026-W47", "mail.recipients[0]")
    ]
    assert shared_mailing.send().mails == ()
    (taken,) = shared_mailing.server.taken
    assert taken.recipient == TEAM
    assert taken.message["Subject"].startswith("Acme Telecom, week 47, 2026: ")
    row = shared_mailing.store.load_mails().row(0, named=True)
    assert row["sent_at"] == NOW
    assert row["message_id"] == taken.message["Message-ID"]
    assert TEAM not in str(row)


def test_nothing_is_sent_where_no_mail_is_set_up(mailing):
    mailing.make()
    mailing.settings = mailing.load_settings(host="")
    assert mailing.send().mails == ()
    assert mailing.store.load_mails().is_empty()


def test_readers_get_their_brands_in_their_language(mailing):
    mailing.settings = mailing.load_settings(
        Recipient(address=TEAM, brands=(), language="en"),
        Recipient(address=BOSS, brands=("other",), language="de"),
    )
    mailing.make("acme")
    mailing.make("other")
    mailing.send()
    told = {(taken.recipient, taken.message["Subject"][:12]) for taken in mailing.server.taken}
    assert told == {
        (TEAM, "Acme Telecom"),
        (TEAM, "Other, week "),
        (BOSS, "Other, KW 47"),
    }


def test_a_mail_says_where_the_report_is(mailing):
    folder = mailing.make()
    mailing.send()
    told = " ".join(read_text(mailing.server.taken[0].message).split())
    assert "in its folder of reports, under “acme/2026-W47”" in told
    assert str(folder) not in told
    mailing.settings = mailing.load_settings(reports_url="https://reports.acme.example")
    mailing.make(week="2026-W48")
    mailing.send()
    address = "https://reports.acme.example/acme/2026-W48/index.html"
    assert address in read_text(mailing.server.taken[1].message)


def read_text(message):
    text, _ = message.iter_parts()
    return text.get_content()


def test_one_refused_reader_stops_no_other(mailing):
    mailing.settings = mailing.load_settings(
        Recipient(address=TEAM, brands=(), language="en"),
        Recipient(address=BOSS, brands=(), language="de"),
    )
    mailing.make()
    mailing.server.refused.add(TEAM)
    sending = mailing.send()
    assert mailing.recipients == [BOSS]
    (trouble,) = sending.troubles
    assert trouble.startswith("mail about acme:2026-W47 to mail.recipients[0]: mail server ")
    assert trouble.endswith("; it is tried again later")
    assert TEAM not in trouble
    assert TEAM not in str(mailing.store.load_mails().to_dicts())
    mailing.server.refused.clear()
    mailing.advance(minutes=5)
    mailing.send()
    assert mailing.recipients == [BOSS, TEAM]


def test_what_fails_is_tried_again_ever_later_eight_times_in_all(mailing):
    mailing.make()
    mailing.server.fault = "busy"
    pauses, states = [], []
    for _ in range(8):
        (mail,) = mailing.send().mails
        states.append(mail.state)
        pauses.append(mail.retry_in)
        assert mailing.send().mails == ()
        mailing.advance(seconds=(mail.retry_in or timedelta(days=1)).total_seconds() - 1)
        assert mailing.send().mails == ()
        mailing.advance(seconds=1)
    assert states == ["failed"] * 7 + ["given_up"]
    assert pauses == [*PAUSES, PAUSES[-1], PAUSES[-1], None]
    mailing.server.fault = ""
    assert mailing.send().mails == ()
    assert mailing.recipients == []


def test_a_server_that_is_away_for_a_week_loses_nothing(mailing):
    mailing.make()
    port = mailing.server.port
    mailing.server.port = 1
    mailing.settings = mailing.load_settings()
    pauses = []
    for _ in range(12):
        (mail,) = mailing.send().mails
        assert (mail.state, "cannot be reached" in mail.error) == ("failed", True)
        pauses.append(mail.retry_in)
        mailing.advance(seconds=mail.retry_in.total_seconds())
    assert pauses == [*PAUSES, *[PAUSES[-1]] * 7]
    assert mailing.store.load_mails()["attempts"].to_list() == [0]
    mailing.server.port = port
    mailing.settings = mailing.load_settings()
    assert mailing.send().sent


def test_refusals_count_and_nothing_else_does(mailing):
    mailing.make()
    for fault in ("busy", "die_before", "refuse"):
        mailing.server.fault = fault
        assert mailing.send().mails[0].state == "failed"
        mailing.advance(days=1)
    assert mailing.store.load_mails()["attempts"].to_list() == [2]


def test_a_server_that_stays_away_is_asked_for_four_weeks(mailing):
    mailing.make()
    mailing.settings = mailing.load_settings(port=1)
    while mailing.send().mails:
        mailing.advance(days=1)
    assert mailing.now == NOW + timedelta(days=29)


def test_nothing_is_composed_that_is_not_due_or_is_sent_elsewhere(mailing, monkeypatch):
    mailing.make("acme")
    mailing.make("other")
    mailing.server.fault = "busy"
    mailing.send(may_go_on=iter([True, False]).__next__)
    digest = mailing.store.load_mails()["digest"][0]
    lease = timedelta(minutes=1)
    assert mailing.store.claim_mail("other:2026-W47", digest, "elsewhere", lease=lease)
    monkeypatch.setattr("listener.jobs.mail_drafts.render_mail", stop)
    assert mailing.send().mails == ()


def test_a_stop_while_a_mail_is_composed_leaves_nothing_behind(mailing, monkeypatch):
    mailing.make()
    with monkeypatch.context() as patch:
        patch.setattr("listener.jobs.mail_drafts.render_mail", stop)
        with pytest.raises(KeyboardInterrupt):
            mailing.send()
    assert mailing.store.load_mails().is_empty()
    assert mailing.send().sent


@pytest.mark.parametrize("fault", ["die_after", "babble"])
def test_what_may_have_arrived_is_never_sent_again(shared_mailing, fault):
    shared_mailing.make()
    shared_mailing.server.fault = fault
    sending = shared_mailing.send()
    assert [mail.state for mail in sending.mails] == ["unsure"]
    assert sending.troubles[0].endswith("; it is not sent again, ask whether it arrived")
    shared_mailing.server.fault = ""
    shared_mailing.advance(days=2)
    assert shared_mailing.send().mails == ()
    assert len(shared_mailing.recipients) == 1
    row = shared_mailing.store.load_mails().row(0, named=True)
    assert row["unsure"]
    assert "may have taken the message" in row["error"]


def list_weeks(mailing):
    return [taken.message["Subject"].partition(":")[0] for taken in mailing.server.taken]


def test_a_reader_who_is_new_gets_the_newest_week(mailing):
    for week in ("2026-W45", "2026-W46"):
        mailing.make(week=week)
    mailing.server.refused.add("team@acme.example")
    assert [mail.state for mail in mailing.send().mails] == ["failed"]
    mailing.server.refused.clear()
    mailing.advance(minutes=5)
    mailing.send()
    mailing.send()
    assert list_weeks(mailing) == ["Acme Telecom, week 46, 2026"]


def test_a_reader_gets_what_was_made_since_he_began(mailing):
    mailing.make(week="2026-W44")
    mailing.send()
    mailing.make(week="2026-W45")
    mailing.make(week="2026-W46")
    mailing.send()
    assert list_weeks(mailing) == [f"Acme Telecom, week {number}, 2026" for number in (44, 45, 46)]


def test_nobody_gets_weeks_that_are_long_over(mailing):
    mailing.make(week="2026-W42")
    mailing.advance(days=29)
    assert mailing.send().mails == ()


def test_an_edition_of_a_brand_that_is_gone_is_left_alone(mailing):
    mailing.make("forgotten")
    assert mailing.send().mails == ()


def test_a_report_that_was_moved_is_found(mailing, tmp_path):
    mailing.make()
    shutil.move(tmp_path / "reports", tmp_path / "moved")
    mailing.settings = mailing.load_settings()
    (tmp_path / "listener.toml").write_text("")
    object.__setattr__(mailing.settings.report, "output", tmp_path / "moved")
    (mail,) = mailing.send().mails
    assert mail.state == "sent"
    assert "“acme/2026-W47”" in " ".join(read_text(mailing.server.taken[0].message).split())


def test_a_report_that_is_gone_is_told_or_measured_again(mailing):
    shutil.rmtree(mailing.make())
    (mail,) = mailing.send().mails
    assert mail.state == "failed"
    assert "make it again" in mail.error
    mailing.advance(minutes=5)
    assert mailing.send(load_phrases=lambda: load_phrases(mailing.settings)).sent
    assert mailing.server.taken[0].message["Subject"].endswith("no case was collected")


def test_a_broken_template_releases_the_mail(mailing, tmp_path):
    mailing.make()
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "mail.txt").write_text("{{ nonsense }}")
    object.__setattr__(mailing.settings.report, "templates", tmp_path / "templates")
    (mail,) = mailing.send().mails
    assert mail.state == "failed"
    assert "report.templates: mail.txt" in mail.error


def test_a_mail_that_breaks_the_program_is_given_back(mailing, monkeypatch):
    mailing.make()
    monkeypatch.setattr("listener.jobs.mail_drafts.render_mail", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        mailing.send()
    monkeypatch.undo()
    assert mailing.send().mails == ()  # others go first
    mailing.advance(minutes=5)
    assert mailing.send().sent


def test_a_mail_that_is_stopped_before_its_end_is_given_back(mailing, monkeypatch):
    mailing.make()
    with monkeypatch.context() as patch:
        patch.setattr("listener.deliver.smtp._begin", stop)
        with pytest.raises(KeyboardInterrupt):
            mailing.send()
    assert mailing.send().sent


def test_a_mail_that_is_stopped_at_its_end_is_in_doubt(mailing, monkeypatch):
    mailing.make()
    with monkeypatch.context() as patch:
        patch.setattr("listener.deliver.smtp._end", stop)
        with pytest.raises(KeyboardInterrupt):
            mailing.send()
    mailing.advance(hours=1)
    assert mailing.send().mails == ()
    assert mailing.store.load_mails()["unsure"].to_list() == [True]


def stop(*_, **__):
    raise KeyboardInterrupt


def test_a_missing_password_sends_nothing(mailing):
    mailing.make()
    mailing.settings = mailing.load_settings(user="robot")
    (trouble,) = mailing.send().troubles
    assert "set SMTP_PASSWORD" in trouble


def test_a_stop_leaves_the_rest(mailing):
    mailing.make("acme")
    mailing.make("other")
    answers = iter([True, False])
    mailing.send(may_go_on=lambda: next(answers))
    assert len(mailing.recipients) == 1
    mailing.send()
    assert len(mailing.recipients) == 2


def test_a_dry_run_writes_every_mail_and_notes_nothing(mailing, tmp_path):
    mailing.make()
    mailing.send()
    noted = mailing.store.load_mails()
    paths = write_mails(mailing.store, mailing.settings, MailSecrets(), tmp_path / "mails", now=NOW)
    assert [path.name for path in paths] == ["acme-2026-W47-0.eml"]
    assert re.search(rb"^To: team@acme.example\r$", paths[0].read_bytes(), re.M)
    assert len(mailing.recipients) == 1
    assert mailing.store.load_mails().equals(noted)


def test_a_dry_run_needs_a_sender_and_a_folder(mailing, tmp_path):
    mailing.make()
    (tmp_path / "file").touch()
    with pytest.raises(DeliveryError, match="cannot be written"):
        write_mails(mailing.store, mailing.settings, MailSecrets(), tmp_path / "file", now=NOW)
    settings = mailing.load_settings(sender="")
    with pytest.raises(ConfigError, match=r"mail\.sender"):
        write_mails(mailing.store, settings, MailSecrets(), tmp_path / "mails", now=NOW)


@pytest.mark.long
def test_a_program_that_is_killed_while_sending_leaves_a_doubt_and_no_second_mail(
    shared_mailing, database_url
):
    shared_mailing.make()
    shared_mailing.server.fault = "drip_last"
    words = (database_url, shared_mailing.folder, shared_mailing.server.port, "sender")
    with start_module("tests.jobs.run_sending", *words, env=os.environ) as program:
        while not shared_mailing.server.taken:
            assert program.poll() is None
        program.send_signal(signal.SIGKILL)
    shared_mailing.server.fault = ""
    shared_mailing.settings = shared_mailing.load_settings()
    assert (
        send_editions(
            shared_mailing.store, shared_mailing.settings, MailSecrets(), now=NOW, owner="other"
        ).mails
        == ()
    )
    shared_mailing.advance(hours=1)
    assert shared_mailing.send().mails == ()
    assert shared_mailing.store.load_mails()["unsure"].to_list() == [True]
    assert shared_mailing.recipients == [TEAM]
