import pytest

from listener.serve.gate import is_known_host, is_password


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST:8337", "127.0.0.1:8337", "[::1]:8337", "192.168.1.7:80",
        "reports.acme.example", "Reports.Acme.Example.:443",
    ],
)  # fmt: skip
def test_addresses_and_names_of_the_settings_are_known(host):
    assert is_known_host(host, ["reports.acme.example"])


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "evil.example:8337", "localhost.evil.example", "127.0.0.1.evil.example",
        "acme.example", "x.reports.acme.example", "127.0.0.1:8337:1", "127.0.0.1@evil.example",
        "localhost, evil.example", "[localhost]", "[::1", "localhost:port", "ｌocalhost",
    ],
)  # fmt: skip
def test_foreign_names_are_not(host):
    assert not is_known_host(host, ["reports.acme.example"])


def test_only_the_password_itself_is_right():
    assert is_password("correct horse", "correct horse")
    for wrong in (None, "", "correct", "correct horse ", "Correct horse", "cörrect horse"):
        assert not is_password(wrong, "correct horse")
