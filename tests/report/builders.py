"""Invented brands, cases and posts for reports: seeded, so that pages can be compared."""

import random
from datetime import UTC, datetime, timedelta

import polars as pl

from listener.figures import Method, WeekFigures
from listener.measure.first_told import TOLD
from listener.measure.periods import Period, find_week
from listener.measure.tables import Tables
from listener.measure.week import Setting, measure_week
from listener.posts import Account, Brand
from listener.report.case_list import build_brand_week
from listener.report.weekly import BrandWeek, Options

HANDLINGS = ("public", "public_then_moved", "moved", "linked", "acknowledged", "unanswered")
WEIGHTS = (22, 8, 42, 6, 12, 14)
METHOD = Method(
    measures_version="1", phrases_digest="3f9a1c7be2d4", labeller="phrases-1", reviewed_cases=0
)
NAMES = ("Jana Weber", "Mo Farouk", "Li Wei", "Ada Stone", "Tom Byrne", "שרה לוי", "ivo")
ASKED = (
    "@AcmeHelp my router is offline since this morning, can anyone help?",
    "@AcmeHelp charged twice for October. Order 4711220098, mail me: jo@example.org",
    "@AcmeHelp seit drei Tagen kein Internet, was ist da los?",
    "@AcmeHelp third time I ask: where is my refund?? Call +49 170 1234567",
)
REPLIES = {
    "moved": ("Sorry to hear that! Please send us a DM so we can look into it. ^KB", ["dm"]),
    "public": ("Please hold the reset button for ten seconds, then wait. ^KB", ["answer"]),
    "public_then_moved": ("Please reset it. If that fails, DM us. ^TM", ["answer", "dm"]),
    "linked": ("Have a look here: https://acme.example/help", ["link"]),
    "acknowledged": ("We are sorry about that! We will look into it. ^KB", ["apology", "promise"]),
}


def make_brand(key: str = "acme", name: str = "Acme Telecom", **changes: object) -> Brand:
    values = {"accounts": (Account(platform="x", handle="AcmeHelp"),), "time_zone": "Europe/Berlin"}
    return Brand(key=key, name=name, **{**values, **changes})


