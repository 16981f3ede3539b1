"""`listener forget`: erase a person."""

from typing import Annotated

import typer

from listener.cli.root import current_settings

EXAMPLES = ("listener forget @anna", "listener forget anna@social.example")


def command(
    account: Annotated[str, typer.Argument(help="a handle; with its host on Mastodon")],
    platform: Annotated[
        str | None, typer.Option(help="x or mastodon; else by the shape of the handle")
    ] = None,
) -> None:
    """Erase all posts of one person, and the replies to nobody else.

    Mentions in other posts are masked. What remains is a keyed hash, so that a later import
    does not bring the person back. Reports written from now on are made without these posts.
    """
    settings = current_settings()
    from listener.app import open_store
    from listener.errors import ConfigError
    from listener.jobs.brands import find_brands
    from listener.posts import PLATFORMS, fold_handle

    handle = fold_handle(account)
    if not handle or any(character.isspace() for character in handle):
        msg = f'ACCOUNT: "{account}" is no handle, such as anna or anna@social.example'
        raise ConfigError(msg)
    chosen = platform or ("mastodon" if "@" in handle else "x")
    found = [known for known in PLATFORMS if known == chosen]
    if not found:
        msg = f'--platform: there is no "{platform}"; choose x or mastodon'
        raise ConfigError(msg)
    with open_store(settings, must_exist=True) as store:
        brands = find_brands(settings, store)
        protected = [account for brand in brands for account in brand.accounts]
        counts = store.forget_account(found[0], handle, protected=protected)
    if not counts.posts + counts.replies + counts.masked:
        typer.echo(f"nothing by or about {account} is here; check the spelling", err=True)
    typer.echo(
        f"forgotten: {counts.posts} posts and {counts.replies} replies erased, "
        f"the name masked in {counts.masked} more; reports written from now on are without them"
    )
