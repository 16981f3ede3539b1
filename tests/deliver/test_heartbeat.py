import logging
import socket

import pytest

from listener.deliver.heartbeat import send_ping
from listener.errors import DeliveryError
from tests.servers.watching import run_watching


@pytest.fixture
def watching():
    with run_watching() as service:
        yield service


@pytest.mark.parametrize(
    ("kind", "ending"), [("start", "/start"), ("success", ""), ("fail", "/fail")]
)
def test_each_kind_has_its_address(watching, kind, ending):
    send_ping(watching.url, kind)
    assert watching.told == [f"/secret-1{ending}"]


def test_a_query_stays_at_the_end(watching):
    send_ping(f"{watching.url}/?key=2", "fail")
    assert watching.told == ["/secret-1/fail?key=2"]


@pytest.mark.parametrize("status", [301, 404, 500])
def test_a_bad_answer_is_told_without_the_secret(watching, status):
    watching.status, watching.location = status, watching.url
    with pytest.raises(DeliveryError, match=f"answered {status}") as caught:
        send_ping(watching.url, "success")
    assert "secret-1" not in str(caught.value)
    assert "schedule.heartbeat_url" in str(caught.value)
    assert watching.told == ["/secret-1"]


def test_a_service_that_never_ends_its_answer_is_left(watching):
    watching.drips = True
    with pytest.raises(DeliveryError, match=r"within 0\.2 s"):
        send_ping(watching.url, "success", timeout_seconds=0.2)


def test_a_service_that_is_not_there_is_told():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/secret-1"
    with pytest.raises(DeliveryError, match="could not be asked") as caught:
        send_ping(url, "start")
    assert "secret-1" not in str(caught.value)


def test_the_secret_is_in_no_log(watching, caplog):
    with caplog.at_level(logging.DEBUG):
        send_ping(watching.url, "success")
    assert "secret-1" not in caplog.text
