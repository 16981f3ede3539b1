"""Put lists of single posts into words: what they are, by days, with their times."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from listener.report.case_filters import name_filter
from listener.report.filter_places import BASES
from listener.report.language import Language
from listener.report.listed_posts import ListedPost, PostGroup

_WHOLES = frozenset(BASES.values())
_WITHOUT_SAYING = ("service_", "canned-")


@dataclass(frozen=True, slots=True)
class TimedPost:
    """A post in a list of one day.

    Attributes:
        time: When it was written, by the brand's clock.
        url: Where it can be looked at, None if that is not to be said.
        case: The case on the same page in which it stands, empty if it is in none.
    """

    time: str
    url: str | None
    case: str


def name_group(group: PostGroup, language: Language) -> str:
    """Return what the posts of a group are; that of which they are a part goes without saying."""
    parts = [
        name
        for name in group.filters
        if name not in _WHOLES and not name.startswith(_WITHOUT_SAYING)
    ]
    names = dict.fromkeys(name_filter(language, name) for name in parts or group.filters[:1])
    return " · ".join(names)


def list_days(group: PostGroup, language: Language) -> Iterator[tuple[str, tuple[TimedPost, ...]]]:
    """Yield each day of a group with its posts."""
    zone = ZoneInfo(language.time_zone)
    # Formatting by the library takes twenty times as long, and there may be ten thousand.
    local = [(post.at.astimezone(zone), post) for post in group.posts]
    for _, same in groupby(local, key=lambda pair: pair[0].date()):
        day = list(same)
        posts = tuple(_time(f"{at:%H:%M}", post) for at, post in day)
        yield language.short_day(day[0][1].at), posts


def _time(time: str, post: ListedPost) -> TimedPost:
    return TimedPost(time, post.url, post.case)
