"""The program against a plain computation on 14,000 real tweets.

`PlainCases` reads the file by itself and walks through it post by post, with
none of the program's code, so that both can only be wrong in the same way by
misreading `docs/measures.md` alike.
"""

import csv
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from listener.cli import main
from listener.collect.archive import open_source, read_archive
from listener.jobs.brand_flags import make_brands
from listener.measure.cases import build_threads
from listener.measure.tables import Observation, build_tables
from listener.posts import LABELS
from listener.store.store import Store

SHARED = Path(__file__).resolve().parents[3] / "shared"
CORPUS = SHARED / "archives" / "customer_support_2017.csv"
NOW = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the shared data are not here")


class PlainCases:
    """First replies of all cases with a known opening, by dictionaries and loops."""

    def __init__(self, path):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.rows = {row["tweet_id"]: row for row in rows}
        for row in rows:
            row["at"] = datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y")
            row["named"] = [name.lower() for name in re.findall(r"(?<![\w@])@(\w+)", row["text"])]
            start = re.match(r"(?:[\s.,:;\-–—]*@\w+)*", row["text"])[0]
            row["front"] = [name.lower() for name in re.findall(r"@(\w+)", start)]
            row["body"] = [
                name.lower() for name in re.findall(r"@(\w+)", row["text"][len(start) :])
            ]
        self.brands = {row["author_id"] for row in rows if not row["author_id"].isdigit()}
        self.brand_of = {brand.lower(): brand for brand in self.brands}
        self.order = sorted(
            rows, key=lambda row: (row["at"], len(row["tweet_id"]), row["tweet_id"])
        )

    def parent(self, row):
        return self.rows.get(row["in_response_to_tweet_id"])

    def is_orphan(self, row):
        return bool(row["in_response_to_tweet_id"]) and self.parent(row) is None

    def customer_of(self, reply):
        """Climb over the brand's own posts to the customer that a reply is for."""
        while (parent := self.parent(reply)) and parent["author_id"] == reply["author_id"]:
            reply = parent
        if parent:
            return None if parent["author_id"] in self.brands else parent["author_id"]
        if self.is_orphan(reply):
            return next((name for name in reply["named"] if name not in self.brand_of), None)
        return None

    def brands_of(self, post):
        """Return the brands that a customer's post speaks to."""
        parent = self.parent(post)
        if self.is_orphan(post):
            spoken_to = [*post["front"][:1], *post["body"]]
        elif parent is None:
            spoken_to = post["named"]
        else:
            by_itself = {parent["author_id"].lower(), *parent["named"]}
            spoken_to = [name for name in post["front"] if name not in by_itself] + post["body"]
        found = {self.brand_of[name] for name in spoken_to if name in self.brand_of}
        if parent and parent["author_id"] in self.brands:
            found.add(parent["author_id"])
        if parent and parent["author_id"] == post["author_id"]:
            found |= self.brands_of(parent)
        return found

    def conversation(self, row):
        seen = [row["tweet_id"]]
        while parent := self.parent(row):
            row = parent
            seen.append(row["tweet_id"])
        return row["in_response_to_tweet_id"] or row["tweet_id"]

    def dealings(self):
        """Return the posts of each customer with each brand in each conversation."""
        found = defaultdict(list)
        for row in self.order:
            if row["author_id"] in self.brands:
                customer = self.customer_of(row)
                if customer:
                    found[row["author_id"], customer, self.conversation(row)].append(row)
            else:
                for brand in self.brands_of(row):
                    found[brand, row["author_id"], self.conversation(row)].append(row)
        self._add_shared(found)
        return found

    def _add_shared(self, found):
        """A reply also belongs to others whom it names in front and who wait."""
        for row in self.order:
            if row["author_id"] not in self.brands:
                continue
            for name in set(row["front"]) - {self.customer_of(row)}:
                posts = found.get((row["author_id"], name, self.conversation(row)))
                if posts is None or not any(post["author_id"] == name for post in posts):
                    continue
                place = self.order.index(row)
                before = [post for post in posts if self.order.index(post) < place]
                if before and before[-1]["author_id"] == name:
                    posts.insert(len(before), row)

    def first_replies(self):
        """Return the seconds of the first reply by brand, customer and opening."""
        replies = {}
        for (brand, customer, _), posts in self.dealings().items():
            for segment in self._cut(posts, customer):
                first = segment[0]
                if first["author_id"] != customer or self.is_orphan(first):
                    continue
                waits = [
                    (post["at"] - first["at"]).total_seconds()
                    for post in segment
                    if post["author_id"] == brand and not self._is_instant(post)
                ]
                key = (brand.lower(), customer, first["tweet_id"])
                replies[key] = waits[0] if waits else None
        return replies

    def _is_instant(self, reply):
        parent = self.parent(reply)
        wait = (reply["at"] - parent["at"]).total_seconds() if parent else None
        return wait is not None and 0 <= wait <= 10 and parent["author_id"] not in self.brands

    @staticmethod
    def _cut(posts, customer):
        segments = [[]]
        for post in posts:
            before = segments[-1][-1] if segments[-1] else None
            late = before and post["at"] - before["at"] >= timedelta(days=14)
            if late and post["author_id"] == customer:
                segments.append([])
            segments[-1].append(post)
        return segments


