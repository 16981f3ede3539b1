"""Look whether the mail server would take mail; nothing is sent for it."""

from listener.deliver.smtp import check_server
from listener.errors import ConfigError, DeliveryError, StoreError
from listener.jobs.checking.findings import Notes
from listener.jobs.unsubscribing import list_unsubscribed
from listener.settings import Settings
from listener.settings.tokens import Tokens
from listener.store.store import Store


def check_mail(settings: Settings, tokens: Tokens, store: Store | None = None) -> Notes:
    """Return whether reports can be mailed; nothing if nobody wants that."""
    notes, mail = Notes("mail"), settings.mail
    if not mail.host and not mail.recipients:
        return notes
    if not mail.host:
        notes.add("server", "warning", "none, so no mail is sent", "set mail.host")
        return notes
    if mail.recipients:
        notes.add("recipients", "ok", f"{len(mail.recipients)}")
    else:
        notes.add("recipients", "warning", "none, so no mail is sent", "add [[mail.recipients]]")
    _look_at_links(settings, tokens, notes)
    if store is not None:
        _list_unsubscribed(settings, store, notes)
    try:
        password = tokens.smtp_password()
    except ConfigError as error:
        notes.add_error("password", error)
        _look(settings, None, notes)
        return notes
    if mail.user and password is None:
        told = f"none for {mail.user}, so the server will refuse mail"
        notes.add("password", "problem", told, "set SMTP_PASSWORD or SMTP_PASSWORD_FILE")
    elif password is not None and not mail.user:
        notes.add("password", "warning", "there is one, and no user", "set mail.user")
    _look(settings, password, notes)
    return notes


def _look_at_links(settings: Settings, tokens: Tokens, notes: Notes) -> None:
    """Say whether the links by which readers unsubscribe can be made."""
    try:
        key = tokens.unsubscribe_key()
    except ConfigError as error:
        notes.add_error("links", error)
        return
    if settings.mail.unsubscribe_url and key is None:
        told = "mail.unsubscribe_url has no secret, so no mail can be sent"
        notes.add("links", "problem", told, "set UNSUBSCRIBE_KEY or UNSUBSCRIBE_KEY_FILE")


def _list_unsubscribed(settings: Settings, store: Store, notes: Notes) -> None:
    try:
        for reader in list_unsubscribed(store, settings):
            notes.add("recipients", "ok", reader.line)
    except StoreError as error:
        notes.add_error("recipients", error)


def _look(settings: Settings, password: str | None, notes: Notes) -> None:
    """Talk to the server as far as it goes without a mail."""
    mail = settings.mail
    try:
        was_logged_in = check_server(mail, password)
    except DeliveryError as error:
        notes.add_error("server", error)
        return
    notes.add("server", "ok", f"{mail.host}, port {mail.port}, {mail.security}: it answers")
    if was_logged_in:
        notes.add("password", "ok", f"taken for {mail.user}")
