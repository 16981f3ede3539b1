"""Hear everything that could leave the program: logs at any level, warnings, failures.

with overhear() as heard:
    ...
heard.text
"""

import io
import logging
import re
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field

from listener.logs import configure_logs

# What libraries are known to log by, whether or not they are loaded yet.
LOGGERS = (
    *("tweepy", "tweepy.client", "oauthlib", "oauthlib.oauth1.rfc5849", "requests"),
    *("oauthlib.oauth1.rfc5849.signature", "requests_oauthlib", "requests_oauthlib.oauth1_auth"),
    *("requests_oauthlib.oauth1_session", "urllib3", "urllib3.connectionpool", "mastodon"),
    *("charset_normalizer", "sqlalchemy.engine", "alembic"),
)


class _Ear(logging.Handler):
    """Takes records as they are, before anything is masked."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter("%(name)s %(message)s").format(record))
        self.lines.append(repr(record.args))


@dataclass
class Heard:
    """What was said; `raw` before the masks of the program's own logs, `shown` after them."""

    raw: list[str] = field(default_factory=list)
    shown: io.StringIO = field(default_factory=io.StringIO)
    failures: list[str] = field(default_factory=list)

    def keep(self, error: BaseException) -> None:
        """Keep a failure with all that led to it, as `--debug` shows it."""
        self.failures.append("".join(traceback.format_exception(error)))
        link: BaseException | None = error
        while link is not None:
            self.failures += [str(link), repr(link), repr(link.args)]
            link = link.__cause__ or link.__context__

    @property
    def text(self) -> str:
        return "\n".join([*self.raw, self.shown.getvalue(), *self.failures])


@contextmanager
def overhear() -> Iterator[Heard]:
    """Set the program's logs up at their most talkative, and more talkative than that."""
    heard, ear, root = Heard(), _Ear(), logging.getLogger()
    known = [logging.getLogger(name) for name in (None, *LOGGERS)]
    known += [one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    before = [(one, one.level, one.handlers[:]) for one in known]
    try:
        with (
            warnings.catch_warnings(record=True) as warned,
            redirect_stderr(heard.shown),
            redirect_stdout(heard.shown),
        ):
            warnings.simplefilter("always")
            configure_logs("debug")
            root.addHandler(ear)
            for one in known:
                one.setLevel(logging.DEBUG)
            yield heard
            heard.raw += [str(warning.message) for warning in warned]
    finally:
        heard.raw += ear.lines
        for one, level, handlers in before:
            one.setLevel(level)
            one.handlers = handlers


def find_leaks(text: str, secrets: Iterator[str] | list[str]) -> list[str]:
    """Return the secrets that a text holds, and whatever else looks like one."""
    known = [secret for secret in secrets if secret and secret in text]
    signatures = re.findall(r"oauth_(?:signature|nonce|token)=\"?[\w%+/-]{8,}", text)
    bearers = re.findall(r"(?i)bearer [\w.~+/%=-]{8,}", text)
    return [*known, *signatures, *bearers]
