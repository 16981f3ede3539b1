"""`listener collect`: read what is new, and what came of open cases."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.failures import make_printable
from listener.cli.owners import name_owner
from listener.cli.root import current_settings, now
from listener.cli.stops import stopping_cleanly
from listener.errors import ConfigError, ListenerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from listener.jobs.collecting.plans import Desk
    from listener.settings import Settings
    from listener.settings.tokens import Tokens
    from listener.store.store import Store

EXAMPLES = (
    "listener collect",
    "listener collect --brand acme --platform mastodon",
    "listener collect --dry-run",
)

_LOST = (
    "another program has taken accounts over: this machine slept, or the database was away; "
    "nothing is lost, run this again"
)


class Format(StrEnum):
    """How runs are shown."""

    TABLE = "table"
    JSON = "json"


def command(
    brand: Annotated[list[str] | None, typer.Option(metavar="KEY", help="only this brand")] = None,
    platform: Annotated[str | None, typer.Option(help="only x or only mastodon")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would be read and what it may cost")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="table or json")] = Format.TABLE,
) -> None:
    """Read posts, mentions and answers of the settings' accounts, and follow open cases.

    It only reads. Stopping it at any moment loses nothing: the next run goes on.
    One account that fails stops no other; then the exit code is 1. An account that another
    program reads at this moment, such as "listener run", is left to it and told in a line;
    that is no failure.
    """
    settings = current_settings()
    from listener.app import open_store
    from listener.cli.collecting import show_forecast
    from listener.jobs.collecting.forecasts import forecast_round
    from listener.jobs.collecting.plans import plan_desks
    from listener.jobs.collecting.purse import make_purse
    from listener.settings.tokens import load_tokens

    tokens = load_tokens(settings)
    desks = plan_desks(settings.brands, tokens, x_messages=settings.x.private_messages)
    desks = choose_desks(desks, brand or (), platform, settings)
    with stopping_cleanly(), open_store(settings) as store:
        if dry_run:
            purse = make_purse(store, settings.x, settings.brands)
            plan = forecast_round(store, desks, purse, brands=settings.brands, now=now())
            show_forecast(plan, form.value)
        else:
            _collect(store, settings, tokens, desks, form)


def _collect(
    store: "Store",
    settings: "Settings",
    tokens: "Tokens",
    desks: "Sequence[Desk]",
    form: Format,
) -> None:
    """Make one round with the accounts that nobody else reads now, and show it.

    Raises:
        ListenerError: If something was not read that should have been.
    """
    from listener.cli.collecting import show_runs, show_troubles
    from listener.jobs.account_leases import holding_accounts
    from listener.jobs.collecting.accounts import open_collector
    from listener.jobs.collecting.collection import collect
    from listener.jobs.collecting.forecasts import forecast_months
    from listener.jobs.collecting.purse import make_purse
    from listener.jobs.collecting.rounds import RunStoppedError

    purse = make_purse(store, settings.x, settings.brands)
    with holding_accounts(store, desks, tokens, name_owner()) as held:
        for left in held.left:
            typer.echo(f"listener: {make_printable(left.describe())}", err=True)
        try:
            collected = collect(
                store,
                held.desks,
                purse,
                lambda desk: open_collector(desk, settings, tokens, now),
                brands=settings.brands,
                now=now,
                history_days=settings.x.history_days,
                all_desks=desks,
                is_stopped=held.is_lost,
            )
        except RunStoppedError:
            raise ListenerError(_LOST) from None
    show_runs(collected.results, forecast_months(store, desks, purse, now=now()), form.value)
    show_troubles(collected.results)
    if collected.failed:
        msg = f"{len(collected.failed)} of {len(collected.results)} runs failed; see above"
        raise ListenerError(msg)


def choose_desks(
    desks: "tuple[Desk, ...]",
    keys: "list[str] | tuple[()]",
    platform: str | None,
    settings: "Settings",
) -> "tuple[Desk, ...]":
    """Return the accounts that are wanted.

    Raises:
        ConfigError: If there are none, or a brand or platform does not exist.
    """
    from listener.cli.cases import check_choice
    from listener.jobs.choices import choose_brands
    from listener.posts import PLATFORMS

    check_choice("--platform", platform, PLATFORMS)
    if not settings.brands:
        msg = 'brands: there are none to watch; name some with "listener init"'
        raise ConfigError(msg)
    chosen = {brand.key for brand in choose_brands(settings.brands, keys)}
    found = tuple(
        desk
        for desk in desks
        if desk.brand.key in chosen and platform in (None, desk.account.platform)
    )
    if not found:
        msg = f"--platform: no account on {platform} is in the settings of {', '.join(chosen)}"
        raise ConfigError(msg)
    return found
