"""Whatever a file or a server sends: problems, never an exception, and posts that can be kept."""

from hypothesis import given
from hypothesis import strategies as st

from listener.collect.archive.listener_lines import dump_post, parse_line
from listener.collect.mastodon_posts import parse_mastodon_page
from listener.collect.x_posts import parse_x_page

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(
        ["2026-03-02T10:00:00Z", "https://a.example/1", "1650000000000000003", "a@b.c"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def objects(*names, inside=anything):
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, anything | inside))


links = st.lists(objects("url", "expanded_url", "media_key"))
entities = objects("urls", "mentions", inside=links)
references = st.lists(
    objects("type", "id", "text", "author_id", inside=st.sampled_from(["quoted", "retweeted", "1"]))
)
tweets = st.builds(
    lambda sound, odd: sound | odd,
    st.just({"id": "1650000000000000003", "author_id": "1", "text": "hi https://t.co/a"}),
    objects("id", "author_id", "text", "created_at", "lang", "username", "conversation_id")
    | objects("entities", inside=entities)
    | objects("note_tweet", "note_post", inside=objects("text", "entities", inside=entities))
    | objects("referenced_tweets", "referenced_posts", inside=references)
    | objects("edit_history_tweet_ids", "edit_history_post_ids", "public_metrics", "author"),
)
includes = objects("users", "tweets", "posts", inside=st.lists(tweets))
x_pages = (
    anything
    | tweets
    | objects("data", inside=st.lists(tweets) | tweets).flatmap(
        lambda page: st.builds(
            lambda more: page | more, objects("includes", "errors", inside=includes)
        )
    )
)

accounts = objects("id", "acct", "username", "url", "display_name")
sound_status = {
    "id": "7",
    "uri": "https://a.example/7",
    "account": {"acct": "anna", "url": "https://a.example/@anna"},
    "content": "<p>hi</p>",
    "created_at": "2026-03-02T10:00:00Z",
}
statuses = st.builds(
    lambda odd: sound_status | odd,
    objects("id", "uri", "url", "content", "created_at", "edited_at", "visibility", "language")
    | objects("account", inside=accounts)
    | objects("mentions", inside=st.lists(accounts))
    | objects("quote", "pleroma", "reblog", inside=objects("quoted_status", "quote", "quote_id"))
    | objects("spoiler_text", "content_map", "in_reply_to_id", "in_reply_to_account_id"),
)
mastodon_pages = (
    anything
    | statuses
    | st.lists(statuses)
    | objects("ancestors", "descendants", "statuses", inside=st.lists(statuses))
    | st.lists(
        objects("status", "last_status", "quoted_status", "type", "account", inside=statuses)
    )
)


def assert_posts_can_be_kept(posts):
    assert [parse_line(dump_post(post)) for post in posts] == posts


@given(x_pages)
def test_any_answer_of_x_is_survived(page):
    assert_posts_can_be_kept(parse_x_page(page).posts)


@given(mastodon_pages, st.none() | st.just("home.example"))
def test_any_answer_of_mastodon_is_survived(page, server):
    assert_posts_can_be_kept(parse_mastodon_page(page, server=server).posts)
