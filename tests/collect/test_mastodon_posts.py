"""Answers of Mastodon and its kin, whole and broken."""

import time
from datetime import UTC, datetime

import pytest

from listener.collect.mastodon_posts import find_server, parse_mastodon_page

HOST = "social.example"
ANNA = {
    "id": "1",
    "acct": "Anna",
    "username": "Anna",
    "display_name": "Anna :blob:",
    "url": f"https://{HOST}/@Anna",
}
ACME = {
    "id": "2",
    "acct": "help@acme.example",
    "username": "help",
    "url": "https://acme.example/@help",
}
MENTION = {"id": "2", "acct": "help@acme.example", "url": "https://acme.example/@help"}


def make_status(number=7, account=ANNA, **fields):
    return {
        "id": str(number),
        "uri": f"https://{HOST}/users/x/statuses/{number}",
        "url": f"https://{HOST}/@x/{number}",
        "account": account,
        "content": f"<p>words of {number}</p>",
        "created_at": "2026-03-02T10:00:00.000Z",
        "visibility": "public",
        "mentions": [],
        **fields,
    }


def parse_one(status, **options):
    parsed = parse_mastodon_page(status, **options)
    assert parsed.problems == []
    (post,) = parsed.posts
    return post


def test_a_status_has_all_that_the_server_tells():
    post = parse_one(
        make_status(
            content='<p><a href="https://acme.example/@help" class="u-url mention">'
            "@<span>help</span></a> my phone &amp; I</p>",
            language="en",
            in_reply_to_id="5",
            in_reply_to_account_id="2",
            replies_count=4,
            mentions=[MENTION],
            edited_at="2026-03-02T11:00:00.000Z",
        )
    )
    assert post.platform == "mastodon"
    assert post.post_id == f"https://{HOST}/users/x/statuses/7"
    assert (post.author_id, post.author_handle) == (f"anna@{HOST}", f"Anna@{HOST}")
    assert post.author_name == "Anna :blob:"
    assert post.text == "@help@acme.example my phone & I"
    assert post.created_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert post.edited_at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert (post.reply_to_id, post.reply_to_author_id) == (f"{HOST}/5", "help@acme.example")
    assert post.mentions == ("help@acme.example",)
    assert post.url == f"https://{HOST}/@x/7"
    assert (post.language, post.visibility, post.replies_announced) == ("en", "public", 4)
    assert post.aliases == (f"{HOST}/7",)


@pytest.mark.parametrize(
    ("page", "numbers"),
    [
        (make_status(1), [1]),
        ([make_status(1), make_status(2)], [1, 2]),
        ({"ancestors": [make_status(1)], "descendants": [make_status(2)]}, [1, 2]),
        ([{"id": "9", "type": "mention", "account": ANNA, "status": make_status(1)}], [1]),
        ([{"id": "9", "type": "follow", "account": ANNA}], []),
        ([{"id": "9", "type": "follow", "account": ANNA, "status": None}], []),
        ([{"id": "9", "accounts": [ANNA], "last_status": make_status(1)}], [1]),
        ([{"id": "9", "accounts": [ANNA], "last_status": None}], []),
        ({"accounts": [], "statuses": [make_status(1)], "hashtags": []}, [1]),
        ({"notification_groups": [{}], "accounts": [], "statuses": [make_status(1)]}, [1]),
        (make_status(2, reblog=make_status(1)), [1]),
        (make_status(2, quote={"state": "accepted", "quoted_status": make_status(1)}), [2, 1]),
        ({"state": "accepted", "quoted_status": make_status(1)}, [1]),
        ([], []),
    ],
)
def test_every_kind_of_answer_is_understood(page, numbers):
    parsed = parse_mastodon_page(page)
    assert [int(post.post_id.rsplit("/", 1)[1]) for post in parsed.posts] == numbers
    assert parsed.problems == []


def test_a_boost_of_a_quotation_keeps_both():
    quoting = make_status(2, quote={"state": "accepted", "quoted_status": make_status(1)})
    posts = parse_mastodon_page(make_status(3, reblog=quoting)).posts
    assert [post.text for post in posts] == ["words of 2", "words of 1"]


@pytest.mark.parametrize(
    "quoting",
    [
        {"quote": {"state": "accepted", "quoted_status": make_status(1)}},
        {"quote": make_status(1), "quote_id": "1"},
        {"pleroma": {"quote": make_status(1), "quote_id": "1"}},
        {"pleroma": {"quote_url": make_status(1)["uri"]}},
    ],
)
def test_whatever_the_software_a_quotation_names_the_quoted_post(quoting):
    assert (
        parse_mastodon_page(make_status(2, **quoting)).posts[0].quote_of_id
        == (make_status(1)["uri"])
    )


