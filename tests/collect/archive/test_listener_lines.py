"""The program's own format, lossless both ways."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.collect.archive.listener_lines import dump_post, parse_line
from listener.posts import Post

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
moments = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
maybe = st.one_of(st.none(), texts)
posts = st.builds(
    Post,
    platform=st.sampled_from(["x", "mastodon"]),
    post_id=texts,
    author_id=texts,
    author_handle=texts,
    author_name=texts,
    created_at=moments,
    text=texts,
    language=maybe,
    reply_to_id=maybe,
    reply_to_author_id=maybe,
    quote_of_id=maybe,
    conversation_id=maybe,
    mentions=st.lists(texts).map(tuple),
    url=maybe,
    visibility=st.sampled_from(["public", "unlisted", "private", "direct"]),
    edited_at=st.one_of(st.none(), moments),
    deleted_at=st.one_of(st.none(), moments),
    replies_announced=st.one_of(st.none(), st.integers(0, 2**53)),
    aliases=st.lists(texts).map(tuple),
)


@given(posts)
def test_what_was_written_is_read_again(post):
    line = dump_post(post)
    assert b"\n" not in line
    assert parse_line(line) == post


def test_times_of_other_zones_become_utc():
    line = (
        b'{"platform":"x","post_id":"1","author_id":"a","author_handle":"a","text":"",'
        b'"created_at":"2026-03-02T10:00:00+02:00"}'
    )
    post = parse_line(line)
    assert post.created_at.utcoffset() == timedelta(0)
    assert post.created_at == datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", 'field "platform" is missing'),
        (b'{"colour": 1}', 'unknown field "colour"'),
        (b"BASE,@platform@:@y@}", 'unknown platform "y"'),
        (b"BASE,@text@:7}", 'field "text" is no text'),
        (b"BASE,@mentions@:[1]}", 'field "mentions" is no list of texts'),
        (b"BASE,@created_at@:@2026-03-02T10:00:00@}", "lacks its time zone"),
        (b"BASE,@created_at@:@soon@}", 'field "created_at" is no time'),
        (b"BASE,@visibility@:@secret@}", 'unknown visibility "secret"'),
        (b"BASE,@replies_announced@:true}", 'field "replies_announced" is no number'),
    ],
)
def test_what_is_wrong_is_said(line, reason):
    base = (
        b'{"platform":"x","post_id":"1","author_id":"a","author_handle":"a","text":"",'
        b'"created_at":"2026-03-02T10:00:00Z"'
    )
    with pytest.raises(ValueError, match=reason):
        parse_line(line.replace(b"BASE", base).replace(b"@", b'"'))
