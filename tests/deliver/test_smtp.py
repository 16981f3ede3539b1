import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from listener.deliver.mail import compose_mail
from listener.deliver.smtp import send_mail
from listener.deliver.unsubscribing import make_leave
from listener.errors import DeliveryError, UnreachableError, UnsureDeliveryError
from listener.settings.values import Recipient
from tests.servers.mail import PASSWORD, USER, run_mail_server, trust_server

NOW = datetime(2026, 11, 30, 6, 5, tzinfo=UTC)
TEXT = "a line\n.\n.hidden dot\n" + "ü" * 2_000 + "\n"


@pytest.fixture
def server():
    with run_mail_server() as running:
        yield running


def make_message(settings, address="team@acme.example"):
    recipient = Recipient(address=address, brands=(), language="de")
    return compose_mail(
        settings, recipient, leave=make_leave(settings, recipient, None), key="acme:2026-W48",
        subject="Acme, KW 48: 3 von 4 Fällen", text=TEXT, html="<p>ü</p>", now=NOW,
    )  # fmt: skip


def send(server, password=None, *, address="team@acme.example", **changes):
    settings = server.make_settings(**changes)
    send_mail(settings, password, make_message(settings, address), context=trust_server())


def fail(server, password=None, **changes):
    with pytest.raises(DeliveryError) as caught:
        send(server, password, **changes)
    message = str(caught.value)
    assert "\n" not in message
    assert "team@acme.example" not in message
    return caught.value


def test_a_message_arrives_as_it_was_written(server):
    send(server)
    (taken,) = server.taken
    assert (taken.sender, taken.recipient) == ("listener@acme.example", "team@acme.example")
    assert taken.message["Subject"] == "Acme, KW 48: 3 von 4 Fällen"
    text, html = taken.message.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == TEXT
    assert html.get_content().strip() == "<p>ü</p>"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_secured_connection_is_used(security):
    with run_mail_server(security) as server:
        send(server)
        assert [taken.secured for taken in server.taken] == [True]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_for_another_name_is_refused(security):
    with run_mail_server(security, name="other.example") as server:
        error = fail(server)
        assert "certificate" in str(error)
        assert not server.taken


def test_a_certificate_of_nobody_is_refused():
    with run_mail_server("tls") as server:
        settings = server.make_settings()
        with pytest.raises(DeliveryError, match="certificate"):
            send_mail(settings, None, make_message(settings))


def test_a_server_without_starttls_gets_nothing(server):
    assert "does not offer STARTTLS" in str(fail(server, security="starttls"))
    assert not server.taken


def test_a_server_that_speaks_no_tls_is_told(server):
    assert "does not speak TLS" in str(fail(server, security="tls"))


def test_a_user_logs_in():
    with run_mail_server("starttls", wants_user=True) as server:
        send(server, PASSWORD, user=USER)
        assert [taken.user for taken in server.taken] == [USER]
        error = fail(server, "wrong-password", user=USER)
        assert isinstance(error, UnreachableError)
        assert "refused mail.user and SMTP_PASSWORD (535 " in str(error)
        assert "wrong-password" not in str(error)
        assert "set SMTP_PASSWORD" in str(fail(server, None, user=USER))
        assert len(server.taken) == 1


def test_a_refused_recipient_is_told_without_the_address(server):
    server.refused.add("team@acme.example")
    error = fail(server)
    assert "refused the recipient (550 5.1.1 <<e-mail>>: user unknown with us)" in str(error)
    assert not isinstance(error, UnreachableError | UnsureDeliveryError)
    send(server, address="other@acme.example")
    assert [taken.recipient for taken in server.taken] == ["other@acme.example"]


def test_a_refused_sender_is_told(server):
    server.refused_senders.add("listener@acme.example")
    error = fail(server)
    assert "refused the sender, mail.sender (553 5.7.1" in str(error)
    assert isinstance(error, UnreachableError)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("refuse", r"refused the message (554 5.7.1 looks like advertising)"),
        ("busy", "refused the message (451 4.3.0 try again later)"),
        ("die_before", "broke the connection off"),
        ("drip_first", "did not come to an end within 1 s"),
    ],
)
def test_it_is_certain_that_nothing_was_taken(server, fault, words):
    server.fault = fault
    error = fail(server, timeout_seconds=1 if "drip" in fault else 30)
    assert words in str(error)
    assert not isinstance(error, UnsureDeliveryError)
    assert not server.taken


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("die_after", "its answer was lost (broke the connection off)"),
        ("drip_last", "its answer was lost (did not come to an end within 1 s)"),
        ("babble", "its answer has no meaning"),
    ],
)
def test_it_is_not_certain_once_the_whole_message_was_sent(server, fault, words):
    server.fault = fault
    error = fail(server, timeout_seconds=1 if "drip" in fault else 30)
    assert isinstance(error, UnsureDeliveryError)
    assert words in str(error)
    assert len(server.taken) == 1


def test_a_server_that_is_not_there_is_told(server):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error = fail(server, port=port)
    assert "cannot be reached (Connection refused); see mail.host and mail.port" in str(error)


@pytest.mark.parametrize("security", ["none", "tls"])
def test_a_server_that_says_nothing_is_left(server, security):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        error = fail(server, port=port, security=security, timeout_seconds=1)
    assert "did not come to an end within 1 s" in str(error)


def test_a_server_that_never_stops_talking_is_left(server):
    with socket.create_server(("127.0.0.1", 0)) as talking:
        thread = threading.Thread(target=talk_without_end, args=(talking,))
        thread.start()
        error = fail(server, port=talking.getsockname()[1])
        thread.join()
    assert "broke the connection off" in str(error)


def talk_without_end(listening):
    connection, _ = listening.accept()
    with connection, suppress(OSError):
        while True:
            connection.sendall(b"220-still talking\r\n" * 1_000)
