"""`listener login`: get tokens that may read only, and keep them."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.failures import make_printable
from listener.cli.root import current_settings, now
from listener.errors import ConfigError

if TYPE_CHECKING:
    from listener.collect.budget import PaidReads
    from listener.jobs.logins import KeptTokens
    from listener.jobs.mastodon_login import MastodonTarget
    from listener.settings import Settings
    from listener.settings.tokens import Tokens

EXAMPLES = (
    "listener login mastodon help@acme.example",
    "listener login mastodon acme.example --reader",
    "listener login x AcmeHelp",
)

_X_STEPS = """\
X gives keys to apps. If you have none yet:
  1. Open https://console.x.com, sign in, and accept the developer agreement. Buy a few dollars of
     credits there; X charges for what is read, and listener keeps to x.month_cap_dollars.
  2. Make an app. Set its permissions to Read.
  3. Copy its bearer token: it reads what is public. That is enough to watch a brand.
  4. Only if @{handle} is your own account: copy the app's API key and secret as well, and, signed
     in as @{handle}, make an access token and its secret. Else leave these questions empty.
Each is shown once only. What you paste here is not shown.
Looking at the account to check them costs ${price} at X's prices, once a day."""


class Target(StrEnum):
    """Where to log in."""

    MASTODON = "mastodon"
    X = "x"


def command(
    platform: Annotated[Target, typer.Argument(help="mastodon or x")],
    account: Annotated[
        str | None,
        typer.Argument(help="user@host on Mastodon, a handle on X; else the only one there is"),
    ] = None,
    reader: Annotated[
        bool,
        typer.Option("--reader", help="Mastodon: anybody's token, to read what is public there"),
    ] = False,
) -> None:
    """Get tokens that may read and nothing else, check them, and keep them.

    They are kept in the secrets file (secrets_file in the settings), readable by you only.
    Nothing is kept when anything fails. The README explains each step.
    """
    settings = current_settings()
    from listener.settings.tokens import load_tokens

    tokens = load_tokens(settings)
    if platform is Target.MASTODON:
        kept = _login_mastodon(account, settings, tokens, is_reader=reader)
    elif reader:
        msg = "--reader: is for Mastodon only; on X the bearer token reads what is public"
        raise ConfigError(msg)
    else:
        kept = _login_x(account, settings, tokens)
    _tell(kept, settings)


def _login_mastodon(
    account: str | None, settings: "Settings", tokens: "Tokens", *, is_reader: bool
) -> "KeptTokens":
    from listener.jobs.mastodon_login import find_mastodon_target, login_mastodon

    target = find_mastodon_target(settings, account, is_reader=is_reader)
    return login_mastodon(
        target, settings, tokens, ask_code=lambda address: _ask_code(target, address), now=now
    )


def _ask_code(target: "MastodonTarget", address: str) -> str:
    """Show what to do in a browser, and wait for the code."""
    who = f"any account on {target.host}" if target.is_reader else f"@{target.account}"
    typer.echo(f"1. Open this address in a browser and log in there as {who}:")
    typer.echo(f"\n   {make_printable(address)}\n")
    typer.echo('2. The page asks whether "listener" may read, and for nothing more. Allow it.')
    typer.echo("3. Copy the code that the page shows, and paste it here.")
    sys.stdout.flush()
    code: str = typer.prompt("Code", value_proc=_check_code)
    return code


def _check_code(text: str) -> str:
    code = text.strip()
    if not code or not code.isprintable():
        msg = "the code is one line of letters and digits"
        raise typer.BadParameter(msg)
    return code


def _login_x(account: str | None, settings: "Settings", tokens: "Tokens") -> "KeptTokens":
    from listener.jobs.x_login import (
        find_present,
        find_x_account,
        join_values,
        login_x,
        name_x_tokens,
    )

    brand, handle = find_x_account(settings, account)
    present, typed = find_present(handle, tokens), dict[str, str]()
    price = settings.x.prices["user"]
    if sys.stdin.isatty():
        typer.echo(_X_STEPS.format(handle=handle, price=price))
        typed = _ask_keys(name_x_tokens(handle), present)
    else:
        typer.echo(f"no terminal to ask on: checking the keys that are set, for ${price}")
    return login_x(
        handle,
        join_values(handle, typed, present),
        settings,
        tokens,
        book=lambda reads: _book(reads, settings, brand.key),
        now=now,
    )


def _ask_keys(labels: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """Ask for keys without showing them; an empty answer leaves one as it is.

    Without the app's key the other three are of no use, and not asked for.
    """
    from listener.settings.token_names import X_CONSUMER_KEY

    typed = {}
    for name, label in labels.items():
        hint = "empty keeps the one that is set" if name in present else "empty for none"
        prompt = f"{label} ({hint})"
        answer: str = typer.prompt(prompt, default="", hide_input=True, show_default=False)
        typed[name] = answer.strip()
        if name == X_CONSUMER_KEY and not typed[name] and name not in present:
            break
    return {name: value for name, value in typed.items() if value}


def _book(reads: "PaidReads", settings: "Settings", brand: str) -> None:
    """Book what was read, if there is a database; its lack must not cost the keys."""
    from listener.app import open_store
    from listener.collect.budget import PriceTable
    from listener.errors import StoreError
    from listener.jobs.collecting.purse import list_spends

    spends = list_spends(reads, PriceTable(**settings.x.prices), brand=brand, at=now())
    try:
        with open_store(settings, must_exist=True) as store:
            store.save_spending(spends)
    except StoreError as error:
        typer.echo(f"not booked: {make_printable(str(error))}", err=True)


def _tell(kept: "KeptTokens", settings: "Settings") -> None:
    for note in kept.notes:
        typer.echo(f"note: {make_printable(note)}", err=True)
    names = ", ".join(kept.variables)
    told = f"kept for @{kept.account}: {names}, in {settings.secrets_file}, readable by you only"
    typer.echo(make_printable(told))
    typer.echo("next: listener check")
