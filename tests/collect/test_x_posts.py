"""X's answers, with old and new names of fields, whole and broken."""

from datetime import UTC, datetime

import pytest

from listener.collect.x_posts import parse_x_page

ID, PARENT, ROOT = "1650000000000000003", "1650000000000000002", "1650000000000000001"
ANNA = {"id": "11", "username": "Anna", "name": "Anna A."}
ACME = {"id": "22", "username": "AcmeHelp", "name": "Acme"}


def make_post(**fields):
    return {
        "id": ID,
        "author_id": "11",
        "text": "@AcmeHelp my phone is dead",
        "created_at": "2023-04-23T05:00:00.000Z",
        **fields,
    }


def make_page(*posts, users=(ANNA, ACME), **includes):
    return {"data": list(posts), "includes": {"users": list(users), **includes}}


def parse_one(post, **page):
    parsed = parse_x_page(make_page(post, **page))
    assert parsed.problems == []
    return parsed.posts[0]


def test_a_post_has_all_that_the_answer_tells():
    post = parse_one(
        make_post(
            lang="en",
            conversation_id=ROOT,
            in_reply_to_user_id="22",
            public_metrics={"reply_count": 3},
            referenced_tweets=[
                {"type": "replied_to", "id": PARENT},
                {"type": "quoted", "id": ROOT},
            ],
            entities={"mentions": [{"start": 0, "end": 9, "username": "AcmeHelp", "id": "22"}]},
        )
    )
    assert post.platform == "x"
    assert (post.post_id, post.author_id, post.author_handle) == (ID, "11", "Anna")
    assert post.author_name == "Anna A."
    assert post.created_at == datetime(2023, 4, 23, 5, tzinfo=UTC)
    assert (post.reply_to_id, post.reply_to_author_id, post.quote_of_id) == (PARENT, "22", ROOT)
    assert post.conversation_id == ROOT
    assert post.mentions == ("acmehelp",)
    assert post.url == f"https://x.com/i/status/{ID}"
    assert (post.language, post.visibility, post.replies_announced) == ("en", "public", 3)
    assert post.edited_at is None
    assert post.aliases == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"referenced_tweets": [{"type": "replied_to", "id": PARENT}]}, "referenced_posts"),
        ({"note_tweet": {"text": "all of it"}}, "note_post"),
        ({"edit_history_tweet_ids": [PARENT, ID]}, "edit_history_post_ids"),
    ],
)
def test_old_and_new_names_mean_the_same(old, new):
    (value,) = old.values()
    assert parse_one(make_post(**old)) == parse_one(make_post(**{new: value}))
    assert parse_one(make_post(**old)) != parse_one(make_post())


@pytest.mark.parametrize("name", ["tweets", "posts"])
def test_posts_beside_the_answer_are_kept(name):
    parsed = parse_x_page(make_page(make_post(), **{name: [make_post(id=PARENT, author_id="22")]}))
    assert [(post.post_id, post.author_handle) for post in parsed.posts] == [
        (ID, "Anna"),
        (PARENT, "AcmeHelp"),
    ]


@pytest.mark.parametrize("kind", ["retweeted", "reposted"])
def test_a_retweet_is_dropped_and_its_original_kept(kind):
    retweet = make_post(referenced_tweets=[{"type": kind, "id": PARENT}], text="RT @AcmeHelp: hi")
    parsed = parse_x_page(make_page(retweet, tweets=[make_post(id=PARENT, author_id="22")]))
    assert [post.post_id for post in parsed.posts] == [PARENT]
    assert parsed.problems == []


def test_flattened_posts_hold_their_author_and_what_they_answer():
    parent = {"type": "replied_to", **make_post(id=PARENT, author_id="22"), "author": ACME}
    flat = {**make_post(), "author": ANNA, "referenced_tweets": [parent], "__twarc": {}}
    first, second = parse_x_page(flat).posts
    assert (first.author_handle, first.reply_to_id) == ("Anna", PARENT)
    assert (second.author_handle, second.post_id) == ("AcmeHelp", PARENT)


def test_flattened_posts_are_read_to_any_depth():
    post = make_post()
    for number in range(2_000):
        post = make_post(id=str(10**18 + number), referenced_tweets=[{"type": "quoted", **post}])
    assert len(parse_x_page(post).posts) == 2_001


