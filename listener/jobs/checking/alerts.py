"""Look whether alerts have addresses that can be used; nothing is sent for it."""

from listener.deliver.notify import check_address
from listener.errors import ConfigError, DeliveryError
from listener.figures.alerts import AlertTarget
from listener.jobs.checking.findings import Notes
from listener.settings import Settings
from listener.settings.alerts import name_variable_of
from listener.settings.tokens import Tokens


def check_alerts(settings: Settings, tokens: Tokens) -> Notes:
    """Return whether each target has an address that apprise understands."""
    notes = Notes("alerts")
    for target in settings.alerts.targets:
        _look(target, tokens, notes)
    return notes


def _look(target: AlertTarget, tokens: Tokens, notes: Notes) -> None:
    where = name_variable_of(target)
    try:
        address = tokens.find(where)
        if address is None:
            notes.add(target.name, "problem", "it has no address", f"set {where} or {where}_FILE")
            return
        check_address(address, where=where)
    except (ConfigError, DeliveryError) as error:
        notes.add_error(target.name, error)
        return
    told = 'its address is understood; "listener alerts test" sends to it'
    notes.add(target.name, "ok", told)
