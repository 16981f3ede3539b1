"""One server of Mastodon's kind, asked through Mastodon.py."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import quote, urlsplit

from mastodon import Mastodon, MastodonError

from listener import __version__
from listener.collect.connections import is_local
from listener.collect.fields import Record, find_host, read_id, read_record, read_text
from listener.collect.mastodon.failures import (
    NotOfferedError,
    NotThereError,
    make_refusal,
    make_retry,
    sort_failure,
    sort_status,
)
from listener.collect.mastodon.session import (
    WIRE_ERRORS,
    Answer,
    BadAnswerError,
    GuardedSession,
    Limits,
)
from listener.errors import AccessDeniedError, CollectorError, RetryLaterError
from listener.posts import fold_handle

_NOT_ASKED = "the server was not asked"
_NO_ACCOUNT = "the answer is no account"
_NO_LIST = "the answer is no list"
_NO_OBJECT = "the answer is no object"
_OWN_FAULT = 500
_NO_API = "a page for people came instead of an answer"
# What Mastodon.py raises when an answer is of another kind than it expects.
_STUMBLES = (AttributeError, KeyError, TypeError, ValueError)
_TOKEN = re.compile(r"[\x21-\x7e]+")
_DOMAIN = re.compile(r"[\w.-]+(:\d+)?")
_VERSION = re.compile(r"(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?")


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What a server tells about itself.

    Attributes:
        domain: The host in its accounts' names; its address may be another.
        version: As it is written, such as `2.9.2 (compatible; Pleroma 2.5.0)`.
        numbers: Major, minor and patch of the Mastodon that it claims to be.
        api_version: Mastodon's own count, 0 where it does not tell.
    """

    domain: str
    version: str = ""
    numbers: tuple[int, int, int] = (0, 0, 0)
    api_version: int = 0

    @property
    def reads_batches(self) -> bool:
        """Whether several posts can be looked up at once."""
        return self.api_version >= 1 or self.numbers >= (4, 3, 0)

    @property
    def tells_quotes(self) -> bool:
        """Whether there are notifications of quotes; some servers fail when asked for them."""
        return self.api_version >= 7 or self.numbers >= (4, 5, 0)


