"""What servers and other people's tools really sent: each post is read or named as broken."""

import json
from pathlib import Path

import pytest

from listener.collect.mastodon_posts import find_server, parse_mastodon_page
from listener.collect.x_posts import parse_x_page

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads"

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="there are no shared payloads")

# What the answers leave unread, and why.
UNREAD = {
    "bigbone_notifications.json": ["content is missing"],
    "bigbone_status_edit_history.json": ["an earlier version"] * 5,
    "bigbone_search.json": ["its server is unknown"] * 2,
    "tootsdk_account_moved.json": ["neither a status"],
    "tootsdk_mastodon.json": ["neither a status"],
    "tootsdk_pixelfed.json": ["neither a status"],
    "tootsdk_pleroma.json": ["neither a status"],
    "tootsdk_shallow_quote.json": ["a quotation without the post"],
}


def x_pages():
    files = sorted((PAYLOADS / "x").glob("*.jsonl"))
    return [
        pytest.param(json.loads(line), id=f"{file.stem}-{number}")
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    ]


def mastodon_pages():
    files = sorted((PAYLOADS / "mastodon").glob("*.json"))
    return [pytest.param(file.name, json.loads(file.read_bytes()), id=file.stem) for file in files]


def list_tweets(page):
    """Return all posts in an answer by a plain walk through it."""
    if isinstance(page, list):
        return [tweet for item in page for tweet in list_tweets(item)]
    if not isinstance(page, dict):
        return []
    own = [page] if "text" in page and "author_id" in page else []
    return own + [tweet for value in page.values() for tweet in list_tweets(value)]


def is_retweet(tweet):
    return any(link["type"] == "retweeted" for link in tweet.get("referenced_tweets", []))


@pytest.mark.parametrize("page", x_pages())
def test_every_tweet_is_a_post_or_a_retweet(page):
    expected = {tweet["id"] for tweet in list_tweets(page) if not is_retweet(tweet)}
    parsed = parse_x_page(page)
    assert parsed.problems == []
    assert {found for post in parsed.posts for found in (post.post_id, *post.aliases)} >= expected
    assert {post.url.rsplit("/", 1)[1] for post in parsed.posts} == expected


@pytest.mark.parametrize("page", x_pages())
def test_posts_of_x_are_whole(page):
    for post in parse_x_page(page).posts:
        assert post.author_handle
        assert post.author_name
        assert not {"&amp;", "&lt;", "&gt;"} & set(post.text.split())
        assert post.conversation_id


def test_flattened_and_plain_answers_tell_the_same():
    lines = (PAYLOADS / "x" / "flat.jsonl").read_text(encoding="utf-8").splitlines()
    singly = {post for line in lines for post in parse_x_page(json.loads(line)).posts}
    assert set(parse_x_page([json.loads(line) for line in lines]).posts) == singly


def test_an_edited_tweet_has_both_versions_under_one_key():
    page = json.loads((PAYLOADS / "x" / "edited.jsonl").read_text(encoding="utf-8"))
    newest, first = parse_x_page(page).posts
    assert newest.post_id == first.post_id == newest.conversation_id == first.conversation_id
    assert newest.created_at == first.created_at
    assert first.edited_at is None
    assert (newest.edited_at - newest.created_at).total_seconds() == 10


@pytest.mark.parametrize(("name", "page"), mastodon_pages())
def test_every_status_is_a_post_or_named_as_broken(name, page):
    parsed = parse_mastodon_page(page)
    expected = UNREAD.get(name, [])
    assert len(parsed.problems) == len(expected)
    for problem, reason in zip(parsed.problems, expected, strict=True):
        assert reason in problem
    assert parsed.posts or expected


@pytest.mark.parametrize(("name", "page"), mastodon_pages())
def test_statuses_are_text_by_people_with_a_server(name, page):
    for post in parse_mastodon_page(page).posts:
        assert post.author_id.count("@") == 1
        assert not {"<p>", "</p>", "<br>", "<br />", "<span", "</a>"} & set(post.text.split())
        assert all("@" in mention for mention in post.mentions)
        assert post.text or "media_attachments" in str(page)


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("bigbone_context", "mstdn.jp"),
        ("bigbone_notifications", "mastodon.social"),
        ("tootsdk_post_akkoma_quote", "miraiverse.xyz"),
        ("tootsdk_post_edited", "example.com"),
        ("tootsdk_post_no_emojis", "m.iamkonstantin.eu"),
    ],
)
def test_the_server_is_told_by_the_answer(name, server):
    page = json.loads((PAYLOADS / "mastodon" / f"{name}.json").read_bytes())
    assert find_server(page) == server


def test_a_quoted_status_of_akkoma_is_a_post():
    page = json.loads((PAYLOADS / "mastodon" / "tootsdk_post_akkoma_quote.json").read_bytes())
    quoting, quoted = parse_mastodon_page(page).posts
    assert quoting.quote_of_id == quoted.post_id
    assert quoting.mentions == (quoted.author_id,)
    assert quoting.text.startswith(f"from @{quoted.author_id}\n\nhttps://")
