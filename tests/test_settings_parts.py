"""Opening hours, databases and secrets as operators and hosting services write them."""

from datetime import time
from pathlib import Path

import pytest

from listener.errors import ConfigError
from listener.settings import hide_password, secret
from listener.settings.brands import check_handle
from listener.settings.database import holds_password, normalise_database
from listener.settings.hours import join_opening_hours, parse_opening_hours
from listener.settings.secrets import looks_secret


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri 08:00-20:00", "mon tue wed thu fri"),
        ("sat 08:00-20:00", "sat"),
        ("Mon,Wed  8:00 - 20:00 ", "mon wed"),
        ("sat-mon 08:00-20:00", "sat sun mon"),
        ("mon-tue,sun 08:00-20:00", "mon tue sun"),
    ],
)
def test_opening_hours_are_read_day_by_day(text, days):
    hours = parse_opening_hours(text)
    assert [hour.weekday for hour in hours] == days.split()
    assert {(hour.opens, hour.closes) for hour in hours} == {(time(8), time(20))}


def test_the_day_ends_at_24_00():
    (hour,) = parse_opening_hours("sun 00:00-24:00")
    assert (hour.opens, hour.closes) == (time.min, time.max)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mon", "must be days and times"),
        ("mon 8-20", "must be days and times"),
        ("mo-fr 08:00-20:00", "days are mon, tue"),
        ("mon- 08:00-20:00", "days are mon, tue"),
        ("mon 08:00-25:00", "there is no time 25:00"),
        ("mon 08:60-20:00", "there is no time 08:60"),
        ("mon 24:30-20:00", "there is no time 24:30"),
        ("mon 08:00-08:00", "a whole day is 00:00-24:00"),
        ("mon 08:00-00:00", 'the end of the day is 24:00: "mon 08:00-24:00"'),
        ("sat-sun 20:00-02:00", '"sat,sun 20:00-24:00" and "sun,mon 00:00-02:00"'),
    ],
)
def test_opening_hours_that_cannot_be_meant_are_refused_with_advice(text, told):
    with pytest.raises(ValueError, match=r"^[^\n]*$") as caught:
        parse_opening_hours(text)
    assert told in str(caught.value)


def test_a_lunch_break_is_two_spans():
    spans = [parse_opening_hours("mon 13:00-17:00"), parse_opening_hours("mon 08:00-13:00")]
    assert [hour.opens for hour in join_opening_hours(spans)] == [time(8), time(13)]


def test_overlapping_spans_are_refused():
    spans = [parse_opening_hours("mon-fri 08:00-17:00"), parse_opening_hours("wed 16:00-20:00")]
    with pytest.raises(ValueError, match="two spans overlap on wed at 16:00"):
        join_opening_hours(spans)


@pytest.mark.parametrize(
    ("handle", "platform", "kept"),
    [
        ("@AcmeHelp", "x", "AcmeHelp"),
        (" 115712 ", "x", "115712"),
        ("@help@acme.example", "mastodon", "help@acme.example"),
        ("h.e-l_p@social.acme-inc.example", "mastodon", "h.e-l_p@social.acme-inc.example"),
        ("anything goes", None, "anything goes"),
    ],
)
def test_handles_lose_their_first_at_sign(handle, platform, kept):
    assert check_handle(handle, platform) == kept


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "Postgres"])
def test_the_addresses_of_hosting_services_get_the_driver(scheme):
    url = normalise_database(f"{scheme}://anna:hunter%402@db.example:5432/posts?sslmode=require")
    assert url == "postgresql+psycopg://anna:hunter%402@db.example:5432/posts?sslmode=require"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("data/listener.db", "data/listener.db"),
        ("sqlite:///listener.db", "listener.db"),
        ("sqlite:////var/lib/listener.db", "/var/lib/listener.db"),
        ("/var/lib/listener.db", "/var/lib/listener.db"),
    ],
)
def test_files_become_absolute_addresses(address, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert normalise_database(address) == f"sqlite:///{tmp_path / name}"


def test_the_home_folder_may_be_written_as_a_tilde():
    assert normalise_database("~/a.db") == f"sqlite:///{Path.home() / 'a.db'}"


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_stays_one(address):
    assert normalise_database(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "mysql://anna:hunter2@db/posts",
        "postgres:/anna:hunter2@db/posts",
        "anna:hunter2@db/posts",
        "postgres://anna:hun/ter2@db/posts",
        "postgres://anna:hunter2@db:port/posts",
        "postgres://anna:hunter2@db",
        "postgres://anna:hunter2@[::1/posts",
        "postgres://anna:hunter2@db/posts?x",
        "postgres://anna:hunter2@db/po\nsts",
        "sqlite://hunter2.db",
        "sqlite:///",
        "hunter2?.db",
        "  ",
        "hunter2\0.db",
    ],
)
def test_other_addresses_are_refused_without_quoting_them(address):
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        normalise_database(address)
    assert "ter2" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://anna:hunter2@db/posts",
        "postgresql://anna:hun/ter2@db/posts",
        "postgresql://anna:hun@ter2@db/posts",
        "postgresql://anna:hun\nter2@db/posts",
        "postgresql://db/posts?user=anna&password=hunter2&x=1",
    ],
)
def test_passwords_are_hidden_even_in_broken_addresses(address):
    assert holds_password(address)
    shown = hide_password(address)
    assert "ter2" not in shown
    assert "anna" in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "address", ["postgresql://anna@db:5432/posts", "sqlite:////a/b.db", "a.db"]
)
def test_addresses_without_passwords_are_shown_whole(address):
    assert hide_password(address) == address


def test_a_secret_comes_from_its_variable():
    assert secret("X_TOKEN", {"X_TOKEN": "abc"}) == "abc"


def test_a_secret_comes_from_the_file_that_is_named(tmp_path):
    file = tmp_path / "token"
    file.write_bytes(b" abc\r\n")
    assert secret("X_TOKEN", {"X_TOKEN_FILE": str(file)}) == " abc"


@pytest.mark.parametrize("env", [{}, {"X_TOKEN": ""}, {"X_TOKEN_FILE": ""}])
def test_a_secret_that_is_not_set_is_absent(env):
    assert secret("X_TOKEN", env) is None


def test_the_process_environment_is_asked_by_default(monkeypatch):
    monkeypatch.setenv("X_TOKEN", "abc")
    assert secret("X_TOKEN") == "abc"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no such file or directory"),
        (b"\n", "is empty"),
        (b"\xff\xfe", "cannot be read as text"),
        (b"x" * 20_000, "is too long for a secret"),
    ],
)
def test_a_file_that_holds_no_secret_is_told_loudly(content, told, tmp_path):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=f"X_TOKEN_FILE: .*{told}"):
        secret("X_TOKEN", {"X_TOKEN_FILE": str(file)})


def test_a_name_that_no_file_can_have_is_told():
    with pytest.raises(ConfigError, match="cannot be read as text"):
        secret("X_TOKEN", {"X_TOKEN_FILE": "a\0b"})


def test_a_secret_said_twice_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="X_TOKEN and X_TOKEN_FILE are both set"):
        secret("X_TOKEN", {"X_TOKEN": "a", "X_TOKEN_FILE": "b"})


@pytest.mark.parametrize(
    "key", ["token", "bearer_token", "Password", "client_secret", "api_key", "apikey", "access_key"]
)
def test_keys_of_secrets_are_known(key):
    assert looks_secret(key)


@pytest.mark.parametrize("key", ["tokenizer", "secretary", "keywords", "monkey", "key"])
def test_keys_of_other_things_are_not_taken_for_secrets(key):
    assert not looks_secret(key)
