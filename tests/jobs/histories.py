"""What may happen on a platform while a program collects from it, and what it must know at the end.

A history is a world (people post, answer, edit, delete; posts arrive late; pages break) and a
store that is filled in rounds, each of which may be killed at any call. `check` compares both.
"""

import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack, closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from listener.jobs.collecting.accounts import open_collector
from listener.jobs.collecting.collection import Collected, collect
from listener.jobs.collecting.plans import plan_desks
from listener.jobs.collecting.purse import make_purse
from listener.settings.tokens import load_tokens
from listener.store.store import Store
from tests.jobs.rounds import DOMAIN, Rounds
from tests.processes import Running, start_module
from tests.servers.mastodon import run_mastodon
from tests.servers.mastodon_world import WorldPost
from tests.servers.x import run_x
from tests.servers.x_world import XTweet
from tests.sqlite import copy_migrated

X_FAULTS = (
    "400", "401", "403", "404", "429", "500", "503", "hang-up", "cut", "wrong-json", "list",
    "html", "empty-object", "redirect", "repeated-token",
)  # fmt: skip
MASTODON_FAULTS = (
    "401", "403", "422", "429", "500", "503", "cut", "not_json", "wrong_json", "html", "empty",
    "link_loop", "page_repeated",
)  # fmt: skip
PEOPLE = ("anna", "ben")


class KilledError(BaseException):
    """Stands for `kill -9`: nobody gets to clean up."""