@pytest.mark.parametrize(
    "page",
    [
        {"data": make_post(), "includes": {"users": [ANNA]}},
        {"data": make_post(), "includes": {"users": [ANNA]}, "matching_rules": [{"id": "1"}]},
        [{"data": [make_post()], "includes": {"users": [ANNA]}}],
        [{**make_post(), "author": ANNA}],
        {**make_post(), "username": "Anna"},
    ],
)
def test_every_shape_of_answer_is_understood(page):
    (post,) = parse_x_page(page).posts
    assert (post.post_id, post.author_handle) == (ID, "Anna")


def test_the_same_post_told_twice_is_one():
    assert len(parse_x_page(make_page(make_post(), tweets=[make_post()])).posts) == 1


def test_long_posts_have_their_full_text_and_its_entities():
    post = parse_one(
        make_post(
            text="@AcmeHelp this is cut… https://t.co/own1",
            note_tweet={
                "text": "@AcmeHelp this is whole &amp; names @Bolt",
                "entities": {"mentions": [{"username": "AcmeHelp"}, {"username": "Bolt"}]},
            },
        )
    )
    assert post.text == "@AcmeHelp this is whole & names @Bolt"
    assert post.mentions == ("acmehelp", "bolt")


def test_mentions_are_found_in_the_text_where_entities_are_missing():
    assert parse_one(make_post(text="Hi @AcmeHelp, @Bolt")).mentions == ("acmehelp", "bolt")


def test_mentions_stand_in_the_order_of_the_text():
    mentions = [
        {"start": 10, "username": "Bolt"},
        {"username": "Odd"},
        {"start": 0, "username": "Z"},
    ]
    assert parse_one(make_post(entities={"mentions": mentions})).mentions == ("z", "bolt", "odd")


def test_the_account_in_a_web_address_is_not_mentioned():
    post = make_post(
        text="Watch https://t.co/aB3",
        entities=make_links(("https://t.co/aB3", "https://video.example/@Bolt")),
    )
    assert parse_one(post).mentions == ()


@pytest.mark.parametrize("end", ["", ".", "ください", "…", " and more"])
def test_a_short_link_ends_where_its_letters_end(end):
    links = make_links(("https://t.co/aB3", "https://acme.example/help"))
    post = parse_one(make_post(text=f"see https://t.co/aB3{end}", entities=links))
    assert post.text == f"see https://acme.example/help{end}"


@pytest.mark.parametrize("text", ["a" * 100_001, "&amp;" * 100_001, "https://t.co/aB3 " * 9_000])
def test_endless_texts_are_cut_and_that_is_noted(text):
    links = make_links(("https://t.co/aB3", "https://acme.example/" + "x" * 1_900))
    parsed = parse_x_page(make_page(make_post(text=text, entities=links)))
    assert len(parsed.posts[0].text) <= 100_000
    assert parsed.notes == [f"post {ID}: cut to 100,000 characters"]


def test_an_endless_number_costs_no_post():
    assert parse_one(make_post(text="&#" + "9" * 5_000 + "; hi")).text.endswith(" hi")


def test_entities_are_unescaped_once():
    assert parse_one(make_post(text="&lt;b&gt; &amp;lt; R&amp;D")).text == "<b> &lt; R&D"


def make_links(*pairs, **more):
    return {"urls": [{"url": short, "expanded_url": target, **more} for short, target in pairs]}


def test_short_links_show_where_they_lead():
    target = "https://twitter.com/messages/compose?recipient_id=22&copy=1"
    post = parse_one(
        make_post(
            text="Write to us https://t.co/aB3 or https://t.co/unknown",
            entities=make_links(("https://t.co/aB3", target)),
        )
    )
    assert post.text == f"Write to us {target} or https://t.co/unknown"