class World:
    """Cases of one brand over several weeks.

    Args:
        brand: Whose cases.
        week: The newest week.
        weeks: How many weeks up to that one.
        cases: How many cases a week.
        seed: The same seed makes the same world.
    """

    def __init__(self, brand=None, *, week="2017-W44", weeks=12, cases=48, seed=1) -> None:
        self.brand = brand or make_brand()
        self.random = random.Random(seed)  # noqa: S311 - invented data
        self.period = find_week(week, self.brand.time_zone)
        self.cases: list[dict] = []
        self.posts: list[dict] = []
        self.promises: list[dict] = []
        self.seed = seed
        for ago in range(weeks):
            for _ in range(cases if ago == 0 else max(cases + self.random.randint(-8, 8), 0)):
                self.add_case(ago=ago)

    def add_case(self, *, ago: int = 0, customer: str | None = None, **changes: object) -> dict:
        chance = self.random
        number = len(self.cases)
        opened_at = self.period.since - timedelta(weeks=ago)
        opened_at += timedelta(minutes=chance.randint(10, 7 * 24 * 60 - 60))
        handling = changes.get("handling", chance.choices(HANDLINGS, WEIGHTS)[0])
        answered = handling != "unanswered"
        wait = min(chance.lognormvariate(6.6, 1.3), 5 * 86_400)
        helped = handling in {"public", "public_then_moved"} or (answered and chance.random() < 0.2)
        help_wait = wait * (1 if handling.startswith("public") else chance.uniform(4, 90))
        watched = 9 * 86_400.0 + chance.randint(0, 86_400)
        deflected = handling in {"moved", "public_then_moved"}
        outcome = self._choose_outcome(handling)
        fate = chance.choices(("silence", "solved", "came_back", "brand_came_back"), (70, 8, 16, 6))
        row = {
            "case": f"{self.seed}c{number:07d}", "brand": self.brand.key, "platform": "x",
            "customer": customer or f"user{number % 997}", "conversation": f"v{number}",
            "segment": 0, "opened_at": opened_at, "opened_by": "customer",
            "opening_post": str(9_000_000 + number * 10),
            "opening_url": f"https://x.com/i/status/{9_000_000 + number * 10}",
            "week": opened_at.strftime("%G-W%V"), "opening_unknown": False, "proactive": False,
            "untagged": False, "has_need": True, "customer_posts": 1, "replies": int(answered),
            "last_post_at": opened_at + timedelta(seconds=wait), "observed_days": 9.0,
            "observed_until": opened_at + timedelta(seconds=watched),
            "settled": True, "answered": answered,
            "first_reply_seconds": wait if answered else watched,
            "first_reply_observed": answered, "first_reply_skewed": False,
            "first_helpful_seconds": help_wait if helped else watched,
            "first_helpful_observed": helped, "first_helpful_skewed": False,
            "first_reply_service_seconds": None, "first_reply_off_hours": False,
            "first_helpful_service_seconds": None, "first_helpful_off_hours": False,
            "handling": handling, "targets": ["dm"] if deflected else [],
            "outcome": outcome, "outcome_rule": "4d", "outcome_post": None,
            "told_first": outcome if outcome in TOLD and number % 3 else None,
            "fate": fate[0] if deflected else None,
            "fast_no_help": not helped if answered and wait <= 3600 else None,
            "last_public_word": "hand_over" if outcome == "handed_over" else None,
            "chases": int(answered and chance.random() < 0.2),
            "followups_asked": int(answered and chance.random() < 0.1),
            "followups_unasked": int(answered and chance.random() < 0.05),
            "opening_complaint": number % 3 > 0, "opening_praise": number % 7 == 0,
            "customer_turns": 1 + number % 3, "brand_turns": int(answered) * (1 + number % 2),
            "asks_back": answered and number % 4 == 0,
            "register_brand": None, "register_customer": None,
            "reopened": False, "recontact_of": None, "mode": self.brand.mode,
        }  # fmt: skip
        row |= changes
        self.cases.append(row)
        self._add_posts(row, number, wait)
        return row

    def add_post(
        self, row: dict, side: str, text: str, labels: list[str], **changes: object
    ) -> None:
        order = sum(post["case"] == row["case"] for post in self.posts[-40:])
        number = len(self.posts)
        handle = self.brand.accounts[0].handle if side == "brand" else row["customer"]
        self.posts.append({
            "case": row["case"], "brand": self.brand.key, "platform": "x", "post": number,
            "post_id": str(9_000_000 + number), "side": side,
            "at": row["opened_at"] + timedelta(minutes=order * 9), "order": order, "turn": order,
            "automatic": False, "deleted": False, "read_as": "en", "text": text,
            "url": f"https://x.com/i/status/{9_000_000 + number}", "author_handle": handle,
            "author_name": "" if side == "brand" else NAMES[number % len(NAMES)],
            "visibility": "public", "labels": labels, "deflects": False, "helps": False,
            "replies_announced": None, "replies_collected": 0, "seen_at": None, **changes,
        })  # fmt: skip

    def add_promise(self, row: dict, state: str, **changes: object) -> None:
        """Let the last post of a case be a promise, due within a day unless told otherwise."""
        post = self.posts[-1]
        self.promises.append({
            "case": row["case"], "brand": self.brand.key, "platform": "x", "post": post["post"],
            "at": post["at"], "kind": "contact", "aside": False, "due_said": True,
            "due_words": "within 24 hours", "due_at": post["at"] + timedelta(days=1),
            "state": state, "unchecked": None, "post_id": post["post_id"], "url": post["url"],
            "visibility": "public", "decided_post": None, **changes,
        })  # fmt: skip

    def _choose_outcome(self, handling: str) -> str:
        if handling == "unanswered":
            return "unanswered"
        if handling == "moved":
            return self.random.choices(("handed_over", "unresolved", "resolved"), (78, 16, 6))[0]
        kinds = ("claimed", "resolved", "unresolved", "customer_silent", "brand_silent")
        return self.random.choices(kinds, (46, 24, 16, 8, 6))[0]

    def _add_posts(self, row: dict, number: int, wait: float) -> None:
        self.add_post(row, "customer", ASKED[number % len(ASKED)], ["need", "complaint"])
        if row["answered"] and row["handling"] in REPLIES:
            text, labels = REPLIES[row["handling"]]
            self.add_post(row, "brand", f"@{row['customer']} {text}", [*labels, "signed"])
        if row["outcome"] == "resolved":
            self.add_post(row, "customer", "That worked, thank you!", ["solved", "thanks"])
        if row["outcome"] == "unresolved":
            self.add_post(row, "customer", "Still nothing. Third day now.", ["unsolved"])

    @property
    def tables(self) -> Tables:
        if not self.cases:
            full = World(cases=1, weeks=1).tables
            return Tables(
                full.cases.clear(),
                full.case_posts.clear(),
                full.turns,
                full.replies.clear(),
                full.deletions,
                full.promises.clear(),
            )
        lists = {"labels": pl.List(pl.String), "targets": pl.List(pl.String)}
        cases = pl.DataFrame(self.cases, infer_schema_length=None, schema_overrides={
            "targets": lists["targets"], "fate": pl.String, "told_first": pl.String,
            "last_public_word": pl.String,
            "recontact_of": pl.String, "register_brand": pl.String,
            "register_customer": pl.String, "outcome_post": pl.UInt32, "fast_no_help": pl.Boolean,
            "first_reply_service_seconds": pl.Float64, "first_helpful_service_seconds": pl.Float64,
        })  # fmt: skip
        posts = pl.DataFrame(
            self.posts, infer_schema_length=None,
            schema_overrides={
                "labels": lists["labels"], "replies_announced": pl.Int64, "seen_at": _MOMENT,
            },
        )  # fmt: skip
        brand_posts = posts.filter(pl.col("side") == "brand")
        deflects = pl.col("labels").list.contains("dm")
        replies = brand_posts.select(
            "brand", "platform", "post", "post_id", pl.lit("reply").alias("kind"), "case", "at",
            "automatic", "deleted", pl.lit(value=True).alias("counted"), "labels",
            deflects.alias("deflects"), "helps",
            pl.when(deflects).then(pl.lit(["dm"])).otherwise(pl.lit([], pl.List(pl.String)))
            .alias("targets"), pl.col("labels").list.contains("signed").alias("signed"),
            (pl.col("post") > 40).alias("canned"),
            pl.when(pl.col("post") > 40).then(deflects.cast(pl.UInt32)).alias("cluster"),
            "url", "replies_announced", "replies_collected",
        )  # fmt: skip
        turns = pl.DataFrame(
            schema={
                "case": pl.String, "turn": pl.Int64, "clock": pl.String, "wait_seconds": pl.Float64,
                "observed": pl.Boolean, "skewed": pl.Boolean, "service_seconds": pl.Float64,
                "off_hours": pl.Boolean,
            }
        )  # fmt: skip
        deletions = pl.DataFrame(
            schema={"brand": pl.String, "platform": pl.String, "at": pl.Datetime("us", "UTC")}
        )
        promises = pl.DataFrame(self.promises, schema=PROMISES_SCHEMA)
        return Tables(cases, posts, turns, replies, deletions, promises)

    def measure(self, *, as_of: datetime | None = None, grade="complete", week=None) -> WeekFigures:
        seen = as_of or self.period.until + timedelta(days=9)
        period: Period = find_week(week, self.brand.time_zone) if week else self.period
        setting = Setting(
            as_of=seen, settle_days=7, method=METHOD, grade=grade, observed_until={"x": seen}
        )
        return measure_week(self.tables, self.brand, period, setting)

    def tell(self, *, handles="initials", with_further=False, **how: object) -> BrandWeek:
        tables = self.tables
        return build_brand_week(
            self.measure(**how), self.brand, tables.cases, tables.case_posts,
            settings=Options(handles), find_evidence=find_words, promises=tables.promises,
            tables=tables, with_further=with_further,
        )  # fmt: skip


_MOMENT = pl.Datetime("us", "UTC")
PROMISES_SCHEMA = {
    "case": pl.String, "brand": pl.String, "platform": pl.String, "post": pl.UInt32, "at": _MOMENT,
    "kind": pl.String, "aside": pl.Boolean, "due_said": pl.Boolean, "due_words": pl.String,
    "due_at": _MOMENT, "state": pl.String, "unchecked": pl.String, "post_id": pl.String,
    "url": pl.String, "visibility": pl.String, "decided_post": pl.UInt32,
}  # fmt: skip
MONDAY = datetime(2017, 11, 6, 8, tzinfo=UTC)


def find_words(posts: pl.Series) -> pl.DataFrame:
    """Pretend that these words led to a label."""
    return pl.DataFrame(
        {"post": posts, "label": ["dm"] * len(posts), "words": ["send us a DM"] * len(posts)},
        schema={"post": posts.dtype, "label": pl.String, "words": pl.String},
    )
