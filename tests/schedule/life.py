"""What happens to a brand in weeks and months: people complain, it answers, and much goes wrong."""

import random
from dataclasses import dataclass
from typing import Any

from tests.jobs.rounds import Rounds
from tests.servers.x_world import XTweet

COMPLAINTS = (
    "@acme my phone is dead, please help",
    "@acme the parcel has not arrived, where is it?",
    "@acme I have been charged twice, can you help?",
    "@acme meine Rechnung ist falsch, können Sie mir helfen?",
)
ANSWERS = (
    "Sorry to hear that! Please send us a DM",
    "Please hold the button for ten seconds, then it starts again",
    "We have just refunded the second payment",
    "Das tut uns leid! Bitte schicken Sie uns eine DN",
)
ENDS = ("Thank you, it works now!", "Still nothing, I am so angry", "Danke, es geht wieder!", "")
X_FAULTS = ("401", "429", "500", "503", "hang-up", "cut", "wrong-json", "html", "empty-object")
MASTODON_FAULTS = ("422", "429", "500", "503", "cut", "not_json", "html", "empty", "link_loop")


@dataclass
class _Talk:
    platform: str
    customer: str
    newest: Any
    step: int = 0


class Life:
    """A brand's customers; `go_on` lets some hours of their life happen.

    Nobody's posts are followed for longer than two weeks, so that the program has as
    much to do in the last week as in the fifth one.
    """

    def __init__(self, rounds: Rounds, seed: int) -> None:
        self.rounds, self.chance = rounds, random.Random(seed)  # noqa: S311 - the same each time
        self.talks: list[_Talk] = []
        self.count = 0
        self.is_cut_off = False

    def go_on(self, hours: float) -> None:
        """Let hours pass, in which people write and servers break."""
        self.rounds.advance(hours=hours)
        if self.chance.random() < 0.5:
            self._complain()
        for talk in [talk for talk in self.talks if self.chance.random() < 0.4]:
            self._answer(talk)
        if not self.is_cut_off:
            self._break()

    def cut_off(self) -> None:
        """Let every request fail from now on, as if the network was gone."""
        self.is_cut_off = True
        self.rounds.x.fail_next("503", times=100_000)
        self.rounds.mastodon.fail_next("503", times=100_000)

    def heal(self) -> None:
        """Let nothing be broken."""
        self.is_cut_off = False
        self.rounds.x.faults.clear()
        self.rounds.mastodon.faults.clear()

    def _complain(self) -> None:
        self.count += 1
        platform = self.chance.choice(("x", "mastodon"))
        name = f"customer{self.count % 40}"
        customer = name if platform == "x" else f"{name}@elsewhere.example"
        text = f"{self.chance.choice(COMPLAINTS)} ({self.count})"
        self.talks.append(_Talk(platform, customer, self._write(platform, customer, text)))

    def _answer(self, talk: _Talk) -> None:
        talk.step += 1
        if talk.step == 1:
            self._reply(talk, "acme", self.chance.choice(ANSWERS))
        else:
            end = self.chance.choice(ENDS)
            if end:
                self._reply(talk, talk.customer, end)
            self.talks.remove(talk)

    def _reply(self, talk: _Talk, who: str, text: str) -> None:
        addressee = talk.customer if who == "acme" else "acme"
        self.count += 1
        words = f"@{addressee} {text} ({self.count})"
        talk.newest = self._write(talk.platform, who, words, reply_to=talk.newest)

    def _write(self, platform: str, who: str, text: str, *, reply_to: Any = None) -> Any:
        self.rounds.advance(seconds=1)
        if platform == "x":
            if who not in self.rounds.x.world.users:
                self.rounds.x.add_user(who)
            return self.rounds.x.post(who, text, reply_to=reply_to)
        world = self.rounds.mastodon
        author = self.rounds.acme if who == "acme" else world.find_account(who)
        return world.post(
            author or world.add_account(who), text, reply_to=reply_to, at=self.rounds.now
        )

    def _break(self) -> None:
        if self.chance.random() < 0.3:
            self.rounds.x.fail_next(self.chance.choice(X_FAULTS), after=self.chance.randrange(4))
        if self.chance.random() < 0.3:
            kind, skip = self.chance.choice(MASTODON_FAULTS), self.chance.randrange(6)
            self.rounds.mastodon.fail_next(kind, skip=skip)

    def list_ids(self) -> set[str]:
        """Return the ids of all posts, as the store names them."""
        tweets: list[XTweet] = self.rounds.x.world.tweets
        return {tweet.id for tweet in tweets} | {
            post.uri for post in self.rounds.mastodon.posts.values()
        }
