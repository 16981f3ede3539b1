"""Outages with many customers in one conversation, and what brands post unasked."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from tests.demo_source.brands import BRANDS, DemoBrand
from tests.demo_source.chance import Chance
from tests.demo_source.dialogue_files import parse_delay, parse_line, read_blocks, read_broadcasts
from tests.demo_source.people import Crowd
from tests.demo_source.staging import FIRST_DAY, WEEKS, Draft, address
from tests.demo_source.wording import spell

AUTOMATIC_EVERY = timedelta(minutes=25)


@dataclass
class Wave:
    """One outage: its settings, its texts, and the posts so far."""

    key: str
    brand: DemoBrand
    platform: str
    language: str
    begins_at: datetime
    length: timedelta
    chance: Chance
    broadcasts: list[Draft] = field(default_factory=list)
    customers: list[Draft] = field(default_factory=list)

    def post(self, at: datetime, text: str, labels: tuple[str, ...] = (), **more: object) -> Draft:
        draft = Draft(
            stage=f"{self.brand.key}/{self.key}.1",
            brand=self.brand,
            platform=self.platform,
            at=at.replace(microsecond=0),
            text=text,
            labels=labels,
            language=self.language,
            person=None,
        )
        draft = replace(draft, **more)
        draft.text = address(draft, draft.text)
        return draft

    def reply(
        self, to: Draft, at: datetime, text: str, labels: tuple[str, ...], **more: object
    ) -> Draft:
        """Return the brand's reply to a customer."""
        own = self.brand.handle(self.platform)
        return self.post(
            at, text, labels, parent=to, person=to.person, speaker=self.brand, account=own, **more
        )


def stage_waves(crowd: Crowd) -> list[Draft]:
    """Return the posts of all outages."""
    return [draft for block in read_blocks("waves.txt") for draft in _stage_wave(*block, crowd)]


def _stage_wave(
    key: str, settings: dict[str, str], lines: list[str], crowd: Crowd
) -> Iterator[Draft]:
    brand = BRANDS[settings["brand"]]
    begins_at = datetime.fromisoformat(settings["at"]).replace(tzinfo=brand.zone).astimezone(UTC)
    length = timedelta(hours=int(settings["hours"]))
    wave = Wave(
        key, brand, settings["on"], settings["lang"], begins_at, length, Chance("wave", key)
    )
    spoken = {kind: [line for line in lines if line.startswith(kind + " ")] for kind in KINDS}
    yield from _broadcasts(wave, spoken["broadcast"])
    yield from _customers(wave, spoken["customer"], crowd)
    yield from _automatic(wave, spoken["auto"][0].removeprefix("auto "))
    answers = list(_humans(wave, spoken["human"]))
    yield from answers
    yield from _afterwards(wave, spoken["after"], answers)


KINDS = ("broadcast", "customer", "auto", "human", "after")


def _broadcasts(wave: Wave, lines: list[str]) -> Iterator[Draft]:
    account = wave.brand.handle(wave.platform, "m")
    for line in lines:
        _, after, text = line.split(" ", 2)
        at = wave.begins_at + parse_delay(after)
        draft = wave.post(at, text, speaker=wave.brand, account=account, flags=frozenset({"root"}))
        if wave.broadcasts:
            draft.parent = wave.broadcasts[-1]
        wave.broadcasts.append(draft)
        yield draft


def _customers(wave: Wave, lines: list[str], crowd: Crowd) -> Iterator[Draft]:
    """Let each customer write once; most of them soon after the first word."""
    for line in lines:
        spec = parse_line(line)
        share = wave.chance.fraction() ** 1.6
        at = wave.begins_at + timedelta(minutes=4) + wave.length * share
        person = crowd.find(wave.chance, wave.platform, wave.language, "", at)
        person.last_seen = at
        parent = [draft for draft in wave.broadcasts if draft.at < at][-1]
        words = spell(spec.text, person.habit, spec.labels, wave.chance)
        draft = wave.post(at, words, spec.labels, parent=parent, person=person)
        wave.customers.append(draft)
        yield draft


