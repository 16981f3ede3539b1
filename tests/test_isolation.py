"""The fixtures of `conftest.py` keep what they promise."""

import os
import socket
import time
from pathlib import Path

import pytest
import sqlalchemy

from tests import isolation
from tests.browser import BrowserMissingError, find_browser
from tests.isolation import NetworkUseError, keep_files_in_memory


@pytest.mark.parametrize("host", ["203.0.113.7", "2001:db8::1", "social.example"])
def test_no_other_machine_is_reached(host):
    with pytest.raises(NetworkUseError, match="this machine only"):
        socket.create_connection((host, 443), timeout=1)


def test_an_address_is_refused_without_a_look_up_too():
    with socket.socket() as outside, pytest.raises(NetworkUseError):
        outside.connect_ex(("203.0.113.7", 443))


def test_a_server_on_this_machine_is_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()


def test_home_is_a_folder_for_the_tests():
    assert Path.home().name.startswith("listener-home-")
    assert os.environ["XDG_CONFIG_HOME"].startswith(str(Path.home()))


def test_time_is_utc_and_no_setting_comes_from_the_shell():
    assert time.timezone == 0
    assert not [name for name in os.environ if name.startswith("LISTENER_")]
    assert "DATABASE_URL" not in os.environ


@pytest.mark.parametrize("round_", [1, 2])
def test_every_test_has_an_empty_database(database_url, round_):
    engine = sqlalchemy.create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE probe (id INTEGER)")
    engine.dispose()


@pytest.mark.parametrize("place", [None, "/var/other"])
def test_files_go_to_memory_only_where_it_has_room_and_nobody_names_a_place(monkeypatch, place):
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(isolation, "ROOM_BYTES", 0 if place else 1 << 62)
    if place:
        monkeypatch.setenv("TMPDIR", place)
    keep_files_in_memory(monkeypatch)
    assert os.environ.get("TMPDIR") == place


@pytest.mark.xdist_group("together")
def test_workers_keep_groups_together(request):
    # Versions of pytest and xdist that do not fit each other ignore groups without a word.
    if request.config.getoption("loadgroup", default=False):
        assert request.node.nodeid.endswith("@together")


@pytest.mark.browser
def test_a_page_is_drawn_and_reaches_nobody(make_page):
    page = make_page(viewport={"width": 390, "height": 800}, color_scheme="dark")
    page.set_content("<h1>report</h1><img src='https://social.example/a.png'>")
    assert page.inner_text("h1") == "report"
    assert page.evaluate("innerWidth") == 390
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert page.evaluate("document.querySelector('img').naturalWidth") == 0


def test_a_browser_that_does_not_start_is_named(monkeypatch, tmp_path):
    stub = tmp_path / "chromium"
    stub.write_text("#!/bin/sh\necho 'requires the chromium snap' >&2\nexit 1\n")
    stub.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(stub))
    with pytest.raises(BrowserMissingError, match="does not start"):
        find_browser()
