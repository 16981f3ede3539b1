"""`listener serve`: reports and the work list, for browsers."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.root import current_settings, now
from listener.cli.stops import stopping_cleanly

if TYPE_CHECKING:
    from listener.jobs.work_list import WorkBoard
    from listener.serve.leaving import LeaveDesk
    from listener.serve.server import Server
    from listener.settings import Recipient, Settings

EXAMPLES = ("listener serve", "listener serve --port 8080")


def command(
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="of this machine; else web.host")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="where to listen; else web.port")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="where reports were written")
    ] = None,
) -> None:
    """Show all reports and the live list of open cases in a browser, until it is stopped.

    Others on this machine alone can reach it. On any other address it asks for the password in
    WEB_PASSWORD; a proxy before it has to encrypt what it sends. It only reads, but for one
    thing: with UNSUBSCRIBE_KEY, the link in a mail (mail.unsubscribe_url) ends it with a click.
    """
    with stopping_cleanly():
        settings = current_settings({"web.host": host, "web.port": port, "report.output": output})
        server = open_server(settings)
        typer.echo(f"reports: {server.url} – work list: {server.url}waiting/ – Ctrl-C ends it")
        if settings.web.is_open:
            told = "what is shown is not encrypted; let people in by a proxy with TLS only"
            typer.echo(f"listener: {told} (docs/deployment.md)", err=True)
        sys.stdout.flush()
        server.run()
    _leave()


def open_server(settings: "Settings") -> "Server":
    """Listen as the settings say.

    Raises:
        ConfigError: If others could get in without a password, or phrases are wrong.
        ListenerError: If it cannot listen there.
    """
    from listener.app import load_phrases
    from listener.report.template_check import refuse_mistakes
    from listener.serve.board import Keeper
    from listener.serve.server import Server
    from listener.serve.site import Show, Site
    from listener.settings import load_web_password

    password = load_web_password(settings)
    load_phrases(settings)  # what is wrong with them is told now
    refuse_mistakes(settings.report.templates)
    show = Show(
        folder=settings.report.output,
        language=settings.report.spoken,
        templates=settings.report.templates,
        names=settings.web.names,
        password=password,
    )
    site = Site(show, Keeper(lambda: measure(settings)), open_desk(settings))
    return Server(site, settings.web.host, settings.web.port)


def open_desk(settings: "Settings") -> "LeaveDesk | None":
    """Return what ends the mail of readers by the link in it; None without UNSUBSCRIBE_KEY.

    Raises:
        ConfigError: If the key is too short.
    """
    from listener.app import open_store
    from listener.jobs.unsubscribing import unsubscribe
    from listener.serve.leaving import LeaveDesk, Readers
    from listener.settings import load_settings, load_tokens

    key = load_tokens(settings).unsubscribe_key()
    if key is None:
        return None

    def leave(reader: "Recipient") -> None:
        with open_store(settings, must_exist=True, migrate=False) as store:
            unsubscribe(store, reader, now=now())

    readers = Readers(settings, key, lambda: load_settings(settings.source))
    return LeaveDesk(readers.find, leave, settings.report)


def measure(settings: "Settings") -> "WorkBoard":
    """Open the database, measure what waits, and close it again."""
    from listener.app import load_phrases, open_store
    from listener.jobs.work_list import measure_work_list

    with open_store(settings, must_exist=True, migrate=False) as store:
        return measure_work_list(store, settings, load_phrases(settings), now=now())


def _leave() -> None:
    """End at once: who wants no more mail is kept in one write, done or not begun."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