class MastodonServer:
    """Asks one server, with one account's token or with none."""

    def __init__(
        self,
        address: str,
        *,
        account: str,
        token: str | None,
        limits: Limits,
        now: Callable[[], datetime],
        domain: str | None = None,
        session: GuardedSession | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            address: A host, or a web address.
            account: Who is named in errors.
            token: None for what everybody may see.
            limits: What the server may cost.
            now: The clock.
            domain: The host in the names of its accounts; asked for if None.
            session: What sends requests; one that only reads if None.

        Raises:
            NeedsOperatorError: If the token must not be sent there, or is none.
        """
        self.account, self.has_token, self.now = account, token is not None, now
        self.base_url = _make_base_url(address, account, is_foreign=limits.is_foreign)
        if token is not None and not _TOKEN.fullmatch(token):
            # A header cannot hold it, and the complaint about that would quote it.
            raise make_refusal(account, "the token has characters that no token has; copy it again")
        self._info = ServerInfo(domain) if domain else None
        self._session = session or GuardedSession(limits)
        self._session.knows_instance = self._info is not None
        # The newest version is named so that Mastodon.py neither asks for it (and
        # again, and again, when that fails) nor refuses a request: what others
        # write as their version says little about what they offer.
        self._client = Mastodon(
            api_base_url=self.base_url,
            session=self._session,
            request_timeout=limits.seconds,
            ratelimit_method="throw",
            version_check_mode="created",
            mastodon_version=Mastodon.get_supported_version(),
            user_agent=f"listener/{__version__}",
        )
        # Handed to the constructor, a token that happens to be the name of a file
        # would be read from there, and the file's first line sent to the server.
        self._client.access_token = token

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_details: object) -> None:
        """Close what is open."""
        self.close()

    def close(self) -> None:
        """Close what is open."""
        self._session.close()

    @property
    def host(self) -> str:
        """The host in its address."""
        return urlsplit(self.base_url).netloc.casefold()

    @property
    def last_answer(self) -> Answer | None:
        """What the last request brought, a refusal too; None if nothing came."""
        return self._session.answer

    @property
    def is_silent(self) -> bool:
        """Whether the last request brought nothing at all, not even something unreadable."""
        answer, failure = self._session.answer, self._session.failure
        return answer is None and not isinstance(failure, BadAnswerError)

    def ask(self, call: Callable[[Mastodon], object], **extra: str) -> Answer:
        """Make one request and return the answer as it came.

        Args:
            call: Calls one method of Mastodon.py.
            extra: Parameters that the method does not know.

        Raises:
            CollectorError: For every failure.
        """
        with self._send_along(extra):
            try:
                call(self._client)
            except MastodonError as error:
                raise self._translate() from error
            except _STUMBLES:
                # Over a list in the place of an object, say; who asked looks at it anyway.
                if self._session.answer is None:
                    raise
        if self._session.answer is None:
            raise self.retry_later(_NOT_ASKED)
        return self._session.answer

    def retry_later(self, reason: str) -> RetryLaterError:
        """Return the error for an answer that cannot be used."""
        return make_retry(self.account, reason)

    def fetch_info(self) -> ServerInfo:
        """Return what the server tells about itself; it is asked once."""
        if self._info is None:
            self._info = self._read_info(self._fetch_instance())
            self._session.knows_instance = True
        return self._info

    def fetch_account_id(self, handle: str) -> str:
        """Return the id that an account has here.

        Raises:
            NotThereError: If the server does not know it.
        """
        try:
            answer = self.ask(lambda client: client.account_lookup(fold_handle(handle)))
        except NotThereError:
            name = self.find_own_name(handle)
            if name is None:
                raise
            answer = self.ask(lambda client: client.account_lookup(name))
        number = read_id(read_record(answer.payload).get("id"))
        if number is None:
            raise self.retry_later(_NO_ACCOUNT)
        return number

    def find_own_name(self, handle: str) -> str | None:
        """Return an account's name without its host where that is this server's.

        Not every server finds its own people by their whole address.
        """
        name, _, host = fold_handle(handle).rpartition("@")
        return name if name and host in (self.host, self.fetch_info().domain) else None

    def fetch_status(self, local_id: str) -> Record:
        """Return one status.

        Raises:
            NotThereError: If it is gone, or hidden from this reader.
        """
        return self._read_about(lambda client: client.status(quote(local_id, safe="")))

    def fetch_context(self, local_id: str) -> Record:
        """Return what is around a status: ancestors and descendants."""
        return self._read_about(lambda client: client.status_context(quote(local_id, safe="")))

    def fetch_statuses(self, local_ids: Sequence[str]) -> list[object]:
        """Return several statuses; those that do not exist are left out."""
        return self.read_list(self.ask(lambda client: client.statuses(list(local_ids))))

    def read_list(self, answer: Answer) -> list[object]:
        """Return the items of an answer that has to be a list.

        Raises:
            RetryLaterError: If it is something else.
        """
        if not isinstance(answer.payload, list):
            raise self.retry_later(_NO_LIST)
        return answer.payload

    def _read_about(self, call: Callable[[Mastodon], object]) -> Record:
        """Return what is said about one post.

        A page for people that says "not found" is Takahe's way to say so, and
        that of a broken proxy too: then the server must answer something else.
        """
        try:
            answer = self.ask(call)
        except NotThereError as error:
            if error.is_certain or self._is_up():
                raise
            raise self.retry_later(_NO_API) from error
        if not isinstance(answer.payload, dict):
            raise self.retry_later(_NO_OBJECT)
        return answer.payload

    @contextmanager
    def _send_along(self, extra: dict[str, str]) -> Iterator[None]:
        self._session.extra, self._session.answer = extra, None
        try:
            yield
        finally:
            self._session.extra = {}

    def _translate(self) -> CollectorError:
        answer, failure = self._session.answer, self._session.failure
        if failure is not None and not isinstance(failure, WIRE_ERRORS):
            raise failure  # a mistake in this program; Mastodon.py hides it in its own error
        if answer is not None and answer.status >= 400:
            return sort_status(answer, self.account, has_token=self.has_token, now=self.now())
        return sort_failure(failure, self.account)

    def _is_up(self) -> bool:
        """Tell whether the API answers now."""
        self._session.knows_instance, before = False, self._session.knows_instance
        try:
            return bool(self._fetch_instance())
        finally:
            self._session.knows_instance = before

    def _fetch_instance(self) -> Record:
        """Return what the newer path tells, otherwise the older one, otherwise nothing."""
        try:
            return read_record(self.ask(lambda client: client.instance_v2()).payload)
        except (NotThereError, NotOfferedError, AccessDeniedError):
            pass
        except RetryLaterError:
            # A page for people, where a server has no such path; or a fault in that path
            # alone, as on a Takahe that nobody administers.
            status = self._session.answer.status if self._session.answer else 0
            if status != _OWN_FAULT and not isinstance(self._session.failure, BadAnswerError):
                raise
        try:
            return read_record(self.ask(lambda client: client.instance_v1()).payload)
        except NotThereError:
            return {}

    def _read_info(self, instance: Record) -> ServerInfo:
        # GoToSocial calls its address "domain", even where its accounts have another one.
        names = map(instance.get, ("account_domain", "domain", "uri"))
        told = next(filter(None, map(read_text, names)), "")
        domain = (find_host(told) or told).strip().casefold()
        # Takahe repeats on its older path what it was called.
        is_told = bool(_DOMAIN.fullmatch(domain)) and domain != self.host
        version = read_text(instance.get("version"))[:200]
        api_version = read_record(instance.get("api_versions")).get("mastodon")
        return ServerInfo(
            domain=domain if is_told else self._guess_domain(),
            version=version,
            numbers=parse_version(version),
            api_version=api_version if isinstance(api_version, int) else 0,
        )

    def _guess_domain(self) -> str:
        """Return the host in the account's name: the server's address may be another one."""
        _, at, domain = fold_handle(self.account).rpartition("@")
        return domain if at else self.host


def parse_version(text: str) -> tuple[int, int, int]:
    """Return major, minor and patch; zeros for what is not there."""
    found = _VERSION.search(text)
    major, minor, patch = found.groups(default="0") if found else ("0", "0", "0")
    return int(major), int(minor), int(patch)


def _make_base_url(address: str, account: str, *, is_foreign: bool) -> str:
    text = address.strip().rstrip("/")
    url = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("https", "http") or parts.username is not None:
        raise make_refusal(
            account, "the server's address is none; write a host such as example.social"
        )
    # Whether a foreign address may be reached is decided where it is connected to.
    if parts.scheme == "http" and not is_foreign and not is_local(host):
        raise make_refusal(account, "the server's address must begin with https://")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
