"""Write archives that look like real ones, of any size, the same ones each time.

Twelve brands, one platform's ids or the other's, German and English, over as many weeks as
leave 6,667 posts to each: a larger archive is a longer one. Customers have a long tail: most write
once, few again and again. Posts come in the order of their times, and only those that are still to
come are in memory.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from tests.bench.scripts import SMALL_WORDS, Dialogue, load_dialogues, make_rare_words

END = datetime(2025, 6, 2, tzinfo=UTC)  # a Monday; whatever is written later is new
REPORTED_WEEK = "2025-W21"
POSTS_A_WEEK = 6_667  # a million posts in 150 weeks
FEWEST_WEEKS = 4
X_EPOCH_MS = 1_288_834_974_657
HOSTS = ("social.example", "kiez.example", "queer.example", "town.example", "fedi.example")
CANNED = {
    "en": "Hi {cust}, sorry to hear that! Please send us a DM with your number and postcode.",
    "de": "Hallo {cust}, das tut uns leid. Bitte schick uns deine Nummer per Direktnachricht.",
}
MASTODON_SHARE = 0.15
SILENT_SHARE = 0.14  # of cases get no answer, whatever their dialogue says
CANNED_SHARE = 0.25  # of first replies are the brand's standard words
ADDED_SHARE = 0.6  # of customers' posts say a sentence more
PRIVATE_SHARE = 0.01
BROADCAST_SHARE = 0.03
WAIT_SECONDS = {True: 14_400, False: 5_400}  # until a customer and a brand write, on average


@dataclass(frozen=True, slots=True)
class BenchBrand:
    """A brand of the archive; the later in the list, the fewer posts."""

    key: str
    handle: str
    language: str

    def name_account(self, platform: str) -> str:
        """Return its account's handle on a platform."""
        return self.handle if platform == "x" else f"{self.key}@brands.example"


BRANDS = tuple(
    BenchBrand(name.lower(), f"{name}Help", language)
    for name, language in (
        ("Acme", "en"), ("Globeair", "en"), ("Nordbahn", "de"), ("Novabank", "en"),
        ("Hedgenet", "en"), ("Kaufgut", "de"), ("Parcelo", "en"), ("Stadtwerk", "de"),
        ("Streamly", "en"), ("Fonia", "en"), ("Radhaus", "de"), ("Teahouse", "en"),
    )
)  # fmt: skip
_WEIGHTS = [1 / (place + 2) for place in range(len(BRANDS))]


@dataclass(slots=True)
class _Draft:
    """A post that is still to come: its parent has its id before it gets one itself."""

    at: float
    brand: BenchBrand
    platform: str
    handle: str
    author: str
    text: str
    language: str
    parent: "_Draft | None" = None
    mentions: tuple[str, ...] = ()
    visibility: str = "public"
    post_id: str = ""
    root: str = ""


def write_archive(path: Path, size: int, more: Path | None = None, extra: int = 0) -> None:
    """Write an archive, and what comes after it to another file."""
    posts = generate_posts(size)
    for target, wanted in ((path, size), (more, extra)):
        if target is None:
            continue
        with target.open("wb") as file:
            for _ in range(wanted):
                file.write(next(posts))


def count_weeks(size: int) -> int:
    """Return how many weeks an archive of so many posts covers."""
    return max(FEWEST_WEEKS, round(size / POSTS_A_WEEK))


def generate_posts(size: int, weeks: int | None = None) -> Iterator[bytes]:
    """Yield the posts of an archive of this size as lines, and endlessly those that come later."""
    world = _World(size, weeks or count_weeks(size))
    waiting: list[tuple[float, int, _Draft]] = []
    order = count()
    for opened_at, drafts in world.iter_cases():
        for draft in drafts:
            heapq.heappush(waiting, (draft.at, next(order), draft))
        while waiting and waiting[0][0] <= opened_at:
            yield world.print_post(heapq.heappop(waiting)[2])


