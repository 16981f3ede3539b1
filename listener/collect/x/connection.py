"""Ask X through tweepy: with the right keys, page by page, in our own errors."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import tweepy  # type: ignore[import-untyped]

from listener.collect.fields import Record, read_record, read_text
from listener.collect.x.answers import is_hidden
from listener.collect.x.failures import FAILURES, describe, make_error
from listener.collect.x.names import FieldNames
from listener.collect.x.session import XSession, silence_libraries
from listener.errors import AccessDeniedError, ConfigError, NeedsOperatorError, RetryLaterError

API_URL = "https://api.x.com"

# A library's error about a broken token would show it.
_KEY = re.compile(r"[\x21-\x7e]{1,2000}")
# A hundred posts each: more than a week of the loudest brand.
_MOST_PAGES = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UserKeys:
    """The four keys with which an account reads what is its own (OAuth 1.0a)."""

    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)

    @property
    def user_id(self) -> str:
        """The account that the keys belong to; X writes it into the access token."""
        return self.access_token.partition("-")[0]

    def list_keys(self) -> tuple[str, ...]:
        """Return all four, in the order in which tweepy wants them."""
        return (
            self.consumer_key,
            self.consumer_secret,
            self.access_token,
            self.access_token_secret,
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """Something that X gives page by page, newest first.

    Attributes:
        method: The method of tweepy's client.
        token_name: What the method calls the token of the next page.
        as_user: Whether the account's own keys are to be used, if there are any.
    """

    method: str
    arguments: Mapping[str, object]
    token_name: str = "pagination_token"  # noqa: S105 - of a page
    as_user: bool = False


class XConnection:
    """Asks X for one account; every failure becomes a `CollectorError`."""

    def __init__(
        self,
        *,
        account: str,
        bearer_token: str | None,
        user_keys: UserKeys | None,
        api_url: str,
        timeout_seconds: float,
        field_names: FieldNames,
        now: Callable[[], datetime],
    ) -> None:
        """Prepare; nothing is sent.

        Raises:
            ConfigError: If tokens would travel openly to another machine.
            NeedsOperatorError: If there are no keys, or what is given is none.
        """
        self.account = account
        self.keys = user_keys
        self._has_bearer = bearer_token is not None
        self._now = now
        _check_address(api_url)
        given = [*(user_keys.list_keys() if user_keys else ()), *filter(None, [bearer_token])]
        if not given:
            reason = "there is no bearer token and there are no user keys"
            raise self.refuse(reason)
        if not all(map(_KEY.fullmatch, given)):
            reason = "a token or key holds characters that none has; copy it again"
            raise self.refuse(reason)
        silence_libraries()
        self.session = XSession(api_url, timeout_seconds, field_names)
        keys = user_keys.list_keys() if user_keys else ()
        self._client: Any = tweepy.Client(
            bearer_token, *keys, return_type=dict, wait_on_rate_limit=False
        )
        self._client.session = self.session

    def ask(self, method: str, arguments: Mapping[str, object], *, as_user: bool = False) -> Record:
        """Return the answer to one request, always a JSON object."""
        user_auth = bool(self.keys) and (as_user or not self._has_bearer)
        return self._send(lambda: getattr(self._client, method)(user_auth=user_auth, **arguments))

    def ask_route(self, route: str, parameters: Mapping[str, object]) -> Record:
        """Return the answer of an address that tweepy has no method for."""
        if not self._has_bearer:
            reason = "this needs a bearer token"
            raise self.refuse(reason)
        return self._send(lambda: self._client.request("GET", route, params=parameters).json())

    def walk(self, listing: Listing) -> Iterator[tuple[Record, bool]]:
        """Yield the pages of a listing, each with whether it is the last one.

        Only the lack of a token is the end: a page may be empty and not the last.

        Raises:
            RetryLaterError: If a token comes twice, or without an end.
        """
        arguments, seen = dict(listing.arguments), set[str]()
        while len(seen) < _MOST_PAGES:
            body = self.ask(listing.method, arguments, as_user=listing.as_user)
            token = self._read_token(body)
            yield body, not token
            if not token:
                return
            if token in seen:
                break
            seen.add(token)
            arguments[listing.token_name] = token
        reason = "x gives the same page again and again"
        raise self.postpone(reason)

    def refuse(self, reason: str) -> NeedsOperatorError:
        """Return the error that nothing but a person can help."""
        message = f"{describe(self.account)}: {reason}"
        return NeedsOperatorError(message, platform="x", account=self.account)

    def postpone(self, reason: str) -> RetryLaterError:
        """Return the error of an answer that the next run may get whole."""
        message = f"{describe(self.account)}: {reason}; the next run tries again"
        return RetryLaterError(message, platform="x", account=self.account)

    def _send(self, request: Callable[[], object]) -> Record:
        try:
            body = request()
        except FAILURES as error:
            raise make_error(error, account=self.account, now=self._now()) from error
        if not isinstance(body, dict):
            reason = "x answered with something that is no JSON object"
            raise self.postpone(reason)
        return body

    def _read_token(self, body: Record) -> str:
        """Return the token of the next page.

        An answer that lacks what every list has is a broken one: taken for the
        end, it would hide all pages behind it.
        """
        is_list = isinstance(body.get("data", []), list)
        if not is_list or not isinstance(body.get("meta"), dict):
            if is_list and is_hidden(body):
                raise self._deny()
            reason = "x answered with something that is no list"
            raise self.postpone(reason)
        token = read_record(body["meta"]).get("next_token")
        if token is not None and not read_text(token):
            reason = "x answered with a next page that cannot be asked for"
            raise self.postpone(reason)
        return read_text(token)

    def _deny(self) -> AccessDeniedError:
        message = f"{describe(self.account)}: x shows this to followers only, or to nobody"
        return AccessDeniedError(message, platform="x", account=self.account)


def _check_address(api_url: str) -> None:
    try:
        parts = urlsplit(api_url)
        scheme, host = parts.scheme, parts.hostname or ""
    except ValueError:
        scheme, host = "", ""
    if host and (scheme == "https" or (scheme == "http" and _is_loopback(host))):
        return
    msg = "x.api_url: must begin with https://, so that nobody can read the tokens on their way"
    raise ConfigError(msg)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
