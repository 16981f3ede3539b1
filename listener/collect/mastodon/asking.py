"""Ask a server one thing after the other, and take refusals for answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mastodon import Mastodon

from listener.collect.mastodon.failures import NotThereError
from listener.collect.mastodon.server import MastodonServer
from listener.collect.mastodon.session import Answer
from listener.errors import CollectorError, RateLimitError, RetryLaterError

_DENIALS = (401, 403, 422)


@dataclass(frozen=True, slots=True)
class Reply:
    """How a request ended; status 0 if there was no answer, or it was not made."""

    status: int = 0
    payload: object = None
    is_missing: bool = False

    @property
    def is_good(self) -> bool:
        """Whether it was a success."""
        return 200 <= self.status < 300

    def allows(self, kind: type) -> bool | None:
        """Tell whether the request is allowed: yes, no, or not known."""
        if self.is_good:
            return True if isinstance(self.payload, kind) else None
        return False if self.status in _DENIALS else None


@dataclass(slots=True)
class Look:
    """Asks one thing after the other, until the server has had enough.

    Attributes:
        failure: The first one because of which something stays unknown.
        heard: The last answer, whatever it was, and when it came.
    """

    server: MastodonServer
    failure: CollectorError | None = None
    heard: Answer | None = None
    heard_at: datetime | None = None
    _is_over: bool = False

    def ask(self, call: Callable[[Mastodon], object]) -> Reply:
        """Make one request; a failure is an answer too."""
        if self._is_over:
            return Reply()
        error: CollectorError | None = None
        try:
            self.server.ask(call)
        except CollectorError as found:
            error = found
        answer = self.server.last_answer
        if answer is not None:
            self.heard, self.heard_at = answer, self.server.now()
        if answer is None or isinstance(error, RetryLaterError):
            self._note(error)
        if answer is None:
            return Reply()
        is_missing = isinstance(error, NotThereError) and error.is_certain
        return Reply(answer.status, answer.payload, is_missing)

    def _note(self, error: CollectorError | None) -> None:
        """Keep why something stays unknown; who is silent, or asks to wait, is not asked on."""
        self.failure = self.failure or error
        self._is_over = isinstance(error, RateLimitError) or self.server.is_silent