@pytest.mark.parametrize(
    "quoting",
    [
        {"quote": {"state": "accepted", "quoted_status_id": "1"}},
        {"quote": {"state": "pending", "quoted_status": None, "quoted_status_id": "1"}},
        {"quote_id": "1", "quote": None},
        {"pleroma": {"quote_id": "1"}},
    ],
)
def test_a_quotation_without_the_post_names_its_alias(quoting):
    assert parse_one(make_status(2, **quoting)).quote_of_id == f"{HOST}/1"


def test_the_server_is_told_by_its_own_people():
    assert find_server([make_status(account=ACME), make_status(account=ANNA)]) == HOST
    assert find_server([make_status(account=ACME)]) is None
    mention = {"id": "3", "acct": "ben", "url": "https://other.example/@ben"}
    assert find_server(make_status(account=ACME, mentions=[mention])) == "other.example"


def test_pleroma_says_which_status_is_its_own():
    status = make_status(account=ACME, pleroma={"local": True})
    assert find_server(status) == HOST


def test_the_named_server_wins():
    post = parse_one(make_status(in_reply_to_id="5"), server="Home.example")
    assert (post.aliases, post.reply_to_id) == (("home.example/7",), "home.example/5")
    assert post.author_id == "anna@home.example"


def test_without_a_server_replies_are_linked_within_the_answer_only():
    page = [
        make_status(1, ACME),
        make_status(2, ACME, in_reply_to_id="1"),
        make_status(3, ACME, in_reply_to_id="99"),
    ]
    parsed = parse_mastodon_page(page)
    replies = [post.reply_to_id for post in parsed.posts]
    assert replies == [None, page[0]["uri"], None]
    assert [post.aliases for post in parsed.posts] == [(), (), ()]
    assert len(parsed.notes) == 1


def test_who_is_answered_is_found_among_mentions_and_oneself():
    mentioned = make_status(in_reply_to_account_id="2", mentions=[MENTION])
    assert parse_one(mentioned).reply_to_author_id == "help@acme.example"
    assert parse_one(make_status(in_reply_to_account_id="1")).reply_to_author_id == f"anna@{HOST}"
    assert parse_one(make_status(in_reply_to_account_id="66")).reply_to_author_id is None
    pleroma = make_status(pleroma={"in_reply_to_account_acct": "help@acme.example"})
    assert parse_one(pleroma).reply_to_author_id == "help@acme.example"


def test_mentions_stand_in_the_order_of_the_text():
    ben = {"id": "3", "acct": "ben", "url": f"https://{HOST}/@ben"}
    link = '<a href="{}" class="mention">@<span>{}</span></a>'
    content = link.format(ben["url"], "ben") + link.format(MENTION["url"], "help")
    hidden = {"id": "4", "acct": "cleo", "url": f"https://{HOST}/@cleo"}
    post = parse_one(make_status(content=content, mentions=[hidden, MENTION, ben]))
    assert post.mentions == (f"ben@{HOST}", "help@acme.example", f"cleo@{HOST}")


def test_a_handle_that_no_mention_explains_gets_the_host_of_its_link():
    content = '<a href="https://far.example/@dora" class="mention">@<span>dora</span></a>'
    assert parse_one(make_status(content=content)).text == "@dora@far.example"


def test_a_warning_stands_before_the_text():
    assert parse_one(make_status(spoiler_text="Rant")).text == "Rant\n\nwords of 7"


def test_the_language_map_helps_where_content_is_missing():
    status = make_status(content_map={"de": "<p>Hallo</p>"})
    del status["content"]
    assert parse_one(status).text == "Hallo"


@pytest.mark.parametrize(
    ("told", "visibility"),
    [
        ("public", "public"),
        ("unlisted", "unlisted"),
        ("private", "private"),
        ("direct", "direct"),
        ("local", "private"),
        ("list", "private"),
        ("mutuals_only", "private"),
        (None, "private"),
        (["public"], "private"),
    ],
)
def test_what_is_not_clearly_public_is_private(told, visibility):
    assert parse_one(make_status(visibility=told)).visibility == visibility


def test_conversations_are_direct_unless_they_say_otherwise():
    assert parse_one([{"last_status": make_status(visibility=None)}]).visibility == "direct"


def test_pleroma_names_conversations():
    assert parse_one(make_status(pleroma={"context": "https://a/1"})).conversation_id == (
        "https://a/1"
    )
    numbered = make_status(pleroma={"conversation_id": 55})
    assert parse_one(numbered).conversation_id == f"{HOST}/55"


