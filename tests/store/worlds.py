"""Weeks of invented talk with all that reaches from one week into others, for whole stores."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from listener.store.tables import METADATA
from tests.builders import make_post

END = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEKS = 4
TEXTS = ("my phone is dead", "still no answer", "it works again, thank you! 💡", "")


def make_world(seed, *, posts=150):
    """Make posts of both platforms: answers, quotes, edits, other ids, deletions, odd clocks."""
    chance, made = random.Random(seed), []  # noqa: S311 - no secret
    for number in range(10_000, 10_000 + posts):
        made.append(_make(chance, number, made))
    return made


def _make(chance, number, made):
    platform = chance.choice(("x", "mastodon"))
    person = chance.choice(("Acme", *(f"anna{each}" for each in range(9))))
    at = END - timedelta(seconds=chance.randrange(WEEKS * 7 * 86_400), microseconds=number)
    host = "" if platform == "x" else "@social.example"
    own = str(number) if platform == "x" else f"https://social.example/users/{person}/{number}"
    earlier = [post for post in made if post.platform == platform]
    answered = chance.choice(earlier) if earlier and chance.random() < 0.7 else None
    fields = {}
    if answered is not None:
        names = (answered.post_id, *answered.aliases)
        kind = chance.choice(("reply_to_id", "reply_to_id", "quote_of_id"))
        fields = {kind: chance.choice(names), "reply_to_author_id": answered.author_id}
    if chance.random() < 0.2:
        fields["aliases"] = (f"alias-{number}",)
    if chance.random() < 0.2:
        fields["conversation_id"] = f"c{chance.randrange(5)}"
    if chance.random() < 0.05:
        fields["deleted_at"] = END
    if chance.random() < 0.05:
        fields["visibility"] = "direct"
    text = f"@{chance.choice(('Acme', 'anna1'))}{host} {chance.choice(TEXTS)} {number}"
    post = make_post(
        text,
        author=person + host,
        at=at,
        post_id=own,
        platform=platform,
        author_id=person.lower() + host,
    )
    return replace(post, **fields)


def edit(post, number):
    return replace(post, text=f"{post.text} edited {number}", edited_at=END)


def dump_tables(store, *, leave_out=()):
    """Return every row of every table."""
    with store._database.reading() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(table.select())), key=repr)
            for table in METADATA.sorted_tables
            if table.name not in leave_out
        }