def _automatic(wave: Wave, text: str) -> Iterator[Draft]:
    """Answer whoever waits, all at once, every now and then, with the same words."""
    due = wave.begins_at + timedelta(minutes=17)
    waiting = sorted(wave.customers, key=lambda draft: draft.at)
    while waiting:
        batch = [draft for draft in waiting if draft.at < due][:9]
        if len(batch) >= 3:
            for number, draft in enumerate(batch):
                at = due + timedelta(seconds=4 * number)
                yield wave.reply(draft, at, text, (), flags=frozenset({"auto"}))
        waiting = [draft for draft in waiting if draft.at >= due]
        due += AUTOMATIC_EVERY


def _humans(wave: Wave, lines: list[str]) -> Iterator[Draft]:
    """Answer some of the customers in a way that fits what they asked."""
    questions = [draft for draft in wave.customers if draft.labels == ("need",)]
    angry = [draft for draft in wave.customers if "complaint" in draft.labels]
    for line in lines:
        spec = parse_line(line)
        number = int(spec.options["to"]) if "to" in spec.options else None
        pool = questions if "answer" in spec.labels else angry
        target = wave.customers[number - 1] if number else wave.chance.pick(pool)
        at = target.at + timedelta(seconds=wave.chance.between(500, 5400))
        signature = wave.brand.sign(wave.platform, wave.brand.agent(at))
        yield wave.reply(target, at, spec.text + signature, (*spec.labels, "signed"))


def _afterwards(wave: Wave, lines: list[str], answers: list[Draft]) -> Iterator[Draft]:
    """Let customers say how it went, next morning or after an answer."""
    for line in lines:
        spec = parse_line(line)
        number = int(spec.options["to"]) if "to" in spec.options else None
        parent = answers[number - 1] if number else wave.chance.pick(wave.customers)
        dawn = wave.begins_at + wave.length + timedelta(minutes=wave.chance.between(20, 700))
        at = parent.at + timedelta(minutes=wave.chance.between(6, 70)) if number else dawn
        yield wave.post(at, spec.text, spec.labels, parent=parent, person=parent.person)


def stage_broadcasts() -> list[Draft]:
    """Return what brands post without being asked, spread over the weeks."""
    drafts: list[Draft] = []
    for key, entries in read_broadcasts().items():
        for number, (day, texts) in enumerate(entries):
            drafts += _broadcast(BRANDS[key], number, len(entries), day, texts)
    return drafts


def _broadcast(
    brand: DemoBrand, number: int, total: int, day: str | None, texts: list[str]
) -> Iterator[Draft]:
    chance = Chance("broadcast", brand.key, number)
    offset = timedelta(days=int(number * WEEKS * 7 / total) + chance.below(2))
    on = datetime.fromisoformat(day).date() if day else FIRST_DAY + offset
    at = datetime.combine(on, time(chance.between(7, 16), chance.below(60)), brand.zone)
    names, weights = zip(*brand.platforms, strict=True)
    wave = Wave(
        f"broadcast_{number + 1}", brand, names[chance.weighted(weights)],
        "de", at.astimezone(UTC), timedelta(), chance,
    )  # fmt: skip
    yield from _thread(wave, texts)


def _thread(wave: Wave, texts: list[str]) -> Iterator[Draft]:
    account = wave.brand.handle(wave.platform, "m")
    parent: Draft | None = None
    for number, text in enumerate(texts):
        at = wave.begins_at + timedelta(minutes=3 * number)
        language = "en" if wave.brand.language == "en" or " the " in text else "de"
        draft = wave.post(
            at,
            text,
            speaker=wave.brand,
            account=account,
            flags=frozenset({"root"}),
            language=language,
        )
        draft.parent = parent
        parent = draft
        yield draft
