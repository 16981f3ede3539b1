"""The three invented brands: accounts, habits, places, and the people who answer."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.demo_source.chance import Chance, Quantiles

KRANICH_TOWNS = (
    "Hasselbrück", "Altmoor", "Lindhagen", "Finkenmoor", "Mühlrode", "Seebeck",
    "Groß Torgelow", "Ostermark", "Wiesenbrook", "Klein Dorsum",
)  # fmt: skip
HEDGEWICK_TOWNS = (
    "Wexcombe", "Stourhaven", "Little Marrow", "Penmallow", "Ballinreagh", "Cairnfoot",
    "Nether Thrupp", "Ardkilly", "Hobbleton", "St Wenna",
)  # fmt: skip


@dataclass(frozen=True)
class DemoBrand:
    """A brand and how it answers.

    Attributes:
        accounts: (platform, role) to the full handle.
        hours: Opening hours by weekday, Monday first; None is closed.
        wait: How long an answer takes, in seconds of opening hours.
        by_hour: How many customers write in each hour of the day.
        by_weekday: The same for the days of the week.
    """

    key: str
    name: str
    language: str
    zone: ZoneInfo
    platforms: tuple[tuple[str, float], ...]
    accounts: dict[tuple[str, str], str]
    agents: tuple[tuple[str, str], ...]
    sign_probability: float
    hours: tuple[tuple[time, time] | None, ...]
    wait: Quantiles
    towns: tuple[str, ...]
    by_hour: tuple[float, ...]
    by_weekday: tuple[float, ...]

    def handle(self, platform: str, who: str = "b") -> str:
        """Return the account that speaks: care, main or a person."""
        role = {"b": "care", "m": "main", "p": "person"}[who]
        return self.accounts.get((platform, role)) or self.accounts[platform, "care"]

    def sign(self, platform: str, agent: tuple[str, str]) -> str:
        """Return how this agent ends a reply."""
        initials, first = agent
        if self.key == "kranich":
            return f" /{initials}" if platform == "x" else f" *{initials.upper()}"
        return f" ^{initials}" if self.key == "hedgewick" else f" -{first}"

    def agent(self, at: datetime) -> tuple[str, str]:
        """Return who is on duty: two shifts a day, sometimes the same person."""
        local = at.astimezone(self.zone)
        return Chance(self.key, local.date(), local.hour // 7).pick(self.agents)

    def answer_at(self, asked: datetime, seconds: float) -> datetime:
        """Return the moment when so many seconds of opening hours have gone by."""
        moment = asked.astimezone(self.zone)
        while True:
            opens, closes = self._span(moment)
            start = max(moment, opens)
            room = (closes - start).total_seconds()
            if seconds <= room:
                return (start + timedelta(seconds=int(seconds))).astimezone(asked.tzinfo)
            seconds -= max(room, 0)
            moment = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0)

    def _span(self, moment: datetime) -> tuple[datetime, datetime]:
        hours = self.hours[moment.weekday()]
        if hours is None:
            return moment, moment - timedelta(seconds=1)
        day = moment.replace(second=0, microsecond=0)
        return tuple(day.replace(hour=at.hour, minute=at.minute) for at in hours)


def _span(opens: int, closes: int) -> tuple[time, time]:
    return time(opens), time(closes)


KRANICH = DemoBrand(
    key="kranich",
    name="Kranichbahn",
    language="de",
    zone=ZoneInfo("Europe/Berlin"),
    platforms=(("x", 0.68), ("mastodon", 0.32)),
    accounts={
        ("x", "care"): "KranichHilfe",
        ("x", "main"): "Kranichbahn",
        ("mastodon", "care"): "kranichhilfe@kranichbahn.example",
        ("mastodon", "main"): "kranichbahn@kranichbahn.example",
    },
    agents=(("ki", "Kira"), ("mb", "Malte"), ("jl", "Jule"), ("sw", "Sönke"), ("tm", "Tomma")),
    sign_probability=0.9,
    hours=(*[_span(6, 22)] * 5, _span(8, 20), _span(8, 20)),
    wait=((0, 170), (0.25, 700), (0.5, 1900), (0.75, 5000), (0.9, 14000), (1, 45000)),
    towns=KRANICH_TOWNS,
    by_hour=(1, 0.3, 0.1, 0.1, 1, 4, 9, 13, 11, 7, 5, 5, 5, 5, 6, 8, 11, 12, 9, 6, 4, 3, 2, 2),
    by_weekday=(18, 16, 15, 15, 17, 9, 10),
)
HEDGEWICK = DemoBrand(
    key="hedgewick",
    name="Hedgewick Broadband",
    language="en",
    zone=ZoneInfo("Europe/Dublin"),
    platforms=(("x", 1.0),),
    accounts={("x", "care"): "HedgewickHelp", ("x", "main"): "Hedgewick"},
    agents=(
        ("AB", "Abbie"),
        ("JT", "Jamal"),
        ("MO", "Moira"),
        ("SK", "Sanjay"),
        ("RP", "Rhys"),
        ("DL", "Dee"),
    ),
    sign_probability=0.94,
    hours=(_span(8, 20),) * 7,
    wait=((0, 55), (0.25, 190), (0.5, 420), (0.75, 900), (0.9, 2000), (1, 7500)),
    towns=HEDGEWICK_TOWNS,
    by_hour=(2, 1, 0.5, 0.3, 0.3, 0.6, 2, 5, 8, 9, 8, 7, 7, 7, 7, 8, 10, 12, 12, 10, 6, 4, 3, 2),
    by_weekday=(17, 15, 14, 14, 14, 13, 13),
)
KIEBITZ = DemoBrand(
    key="kiebitz",
    name="Kiebitzrad",
    language="de",
    zone=ZoneInfo("Europe/Berlin"),
    platforms=(("mastodon", 1.0),),
    accounts={
        ("mastodon", "care"): "kiebitzrad@werkstatt.example",
        ("mastodon", "person"): "lotte@werkstatt.example",
    },
    agents=(("an", "Anna"), ("jo", "Jost"), ("lo", "Lotte")),
    sign_probability=0.65,
    hours=(None, *[_span(10, 18)] * 5, None),
    wait=((0, 3000), (0.25, 9000), (0.5, 17000), (0.75, 27000), (0.9, 42000), (1, 70000)),
    towns=KRANICH_TOWNS,
    by_hour=(1, 0.5, 0.2, 0.1, 0.1, 0.5, 2, 4, 6, 7, 7, 7, 6, 6, 6, 6, 7, 8, 9, 10, 11, 9, 6, 3),
    by_weekday=(13, 13, 13, 13, 13, 17, 18),
)
BRANDS = {brand.key: brand for brand in (KRANICH, HEDGEWICK, KIEBITZ)}
