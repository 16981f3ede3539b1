"""A made-up archive with everything that reaches across conversations, customers and files."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from listener.jobs.partitions.archive_files import list_files
from listener.jobs.partitions.run import ArchiveRequest
from listener.label import load_phrases
from listener.resources import phrases_dir
from tests.builders import make_brand, make_frame, make_post

END = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEKS = 9
BRANDS = (
    make_brand("acme", handles=("AcmeHelp", "Acme", "acme@social.example")),
    make_brand("globe", handles=("GlobeAir",), queries=("globe air",), time_zone="Asia/Tokyo"),
    make_brand("umbra", handles=("Umbra",)),
)
HANDLES = ("AcmeHelp", "GlobeAir", "Umbra")
SAID = (
    "my phone is dead since the update",
    "where is my parcel? this is a joke",
    "still not working, no answer to my DM",
    "it works again, thank you!",
    "my globe air flight is late again",
    "meine Bestellung ist immer noch nicht da, was soll das?",
)
REPLIES = (
    "Sorry to hear that! Please DM us your account number and we will look into it. ^KT",
    "Sorry to hear that, please DM us your account number and we will look into it! ^JB",
    "Please try to restart it while holding the volume button for ten seconds. ^JB",
    "We will get back to you tomorrow.",
    "Did that help?",
)


@cache
def shipped_phrases():
    return load_phrases([phrases_dir()])


class World:
    """Two months of talk; each customer has many conversations, with several brands."""

    def __init__(self, seed):
        self.chance = random.Random(seed)  # noqa: S311 - no secret
        self.posts = []
        self.numbers = iter(range(10_000, 90_000))

    def live(self, talks):
        for _ in range(talks):
            self.talk(END - timedelta(minutes=self.chance.randrange(WEEKS * 7 * 1440)))
        for _ in range(talks // 5):
            self.resume()
        for _ in range(talks // 20):
            self.outage()
        return [post for post in self.posts if post.created_at < END]

    def add(self, text, author, at, reply_to=None, **fields):
        """Say something; one in thirty is not collected, one in thirty was deleted."""
        number = str(next(self.numbers))
        post = make_post(text, author=author, at=at, reply_to=reply_to, platform="x")
        post = replace(post, post_id=number, author_id=f"9{sum(map(ord, author))}", **fields)
        fate = self.chance.random()
        if fate < 1 / 30:
            post = replace(post, deleted_at=at + timedelta(hours=1), text="")
        if fate < 29 / 30:
            self.posts.append(post)
        return post

    def talk(self, at):
        handle = self.chance.choice(HANDLES)
        customer = f"anna{self.chance.randrange(60)}"
        shared = {"conversation_id": f"c{next(self.numbers)}"} if self.chance.random() < 0.3 else {}
        others = f"@{self.chance.choice(HANDLES)} " if self.chance.random() < 0.1 else ""
        said = self.add(
            f"@{handle} {others}{self.chance.choice(SAID)}",
            customer,
            at,
            replies_announced=self.chance.choice((None, 1, 3)),
            **shared,
        )
        for _ in range(self.chance.randrange(5)):
            at += timedelta(seconds=self.chance.choice((5, 600, 40_000, 400_000)))
            author = self.chance.choice((handle, handle, customer, "eve"))
            text = self.chance.choice(REPLIES if author == handle else SAID)
            named = f"@{customer if author == handle else handle} {text}"
            if self.chance.random() < 0.1:
                said = self.add(named, author, at, quote_of_id=said.post_id)
            else:
                said = self.add(named, author, at, said, **shared)

    def resume(self):
        """Go on with something old, or answer it with a clock that is slow."""
        old = self.chance.choice(self.posts)
        author = self.chance.choice((*HANDLES, f"anna{self.chance.randrange(60)}"))
        named = old.mentions[0] if author.startswith("anna") and old.mentions else old.author_handle
        late = timedelta(days=self.chance.choice((-20, 5, 20, 40)))
        text = f"@{named} {self.chance.choice(SAID)}"
        self.add(text, author, old.created_at + late, old)

    def outage(self):
        """Many ask in one thread; a machine answers some of them at once, a person three."""
        at = END - timedelta(minutes=self.chance.randrange(WEEKS * 7 * 1440))
        root = self.add("We are down. Sorry!", "Umbra", at)
        names = self.chance.sample(range(60), 6)
        asked = [
            self.add(
                f"@Umbra {self.chance.choice(SAID)}", f"anna{n}", at + timedelta(minutes=n), root
            )
            for n in names
        ]
        told = at + timedelta(hours=3)
        for number, post in enumerate(asked[:4]):
            text = f"@{post.author_handle} We know about this and are working on it."
            self.add(text, "Umbra", told + timedelta(seconds=9 * number), post)
        named = " ".join(f"@{post.author_handle}" for post in asked[3:])
        self.add(
            f"{named} It is fixed, please restart it.", "Umbra", told + timedelta(hours=1), root
        )


def write_archive(folder, posts, *, files=3):
    """Write posts as Parquet files, in no order at all; return the folder."""
    frame = make_frame(posts)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=1)
    for number in range(files):
        place = folder / f"x/{number}.parquet"
        place.parent.mkdir(parents=True, exist_ok=True)
        shuffled.gather_every(files, number).write_parquet(place)
    return folder


def make_request(archive, **fields):
    wanted = {
        "files": tuple(list_files(str(archive))),
        "brands": BRANDS,
        "phrases": shipped_phrases(),
        "as_of": END,
        "settle_days": 7,
        "handles": "full",
        "posts_in_a_part": 150,
    }
    return ArchiveRequest(**{**wanted, **fields})
