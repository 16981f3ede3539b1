"""Let a reader end his mail by the link in it: a look only asks, a POST does it (RFC 8058).

Who has the token needs nothing else: neither the password of the other pages nor a name that
is known here. Scanners of mail follow links, so a look must change nothing.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from listener.errors import ConfigError, ListenerError
from listener.jobs.unsubscribing import find_reader_by_token
from listener.settings import Recipient, ReportSettings, Settings

logger = logging.getLogger(__name__)
MOST_CLICKS = 6
CLICKS_WITHIN_SECONDS = 60.0
REREAD_SECONDS = 10.0
# The other threads stay free for pages while a database does not answer.
_MOST_WRITING = 2
_PATIENCE_SECONDS = 2.0


class Readers:
    """Knows whose token it is, in the settings as they are by now.

    Who was added while the pages are shown gets mail too, with links to here.
    """

    def __init__(
        self,
        settings: Settings,
        key: str,
        reload: Callable[[], Settings],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read nothing yet.

        Args:
            settings: As they were at the start.
            key: What tokens are made with.
            reload: Reads the settings again.
            clock: Tells seconds.
        """
        self._settings, self._key, self._reload, self._clock = settings, key, reload, clock
        self._reading = threading.Lock()
        self._read_at = clock()

    def find(self, token: str) -> Recipient:
        """Return whose token it is; if it is nobody's, the settings are read again.

        Raises:
            ConfigError: If it is nobody's.
        """
        try:
            return find_reader_by_token(self._settings, token, self._key)
        except ConfigError:
            if not self._renew():
                raise
        return find_reader_by_token(self._settings, token, self._key)

    def _renew(self) -> bool:
        """Read the settings again, seldom: anybody can ask with a wrong token."""
        with self._reading:
            if self._clock() - self._read_at < REREAD_SECONDS:
                return False
            self._read_at = self._clock()
            try:
                self._settings = self._reload()
            except ConfigError as error:
                logger.warning("settings could not be read again: %s", error)
                return False
        return True


@dataclass(frozen=True, slots=True)
class LeaveAnswer:
    """What the page says.

    Attributes:
        state: `ask`, `done`, `unknown` or `failed`.
        language: The reader's, else that of reports.
        retry_seconds: When to try again; None for no more.
    """

    state: str
    status: int
    language: str
    retry_seconds: int | None = None


class LeaveDesk:
    """Knows readers by their tokens, and takes them off the list."""

    def __init__(
        self,
        find: Callable[[str], Recipient],
        leave: Callable[[Recipient], object],
        report: ReportSettings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take nobody off yet.

        Args:
            find: Returns whose token it is, or raises `ConfigError`.
            leave: Keeps that this one gets no more mail.
            report: How people are spoken to.
            clock: Tells seconds.
        """
        self._find, self._leave, self._clock = find, leave, clock
        self._report = report
        self._clicks: dict[Recipient, list[float]] = {}
        self._counting = threading.Lock()
        self._writing = threading.BoundedSemaphore(_MOST_WRITING)

    def answer(self, token: str, *, is_click: bool) -> LeaveAnswer:
        """Answer a look, or a click that is to end the mail."""
        try:
            reader = self._find(token)
        except ConfigError:
            return LeaveAnswer("unknown", 404, self._report.spoken)
        language = reader.speaks(self._report)
        if not is_click:
            return LeaveAnswer("ask", 200, language)
        if not self._may_click(reader):
            return LeaveAnswer("failed", 429, language, int(CLICKS_WITHIN_SECONDS))
        if self._take_off(reader):
            return LeaveAnswer("done", 200, language)
        return LeaveAnswer("failed", 503, language, int(CLICKS_WITHIN_SECONDS))

    def _may_click(self, reader: Recipient) -> bool:
        """Count a click; whoever has a token could keep the database busy with it."""
        now = self._clock()
        with self._counting:
            before = self._clicks.get(reader, [])
            recent = [at for at in before if at > now - CLICKS_WITHIN_SECONDS]
            is_allowed = len(recent) < MOST_CLICKS
            self._clicks[reader] = [*recent, now] if is_allowed else recent
        return is_allowed

    def _take_off(self, reader: Recipient) -> bool:
        if not self._writing.acquire(timeout=_PATIENCE_SECONDS):
            return False
        try:
            self._leave(reader)
        except ListenerError as error:
            logger.warning("unsubscribing: %s", error)
            return False
        finally:
            self._writing.release()
        return True