@pytest.fixture(scope="module")
def plain():
    return PlainCases(CORPUS)


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """Import the corpus by the command line, and give its store."""
    database = tmp_path_factory.mktemp("corpus") / "corpus.db"
    arguments = ["--database", str(database), "import", str(CORPUS)]
    assert main([*arguments, "--named-accounts-as-brands"]) == 0
    return database


@pytest.fixture(scope="module")
def tables(imported):
    """Measure the corpus as if every customer's post called for a reply."""
    with Store.open(f"sqlite:///{imported}") as store:
        posts, brands = store.load_posts(), store.load_brands()
        newest = store.load_imports()["newest"].max()
    threads = build_threads(posts, brands, as_of=NOW)
    labels = threads.posts.select("post", pl.lit("en").alias("language")).with_columns(
        (pl.lit(label == "need") & threads.posts["brand"].is_null()).alias(label)
        for label in LABELS
    )
    until = pl.DataFrame(
        {"brand": [brand.key for brand in brands], "platform": "x", "observed_until": newest}
    )
    return build_tables(threads, labels, brands, Observation(as_of=NOW, until=until))


def test_the_store_holds_the_distinct_valid_rows(imported, plain):
    with Store.open(f"sqlite:///{imported}") as store:
        posts = store.load_posts()
    assert posts.height == len(plain.rows) == 13_997
    assert set(posts["post_id"]) == set(plain.rows)


def test_brands_are_the_named_accounts(imported, plain):
    with Store.open(f"sqlite:///{imported}") as store:
        brands = store.load_brands()
    assert {brand.name for brand in brands} == plain.brands
    assert brands == tuple(sorted(make_brands(plain.brands), key=lambda brand: brand.key))


def test_first_replies_equal_the_plain_computation(tables, plain):
    known = tables.cases.filter(
        (pl.col("opened_by") == "customer") & ~pl.col("opening_unknown")
    ).with_columns(pl.when("first_reply_observed").then("first_reply_seconds").alias("seconds"))
    found = {
        (row["brand"].replace("-", "_"), row["customer"], row["opening_post"]): row["seconds"]
        for row in known.iter_rows(named=True)
    }
    expected = plain.first_replies()
    assert len(expected) > 1_000
    assert found == expected


def test_one_row_for_each_customer_brand_conversation_and_segment(tables):
    key = ["customer", "brand", "conversation", "segment"]
    assert not tables.cases.select(key).is_duplicated().any()
    assert not tables.cases["case"].is_duplicated().any()


def test_conversations_that_start_with_a_reply_are_unknown_and_without_clock(tables):
    unknown = tables.cases.filter("opening_unknown")
    assert unknown.height > 2_400
    assert unknown["first_reply_seconds"].null_count() == unknown.height


def test_importing_twice_changes_nothing(imported, capsys):
    assert main(["--database", str(imported), "import", str(CORPUS)]) == 0
    assert "13997 posts, 0 new, 0 changed, 13997 unchanged" in capsys.readouterr().out


def test_every_row_is_a_post():
    with open_source(CORPUS) as source:
        entries = list(read_archive(source))
    assert len(entries) == 13_997
    assert all(hasattr(entry, "post_id") for entry in entries)
