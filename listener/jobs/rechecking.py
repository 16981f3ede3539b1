"""Ask the platforms anew for every post that a site shows or links to, before it is published."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from listener.jobs.account_leases import holding_accounts
from listener.jobs.brands import find_brands
from listener.jobs.collecting.accounts import open_collector
from listener.jobs.collecting.collection import begin_round, keep_back
from listener.jobs.collecting.look_ups import LookUps, look_up
from listener.jobs.collecting.plans import plan_desks
from listener.jobs.collecting.purse import make_purse
from listener.jobs.published_reports import PublicWeeks, choose_published, find_reports
from listener.jobs.publishing import make_privacy
from listener.label import Phrases
from listener.posts import Platform
from listener.settings import Settings
from listener.settings.tokens import Tokens
from listener.store.store import Store

Posts = Mapping[tuple[str, Platform], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What became of posts before they were published.

    Attributes:
        checked: How many posts their platforms said something of.
        gone: How many of these exist no more.
        unchecked: Of how many nobody said anything; they are shown as they are known.
        troubles: Why not, a line each.
        dollars: What it cost.
    """

    checked: int
    gone: int
    unchecked: int
    troubles: tuple[str, ...]
    dollars: Decimal


def find_shown(store: Store, settings: Settings, phrases: Phrases) -> Posts:
    """Return the posts that a site shows or links to, by brand and platform."""
    brands = find_brands(settings, store)
    chosen = choose_published(brands, settings.publish.brands)
    weeks = PublicWeeks(store, settings, phrases, brands, make_privacy(store, settings))
    shown: dict[tuple[str, Platform], set[str]] = {}
    for report in weeks.measure(find_reports(store, settings, chosen)):
        for platform, post_id in report.posts:
            shown.setdefault((report.made.brand.key, platform), set()).add(post_id)
    return {key: frozenset(ids) for key, ids in sorted(shown.items())}


def choose_affordable(settings: Settings, shown: Posts) -> tuple[Posts, int]:
    """Return the posts that may be asked for by `publish.recheck_dollars`, and how many may not.

    The latest posts on X come first; on Mastodon it costs nothing.
    """
    limit, price = settings.publish.recheck_dollars, settings.x.prices["post"]
    on_x = {each for (_, platform), ids in shown.items() if platform == "x" for each in ids}
    if limit is None or not price or len(on_x) * price <= limit:
        return shown, 0
    latest = sorted(on_x, key=lambda number: (len(number), number), reverse=True)
    kept = frozenset(latest[: int(limit / price)])
    chosen = {key: ids & kept if key[1] == "x" else ids for key, ids in shown.items()}
    return chosen, len(on_x) - len(kept)


def tell_price(settings: Settings, shown: Posts) -> tuple[int, Decimal]:
    """Return how many posts would be asked for, and what X would charge at most."""
    posts = {(key[1], each) for key, ids in shown.items() for each in ids}
    on_x = sum(platform == "x" for platform, _ in posts)
    return len(posts), on_x * settings.x.prices["post"]


def recheck(
    store: Store,
    settings: Settings,
    tokens: Tokens,
    shown: Posts,
    *,
    now: Callable[[], datetime],
    owner: str,
) -> Rechecked:
    """Ask for these posts; those that are gone lose their words in the store at once.

    Accounts that another program asks just now are left to it, and caps of money hold.

    Raises:
        RunStoppedError: If accounts were taken over.
        StoreError: If the database fails.
    """
    desks = plan_desks(settings.brands, tokens, x_messages=settings.x.private_messages)
    with holding_accounts(store, desks, tokens, owner) as held:
        tour = begin_round(
            store,
            make_purse(store, settings.x, settings.brands),
            brands=settings.brands,
            now=now,
            history_days=settings.x.history_days,
            is_stopped=held.is_lost,
        )
        keep_back(tour, held.desks)
        told = look_up(
            tour, held.desks, shown, lambda desk: open_collector(desk, settings, tokens, now)
        )
        left = [each.describe() for each in held.left]
    reachable = {(desk.brand.key, desk.account.platform) for desk in desks}
    left += [
        f"{brand}: the settings name no account of it on {platform}, so nobody asks for its posts"
        for brand, platform in shown
        if (brand, platform) not in reachable
    ]
    return _sum_up(told, left)


def _sum_up(told: LookUps, left: Sequence[str]) -> Rechecked:
    troubles = [
        line for result in told.results for line in (result.error, *result.problems) if line
    ]
    return Rechecked(
        checked=len(told.checked),
        gone=told.gone,
        unchecked=told.unchecked,
        troubles=tuple(dict.fromkeys((*left, *troubles))),
        dollars=sum((result.dollars for result in told.results), Decimal(0)),
    )
