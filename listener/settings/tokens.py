"""Tokens of accounts: from the environment, from files that it names, from the secrets file."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from listener.errors import ConfigError
from listener.posts import Account, fold_handle
from listener.settings.mail import check_mail_password, check_unsubscribe_key
from listener.settings.secrets import MailSecrets, secret
from listener.settings.secrets_file import check_token, load_secrets, save_secrets
from listener.settings.token_names import (
    SMTP_PASSWORD,
    UNSUBSCRIBE_KEY,
    WEB_PASSWORD,
    X_ACCESS_SECRET,
    X_ACCESS_TOKEN,
    X_BEARER,
    X_CONSUMER_KEY,
    X_CONSUMER_SECRET,
    name_mastodon_token,
    name_x_keys,
)
from listener.settings.values import Settings
from listener.settings.web import check_web_password

__all__ = [
    "Tokens",
    "load_mail_secrets",
    "load_tokens",
    "load_web_password",
    "save_secret",
    "save_secrets",
]


class Tokens:
    """The tokens that the operator gave, each read when it is asked for.

    Every method raises a `ConfigError` of one line, without the value, if a token
    is given twice, cannot be read, or holds characters that no token has.
    """

    def __init__(self, env: Mapping[str, str], path: Path, accounts: Iterable[Account]) -> None:
        """Read nothing yet.

        Args:
            env: Where tokens are looked for first.
            path: The secrets file; it need not exist.
            accounts: Those of the settings.
        """
        accounts = tuple(accounts)
        self._env, self._path = env, path
        self._stored: dict[str, str] | None = None
        self._x_count = sum(account.platform == "x" for account in accounts)
        self._meanings = _list_meanings(accounts)

    def __repr__(self) -> str:
        """Return the place of the tokens, never a token."""
        return f"Tokens({str(self._path)!r})"

    def find(self, name: str) -> str | None:
        """Return what stands under the name of a variable, wherever it stands."""
        value = secret(name, self._env)
        if value is None:
            value = self._load().get(name) or None
        if value is None:
            return None
        self.check_name(name)
        return check_token(name, value)

    def find_for(self, name: str, general: str) -> str | None:
        """Return an account's own value, or one without a handle if there is one account only."""
        value = self.find(name)
        return self.find(general) if value is None and self._x_count <= 1 else value

    def check_name(self, name: str) -> None:
        """Refuse the name of a variable that two accounts of the settings would share."""
        if len(self._meanings[name]) > 1:
            whose = " and ".join(sorted(self._meanings[name]))
            msg = f"{name}: stands for {whose}; collect them with two settings files"
            raise ConfigError(msg)

    def is_set_outside(self, name: str) -> bool:
        """Tell whether the environment gives a value, which comes before a stored one."""
        return bool(self._env.get(name) or self._env.get(f"{name}_FILE"))

    def mastodon_account(self, handle: str) -> str | None:
        """Return the token of one account, `user@host`."""
        return self.find(name_mastodon_token(handle))

    def mastodon_reader(self, host: str) -> str | None:
        """Return the token with which public things are read on a server, whoever's it is."""
        return self.find(name_mastodon_token(host))

    def x_bearer(self) -> str | None:
        """Return the token of the app, which reads what is public on X."""
        return self.find(X_BEARER)

    def x_keys(self, handle: str) -> tuple[str, str, str, str] | None:
        """Return the app's key and secret, the account's access token and its secret.

        Raises:
            ConfigError: If some of the four are missing; the message names them.
        """
        access_name, secret_name = name_x_keys(handle)
        found = {
            X_CONSUMER_KEY: self.find(X_CONSUMER_KEY),
            X_CONSUMER_SECRET: self.find(X_CONSUMER_SECRET),
            access_name: self.find_for(access_name, X_ACCESS_TOKEN),
            secret_name: self.find_for(secret_name, X_ACCESS_SECRET),
        }
        missing = [name for name, value in found.items() if value is None]
        if not missing:
            key, key_secret, access, access_secret = (value or "" for value in found.values())
            return key, key_secret, access, access_secret
        # The app's keys alone are a part of those of another account, if there is one.
        if len(missing) == 4 or (missing == [access_name, secret_name] and self._x_count > 1):
            return None
        msg = f"x account @{handle}: its keys are incomplete; set {', '.join(missing)} as well"
        raise ConfigError(msg)

    def smtp_password(self) -> str | None:
        """Return the password for the mail server, which no account's token is."""
        return self._find_password(SMTP_PASSWORD, check_mail_password)

    def unsubscribe_key(self) -> str | None:
        """Return what the tokens in links are made with, by which readers unsubscribe."""
        return self._find_password(UNSUBSCRIBE_KEY, check_unsubscribe_key)

    def mail_secrets(self) -> MailSecrets:
        """Return both secrets of mail."""
        return MailSecrets(password=self.smtp_password(), unsubscribe_key=self.unsubscribe_key())

    def web_password(self) -> str | None:
        """Return the password that `listener serve` asks for."""
        return self._find_password(WEB_PASSWORD, check_web_password)

    def _find_password(self, name: str, check: Callable[[str], str]) -> str | None:
        """Return a password; the secrets file may hold it in small letters too.

        Unlike a token it may hold spaces, as the passwords that some mail services make
        for programs do.
        """
        value = secret(name, self._env)
        if value is None:
            stored = self._load()
            value = stored.get(name) or stored.get(name.casefold())
        try:
            return check(value) if value else None
        except ValueError as error:
            msg = f"{name}: {error}"
            raise ConfigError(msg) from None

    def _load(self) -> dict[str, str]:
        if self._stored is None:
            self._stored = load_secrets(self._path)
        return self._stored


