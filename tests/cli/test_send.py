import stat
from datetime import UTC, datetime, timedelta

import pytest

from listener.report.files import save_report
from listener.store.store import Store
from tests.report.builders import World
from tests.servers.mail import PASSWORD, USER, run_mail_server

SETTINGS = """
database_url = "{folder}/posts.db"
[report]
output = "{folder}/out"
[brands.acme]
name = "Acme Telecom"
accounts = [{{ platform = "x", handle = "AcmeHelp" }}]
[mail]
host = "{host}"
port = {port}
security = "none"
sender = "listener@acme.example"
{more}
[[mail.recipients]]
address = "team@acme.example"
"""


@pytest.fixture
def server():
    with run_mail_server() as running:
        yield running


@pytest.fixture
def sender(program, server):
    """A program whose database holds one made report, and its mail server."""
    week = (datetime.now(UTC) - timedelta(days=7)).strftime("%G-W%V")
    with Store.open(f"sqlite:///{program.database}") as store:
        world = World(cases=12, weeks=1, week=week)
        folder = save_report(program.folder / "out", world.tell(), {}, formats=("json",))
        store.claim_edition(f"acme:{week}", "maker", lease=timedelta(minutes=1))
        store.finish_edition(f"acme:{week}", "maker", folder=str(folder))
    program.week = week

    def configure(host="127.0.0.1", port=server.port, more=""):
        text = SETTINGS.format(folder=program.folder, host=host, port=port, more=more)
        (program.folder / "listener.toml").write_text(text, encoding="utf-8")

    program.configure = configure
    configure()
    return program


def test_what_was_sent_is_told_once(sender, server):
    told = f"mail about acme:{sender.week} to mail.recipients[0]: sent\n"
    assert sender.run("send") == (told, "")
    assert sender.run("send") == ("nothing to send\n", "")
    assert [taken.recipient for taken in server.taken] == ["team@acme.example"]


def test_a_failure_is_one_line_without_the_address(sender, server):
    server.refused.add("team@acme.example")
    printed = sender.run("send", code=1)
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith(f"listener: mail about acme:{sender.week} to mail.recipients[0]: mail")
    assert line.endswith("; it is tried again later")
    assert "team@" not in line
    told = 'nothing to send now; 1 mail waits to be tried again: "listener status" tells why\n'
    assert sender.run("send").out == told


def test_the_password_comes_from_the_environment(sender, server, monkeypatch):
    sender.configure(more=f'user = "{USER}"')
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    sender.run("send")
    assert [taken.user for taken in server.taken] == [USER]


def test_a_missing_password_is_told(sender):
    sender.configure(more=f'user = "{USER}"')
    assert "set SMTP_PASSWORD" in sender.run("send", code=1).err


def test_links_without_a_secret_are_refused_before_anything_is_tried(sender, server):
    link = 'unsubscribe_url = "https://reports.acme.example/unsubscribe/{token}"'
    sender.configure(more=link)
    assert "set UNSUBSCRIBE_KEY" in sender.run("send", code=2).err
    sender.configure()
    sender.run("send")
    assert len(server.taken) == 1


def test_mail_that_is_not_set_up_is_told(sender):
    sender.configure(host="")
    assert sender.run("send", code=2).err == (
        "listener: mail: is not set up; set mail.host, mail.sender and mail.recipients\n"
    )


def test_a_dry_run_writes_files_and_sends_nothing(sender, server):
    (path,) = sender.run("send", "--dry-run", "mails").out.splitlines()
    assert path == f"mails/acme-{sender.week}-0.eml"
    file = sender.folder / path
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    sender.run("send", "--dry-run", "mails")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"Subject: Acme Telecom, week " in (sender.folder / path).read_bytes()
    assert not server.taken
    assert sender.run("send").out.endswith("sent\n")


def test_a_dry_run_without_reports_says_so(sender):
    sender.configure(more="")
    (sender.database).unlink()
    Store.open(f"sqlite:///{sender.database}").close()
    assert sender.run("send", "--dry-run", "mails").out == (
        "no report of the last four weeks is mailed\n"
    )