@pytest.mark.parametrize(
    ("target", "more"),
    [
        (f"https://twitter.com/Anna/status/{ID}/photo/1", {}),
        ("https://twitter.com/Anna/status/9/photo/1", {"media_key": "3_9"}),
        (f"https://twitter.com/i/web/status/{ROOT}", {}),
        ("javascript:alert(1)", {}),
        (None, {}),
    ],
)
def test_links_that_nobody_gave_stay_short(target, more):
    post = make_post(
        text="look https://t.co/aB3",
        entities=make_links(("https://t.co/aB3", target), **more),
        referenced_tweets=[{"type": "quoted", "id": ROOT}],
    )
    assert parse_one(post).text == "look https://t.co/aB3"


def test_an_edit_is_known_by_its_first_id():
    first = make_post(id=PARENT, text="old", created_at="2023-04-23T05:00:00.000Z")
    newest = make_post(text="new", created_at="2023-04-23T05:04:00.000Z", conversation_id=ID)
    history = {"edit_history_tweet_ids": [PARENT, ID]}
    edit, original = parse_x_page(make_page(newest | history, tweets=[first | history])).posts
    assert edit.post_id == original.post_id == edit.conversation_id == PARENT
    assert edit.aliases == original.aliases == (ID,)
    assert edit.created_at == original.created_at == datetime(2023, 4, 23, 5, tzinfo=UTC)
    assert edit.edited_at == datetime(2023, 4, 23, 5, 4, tzinfo=UTC)
    assert original.edited_at is None
    assert (edit.text, original.text) == ("new", "old")


def test_the_first_id_tells_its_time_where_its_version_is_missing():
    edit = make_post(
        id="1576994789110992896",
        created_at="2022-10-03T17:57:11Z",
        edit_history_post_ids=["1576994789110992896", "1576994746135764992"],
    )
    post = parse_one(edit)
    assert post.post_id == "1576994746135764992"
    assert post.created_at.replace(microsecond=0) == datetime(2022, 10, 3, 17, 57, 1, tzinfo=UTC)


def test_an_id_tells_its_time_where_nothing_else_does():
    post = make_post()
    del post["created_at"]
    assert parse_one(post | {"id": "1576994746135764992"}).created_at.year == 2022


@pytest.mark.parametrize("language", ["und", "qme", "qst", "zxx", 7, None])
def test_unknown_languages_are_none(language):
    assert parse_one(make_post(lang=language)).language is None


def test_posts_of_protected_accounts_are_private():
    assert parse_one(make_post(), users=[ANNA | {"protected": True}]).visibility == "private"


def test_an_author_whom_the_answer_does_not_name_has_no_handle():
    post = parse_one(make_post(), users=[])
    assert (post.author_id, post.author_handle, post.author_name) == ("11", "", "")
    assert post.url == f"https://x.com/i/status/{ID}"


def test_a_handle_that_is_none_gets_into_no_address():
    post = parse_one(make_post(), users=[ANNA | {"username": '"><script>'}])
    assert post.url == f"https://x.com/i/status/{ID}"


def test_what_x_left_out_is_a_note():
    error = {"title": "Not Found Error", "resource_type": "tweet", "resource_id": PARENT}
    parsed = parse_x_page({"errors": [error, "odd"], "meta": {"result_count": 0}})
    assert parsed.problems == []
    assert parsed.notes[0] == f"X left out: tweet {PARENT} (Not Found Error)"
    assert len(parsed.notes) == 2


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"id": "abc"}, "id is no number"),
        ({"id": None}, "id is no number"),
        ({"author_id": None}, "author_id is missing"),
        ({"author_id": {"a": 1}}, "author_id is missing"),
        ({"text": None}, "text is missing"),
        ({"text": ["a"]}, "text is missing"),
        ({"created_at": "yesterday"}, "created_at is no time"),
        ({"created_at": None, "id": "20"}, "created_at is missing"),
    ],
)
def test_a_broken_post_is_named_and_costs_no_other(broken, reason):
    parsed = parse_x_page(make_page(make_post(**broken), make_post(id=PARENT)))
    assert [post.post_id for post in parsed.posts] == [PARENT]
    (problem,) = parsed.problems
    assert reason in problem


@pytest.mark.parametrize("page", [None, 7, "text", [], {}, [[]], {"hello": 1}, {"data": None}])
def test_what_is_no_answer_has_no_posts(page):
    assert parse_x_page(page).posts == []


def test_an_empty_answer_is_no_problem():
    assert parse_x_page({"meta": {"result_count": 0}}).problems == []
