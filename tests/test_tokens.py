"""Where tokens come from, where they are kept, and that nobody sees them."""

import os
import stat
import tomllib
from pathlib import Path

import pytest

from listener.errors import ConfigError
from listener.posts import Account
from listener.settings import load_settings, load_tokens, save_secret
from listener.settings.tokens import Tokens, save_secrets

MASTODON = "MASTODON_TOKEN_HELP_ACME_EXAMPLE"
X_KEYS = {
    "X_CONSUMER_KEY": "ck-hunter2",
    "X_CONSUMER_SECRET": "cs-hunter2",
    "X_ACCESS_TOKEN_ACMEHELP": "at-hunter2",
    "X_ACCESS_TOKEN_SECRET_ACMEHELP": "as-hunter2",
}
ACME = Account(platform="x", handle="AcmeHelp")
OTHER = Account(platform="x", handle="Other")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "listener.secrets.toml"


def write_private(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


def make_tokens(path: Path, env: dict | None = None, *accounts: Account) -> Tokens:
    return Tokens(env or {}, path, accounts or (ACME,))


def refuse(call) -> str:
    with pytest.raises(ConfigError, match=r"^[^\n]+$") as caught:
        call()
    assert "hunter2" not in str(caught.value)
    return str(caught.value)


def test_a_token_is_named_after_its_account_or_its_server(path):
    env = {MASTODON: "of-account", "MASTODON_TOKEN_ACME_EXAMPLE": "of-server"}
    tokens = make_tokens(path, env)
    assert tokens.mastodon_account("@Help@acme.example") == "of-account"
    assert tokens.mastodon_reader("acme.example") == "of-server"
    assert tokens.mastodon_account("other@acme.example") is None
    assert tokens.mastodon_reader("other.example") is None
    assert tokens.x_bearer() is None


def test_a_port_is_a_part_of_the_name(path):
    tokens = make_tokens(path, {"MASTODON_TOKEN_ACME_EXAMPLE_3000": "t"})
    assert tokens.mastodon_reader("acme.example:3000") == "t"


def test_the_environment_comes_before_a_named_file_before_the_secrets_file(path, tmp_path):
    write_private(path, 'X_BEARER_TOKEN = "stored"\n')
    file = tmp_path / "token"
    file.write_text("from-file\n")
    assert make_tokens(path).x_bearer() == "stored"
    assert make_tokens(path, {"X_BEARER_TOKEN": ""}).x_bearer() == "stored"
    assert make_tokens(path, {"X_BEARER_TOKEN_FILE": str(file)}).x_bearer() == "from-file"
    assert make_tokens(path, {"X_BEARER_TOKEN": "from-env"}).x_bearer() == "from-env"


def test_settings_tell_where_tokens_are(tmp_path, monkeypatch):
    monkeypatch.setenv("X_BEARER_TOKEN", "of-the-process")
    config = tmp_path / "listener.toml"
    config.write_text("")
    write_private(tmp_path / "listener.secrets.toml", 'X_BEARER_TOKEN = "stored"')
    settings = load_settings(config, env={})
    assert load_tokens(settings).x_bearer() == "of-the-process"
    assert load_tokens(settings, {}).x_bearer() == "stored"


def test_nothing_is_read_before_it_is_asked_for(path):
    path.mkdir()
    tokens = make_tokens(path, {"X_BEARER_TOKEN": "t"})
    assert tokens.x_bearer() == "t"
    assert refuse(lambda: tokens.mastodon_reader("a.example")).endswith("is a directory")


def test_tokens_show_no_value(path):
    write_private(path, 'X_BEARER_TOKEN = "hunter2"')
    tokens = make_tokens(path, dict.fromkeys(X_KEYS, "hunter2"))
    tokens.x_bearer()
    assert repr(tokens) == str(tokens) == f"Tokens({str(path)!r})"


def test_the_keys_of_x_are_four(path):
    assert make_tokens(path, X_KEYS, ACME, OTHER).x_keys("AcmeHelp") == tuple(X_KEYS.values())
    assert make_tokens(path, X_KEYS, ACME, OTHER).x_keys("Other") is None
    assert make_tokens(path).x_keys("AcmeHelp") is None


def test_the_only_account_on_x_needs_no_handle_in_the_name(path):
    env = {name.removesuffix("_ACMEHELP"): value for name, value in X_KEYS.items()}
    assert make_tokens(path, env).x_keys("acmehelp") == tuple(X_KEYS.values())
    assert make_tokens(path, env, ACME, OTHER).x_keys("acmehelp") is None


@pytest.mark.parametrize("missing", X_KEYS)
def test_incomplete_keys_are_told_by_name(path, missing):
    env = {name: value for name, value in X_KEYS.items() if name != missing}
    told = refuse(lambda: make_tokens(path, env, ACME, OTHER).x_keys("AcmeHelp"))
    assert told == f"x account @AcmeHelp: its keys are incomplete; set {missing} as well"


def test_the_keys_of_an_app_alone_are_incomplete_for_a_single_account(path):
    env = {"X_CONSUMER_KEY": "hunter2", "X_CONSUMER_SECRET": "hunter2"}
    told = refuse(lambda: make_tokens(path, env).x_keys("AcmeHelp"))
    assert "set X_ACCESS_TOKEN_ACMEHELP, X_ACCESS_TOKEN_SECRET_ACMEHELP as well" in told


@pytest.mark.parametrize("value", ["hun ter2", "hunter2\n", "hunter2\x00", "hünter2", " hunter2"])
def test_what_is_no_token_is_refused_unseen(path, value):
    told = refuse(lambda: make_tokens(path, {"X_BEARER_TOKEN": value}).x_bearer())
    assert told.startswith("X_BEARER_TOKEN: has spaces, line breaks")
    told = refuse(lambda: save_secret(path, "X_BEARER_TOKEN", value))
    assert told.startswith("X_BEARER_TOKEN: has spaces, line breaks")
    assert "ter2" not in told
    assert not path.exists()


def test_a_name_that_two_accounts_would_share_is_refused(path):
    accounts = [
        Account(platform="mastodon", handle=handle)
        for handle in ("help@acme.example", "anna@help.acme.example")
    ]
    told = refuse(
        lambda: make_tokens(path, {MASTODON: "hunter2"}, *accounts).mastodon_account(
            "help@acme.example"
        )
    )
    assert told.startswith(f"{MASTODON}: stands for @help@acme.example and the server help.acme")
    assert make_tokens(path, {}, *accounts).mastodon_account("help@acme.example") is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_may_read_is_refused(path, mode):
    path.write_text('X_BEARER_TOKEN = "hunter2"')
    path.chmod(mode)
    for call in (make_tokens(path).x_bearer, lambda: save_secret(path, "X_BEARER_TOKEN", "t")):
        assert refuse(call) == f"secrets file {path}: others may read it; run: chmod 600 {path}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('X_BEARER_TOKEN = "hunter2', 'must be NAME = "value"'),
        ('A = "a"\nX_BEARER_TOKEN = hunter2', 'line 2: must be NAME = "value"'),
        ("X_BEARER_TOKEN = 5", 'X_BEARER_TOKEN: must be text, NAME = "value"'),
        ('[x]\nbearer = "hunter2"', 'x: must be text, NAME = "value"'),
        ("a = " + "[" * 5000, 'its end: must be NAME = "value"'),
        ("\xff", "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_broken_is_told_without_its_content(path, text, told):
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)
    assert told in refuse(make_tokens(path).x_bearer)


def test_a_saved_secret_is_its_owners_only(path):
    mask = os.umask(0)
    try:
        save_secret(path, MASTODON, "hunter2")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert make_tokens(path).mastodon_account("help@acme.example") == "hunter2"
    assert list(path.parent.iterdir()) == [path]


def test_saving_keeps_the_other_lines(path):
    write_private(path, '# mine\nA_TOKEN = "a"\n\nX_BEARER_TOKEN   = "old" # bearer\nB = "b"')
    save_secrets(path, {"X_BEARER_TOKEN": r'n"e\w', "C_TOKEN": "c"})
    text = path.read_text()
    assert text.startswith('# mine\nA_TOKEN = "a"\n\nX_BEARER_TOKEN = ')
    assert list(tomllib.loads(text).items()) == [
        ("A_TOKEN", "a"),
        ("X_BEARER_TOKEN", r'n"e\w'),
        ("B", "b"),
        ("C_TOKEN", "c"),
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_that_only_looks_like_the_secret_is_left_alone(path):
    text = 'A = """\nX_BEARER_TOKEN = "x"\n"""\n'
    write_private(path, text)
    assert "cannot be changed line by line" in refuse(
        lambda: save_secret(path, "X_BEARER_TOKEN", "t")
    )
    assert path.read_text() == text


def test_of_several_values_all_are_saved_or_none(path):
    save_secret(path, "A", "a")
    refuse(lambda: save_secrets(path, {"A": "b", "B": "hunter2 "}))
    assert path.read_text() == 'A = "a"\n'


def test_a_link_to_the_secrets_file_stays_one(path, tmp_path):
    (tmp_path / "real").mkdir()
    path.symlink_to(tmp_path / "real" / "s.toml")
    save_secret(path, "A", "a")
    assert path.is_symlink()
    assert (tmp_path / "real" / "s.toml").read_text() == 'A = "a"\n'


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    told = refuse(lambda: save_secret(tmp_path / "none" / "s.toml", "A", "hunter2"))
    assert told.endswith("cannot be written: no such file or directory")
    with pytest.raises(ValueError, match="not the name of a variable"):
        save_secret(tmp_path / "s.toml", "a b", "t")
