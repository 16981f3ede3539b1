"""Look whether the mail server would take mail; nothing is sent for it."""

from listener.deliver.smtp import check_server
from listener.errors import ConfigError, DeliveryError
from listener.jobs.checking.findings import Notes
from listener.settings import Settings
from listener.settings.tokens import Tokens


def check_mail(settings: Settings, tokens: Tokens) -> Notes:
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
