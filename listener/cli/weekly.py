"""`listener weekly`: all that cron has to call."""

from collections.abc import Sequence

import typer

from listener.cli.failures import make_printable
from listener.cli.owners import name_owner
from listener.cli.root import current_settings, current_state, now
from listener.cli.stops import stopping_cleanly
from listener.errors import ConfigError, ListenerError

EXAMPLES = ("listener weekly", "listener --verbose weekly")


def command() -> None:
    """Collect what is new, and make and send the reports that are due.

    For cron: call it once a week, a day or an hour, it does what is to be done and nothing
    twice. It says nothing if all went well; else one line, and the exit code is 1. While
    another one is at work it ends at once.
    """
    settings = current_settings()
    if not settings.brands:
        msg = 'brands: there are none to watch; name some with "listener init"'
        raise ConfigError(msg)
    from listener.app import load_phrases, open_store
    from listener.jobs.weekly import run_weekly
    from listener.settings import load_mail_secrets, load_tokens

    tokens, secrets = load_tokens(settings), load_mail_secrets(settings)
    say = _say if current_state().verbose else _keep_quiet
    with stopping_cleanly(), open_store(settings) as store:
        run = run_weekly(
            store,
            settings,
            tokens,
            lambda: load_phrases(settings),
            secrets=secrets,
            now=now,
            owner=name_owner(),
            say=say,
        )
    if run.troubles:
        raise ListenerError(sum_up(run.troubles))


def sum_up(troubles: Sequence[str]) -> str:
    """Return the one line for all that went wrong."""
    first, *others = troubles
    more = f' (and {len(others)} more: see "listener --verbose weekly")' if others else ""
    return f"{first}{more}"


def _say(line: str) -> None:
    typer.echo(make_printable(line))


def _keep_quiet(_line: str) -> None:
    pass
