"""Conversations that go on in a span of time are read whole, however long ago they began."""

from datetime import timedelta

import polars as pl
import pytest
from sqlalchemy import ClauseElement, Executable, text
from sqlalchemy.ext.compiler import compiles

from listener.store import conversations
from listener.store.statements import name_ids
from tests.builders import START, make_post, talk

SINCE = START + timedelta(days=100)
END = START + timedelta(days=200)


def load(store, *posts):
    store.save_posts(posts, seen_at=END)
    found = store.load_conversations(since=SINCE, until=END)
    assert found.equals(
        store.load_posts(until=END).filter(pl.col("post_id").is_in(found["post_id"].implode()))
    )
    return set(found["post_id"])


def ids(*posts):
    return {post.post_id for post in posts}


def test_what_is_over_is_left_out(store):
    over, new = talk("anna: @acme hello", "+1h acme: @anna hi"), make_post("@acme help", at=SINCE)
    late = make_post("@acme later", at=END)
    assert load(store, *over, new, late) == ids(new)


def test_a_long_chain_is_read_up_to_its_first_post_and_down_again(store):
    chain = talk("anna: @acme one", *["+1d anna: @acme more"] * 9, "+200d anna: @acme still")
    aside = talk("acme: @anna two", "+1m eve: me too", reply_to=chain[1], at=5000)
    *old, new = chain
    new = make_post("@acme still", at=SINCE, reply_to=old[-1])
    assert load(store, *old, new, *aside) == ids(*old, new, *aside)


def test_posts_hang_together_by_other_ids_of_theirs(store):
    old = make_post("@acme help", aliases=("elsewhere-1",))
    other = make_post("@anna hi", author="acme", reply_to="elsewhere-1", at=9)
    new = make_post("@acme thanks", reply_to="elsewhere-1", at=SINCE)
    assert load(store, old, other, new) == ids(old, other, new)


def test_posts_hang_together_by_a_post_that_is_not_there(store):
    old = make_post("@acme help", reply_to="gone")
    new = make_post("@acme me too", author="eve", reply_to="gone", at=SINCE)
    assert load(store, old, new) == ids(old, new)


def test_posts_hang_together_by_quotes_and_by_the_name_of_the_conversation(store):
    quoted = make_post("@acme help")
    named = make_post("@acme help", author="eve", conversation_id="c1")
    quoting = make_post("we hear you", author="acme", quote_of_id=quoted.post_id, at=SINCE)
    naming = make_post("@eve hi", author="acme", conversation_id="c1", at=SINCE)
    assert load(store, quoted, named, quoting, naming) == ids(quoted, named, quoting, naming)


def test_a_clock_that_is_slow_hides_no_answer(store):
    new = make_post("@acme help", at=SINCE + timedelta(minutes=5))
    slow = make_post("@anna hi", author="acme", reply_to=new, at=SINCE - timedelta(minutes=5))
    assert load(store, new, slow) == ids(new, slow)


def test_platforms_are_kept_apart(store):
    old = make_post("@acme help", post_id="7", platform="x")
    new = make_post("@acme help", post_id="8", reply_to="7", platform="mastodon", at=SINCE)
    assert load(store, old, new) == ids(new)


def test_the_newest_id_under_a_handle_is_told(store):
    posts = [
        make_post("one", author="Acme", author_id="1", at=1),
        make_post("two", author="acme", author_id="2", at=2),
        make_post("three", author="acme", author_id="3", at=SINCE),
    ]
    store.save_posts(posts, seen_at=END)
    wanted = pl.DataFrame({"platform": ["x", "x"], "handle": ["acme", "nobody"]})
    assert store.load_authors(wanted, before=SINCE).rows() == [("x", "acme", "2")]


def test_of_old_posts_those_that_have_words_are_read_with_what_hangs_together_with_them(store):
    before, since = SINCE, SINCE - timedelta(days=40)
    ancient = make_post("@acme hello", at=since - timedelta(days=1))
    erased = talk("anna: @acme one", "+1h acme: @anna two", at=since)
    goes_on = make_post(
        "@acme three", author="anna", at=END - timedelta(days=1), reply_to=erased[1]
    )
    over = talk("ben: @acme four", "+1h acme: @ben five", at=since)
    others = talk("cora: @acme six", "+1h acme: @cora seven", at=before)
    store.save_posts([ancient, *erased, goes_on, *over, *others], seen_at=END)

    def load():
        found = store.load_worded_conversations(before=before, since=since, until=END)
        assert found.equals(
            store.load_posts().filter(pl.col("post_id").is_in(found["post_id"].implode()))
        )
        return set(found["post_id"])

    assert load() == ids(*erased, goes_on, *over)
    # The first one keeps its words, and takes the others along.
    held = [("x", erased[0].post_id)]
    store.erase_old_texts(before, private_before=None, held=held)
    assert load() == ids(*erased, goes_on)
    store.erase_old_texts(before, private_before=None)
    assert load() == set()


class Explain(Executable, ClauseElement):
    inherit_cache = False

    def __init__(self, statement):
        self.statement = statement


@compiles(Explain)
def write_explain(element, compiler, **options):
    word = "EXPLAIN" if compiler.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    return f"{word} {compiler.process(element.statement, **options)}"


INDEXES = {
    "post_id": ("sqlite_autoindex_posts_1", "pk_posts"),
    "reply_to_id": ("ix_posts_platform_reply_to_id",) * 2,
    "quote_of_id": ("ix_posts_platform_quote_of_id",) * 2,
    "conversation_id": ("ix_posts_platform_conversation_id",) * 2,
}


@pytest.mark.parametrize("column", INDEXES)
def test_searches_go_by_an_index(store, column):
    """None of them looks at all posts, whatever their number."""
    with store._database.reading() as connection:
        dialect = connection.dialect
        statement = conversations._select_linked(dialect.name, column, is_open=True)
        named = {**name_ids(connection, "x", ["1"]), "until": SINCE}
        if dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # the table is empty
        told = str(connection.execute(Explain(statement), named).all())
    assert INDEXES[column][dialect.name == "postgresql"] in told
    assert "SCAN posts" not in told