class _World:
    def __init__(self, size: int, weeks: int) -> None:
        self.chance = random.Random(2017)  # noqa: S311 - no secret
        self.dialogues = load_dialogues()
        self.rare = make_rare_words(self.chance)
        self.start = END.timestamp() - weeks * 7 * 86_400
        self.customers = max(100, size // 4)
        self.number = 0
        self.pace = weeks * 7 * 86_400 / size * self._average_length()

    def _average_length(self) -> float:
        """Return how many posts a case has, by what a rehearsal gives."""
        lengths = [sum(1 for _ in self._make_case(0.0)) for _ in range(3000)]
        return sum(lengths) / len(lengths)

    def iter_cases(self) -> Iterator[tuple[float, list[_Draft]]]:
        """Yield cases by the time of their first post, fewer at night, without an end."""
        at = self.start
        while True:
            hour = datetime.fromtimestamp(at, UTC).hour
            at += self.chance.expovariate(1 / self.pace) * (2.2 if hour < 6 else 0.83)
            yield at, list(self._make_case(at))

    def _make_case(self, at: float) -> Iterator[_Draft]:
        chance = self.chance
        brand = chance.choices(BRANDS, _WEIGHTS)[0]
        platform = "mastodon" if chance.random() < MASTODON_SHARE else "x"
        dialogue = chance.choice(self.dialogues[brand.language])
        if chance.random() < BROADCAST_SHARE:
            text = f"{self._add_sentence(brand.language)} {self._add_sentence(brand.language)}"
            yield self._draft(at, brand, platform, None, text, None)
            return
        customer = int(chance.random() ** 2.5 * self.customers)
        yield from self._play(dialogue, at, brand, platform, customer)

    def _play(
        self, dialogue: Dialogue, at: float, brand: BenchBrand, platform: str, customer: int
    ) -> Iterator[_Draft]:
        chance, played = self.chance, list[_Draft]()
        slots = self._fill_slots(brand, customer)
        is_silent = chance.random() < SILENT_SHARE
        visibility = "direct" if chance.random() < PRIVATE_SHARE else "public"
        for place, part in enumerate(dialogue.parts):
            if is_silent and not part.by_customer:
                return
            if played:
                mean = part.seconds or WAIT_SECONDS[part.by_customer]
                at += 20 + chance.expovariate(1 / mean)
            text = part.text
            if not part.by_customer and place == 1 and chance.random() < CANNED_SHARE:
                text = CANNED[brand.language]
            elif part.by_customer and chance.random() < ADDED_SHARE:
                text = f"{text} {self._add_sentence(brand.language)}"
            answered = played[min((part.answers or place) - 1, place - 1)] if played else None
            who = customer if part.by_customer else None
            draft = self._draft(at, brand, platform, who, text.format_map(slots), answered)
            draft.visibility = visibility
            played.append(draft)
            yield draft

    def _draft(
        self,
        at: float,
        brand: BenchBrand,
        platform: str,
        customer: int | None,
        text: str,
        parent: _Draft | None,
    ) -> _Draft:
        own = brand.name_account(platform)
        author = own if customer is None else name_customer(platform, customer)
        told = parent.handle if parent is not None and parent.handle != author else own
        named = () if customer is None and parent is None else (told,)
        text = " ".join((*(f"@{name.partition('@')[0]}" for name in named), text))
        draft = _Draft(at, brand, platform, author, author, text, brand.language, parent)
        draft.mentions = tuple(name.casefold() for name in named)
        return draft

    def _fill_slots(self, brand: BenchBrand, customer: int) -> dict[str, str]:
        chance = self.chance
        town, other = chance.choice(self.rare).title(), chance.choice(self.rare).title()
        hour, minute = chance.randrange(24), chance.randrange(60)
        return {
            "brand": brand.key.title(), "cust": self.rare[customer % 1000].title(),
            "name": self.rare[customer % 1000].title(), "ort": town, "ort2": other, "town": town,
            "ref": f"{brand.key[:2].upper()}-{chance.randrange(20_000, 98_000)}",
            "zahl": str(chance.randrange(2, 60)), "zeit": f"{hour}:{minute:02}",
            "zeit2": f"{(hour + 1) % 24}:{minute:02}",
        }  # fmt: skip

    def _add_sentence(self, language: str) -> str:
        words = self.chance.choices(SMALL_WORDS[language], k=self.chance.randrange(3, 12))
        words[self.chance.randrange(len(words))] = self.chance.choice(self.rare)
        return f"{' '.join(words).capitalize()}."

    def print_post(self, draft: _Draft) -> bytes:
        """Give a draft its id and return its line."""
        self.number += 1
        parent = draft.parent
        number = (int(draft.at * 1000) - X_EPOCH_MS << 22) + self.number % 4_194_304
        name, _, host = draft.handle.partition("@")
        is_x = draft.platform == "x"
        draft.post_id = str(number) if is_x else f"https://{host}/users/{name}/statuses/{number}"
        draft.root = parent.root if parent else draft.post_id
        moment = datetime.fromtimestamp(int(draft.at), UTC)
        written = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        record: dict[str, Any] = {
            "platform": draft.platform, "post_id": draft.post_id, "author_id": draft.author,
            "author_handle": draft.handle, "created_at": written, "text": draft.text,
            "url": f"https://x.com/{name}/status/{number}" if is_x else draft.post_id,
            "mentions": draft.mentions,
        }  # fmt: skip
        if self.chance.random() > 0.06:
            record["language"] = draft.language
        if parent:
            record["reply_to_id"], record["reply_to_author_id"] = parent.post_id, parent.author
        if is_x:
            record["conversation_id"] = draft.root
        else:
            record["aliases"] = (f"{host}/{number}",)
        if draft.visibility != "public":
            record["visibility"] = draft.visibility
        if self.chance.random() < 0.005:
            later = moment + timedelta(minutes=5)
            record["edited_at"] = later.strftime("%Y-%m-%dT%H:%M:%SZ")
        return orjson.dumps(record) + b"\n"


def name_customer(platform: str, number: int) -> str:
    """Return the handle of a customer, which is the id of its author, too."""
    return f"c{number}" if platform == "x" else f"c{number}@{HOSTS[number % len(HOSTS)]}"
