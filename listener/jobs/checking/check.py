"""Look at everything that a collecting run will need, and say what will not work."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from listener.collect.budget import PriceTable
from listener.errors import ConfigError, StoreError
from listener.jobs.checking.alerts import check_alerts
from listener.jobs.checking.archive import check_archive
from listener.jobs.checking.bill import Bill
from listener.jobs.checking.findings import CheckReport, Notes
from listener.jobs.checking.forecasts import judge_outlook, price_counted
from listener.jobs.checking.looks import Looks
from listener.jobs.checking.mail import check_mail
from listener.jobs.checking.templates import check_own_templates
from listener.jobs.collecting.outlooks import add_outlooks, load_costs, look_ahead
from listener.posts import Brand
from listener.settings import Settings
from listener.settings.secrets_file import load_secrets
from listener.settings.tokens import Tokens
from listener.store.store import Store

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """What is to be looked at.

    Attributes:
        brands: Those whose accounts are looked at.
        counts: Whether X may be asked, for money, how many posts there are.
    """

    brands: Sequence[Brand]
    counts: bool = False


def check(
    request: CheckRequest,
    settings: Settings,
    tokens: Tokens,
    open_store: Callable[[], Store],
    *,
    now: Clock,
) -> CheckReport:
    """Return what works and what does not; no failure of one account stops the others.

    What is paid for is booked at once.

    Args:
        request: What is to be looked at.
        settings: Those that a run will have.
        tokens: Theirs.
        open_store: Opens the database; it may fail.
        now: The clock.
    """
    place = Notes("database")
    try:
        store = open_store()
    except StoreError as error:
        place.add_error("place", error)
        return _check(request, settings, tokens, None, place, now)
    with store:
        try:
            store.check_writing()
        except StoreError as error:
            place.add_error("place", error)
        else:
            place.add("place", "ok", f"{settings.database_shown}, with this version's schema")
        return _check(request, settings, tokens, store, place, now)


def _check(
    request: CheckRequest,
    settings: Settings,
    tokens: Tokens,
    store: Store | None,
    place: Notes,
    now: Clock,
) -> CheckReport:
    bill = Bill(store, PriceTable(**settings.x.prices), now)
    looks = Looks(settings, tokens, bill, now, request.counts)
    notes = [place, check_secrets(settings), check_mail(settings, tokens, store)]
    notes += [check_archive(settings, store)]
    notes += [check_alerts(settings, tokens), check_own_templates(settings)]
    notes += [looks.look(brand, account) for brand in request.brands for account in brand.accounts]
    notes.append(looks.app)
    if any(account.platform == "x" for brand in request.brands for account in brand.accounts):
        notes += _check_money(request, settings, looks, now())
    findings = tuple(finding for each in notes for finding in each.findings)
    return CheckReport(findings=findings, cost=bill.cost, is_booked=bill.is_booked)


def check_secrets(settings: Settings) -> Notes:
    """Return whether the secrets file can be read, and by its owner only."""
    notes, path = Notes("secrets file"), settings.secrets_file
    try:
        names = load_secrets(path)
    except ConfigError as error:
        notes.add_error("place", error)
        return notes
    values = "value" if len(names) == 1 else "values"
    told = f"{path}, {len(names)} {values}, readable by its owner only"
    notes.add("place", "ok", told if path.exists() else "there is none")
    return notes


def _check_money(
    request: CheckRequest, settings: Settings, looks: Looks, at: datetime
) -> Iterator[Notes]:
    """Yield the price forecast of each brand that is on X, and of all together."""
    store, prices = looks.bill.store, looks.bill.prices
    try:
        costs = load_costs(store, at) if store is not None else {}
    except StoreError as error:
        notes = Notes("money")
        notes.add_error("price", error)
        yield notes
        return
    outlooks = {}
    for brand in settings.brands:
        if any(account.platform == "x" for account in brand.accounts):
            posts = looks.counted.get(brand.key)
            by_day = None if posts is None else price_counted(posts, prices)
            outlooks[brand.key] = look_ahead(costs.get(brand.key), now=at, by_day=by_day)
    for brand in request.brands:
        if brand.key in outlooks:
            notes = Notes("money", brand.key)
            setting = f"brands.{brand.key}.month_cap_dollars"
            outlook = outlooks[brand.key]
            judge_outlook(outlook, brand.month_cap_dollars, setting, notes, prices.count)
            yield notes
    # Brands that are no longer in the settings have used up their part of the cap too.
    others = [look_ahead(costs[key], now=at) for key in costs if key not in outlooks]
    notes = Notes("money of all brands")
    cap, setting = settings.x.month_cap_dollars, "x.month_cap_dollars"
    judge_outlook(add_outlooks([*outlooks.values(), *others]), cap, setting, notes, prices.count)
    yield notes