def load_tokens(settings: Settings, env: Mapping[str, str] | None = None) -> Tokens:
    """Return the tokens that hold with these settings.

    Each is looked for in its variable, in the file that the variable with `_FILE`
    names, and in the secrets file.

    Args:
        settings: They name the accounts and the secrets file.
        env: The environment; that of the process if absent.
    """
    accounts = (account for brand in settings.brands for account in brand.accounts)
    return Tokens(os.environ if env is None else env, settings.secrets_file, accounts)


def load_mail_secrets(settings: Settings, env: Mapping[str, str] | None = None) -> MailSecrets:
    """Return the password for the mail server and the key of links, as far as there are any.

    Args:
        settings: They name the secrets file.
        env: The environment; that of the process if absent.

    Raises:
        ConfigError: If one cannot be read or used; it is never shown.
    """
    return load_tokens(settings, env).mail_secrets()


def load_web_password(settings: Settings, env: Mapping[str, str] | None = None) -> str | None:
    """Return the password that `listener serve` asks for; `None` if it asks for none.

    Args:
        settings: They name the secrets file, and say who can reach it.
        env: The environment; that of the process if absent.

    Raises:
        ConfigError: If it cannot be read or is too short, or others could get in without one.
    """
    password = load_tokens(settings, env).web_password()
    if password is None and settings.web.is_open:
        msg = (
            f"web.host {settings.web.host}: others could read all reports; set {WEB_PASSWORD}"
            f" or {WEB_PASSWORD}_FILE, or listen at 127.0.0.1 without web.names"
        )
        raise ConfigError(msg)
    return password


def save_secret(path: Path, name: str, value: str) -> None:
    """Put one value into the secrets file, readable by its owner only; see `save_secrets`."""
    save_secrets(path, {name: value})


def _list_meanings(accounts: Iterable[Account]) -> Mapping[str, set[str]]:
    """Tell what each variable stands for.

    Names fold what handles tell apart: `a.b@c.example` and `a@b.c.example` share
    one, and the token of the first must not be sent to the server of the second.
    """
    meanings: dict[str, set[str]] = defaultdict(set)
    for account in accounts:
        handle = fold_handle(account.handle)
        for name, meaning in _list_names(account.platform, handle):
            meanings[name].add(meaning)
    return meanings


def _list_names(platform: str, handle: str) -> Iterator[tuple[str, str]]:
    if platform == "mastodon":
        host = handle.partition("@")[2]
        yield name_mastodon_token(handle), f"@{handle}"
        yield name_mastodon_token(host), f"the server {host}"
        return
    token, token_secret = name_x_keys(handle)
    yield token, f"the token of @{handle}"
    yield token_secret, f"the secret of @{handle}"
    yield X_ACCESS_TOKEN, "the only account's token"
    yield X_ACCESS_SECRET, "the only account's secret"
