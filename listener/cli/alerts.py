"""`listener alerts`: try the targets of alerts out, and see what they are told."""

from collections import Counter
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.collecting import show_moment
from listener.cli.failures import make_printable
from listener.cli.root import current_settings, now
from listener.errors import ConfigError, DeliveryError

if TYPE_CHECKING:
    from listener.figures.alerts import ToldAlert
    from listener.measure.alert_choice import Notice
    from listener.settings import Settings

EXAMPLES = ("listener alerts test", "listener alerts list")

_LATELY = 20


class Action(StrEnum):
    """What is done."""

    TEST = "test"
    LIST = "list"


def command(
    action: Annotated[
        Action, typer.Argument(help="test: send a test to every target; list: what is told")
    ],
) -> None:
    """Try out where alerts go (test), or show what would be told now and what was told (list).

    A test says that it is one, goes to every target of the settings, and changes nothing. The
    exit code is 1 if one of them did not take it. "list" sends nothing.

    Raises:
        ConfigError: If the settings name no target.
    """
    settings = current_settings()
    if not settings.alerts.is_on:
        msg = 'alerts.targets: name somebody who is told, such as { name = "team" }'
        raise ConfigError(msg)
    if action is Action.TEST:
        _test(settings)
    else:
        _list(settings)


def _test(settings: "Settings") -> None:
    from listener.jobs.alerts.rounds import send_tests
    from listener.settings.tokens import load_tokens

    results = send_tests(settings, load_tokens(settings))
    for each in results:
        told = "the test was taken" if each.state == "told" else each.error
        typer.echo(make_printable(f"{each.target}: {told}"))
    failed = sum(each.state != "told" for each in results)
    if failed:
        msg = f"{failed} of {len(results)} targets did not take the test; see above"
        raise DeliveryError(msg)


def _list(settings: "Settings") -> None:
    from listener.app import load_phrases, open_store
    from listener.jobs.alerts.rounds import find_alerts, find_notices
    from listener.report.alerts import render_alerts

    moment = now()
    with open_store(settings, must_exist=True) as store:
        alerts = find_alerts(store, settings, lambda: load_phrases(settings), now=moment)
        notices = find_notices(store, settings, alerts)
        told, current = store.list_told_alerts(), store.now()
    paused = {each.target: each.next_at for each in told if each.next_at and each.next_at > current}
    for target, until in sorted(paused.items()):
        typer.echo(f"{target}: left alone until {show_moment(until)} UTC, for it has failed")
    if not notices and not paused:
        typer.echo("nothing would be told now")
    for notice in notices:
        typer.echo(_head(notice))
        if notice.alerts:
            tag = notice.target.language
            message = render_alerts(notice.alerts, tag, settings.brands, now=moment)
            lines = [message.title, *message.text.splitlines()]
            typer.echo("".join(f"  {make_printable(line)}\n" for line in lines), nl=False)
    _show_told(told)


def _head(notice: "Notice") -> str:
    waiting = f"{notice.held_back} wait for the end of quiet hours" if notice.held_back else ""
    now_told = f"{len(notice.alerts)} would be told now" if notice.alerts else ""
    return f"{notice.target.name}: {'; '.join(part for part in (now_told, waiting) if part)}"


def _show_told(told: "list[ToldAlert]") -> None:
    """Print what was told or tried lately, a line for all of one kind in one message."""
    counts = Counter(
        (show_moment(each.at), each.target, each.state, each.kind, each.brand, each.error)
        for each in told
    )
    if counts:
        typer.echo("told lately (UTC)")
    for (at, target, state, kind, brand, error), count in islice(counts.items(), _LATELY):
        words = [at, target, state, f"{count} {kind}", brand or "all brands", error]
        typer.echo(make_printable("  " + "  ".join(word for word in words if word)))
