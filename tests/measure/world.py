"""A small world for measures: who says what, when, to whom, and what it means.

Labels are given by hand, so that measures are tested apart from the labeller.
"""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import polars as pl

from listener.measure.cases import Threads, build_threads
from listener.measure.handles import X_HANDLE
from listener.measure.promises import SAID_SCHEMA
from listener.measure.tables import Observation, Tables, build_tables
from listener.posts import LABELS, Account, Brand, Post, fold_handle, posts_schema

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
ACME = Brand(key="acme", name="Acme", accounts=(Account(platform="x", handle="acme"),))
BOLT = Brand(key="bolt", name="Bolt", accounts=(Account(platform="x", handle="bolt"),))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def make_promises(post, due, *, act, aside):
    """Return what a promise says: one row a time, or one without any."""
    times = [(None, None)] if due is None else due if isinstance(due, list) else [due]
    return [
        {
            "post": post, "contact": not act, "aside": aside, "beside": len(more) > 0,
            "due_kind": kind, "due_amount": amount,
            "due_words": None if kind is None else f"{kind} {amount}",
        }
        for kind, amount, *more in times
    ]  # fmt: skip


class World:
    """Posts of 2026, numbered as they are said."""

    def __init__(self, *brands: Brand) -> None:
        self.brands = brands or (ACME,)
        self.posts: list[Post] = []
        self.labels: dict[str, set[str]] = {}
        self.said: list[dict] = []

    def say(self, who, text="", *, at, to=None, labels="", **fields) -> str:
        """Add a post `at` so much after the start; return its id.

        A promise is one to come back unless `act` is true; `due` names a time by kind and amount.
        """
        due, act, aside = (fields.pop(name, None) for name in ("due", "act", "aside"))
        post_id = fields.pop("post_id", str(len(self.posts) + 1))
        named = pl.Series([text.lower()]).str.extract_all(X_HANDLE)[0].to_list()
        self.posts.append(
            Post(
                platform=fields.pop("platform", "x"),
                post_id=post_id,
                author_id=who,
                author_handle=fields.pop("author_handle", who),
                created_at=START + at,
                text=text,
                reply_to_id=to,
                mentions=tuple(fold_handle(handle) for handle in named),
                **fields,
            )
        )
        self.labels[post_id] = set(labels.split())
        if "promise" in self.labels[post_id]:
            self.said += make_promises(post_id, due, act=bool(act), aside=bool(aside))
        return post_id

    def frame(self) -> pl.DataFrame:
        """Return the posts frame."""
        schema = posts_schema()
        rows = [
            {key: value for key, value in asdict(post).items() if key in schema}
            for post in self.posts
        ]
        return pl.DataFrame(
            [row | {"mentions": list(row["mentions"])} for row in rows], schema=schema
        )

    def threads(self, *, as_of=timedelta(days=60)) -> Threads:
        """Sort the posts into cases."""
        return build_threads(self.frame(), self.brands, as_of=START + as_of)

    def tables(
        self, *, as_of=timedelta(days=60), observed=None, settle_days=7, visits=None, filed=None
    ) -> Tables:
        """Measure everything; observed until `as_of` unless told otherwise.

        With `visits`, `(id of a post, time, whether of everybody)`, all brands are
        collected live; `filed` is up to when files tell of them besides.
        """
        threads = self.threads(as_of=as_of)
        until = pl.DataFrame(
            {
                "brand": [brand.key for brand in self.brands],
                "platform": "x",
                "observed_until": START + (as_of if observed is None else observed),
            },
            schema_overrides={"observed_until": pl.Datetime("us", "UTC")},
        )
        observation = Observation(as_of=START + as_of, until=until, settle_days=settle_days)
        if visits is not None:
            observation = replace(
                observation,
                live=until.select("brand", "platform"),
                visits=self.list_visits(threads, visits),
                filed=None
                if filed is None
                else until.select("brand", "platform").with_columns(
                    pl.lit(START + filed).dt.cast_time_unit("us").alias("filed_until")
                ),
            )
        said = self.list_said(threads)
        return build_tables(threads, self.read(threads), self.brands, observation, said=said)

    def list_said(self, threads: Threads) -> pl.DataFrame:
        """Return what promises say by the row numbers of their posts."""
        rows = dict(threads.posts.select("post_id", "post").iter_rows())
        known = [said | {"post": rows[said["post"]]} for said in self.said if said["post"] in rows]
        return pl.DataFrame(known, schema=SAID_SCHEMA)

    def list_visits(self, threads: Threads, visits) -> pl.DataFrame:
        """Return visits by the row numbers of their posts."""
        rows = dict(threads.posts.select("post_id", "post").iter_rows())
        schema = {
            "post": pl.UInt32,
            "visited_at": pl.Datetime("us", "UTC"),
            "is_whole": pl.Boolean,
        }
        found = [(rows[post], START + at, is_whole) for post, at, is_whole in visits]
        return pl.DataFrame(found, schema=schema, orient="row")

    def read(self, threads: Threads) -> pl.DataFrame:
        """Return the labels given by hand, by row of the linked posts."""
        ids = threads.posts["post_id"].to_list()
        columns = {label: [label in self.labels[post] for post in ids] for label in LABELS}
        return threads.posts.select("post", pl.lit("en").alias("language")).with_columns(
            pl.Series(label, values, dtype=pl.Boolean) for label, values in columns.items()
        )

    def case(self, customer="anna", **options) -> dict:
        """Return the only case of this customer."""
        rows = self.tables(**options).cases.filter(pl.col("customer") == customer)
        assert rows.height == 1, rows.select("case", "customer", "conversation", "segment")
        return rows.row(0, named=True)
