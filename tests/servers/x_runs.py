"""Read the X of a test as the program does, in a line."""

from datetime import timedelta
from decimal import Decimal

from listener.collect.base import CursorMark, Source, Visit
from listener.collect.budget import PriceTable, price_reads
from listener.collect.x import UserKeys, XCollector
from listener.collect.x_ids import make_id
from tests.builders import make_post


def make_collector(x, *, own=False, **options):
    keys = UserKeys(**x.make_keys("acme")) if own else None
    return XCollector(
        **{
            "account": "acme",
            "bearer_token": x.bearer_token,
            "user_keys": keys,
            "api_url": x.url,
            "now": lambda: x.world.now,
            **options,
        }
    )


def make_source(kind, **fields):
    return Source(**{"platform": "x", "brand": "acme", "account": "acme", "kind": kind, **fields})


def fetch(x, kind, mark=None, *, collector=None, own=False, **fields):
    collector = collector or make_collector(x, own=own)
    return list(collector.fetch_new(make_source(kind, **fields), mark))


def visit(x, *visits, collector=None, since=None, customer=""):
    """Visit conversations: visits, or posts of which everybody's or a customer's are wanted."""
    wanted = [v if isinstance(v, Visit) else Visit(post=v, customer=customer) for v in visits]
    collector = collector or make_collector(x)
    return list(collector.fetch_visit(wanted, since=since or ago(x, days=6)))


def know(tweet, **fields):
    """Return a post as the store has it."""
    return make_post(
        **{
            "text": tweet.newest.text,
            "author": tweet.author.handle,
            "author_id": tweet.author.id,
            "author_name": tweet.author.name,
            "post_id": tweet.id,
            "conversation_id": tweet.conversation_id,
            "reply_to": tweet.reply_to and tweet.reply_to.id,
            "at": tweet.versions[0].at,
            **fields,
        }
    )


def reach(moment):
    """Return the mark of a source that was read up to a moment."""
    return CursorMark(make_id(moment), moment)


def list_posts(pages):
    return {post.post_id: post for page in pages for post in page.posts}


def list_problems(pages):
    return [problem for page in pages for problem in page.problems]


def list_lost(pages):
    return [page.lost for page in pages if page.lost]


def list_requests(x, path="search"):
    return [exchange.parameters for exchange in x.exchanges if path in exchange.path]


def ago(x, **time):
    return x.world.now - timedelta(**time)


def book(x, pages, booked):
    """Book pages as a job would: each thing once a day."""
    day, cost = f"{x.world.now:%Y-%m-%d}", Decimal(0)
    for page in pages:
        new = page.reads.without({thing for when, thing in booked if when == day})
        booked |= {(day, thing) for thing in new.things()}
        cost += price_reads(new, PriceTable())
    return cost
