"""What happens on X, for the test server: people, posts, edits, deletions, messages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from tests.servers.x_search import Facts

IDS_START = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
SHORT_TEXT = 280
PRICES = {
    "post": Decimal("0.005"),
    "own_post": Decimal("0.001"),
    "user": Decimal("0.010"),
    "dm_event": Decimal("0.010"),
    "count": Decimal("0.005"),
}
_MENTION = re.compile(r"(?<![\w@/])@(\w{1,15})")


@dataclass(eq=False)
class XUser:
    id: str
    handle: str
    name: str
    protected: bool = False
    suspended: bool = False


@dataclass(frozen=True)
class XVersion:
    id: str
    text: str
    at: datetime


@dataclass(eq=False)
class XTweet:
    author: XUser
    versions: list[XVersion]
    visible_at: datetime
    lang: str
    reply_to: "XTweet | None" = None
    reply_to_id: str | None = None
    quote: "XTweet | None" = None
    quote_id: str | None = None
    retweet_of: "XTweet | None" = None
    deleted: bool = False

    @property
    def id(self) -> str:
        """The first id, which stays the key."""
        return self.versions[0].id

    @property
    def newest(self) -> XVersion:
        return self.versions[-1]

    @property
    def conversation_id(self) -> str:
        return self.reply_to.conversation_id if self.reply_to else self.id


@dataclass(frozen=True)
class XMessage:
    id: str
    sender: XUser
    people: tuple[XUser, ...]
    text: str
    at: datetime
    kind: str = "MessageCreate"


@dataclass(frozen=True)
class Charge:
    day: str
    kind: str
    id: str
    price: Decimal


@dataclass
class XWorld:
    """Everything that a test sets and asks; `now` is X's clock.

    Attributes:
        charges: What has to be paid for; no thing twice a day.
        timeline_limits: As far as timelines reach, by their last word.
    """

    now: datetime
    users: dict[str, XUser] = field(default_factory=dict)
    tweets: list[XTweet] = field(default_factory=list)
    messages: list[XMessage] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    timeline_limits: dict[str, int] = field(
        default_factory=lambda: {"tweets": 3200, "mentions": 800}
    )
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def cost(self) -> Decimal:
        return sum((charge.price for charge in self.charges), Decimal(0))

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)

    def add_user(self, handle: str, *, protected: bool = False) -> XUser:
        user = XUser(str(next(self._numbers) + 1000), handle, handle.title(), protected)
        self.users[handle.casefold()] = user
        return user

    def post(
        self,
        author: XUser | str,
        text: str,
        *,
        reply_to: XTweet | None = None,
        quote: XTweet | None = None,
        at: datetime | None = None,
        visible_at: datetime | None = None,
        lang: str = "en",
    ) -> XTweet:
        """Write a post; one that is visible later than it was written has a late id."""
        at = at or self.now
        return self._keep(
            XTweet(
                self.find(author),
                [XVersion(self.make_id(at), text, at)],
                visible_at or at,
                lang,
                reply_to=reply_to,
                reply_to_id=reply_to and reply_to.newest.id,
                quote=quote,
                quote_id=quote and quote.newest.id,
            )
        )

    def retweet(self, author: XUser | str, tweet: XTweet, *, at: datetime | None = None) -> XTweet:
        at = at or self.now
        text = f"RT @{tweet.author.handle}: {tweet.newest.text}"[:140]
        version = XVersion(self.make_id(at), text, at)
        return self._keep(XTweet(self.find(author), [version], at, tweet.lang, retweet_of=tweet))

    def edit(self, tweet: XTweet, text: str, *, at: datetime | None = None) -> None:
        at = at or self.now
        tweet.versions.append(XVersion(self.make_id(at), text, at))

    def delete(self, tweet: XTweet) -> None:
        tweet.deleted = True

    def message(
        self,
        sender: XUser | str,
        recipient: XUser | str,
        text: str,
        *,
        at: datetime | None = None,
        kind: str = "MessageCreate",
    ) -> XMessage:
        at = at or self.now
        people = (self.find(sender), self.find(recipient))
        self.messages.append(XMessage(self.make_id(at), people[0], people, text, at, kind))
        return self.messages[-1]

    def find(self, user: XUser | str) -> XUser:
        return user if isinstance(user, XUser) else self.users[user.casefold()]

    def make_id(self, at: datetime) -> str:
        milliseconds = (at - IDS_START) // timedelta(milliseconds=1)
        return str((milliseconds << 22) + next(self._numbers))

    def find_version(self, number: str) -> tuple[XTweet, XVersion] | None:
        found = ((t, v) for t in self.tweets for v in t.versions if v.id == number)
        return next(found, None)

    def is_there(self, tweet: XTweet) -> bool:
        return not tweet.deleted and tweet.visible_at <= self.now

    def may_see(self, tweet: XTweet, viewer: XUser | None) -> bool:
        author = tweet.author
        return not author.suspended and (not author.protected or author is viewer)

    def list_seen(self, viewer: XUser | None) -> list[XTweet]:
        """Return what a viewer can list, newest first."""
        seen = [t for t in self.tweets if self.is_there(t) and self.may_see(t, viewer)]
        return sorted(seen, key=lambda tweet: int(tweet.newest.id), reverse=True)

    def describe(self, tweet: XTweet) -> Facts:
        kinds = {"reply": tweet.reply_to, "quote": tweet.quote, "retweet": tweet.retweet_of}
        return Facts(
            text=tweet.newest.text,
            author=tweet.author.handle.casefold(),
            answers=tweet.reply_to.author.handle.casefold() if tweet.reply_to else "",
            mentions=frozenset(user.handle.casefold() for user, *_ in self.find_mentions(tweet)),
            urls=tuple(self.list_urls(tweet)),
            conversation_id=tweet.conversation_id,
            kinds=frozenset(kind for kind, other in kinds.items() if other),
            author_id=tweet.author.id,
        )

    def find_mentions(self, tweet: XTweet, text: str | None = None) -> list[tuple[XUser, int, int]]:
        found = _MENTION.finditer(tweet.newest.text if text is None else text)
        return [
            (self.users[hit[1].casefold()], *hit.span())
            for hit in found
            if hit[1].casefold() in self.users
        ]

    def list_urls(self, tweet: XTweet) -> list[str]:
        if not tweet.quote:
            return []
        return [f"https://twitter.com/{tweet.quote.author.handle}/status/{tweet.quote_id}"]

    def charge(self, kind: str, ids: list[str]) -> None:
        thing = "post" if kind == "own_post" else kind
        day = f"{self.now:%Y-%m-%d}"
        paid = {(c.day, "post" if c.kind == "own_post" else c.kind, c.id) for c in self.charges}
        for number in dict.fromkeys(ids):
            if (day, thing, number) not in paid:
                self.charges.append(Charge(day, kind, number, PRICES[kind]))

    def _keep(self, tweet: XTweet) -> XTweet:
        self.tweets.append(tweet)
        return tweet