class Ground:
    """A folder and a store in it for one history after the other.

    The store learns its statements once; to open it costs as much as a short history.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "posts.db"
        self.clear()
        self.store = Store.open(f"sqlite:///{self.path}")

    def clear(self) -> None:
        """Make the store as it was; nobody may have it open."""
        for end in ("-wal", "-shm"):
            Path(f"{self.path}{end}").unlink(missing_ok=True)
        copy_migrated(self.path)


class KillableStore:
    """A store whose owner dies at one of its calls, before or after its work is done."""

    def __init__(self, store: Store, calls: int | None) -> None:
        self._store, self._calls = store, calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not callable(found):
            return found

        def call(*words: Any, **named: Any) -> Any:
            self._tick()
            result = found(*words, **named)
            self._tick()
            return result

        return call

    def _tick(self) -> None:
        if self._calls is not None:
            self._calls -= 1
            if self._calls < 0:
                raise KilledError


class _Killer:
    """Ends a process at the n-th request that it makes, before it gets an answer."""

    def __init__(self, request: int) -> None:
        self.process: Future[Running] = Future()
        self._left = request

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            process = self.process.result(timeout=10)
            process.kill()
            process.wait(timeout=10)


class History:
    """One platform, one brand on it, and the store."""

    def __init__(self, ground: Ground, platform: str, mode: str) -> None:
        self.stack = ExitStack()
        self.store = ground.store
        ground.clear()
        self.platform, self.mode = platform, mode
        x = self.stack.enter_context(run_x(page_size=5))
        mastodon = self.stack.enter_context(run_mastodon(DOMAIN))
        self.rounds = Rounds(ground.folder, x, mastodon, mode, accounts=platform)
        self.x, self.mastodon = x, mastodon
        for name in PEOPLE:
            x.add_user(name)
            mastodon.add_account(f"{name}@elsewhere.example")
        self.posts: list[Any] = []
        self.count = 0
        self.allowed = Decimal(0)
        # While it is open, SQLite need not clean up each time that the store lets go of the file.
        self.ledger = self.stack.enter_context(closing(sqlite3.connect(ground.path)))
        self.settings = self.rounds.settings
        self.tokens = load_tokens(self.settings, self.rounds.env)

    def close(self) -> None:
        self.stack.close()

    # What people do

    def write(self, who: str, *, addresses: bool, parent: int, late: int = 0) -> None:
        """Write a post, perhaps an answer to an earlier one, seen `late` minutes after it."""
        self.count += 1
        mention = "@acme " if addresses and who != "acme" else ""
        text = f"{mention}words number {self.count}"
        answered = self._find(parent)
        self.rounds.advance(seconds=1)
        if self.platform == "x":
            self._write_on_x(who, text, answered, late)
        else:
            self._write_on_mastodon(who, text, answered, late)

    def _write_on_x(self, who: str, text: str, answered: XTweet | None, late: int) -> None:
        now = self.x.world.now
        at = now - timedelta(minutes=late)
        if answered is not None and answered.newest.at > at:
            at = now
        # X puts the addressee of an answer before it.
        if answered is not None and answered.author.handle != who:
            text = f"@{answered.author.handle} {text}"
        self.posts.append(self.x.post(who, text, reply_to=answered, at=at, visible_at=now))

    def _write_on_mastodon(
        self, who: str, text: str, answered: WorldPost | None, late: int
    ) -> None:
        world = self.mastodon
        author = self.rounds.acme if who == "acme" else f"{who}@elsewhere.example"
        at = world.now - timedelta(minutes=late)
        is_late = late and (answered is None or answered.created_at < at)
        is_secret = answered is not None and answered.visibility == "direct"
        post = world.post(
            author,
            text,
            reply_to=answered,
            at=at if is_late else None,
            visibility="direct" if is_secret else "public",
        )
        self.posts.append(post)

    def whisper(self, who: str) -> None:
        """Write a private message to the brand."""
        self.count += 1
        text = f"private words number {self.count}"
        self.rounds.advance(seconds=1)
        if self.platform == "x":
            self.posts.append(self.x.message(who, "acme", text))
        else:
            author = f"{who}@elsewhere.example"
            self.posts.append(self.mastodon.post(author, f"@acme {text}", visibility="direct"))

    def edit(self, number: int) -> None:
        post = self._find(number)
        if post is None:
            return
        self.count += 1
        self.rounds.advance(seconds=1)
        text = f"edited words number {self.count}"
        if self.platform == "x":
            # X lets people edit for an hour.
            if self.x.world.now - post.versions[0].at < timedelta(minutes=59):
                heads = [word for word in post.newest.text.split() if word.startswith("@")]
                self.x.edit(post, " ".join((*heads, text)))
        else:
            self.mastodon.edit(post, f"@acme {text}" if "@acme" in post.text else text)

    def delete(self, number: int) -> None:
        post = self._find(number)
        if post is not None:
            (self.x if self.platform == "x" else self.mastodon).delete(post)

    def break_next(self, kind: int, after: int) -> None:
        """Let a later request fail."""
        if self.platform == "x":
            self.x.fail_next(X_FAULTS[kind % len(X_FAULTS)], after=after)
        else:
            name = MASTODON_FAULTS[kind % len(MASTODON_FAULTS)]
            self.mastodon.fail_next(name, skip=after)

    def heal(self) -> None:
        self.x.faults.clear()
        self.mastodon.faults.clear()

    def _find(self, number: int) -> Any:
        there = [post for post in self.posts if self._exists(post)]
        return there[number % len(there)] if there and number >= 0 else None

    def _exists(self, post: Any) -> bool:
        if isinstance(post, XTweet):
            return not post.deleted
        return isinstance(post, WorldPost) and post.id in self.mastodon.posts

    # What the program does

    def collect(self, kill_at: int | None = None) -> Collected | None:
        """Make a round; one that is killed is followed by a good one, as a supervisor would do.

        What was read and not saved is charged, and only booked if it is read again in the
        same way on the same day: nobody knows what an answer held that was lost with its reader.
        """
        before = self._tell_unbooked()
        try:
            return self._collect(KillableStore(self.store, kill_at))
        except KilledError:
            self.heal()
        self.allowed += self._tell_unbooked() - before
        return self.collect()

    def _tell_unbooked(self) -> Decimal:
        (booked,) = self.ledger.execute("SELECT sum(micro_dollars) FROM spending").fetchone()
        return self.x.world.cost - Decimal(booked or 0) / 1_000_000

    def collect_and_kill(self, request: int) -> None:
        """Make a round in another process, and kill it with -9 while a request is answered."""
        words, env = (self.rounds.config, self.rounds.now), {**os.environ, **self.rounds.env}
        before = self._tell_unbooked()
        self.x.on_request = self.mastodon.on_request = killer = _Killer(request)
        with start_module("tests.jobs.run_round", *words, env=env) as process:
            killer.process.set_result(process)
            process.wait(timeout=60)
        self.x.on_request = self.mastodon.on_request = None
        self.allowed += self._tell_unbooked() - before
        self.heal()
        self.collect()

    def _collect(self, store: Any) -> Collected:
        return collect(
            store,
            plan_desks(self.settings.brands, self.tokens, x_messages=self.mode == "owner"),
            make_purse(store, self.settings.x, self.settings.brands),
            lambda desk: open_collector(desk, self.settings, self.tokens, self.rounds.clock),
            brands=self.settings.brands,
            now=self.rounds.clock,
            history_days=self.settings.x.history_days,
        )

    def settle(self) -> None:
        """Two quiet rounds: one finds what is new, one what has gone meanwhile."""
        self.heal()
        self.rounds.advance(hours=25)  # whoever was asked to wait has waited
        results = [self.collect()]
        self.rounds.advance(days=15)
        results.append(self.collect())
        failed = [run for result in results if result for run in result.failed]
        assert not failed, failed

    # What must be true then

    def check(self) -> None:
        public, private = self.store.load_posts(), self.store.load_private_posts()
        runs = self.store.load_runs()
        self._check_posts(public, private)
        assert set(runs["state"]) <= {"done", "failed", "stopped"}, runs["state"].to_list()
        assert runs["new"].sum() == public.height + private.height
        assert (runs["read"] >= runs["new"] + runs["changed"]).all()
        assert 0 <= self._tell_unbooked() <= self.allowed

    def _check_posts(self, public: pl.DataFrame, private: pl.DataFrame) -> None:
        both = pl.concat([public, private])
        assert both["post_id"].n_unique() == both.height
        assert set(public["visibility"]) <= {"public", "unlisted"}
        known = {row["post_id"]: row for row in both.iter_rows(named=True)}
        wanted = self._list_wanted()
        missing = {key: text for key, text in wanted.items() if key not in known}
        assert not missing, f"lost: {missing}"
        stale = {
            key: (text, known[key]["text"])
            for key, text in wanted.items()
            if not text.endswith(known[key]["text"].rpartition("@")[2].partition(" ")[2])
            or known[key]["deleted_at"] is not None
        }
        assert not stale, f"stale: {stale}"
        public_or_ours = (post for post in self.posts if isinstance(post, XTweet | WorldPost))
        gone = {self._name(post) for post in public_or_ours if not self._exists(post)}
        ghosts = [
            row["text"] for key, row in known.items() if key in gone and row["deleted_at"] is None
        ]
        assert not ghosts, f"deleted, and still known: {ghosts}"
        if self.mode == "watch":
            assert private.is_empty()

    def _is_followed(self, post: Any) -> bool:
        """Tell whether the program looks after a post: those of cases, and the brand's own."""
        if isinstance(post, XTweet):
            return self._is_said_to_acme(post)
        return isinstance(post, WorldPost) and self._is_found_on_mastodon(post)

    def _list_wanted(self) -> dict[str, str]:
        """Return the newest words of what the token may see and the brand is part of, by id."""
        wanted = {}
        for post in self.posts:
            if self._is_wanted(post):
                words = post.newest.text if isinstance(post, XTweet) else post.text
                wanted[self._name(post)] = words
        return wanted

    def _name(self, post: Any) -> str:
        if isinstance(post, XTweet):
            return post.id
        return post.uri if isinstance(post, WorldPost) else f"dm:{post.id}"

    def _is_wanted(self, post: Any) -> bool:
        if isinstance(post, XTweet | WorldPost):
            return self._exists(post) and self._is_followed(post)
        return self.mode == "owner"

    def _is_said_to_acme(self, tweet: XTweet) -> bool:
        """Tell what acme wrote, what addresses it, and what a customer adds to his own case."""
        if tweet.author.handle == "acme" or "@acme" in tweet.newest.text:
            return True
        parent = tweet.reply_to
        is_own = parent is not None and parent.author is tweet.author and self._exists(parent)
        return is_own and parent is not None and self._is_in_a_case(parent)

    def _is_in_a_case(self, tweet: XTweet) -> bool:
        """Tell whether a customer turned to acme on purpose: X puts names before answers."""
        parent = tweet.reply_to
        if "@acme" in tweet.newest.text:
            return parent is None or (self._exists(parent) and parent.author.handle == "acme")
        return self._is_said_to_acme(tweet)

    def _is_found_on_mastodon(self, post: WorldPost) -> bool:
        """Owners are told of mentions; everybody finds what hangs together with acme's posts."""
        viewer = self.rounds.acme if self.mode == "owner" else None
        if not self.mastodon.may_see(viewer, post):
            return False
        if viewer and "@acme" in post.text:
            return True
        return self._hangs_below(post, lambda one: one.author is self.rounds.acme)

    def _hangs_below(self, post: WorldPost | None, test: Callable[[WorldPost], bool]) -> bool:
        first = post
        while post is not None and (post is first or post.id in self.mastodon.posts):
            if test(post) and (self.mode == "owner" or post.visibility == "public"):
                return True
            post = post.reply_to
        return False
