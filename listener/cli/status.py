"""`listener status`: what runs, what is next, what fails and since when."""

from enum import StrEnum
from typing import Annotated

import typer

from listener.cli.root import current_settings
from listener.errors import ListenerError

EXAMPLES = (
    "listener status",
    "listener status --format json",
)


class Format(StrEnum):
    """How the status is shown."""

    TABLE = "table"
    JSON = "json"


def command(
    form: Annotated[Format, typer.Option("--format", help="table or json")] = Format.TABLE,
) -> None:
    """Show the tasks of "listener run", the latest reports, and what X has cost.

    The exit code is 1 if something has failed for more than a day, or is an hour late, which
    means that nobody runs; and if a mail of the last four weeks does not go out by itself.
    When cron should have called "listener weekly" again is learnt from its rhythm so far.
    """
    settings = current_settings()
    from listener.app import open_store
    from listener.cli.status_tables import show_status
    from listener.jobs.status import report_status
    from listener.settings.tokens import load_tokens

    with open_store(settings, must_exist=True) as store:
        status = report_status(store, settings, load_tokens(settings))
    show_status(status, form.value)
    counts = (("task", len(status.alarms)), ("mail", len(status.mail_alarms)))
    if total := sum(count for _, count in counts):
        told = (f"{count} {name}{'s' * (count > 1)}" for name, count in counts if count)
        verb = "needs" if total == 1 else "need"
        msg = f"{' and '.join(told)} {verb} somebody to look; see above"
        raise ListenerError(msg)
