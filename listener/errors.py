"""Everything this program raises on purpose.

Errors are grouped by what the caller does about them. A message is one line
in lower case: what happened, to which thing, and the next step.
"""

from datetime import datetime


class ListenerError(Exception):
    """The root of all expected failures; the command line exits with 1."""


class ConfigError(ListenerError):
    """The operator must change a file, a variable or a flag; exit code 2.

    Args:
        problems: One line for each mistake, each naming its path.
    """

    def __init__(self, *problems: str) -> None:
        """Keep the single problems, so that all of them can be listed at once."""
        super().__init__("\n".join(problems))
        self.problems = problems


class ImportFileError(ListenerError):
    """An archive file cannot be read, or a broken line met `--strict`."""


class CollectorError(ListenerError):
    """A platform account could not be read."""

    def __init__(self, message: str, *, platform: str, account: str) -> None:
        """Remember which account failed; the others go on."""
        super().__init__(message)
        self.platform = platform
        self.account = account


class RetryLaterError(CollectorError):
    """The next run may succeed without anybody acting."""


class RateLimitError(RetryLaterError):
    """The platform asks to wait until `retry_at`, an aware UTC time."""

    def __init__(self, message: str, *, platform: str, account: str, retry_at: datetime) -> None:
        """Remember when the next request is welcome."""
        super().__init__(message, platform=platform, account=account)
        self.retry_at = retry_at


class NeedsOperatorError(CollectorError):
    """No run will succeed before a person acts."""


class AccessDeniedError(NeedsOperatorError):
    """The platform refused the token, or the account is closed to it."""


class StoreError(ListenerError):
    """The database is unreachable, locked, full, or of another version."""


class StoreAwayError(StoreError):
    """It may be back without anybody changing a setting: not reached, locked, busy or full."""


class EngineError(ListenerError):
    """A cluster is not there, not fit for the work, or does not get on with it."""


class DeliveryError(ListenerError):
    """A report could not be handed to its recipient."""


class UnreachableError(DeliveryError):
    """It could not even be offered: nobody was there, or the program itself was refused."""


class UnsureDeliveryError(DeliveryError):
    """Nobody knows whether it was handed over: the answer to the whole of it got lost."""