def test_other_software_may_leave_nearly_everything_out():
    status = {
        "id": 7,
        "url": "https://pix.example/p/7",
        "account": {"username": "anna", "url": "https://pix.example/anna"},
        "content": None,
        "content_map": {"en": "hi"},
        "created_at": "2026-03-02T10:00:00.000000Z",
    }
    post = parse_one([{"status": status}], server="pix.example")
    assert (post.post_id, post.author_id, post.text) == (
        "https://pix.example/p/7",
        "anna@pix.example",
        "hi",
    )
    assert post.aliases == ("pix.example/7",)


def test_only_web_addresses_become_the_address_of_a_post():
    assert parse_one(make_status(url="javascript:alert(1)")).url == make_status()["uri"]
    odd = make_status(url=None, uri="tag:social.example,2026:7")
    assert parse_one(odd).url is None


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"uri": None, "url": None, "id": None}, "neither uri nor url"),
        ({"account": None}, "the account has no name"),
        ({"account": {"acct": "a b", "id": "1"}}, "the account has no name"),
        ({"account": {"acct": "x" * 500 + "@a.example"}}, "the account has no name"),
        ({"content": 7}, "content is missing"),
        ({"created_at": None}, "created_at is missing"),
        ({"created_at": "soon"}, "created_at is no time"),
    ],
)
def test_a_broken_status_is_named_and_costs_no_other(broken, reason):
    parsed = parse_mastodon_page([make_status(1), make_status(2, **broken)], server=HOST)
    assert [post.text for post in parsed.posts] == ["words of 1"]
    (problem,) = parsed.problems
    assert reason in problem
    assert problem.startswith("status ")


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (None, "not a JSON object"),
        (7, "not a JSON object"),
        ({}, "neither a status nor a list of statuses"),
        (ANNA, "neither a status nor a list of statuses"),
        ({"error": "The access token is invalid"}, "answered with an error"),
        ({"content": "<p>a</p>", "account": ANNA, "created_at": "2026"}, "an earlier version"),
        ({"state": "accepted", "quoted_status_id": "1"}, "a quotation without the post"),
        ({"statuses": [None]}, "not a JSON object"),
    ],
)
def test_what_is_no_status_is_said(page, reason):
    parsed = parse_mastodon_page(page)
    assert parsed.posts == []
    assert reason in parsed.problems[0]


def test_a_broken_neighbour_renames_nobody():
    link = '<a href="https://acme.example/@help" class="u-url mention">@<span>help</span></a> hi'
    status = make_status(
        content=link, mentions=[MENTION], in_reply_to_id="5", in_reply_to_account_id="2"
    )
    neighbour = make_status(6, mentions=[MENTION | {"acct": "somebody@else.example"}])
    (post,) = [
        post
        for post in parse_mastodon_page([neighbour, status], server=HOST).posts
        if post.post_id == status["uri"]
    ]
    assert post == parse_one(status, server=HOST)
    assert post.text == "@help@acme.example hi"
    assert post.reply_to_author_id == "help@acme.example"


def test_answers_may_be_nested_to_any_depth():
    status = make_status(0)
    for number in range(1, 2_000):
        status = make_status(number, quote={"state": "accepted", "quoted_status": status})
    assert len(parse_mastodon_page(status).posts) == 2_000
    deep = []
    for _ in range(10_000):
        deep = [deep]
    assert parse_mastodon_page(deep).posts == []


def test_without_an_address_the_local_id_is_the_key():
    status = make_status(uri=None, url=None)
    post = parse_one(status)
    assert (post.post_id, post.aliases, post.url) == (f"{HOST}/7", (), None)
    unknown = parse_mastodon_page(status | {"account": ACME})
    assert "its server is unknown" in unknown.problems[0]


def test_a_picture_without_words_is_a_post():
    assert parse_one(make_status(content=None)).text == ""


@pytest.mark.parametrize("server", ["Home.example", "https://home.example/", " home.example "])
def test_the_server_may_be_named_by_its_address(server):
    assert parse_one(make_status(), server=server).aliases == ("home.example/7",)


def test_endless_texts_are_cut_and_that_is_noted():
    parsed = parse_mastodon_page(make_status(content="a" * 100_001))
    assert len(parsed.posts[0].text) == 100_000
    assert "cut to 100,000 characters" in parsed.notes[0]


def test_thousands_of_mentions_are_put_in_order_in_a_moment():
    addresses = [f"u{number}@far.example" for number in range(20_000)]
    mentions = [
        {"id": name, "acct": name, "url": f"https://far.example/{name}"} for name in addresses
    ]
    started = time.process_time()
    post = parse_one(make_status(content="x @u7@far.example " * 5_000, mentions=mentions))
    assert time.process_time() - started < 2
    assert post.mentions[:2] == ("u7@far.example", "u0@far.example")
