"""Play the scripts: give each performance a moment, people, words and delays."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from tests.demo_source.brands import BRANDS, DemoBrand
from tests.demo_source.chance import Chance
from tests.demo_source.dialogue_files import Line, Script
from tests.demo_source.people import Crowd, Person
from tests.demo_source.wording import Wording, greet, spell

FIRST_DAY = date(2026, 1, 12)
WEEKS = 8
END = datetime(2026, 3, 15, 20, 30, tzinfo=UTC)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CUSTOMER_WAIT = ((0, 80), (0.3, 500), (0.5, 1500), (0.75, 5400), (0.92, 15000), (1, 46000))
PLACEHOLDER = "x"


@dataclass(eq=False)
class Draft:
    """A post before it has an id, with the truth about it.

    Attributes:
        stage: Key of the performance (`down_dm.3`); waves and broadcasts have one, too.
        brand: The brand of the story; `speaker` is the brand that wrote it, or None.
        person: The customer who wrote it, or whom the brand answers.
        parent: The post that it answers; `quoted` the one that it quotes.
    """

    stage: str
    brand: DemoBrand
    platform: str
    at: datetime
    text: str
    labels: tuple[str, ...]
    language: str
    person: Person | None
    speaker: DemoBrand | None = None
    account: str = ""
    parent: "Draft | None" = None
    quoted: "Draft | None" = None
    also: Person | None = None
    also_brand: DemoBrand | None = None
    flags: frozenset[str] = frozenset()
    visibility: str = "public"
    script: Script | None = None

    @property
    def is_customer(self) -> bool:
        return self.speaker is None

    @property
    def handle(self) -> str:
        """The full handle of who wrote it."""
        return self.account or self.person.handle


@dataclass
class Performance:
    """One playing of a script: everything that its lines share."""

    script: Script
    number: int
    opens_at: datetime
    platform: str
    chance: Chance
    people: dict[str, Person]
    wording: Wording
    drafts: list[Draft] = field(default_factory=list)

    @property
    def stage(self) -> str:
        return f"{self.script.brand}/{self.script.key}.{self.number + 1}"


def plan(script: Script, number: int, chance: Chance) -> datetime:
    """Choose the moment when a performance begins."""
    brand, settings = BRANDS[script.brand], script.settings
    if "at" in settings:
        local = datetime.fromisoformat(settings["at"]).replace(tzinfo=brand.zone)
        return (local + timedelta(minutes=chance.below(40))).astimezone(UTC)
    week = int(settings["week"]) if "week" in settings else _week(script, number)
    weekday = (
        DAYS.index(settings["day"]) if "day" in settings else chance.weighted(brand.by_weekday)
    )
    hour = int(settings["hour"]) if "hour" in settings else chance.weighted(brand.by_hour)
    if week == WEEKS:
        weekday %= 3  # the story has to end before the archive does
    day = FIRST_DAY + timedelta(weeks=week, days=weekday)
    local = datetime.combine(day, time(hour, chance.below(60), chance.below(60)), brand.zone)
    return local.astimezone(UTC)


def _week(script: Script, number: int) -> int:
    """Spread the performances over the weeks; few begin after the last whole week."""
    chance = Chance("week", script.brand, script.key)
    offset = chance.fraction() * WEEKS
    late = Chance("late", script.brand, script.key, number).happens(0.035)
    week = WEEKS if late else int(offset + number * WEEKS / script.times) % WEEKS
    return min(week, latest_week(script))


def latest_week(script: Script) -> int:
    """Return the last week in which the whole story still fits before the end."""
    usual = timedelta(hours=30 if script.brand == "kiebitz" else 12)
    length = sum((line.delay or usual for line in script.lines[1:]), timedelta())
    if length < timedelta(days=3):
        return WEEKS
    room = END - length - datetime.combine(FIRST_DAY, time(), UTC) - timedelta(weeks=1)
    return max(0, min(WEEKS - 1, int(room / timedelta(weeks=1))))


def perform(script: Script, number: int, opens_at: datetime, crowd: Crowd) -> list[Draft]:
    """Play a script once."""
    chance = Chance("play", script.brand, script.key, number)
    brand, settings = BRANDS[script.brand], script.settings
    names, weights = zip(*brand.platforms, strict=True)
    platforms = settings["on"].split(",") if "on" in settings else names
    platform = platforms[chance.weighted(weights)] if platforms == names else chance.pick(platforms)
    language = settings.get("lang", brand.language)
    who = [name for name in ("c", "c2", "c3") if any(line.who == name for line in script.lines)]
    people = {
        name: crowd.find(chance, platform, language, settings.get("persona", ""), opens_at)
        for name in (who or ["c"])
    }
    wording = Wording(number, fill_slots(brand, platform, people["c"], opens_at, chance), chance)
    show = Performance(script, number, opens_at, platform, chance, people, wording)
    for line in script.lines:
        show.drafts.append(_draft(show, line))
    for person in people.values():
        person.last_seen = show.drafts[-1].at
    return show.drafts


def fill_slots(
    brand: DemoBrand, platform: str, person: Person, at: datetime, chance: Chance
) -> dict[str, str]:
    """Draw the places, numbers and times of one story."""
    local = at.astimezone(brand.zone)
    first = chance.below(len(brand.towns))
    second = (first + 1 + chance.below(len(brand.towns) - 1)) % len(brand.towns)
    before = local - timedelta(minutes=chance.between(4, 35))
    later = local + timedelta(minutes=chance.between(50, 170))
    day = local - timedelta(days=chance.between(1, 3))
    code = "HW" if brand.key == "hedgewick" else "KR"
    return {
        "ort": brand.towns[first],
        "ort2": brand.towns[second],
        "town": brand.towns[first],
        "linie": chance.pick(("KE 4", "KE 9", "KB 17", "KB 22", "KB 31")),
        "min": str(chance.pick((8, 12, 15, 20, 25, 30, 35, 40))),
        "gleis": str(chance.between(1, 4)),
        "wagen": f"{chance.between(1, 9)}4{chance.between(10, 99)}",
        "zahl": str(chance.between(4, 9)),
        "ref": f"{code}-{chance.between(20000, 98000)}",
        "zeit": f"{before.hour}:{before.minute:02}",
        "zeit2": f"{later.hour}:{later.minute // 5 * 5:02}",
        "time": _english_time(before),
        "time2": _english_time(later.replace(minute=later.minute // 15 * 15)),
        "day": day.strftime("%A"),
        "cust": person.first,
        "agentfirst": chance.pick(brand.agents)[1],
        "@": "@" + brand.handle(platform).partition("@")[0],
    }


def _english_time(moment: datetime) -> str:
    hour = moment.hour % 12 or 12
    return f"{hour}:{moment.minute:02}{'am' if moment.hour < 12 else 'pm'}"


def _draft(show: Performance, line: Line) -> Draft:
    brand = BRANDS[line.brand or show.script.brand]
    drafts = show.drafts
    target = _target(show, line)
    draft = Draft(
        stage=show.stage,
        brand=BRANDS[show.script.brand],
        platform=show.platform,
        at=_moment(show, line, brand),
        text="",
        labels=line.labels,
        language=line.options.get("lang") or _language(show, line, brand),
        person=show.people.get(line.who) or (target.person if target else None),
        parent=None if "quote" in line.flags else target,
        quoted=target if "quote" in line.flags else None,
        also=show.people.get("c") if "also" in line.flags else None,
        also_brand=BRANDS[line.options["also"]] if "also" in line.options else None,
        flags=line.flags,
        visibility=line.options.get("vis", "public"),
        script=show.script,
    )
    if not line.is_customer:
        draft = replace(draft, speaker=brand, account=brand.handle(show.platform, line.who))
    if drafts and draft.at == drafts[-1].at and not line.exact:
        draft.at += timedelta(seconds=1)
    _write(show, line, draft)
    return draft


def _language(show: Performance, line: Line, brand: DemoBrand) -> str:
    own = show.script.settings.get("lang", brand.language)
    return own if line.is_customer else brand.language


def _target(show: Performance, line: Line) -> Draft | None:
    if not show.drafts or line.flags & {"root", "new"}:
        return None
    return show.drafts[line.answers - 1] if line.answers else show.drafts[-1]


def _moment(show: Performance, line: Line, brand: DemoBrand) -> datetime:
    """Say when the line is spoken: as written, or after a wait that is usual here."""
    if not show.drafts:
        return show.opens_at
    before = show.drafts[-1].at
    if line.exact:
        return before + line.delay
    if line.delay is not None:
        usual = before + line.delay * (0.9 + show.chance.fraction() * 0.25)
        return _awake(usual.replace(microsecond=0), brand, show.chance, line.delay)
    if line.is_customer:
        wait = timedelta(seconds=int(show.chance.quantile(CUSTOMER_WAIT)))
        return _awake(before + wait, brand, show.chance, wait)
    seconds = show.chance.quantile(brand.wait)
    if show.chance.happens(0.06):
        return before + timedelta(seconds=int(seconds))
    return brand.answer_at(before, seconds)


def _awake(at: datetime, brand: DemoBrand, chance: Chance, wait: timedelta) -> datetime:
    """Move what would be written at night into the morning, unless it follows at once."""
    local = at.astimezone(brand.zone)
    if local.hour >= 6 or wait < timedelta(minutes=20):
        return at
    return (local.replace(hour=7) + timedelta(minutes=chance.below(80))).astimezone(UTC)


def _write(show: Performance, line: Line, draft: Draft) -> None:
    """Put the words in: alternatives, spelling, whom it addresses, signature."""
    hour = draft.at.astimezone(draft.brand.zone).hour
    words, more = show.wording.speak(greet(line.text, hour))
    draft.labels = (*line.labels, *more)
    if draft.is_customer:
        words = spell(words, draft.person.habit, draft.labels, show.chance)
    elif _is_signed(show, line, draft):
        words += draft.speaker.sign(draft.platform, draft.speaker.agent(draft.at))
        draft.labels = (*draft.labels, "signed")
    draft.text = address(draft, words)


def _is_signed(show: Performance, line: Line, draft: Draft) -> bool:
    if line.who != "b" or line.flags & {"nosign", "auto", "root"}:
        return False
    return show.chance.happens(draft.speaker.sign_probability)


def address(draft: Draft, words: str) -> str:
    """Put in front the handles that the platform would put there, or a customer writes."""
    own = "@" + draft.brand.handle(draft.platform).partition("@")[0]
    if draft.parent is not None:
        return " ".join([*_leading(draft, own), words])
    free = draft.flags & {"untagged", "silent"} or draft.quoted or not draft.is_customer
    if free or (own in words and "gone" not in draft.flags):
        return words
    return f"{own} {words}"


def _leading(draft: Draft, own: str) -> list[str]:
    parent = draft.parent
    others = [parent.handle]
    if parent.handle == draft.handle:
        others = [draft.person.handle] if draft.speaker else [own]
    elif parent.is_customer and draft.is_customer:
        others.append(own)
    if draft.also:
        others.append(draft.also.handle)
    return list(dict.fromkeys("@" + other.lstrip("@").partition("@")[0] for other in others))
