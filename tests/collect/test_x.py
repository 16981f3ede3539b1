"""The collector of X against a server that behaves as X does."""

from datetime import timedelta
from decimal import Decimal

import pytest

from listener.collect.base import Gap
from listener.collect.budget import PriceTable, price_reads
from listener.collect.x import make_mark
from listener.errors import NeedsOperatorError, RetryLaterError
from tests.builders import make_post
from tests.servers.x import run_x
from tests.servers.x_runs import (
    ago,
    book,
    fetch,
    list_lost,
    list_posts,
    list_problems,
    list_requests,
    make_collector,
    make_source,
    reach,
    visit,
)


@pytest.fixture
def x():
    with run_x() as server:
        for handle in ("acme", "anna", "ben"):
            server.world.add_user(handle)
        yield server


def test_an_accounts_posts_come_with_their_replies_and_without_retweets(x):
    question = x.world.post("anna", "@acme my phone is dead", at=ago(x, hours=3))
    answer = x.world.post("acme", "@anna Sorry!", reply_to=question, at=ago(x, hours=2))
    news = x.world.post("acme", "We are open", at=ago(x, hours=1))
    x.world.retweet("acme", x.world.post("ben", "acme rocks", at=ago(x, days=1)))
    posts = list_posts(fetch(x, "posts"))
    assert {answer.id, news.id} <= {*posts}
    assert not any(post.text.startswith("RT ") for post in posts.values())
    assert posts[answer.id].reply_to_id == question.id
    assert posts[answer.id].author_handle == "acme"
    assert posts[question.id].text == "@acme my phone is dead", "what it answers comes along"
    assert all("exclude" not in request for request in list_requests(x, "tweets"))


def test_mentions_are_what_others_say_to_the_account(x):
    mention = x.world.post("anna", "@acme help", at=ago(x, hours=3))
    x.world.post("anna", "nothing to do with it", at=ago(x, hours=2))
    pages = fetch(x, "mentions")
    assert {*list_posts(pages)} == {mention.id}
    assert pages[-1].mark.newest_id == mention.id
    assert pages[-1].mark.seen_at == x.world.now


def test_search_finds_mentions_replies_and_quotes_and_not_the_account_itself(x):
    own = x.world.post("acme", "We are open", at=ago(x, hours=5))
    mention = x.world.post("anna", "@ACME help", at=ago(x, hours=4))
    reply = x.world.post("ben", "no you are not", reply_to=own, at=ago(x, hours=3))
    quote = x.world.post("ben", "look at this", quote=own, at=ago(x, hours=2))
    x.world.retweet("anna", mention, at=ago(x, hours=1))
    x.world.post("anna", "acme without a sign", at=ago(x, hours=1))
    pages = fetch(x, "search")
    assert {*list_posts(pages)} == {mention.id, reply.id, quote.id, own.id}
    assert pages[-1].mark.newest_id == quote.id


def test_words_are_searched_for_as_they_are_whatever_operators_they_hold(x):
    hit = x.world.post("anna", "my Acme Phone from: berlin OR hell", at=ago(x, hours=1))
    x.world.post("ben", "something else", at=ago(x, hours=1))
    query = 'acme "phone" from: berlin OR hell'
    assert {*list_posts(fetch(x, "search", query=query))} == {hit.id}
    assert list_requests(x)[-1]["query"] == '("acme phone from: berlin OR hell") -is:retweet'
    assert list_posts(fetch(x, "search", query="-acme) OR (from:ben")) == {}


def test_several_phrases_are_one_request_as_long_as_x_takes_it(x):
    hits = [x.world.post("anna", f"word{n} here", at=ago(x, minutes=n)) for n in range(1, 61)]
    phrases = "\n".join(f"word{n}" for n in range(1, 61))
    pages = fetch(x, "search", query=phrases)
    queries = [request["query"] for request in list_requests(x)]
    assert len(queries) == 2
    assert all(len(query) <= 512 for query in queries)
    assert {*list_posts(pages)} == {hit.id for hit in hits}
    assert [page.mark is not None for page in pages] == [False, True]


def test_a_mark_of_two_searches_is_not_newer_than_their_beginning(x):
    phrases = "\n".join(f"{'long ' * 40}{n}" for n in range(4))
    x.world.post("anna", f"{'long ' * 40}3", at=ago(x, minutes=-5), visible_at=x.world.now)
    mark = fetch(x, "search", query=phrases)[-1].mark
    assert mark.newest_id == make_mark(x.world.now).newest_id


@pytest.mark.parametrize("kind", ["notifications", "hashtag"])
def test_what_x_does_not_have_is_a_problem_and_no_request(x, kind):
    pages = fetch(x, kind)
    assert [page.posts for page in pages] == [()]
    assert kind in list_problems(pages)[0]
    assert x.exchanges == []


def test_short_and_empty_pages_are_not_the_end(x):
    x.page_size, x.empty_pages = 2, frozenset({0, 2})
    written = [x.world.post("anna", f"@acme {n}", at=ago(x, minutes=n)) for n in range(1, 8)]
    for kind in ("search", "mentions"):
        pages = fetch(x, kind)
        assert {*list_posts(pages)} == {post.id for post in written}
        assert [page.mark for page in pages if page.mark] == [pages[-1].mark]
        assert pages[-1].mark.newest_id == written[0].id


def test_a_search_without_results_is_complete(x):
    pages = fetch(x, "search")
    assert [(page.posts, page.reads, page.mark, page.problems) for page in pages] == [
        ((), {}, None, ())
    ]
    assert x.exchanges[-1].body == {"meta": {"result_count": 0}}


@pytest.mark.parametrize("kind", ["search", "mentions"])
def test_the_next_run_reads_what_is_new_and_ten_minutes_before_it(x, kind):
    old = x.world.post("anna", "@acme 1", at=ago(x, minutes=30))
    known = x.world.post("anna", "@acme 2", at=ago(x, minutes=9))
    newest = x.world.post("anna", "@acme 3", at=ago(x, minutes=1))
    collector = make_collector(x)
    mark = fetch(x, kind, collector=collector)[-1].mark
    x.world.advance(minutes=5)
    new = x.world.post("anna", "@acme 4")
    pages = fetch(x, kind, mark, collector=collector)
    assert {*list_posts(pages)} == {known.id, newest.id, new.id}
    assert old.id not in list_posts(pages)
    assert pages[-1].mark.newest_id == new.id


def test_ids_that_arrive_late_are_found_by_the_overlap(x):
    late = x.world.post(
        "anna", "@acme I was late", at=ago(x, minutes=8), visible_at=ago(x, minutes=-1)
    )
    x.world.post("anna", "@acme 2", at=ago(x, minutes=1))
    mark = fetch(x, "search")[-1].mark
    assert int(mark.newest_id) > int(late.id)
    x.world.advance(minutes=2)
    assert late.id in list_posts(fetch(x, "search", mark))


def test_ids_and_times_are_never_asked_for_together(x):
    x.world.post("anna", "@acme 1", at=ago(x, minutes=30))
    for kind in ("search", "mentions", "posts"):
        mark = fetch(x, kind)[-1].mark or make_mark(ago(x, days=2))
        fetch(x, kind, mark)
        fetch(x, kind, make_mark(ago(x, days=20)))
    requests = list_requests(x, "/2/")
    assert not [r for r in requests if {"since_id", "start_time"} <= {*r}]


def test_a_hole_of_more_than_seven_days_is_named_with_its_ends(x):
    mark = reach(ago(x, days=10))
    lost = x.world.post("anna", "@acme nobody saw me", at=ago(x, days=8))
    seen = x.world.post("anna", "@acme still there", at=ago(x, days=6))
    pages = fetch(x, "search", mark)
    assert {*list_posts(pages)} == {seen.id}
    assert lost.id not in list_posts(pages)
    hole = "from 2026-02-20 10:00 UTC to 2026-02-23 10:05 UTC"
    assert any(hole in problem for problem in list_problems(pages))
    edge = ago(x, days=7) + timedelta(minutes=5)
    assert list_lost(pages) == [Gap(ago(x, days=10), edge)]
    assert list_requests(x)[-1]["start_time"] == "2026-02-23T10:05:00Z"
    assert pages[-1].mark.newest_id == seen.id


def test_timelines_reach_further_back_than_search_and_have_no_such_hole(x):
    mark = reach(ago(x, days=10))
    seen = x.world.post("anna", "@acme nobody saw me", at=ago(x, days=8))
    pages = fetch(x, "mentions", mark)
    assert {*list_posts(pages)} == {seen.id}
    assert (list_problems(pages), list_lost(pages)) == ([], [])


def test_a_timeline_read_to_where_x_ends_it_may_lack_older_posts(x, monkeypatch):
    monkeypatch.setattr(
        "listener.collect.x.collector._LONGEST_TIMELINES", {"posts": 5, "mentions": 5}
    )
    x.world.timeline_limits["mentions"] = 5
    for minute in range(1, 8):
        x.world.post("anna", f"@acme {minute}", at=ago(x, minutes=minute))
    pages = fetch(x, "mentions")
    assert len(list_posts(pages)) == 5
    assert "before the oldest" in list_problems(pages)[0]
    assert list_lost(pages) == [], "who has never read anything has nothing to lose"
    pages = fetch(x, "mentions", reach(ago(x, minutes=30)))
    assert "from 2026-03-02 09:30 UTC to 2026-03-02 09:55 UTC" in list_problems(pages)[0]
    assert list_lost(pages) == [Gap(ago(x, minutes=30), ago(x, minutes=5))]
    pages = fetch(x, "mentions", reach(ago(x, minutes=5)))
    assert len(list_posts(pages)) == 5
    assert (list_problems(pages), list_lost(pages)) == ([], [])


def test_a_quiet_source_that_was_read_all_along_has_no_hole(x):
    x.world.post("anna", "@acme 1", at=ago(x, days=1))
    mark = fetch(x, "search")[-1].mark
    for _ in range(4):
        x.world.advance(days=3)
        pages = fetch(x, "search", mark)
        mark = pages[-1].mark
        assert list_problems(pages) == []
        assert mark.seen_at == x.world.now


def test_a_first_run_can_begin_at_a_moment(x):
    x.world.post("anna", "@acme old", at=ago(x, days=3))
    new = x.world.post("anna", "@acme new", at=ago(x, days=1))
    for kind in ("search", "mentions"):
        assert {*list_posts(fetch(x, kind, make_mark(ago(x, days=2))))} == {new.id}


@pytest.mark.parametrize("days", [7, 30])
@pytest.mark.parametrize("kind", ["posts", "mentions", "search", "private"])
def test_a_first_run_loses_nothing_that_it_never_had(x, monkeypatch, kind, days):
    longest = {"posts": 1, "mentions": 1}
    monkeypatch.setattr("listener.collect.x.collector._LONGEST_TIMELINES", longest)
    for author in ("anna", "acme"):
        x.world.post(author, "@acme hello", at=ago(x, days=1))
        x.world.message(author, "anna" if author == "acme" else "acme", "hi", at=ago(x, days=1))
    pages = fetch(x, kind, make_mark(ago(x, days=days)), own=True)
    assert list_lost(pages) == []
    assert len(list_problems(pages)) == (kind in longest)
    x.world.advance(days=40)
    lost = list_lost(fetch(x, kind, pages[-1].mark, own=True))
    assert bool(lost) == (kind not in longest), "from then on it has"


def test_versions_of_an_edited_post_are_one_post_the_newest_last(x):
    tweet = x.world.post("anna", "@acme my phnoe", at=ago(x, minutes=20))
    x.world.edit(tweet, "@acme my phone", at=ago(x, minutes=10))
    pages = fetch(x, "mentions")
    versions = [post for page in pages for post in page.posts]
    assert {post.post_id for post in versions} == {tweet.id}
    assert [post.text for post in versions] == ["@acme my phnoe", "@acme my phone"]
    assert versions[-1].edited_at == ago(x, minutes=10)
    assert versions[-1].aliases == (tweet.newest.id,)
    assert pages[-1].mark.newest_id == tweet.newest.id


def test_long_posts_are_whole(x):
    text = "@acme " + "my phone is dead " * 40
    tweet = x.world.post("anna", text, at=ago(x, minutes=20))
    assert list_posts(fetch(x, "search"))[tweet.id].text == text


def test_a_deleted_parent_is_gone_and_its_answer_stays(x):
    parent = x.world.post("acme", "We are open", at=ago(x, hours=2))
    reply = x.world.post("anna", "@acme no", reply_to=parent, at=ago(x, hours=1))
    x.world.delete(parent)
    (page,) = fetch(x, "search")
    assert [post.post_id for post in page.posts] == [reply.id]
    assert page.posts[0].reply_to_id == parent.id
    assert page.gone == (parent.id,)
    assert page.problems == ()


def test_a_protected_parent_is_a_problem_and_not_gone(x):
    x.world.add_user("shy", protected=True)
    parent = x.world.post("shy", "psst", at=ago(x, hours=2))
    x.world.post("anna", "@acme see?", reply_to=parent, at=ago(x, hours=1))
    (page,) = fetch(x, "search")
    assert page.gone == ()
    assert parent.id in page.problems[0]
    assert "Authorization Error" in page.problems[0]


def test_private_messages_are_direct_posts_of_a_conversation(x):
    first = x.world.message("anna", "acme", "my number is &lt;123&gt;", at=ago(x, hours=2))
    second = x.world.message("acme", "anna", "thanks", at=ago(x, hours=1))
    x.world.message("anna", "ben", "not for acme")
    x.world.message("anna", "acme", "", kind="ParticipantsJoin")
    pages = fetch(x, "private", own=True)
    posts = list_posts(pages)
    assert {*posts} == {f"dm:{first.id}", f"dm:{second.id}"}
    post = posts[f"dm:{first.id}"]
    assert post.text == "my number is <123>"
    assert (post.author_handle, post.visibility) == ("anna", "direct")
    assert post.created_at == ago(x, hours=2)
    assert post.reply_to_author_id == x.world.find("acme").id
    assert {post.conversation_id for post in posts.values()} == {"dm:1001-1002"}
    assert pages[-1].mark.newest_id == second.id


def test_known_messages_end_a_run(x):
    x.page_size = 2
    for number in range(9):
        x.world.message("anna", "acme", f"m{number}", at=ago(x, hours=9 - number))
    collector = make_collector(x, own=True)
    mark = fetch(x, "private", collector=collector)[-1].mark
    x.world.advance(minutes=1)
    new = x.world.message("anna", "acme", "new")
    pages = fetch(x, "private", mark, collector=collector)
    assert len(pages) == 2
    assert f"dm:{new.id}" in list_posts(pages)
    assert [page.mark and page.mark.newest_id for page in pages] == [None, new.id]


def test_an_empty_page_of_messages_is_not_the_end(x):
    x.page_size, x.empty_pages = 1, frozenset({1})
    for number in range(3):
        x.world.message("anna", "acme", f"m{number}", at=ago(x, hours=9 - number))
    assert len(list_posts(fetch(x, "private", own=True))) == 3


def test_messages_older_than_a_month_are_a_hole(x):
    pages = fetch(x, "private", reach(ago(x, days=40)), own=True)
    assert "from 2026-01-21 10:00 UTC to 2026-01-31 10:05 UTC" in list_problems(pages)[0]
    assert list_lost(pages) == [Gap(ago(x, days=40), ago(x, days=30) + timedelta(minutes=5))]


def test_states_are_looked_up_a_hundred_at_a_time(x):
    tweets = [x.world.post("anna", f"@acme {n}", at=ago(x, minutes=n)) for n in range(250)]
    posts = [make_post(post_id=tweet.id) for tweet in tweets]
    pages = list(make_collector(x).fetch_states(posts))
    assert [len(page.posts) for page in pages] == [100, 100, 50]


def test_a_look_at_known_posts_tells_edited_deleted_and_hidden_ones_apart(x):
    shy = x.world.add_user("shy")
    texts = ("same", "old text", "deleted", "hidden")
    same, edited, deleted = (x.world.post("anna", t, at=ago(x, hours=1)) for t in texts[:3])
    hidden = x.world.post(shy, "hidden", at=ago(x, hours=1))
    posts = [make_post(post_id=t.id) for t in (same, edited, deleted, hidden)]
    x.world.edit(edited, "new text", at=ago(x, minutes=40))
    x.world.edit(deleted, "never seen", at=ago(x, minutes=40))
    x.world.delete(deleted)
    shy.protected = True
    pages = list(make_collector(x).fetch_states(posts))
    found = list_posts(pages)
    assert {*found} == {same.id, edited.id}
    assert found[edited.id].text == "new text"
    assert [number for page in pages for number in page.gone] == [deleted.id]
    assert hidden.id in list_problems(pages)[0]


def test_an_edit_that_x_does_not_bring_along_is_looked_up(x, monkeypatch):
    monkeypatch.setattr("tests.servers.x_answers.Answers._expand_posts", lambda *_: None)
    tweet = x.world.post("anna", "old", at=ago(x, hours=1))
    x.world.edit(tweet, "new", at=ago(x, minutes=40))
    pages = list(make_collector(x).fetch_states([make_post(post_id=tweet.id)]))
    assert [post.text for page in pages for post in page.posts] == ["old", "new"]
    assert {post.post_id for page in pages for post in page.posts} == {tweet.id}


def test_a_deleted_edit_is_gone_under_the_key_of_the_post(x):
    tweet = x.world.post("anna", "old", at=ago(x, hours=1))
    x.world.edit(tweet, "new", at=ago(x, minutes=40))
    post = make_post(post_id=tweet.id, aliases=(tweet.newest.id,))
    x.world.delete(tweet)
    (page,) = make_collector(x).fetch_states([post])
    assert page.gone == (tweet.id,)


def test_private_messages_and_foreign_posts_are_not_looked_up(x):
    message = make_post(post_id="dm:123", conversation_id="dm:1-2")
    foreign = make_post(author="anna@social.example")
    collector = make_collector(x)
    assert list(collector.fetch_states([message, foreign])) == []
    assert visit(x, message, collector=collector) == []
    assert visit(x, foreign, collector=collector) == []
    assert x.exchanges == []


def test_silence_about_a_post_is_a_problem_and_not_gone(x, monkeypatch):
    monkeypatch.setattr("tests.servers.x_answers.Answers.explain", lambda *_: {"title": "odd"})
    post = make_post(post_id="1650000000000000003")
    (page,) = make_collector(x).fetch_states([post])
    assert page.gone == ()
    assert "nothing about 1 posts" in page.problems[-1]


@pytest.mark.parametrize("own", [True, False])
def test_what_is_booked_is_what_x_charges(x, own):
    x.page_size, x.empty_pages = 3, frozenset({1})
    root = x.world.post("acme", "We are open", at=ago(x, days=9))
    for number in range(8):
        at = ago(x, hours=20 - number)
        tweet = x.world.post("anna" if number % 2 else "ben", "@acme no", reply_to=root, at=at)
        x.world.post("acme", "@anna yes", reply_to=tweet, quote=root, at=at + timedelta(minutes=5))
        x.world.message("anna", "acme", "psst", at=at)
    x.world.edit(tweet, "@acme still no", at=ago(x, hours=12))
    collector = make_collector(x, own=own)
    booked, cost, marks = set(), Decimal(0), {}
    for _ in range(3):  # the second round on the same day, the third on another one
        for kind in ("posts", "mentions", "search", *(["private"] if own else [])):
            pages = fetch(x, kind, marks.get(kind), collector=collector)
            marks[kind] = pages[-1].mark
            cost += book(x, pages, booked)
        posts = [*list_posts(pages).values()]
        cost += book(x, collector.fetch_states(posts), booked)
        cost += book(x, visit(x, make_post(post_id=tweet.id), collector=collector), booked)
        assert cost == x.world.cost
        x.world.advance(hours=7)
    assert cost > 0


def test_own_timelines_are_cheaper_for_the_account_itself_only(x):
    x.world.post("anna", "@acme help", at=ago(x, hours=1))
    x.world.post("anna", "@ben help", at=ago(x, hours=1))
    kinds = [page.reads for page in fetch(x, "mentions", own=True)]
    assert kinds == [{"user": 1}, {"own_post": 1, "user": 1}]
    kinds = [page.reads for page in fetch(x, "mentions", own=True, account="ben")]
    assert kinds == [{"user": 1}, {"post": 1, "user": 1}]
    assert [page.reads for page in fetch(x, "mentions")][1] == {"post": 1, "user": 1}


def test_an_account_is_looked_up_once(x):
    collector = make_collector(x)
    assert next(page.reads for page in fetch(x, "mentions", collector=collector)) == {"user": 1}
    assert [page.reads for page in fetch(x, "posts", collector=collector, account="@ACME")] == [{}]


def test_own_keys_are_used_where_they_are_needed(x):
    collector = make_collector(x, own=True)
    for kind in ("mentions", "search", "private"):
        fetch(x, kind, collector=collector)
    ways = {exchange.path.split("/")[-1]: exchange.signed_in_as for exchange in x.exchanges}
    assert ways == {"acme": "Bearer", "mentions": "OAuth", "recent": "Bearer", "dm_events": "OAuth"}


def test_own_keys_alone_are_enough(x):
    collector = make_collector(x, own=True, bearer_token=None)
    tweet = x.world.post("anna", "@acme & co? 100 % ü", at=ago(x, hours=1))
    for kind in ("mentions", "search"):
        assert {*list_posts(fetch(x, kind, collector=collector))} == {tweet.id}
    assert {*list_posts(fetch(x, "search", collector=collector, query="co? 100 % ü"))} == {tweet.id}


@pytest.mark.parametrize("names", ["tweet", "post"])
def test_what_a_first_run_will_find_can_be_counted_before(names):
    with run_x(names=names, accepts=(names,)) as x:
        for handle in ("acme", "anna"):
            x.world.add_user(handle)
        for days in (1, 2, 6, 8):
            x.world.post("anna", f"@acme {days}", at=ago(x, days=days))
        collector = make_collector(x, field_names=names)
        count = collector.fetch_count(make_source("search"))
        again = collector.fetch_count(make_source("mentions"))
        nothing = collector.fetch_count(make_source("search", query="what nobody says"))
        assert (count.posts, again.posts, nothing.posts) == (3, 3, 0)
        assert len(list_posts(fetch(x, "search", collector=collector))) == count.posts
        reads = [price_reads(counted.reads, PriceTable()) for counted in (count, again, nothing)]
        assert sum(reads) == Decimal("0.015")
        assert sum(c.price for c in x.world.charges if c.kind == "count") == sum(reads)


def test_an_answer_that_counts_nothing_is_no_zero(x, monkeypatch):
    monkeypatch.setattr("tests.servers.x.make_answer", lambda *_, **__: {"meta": {}})
    with pytest.raises(RetryLaterError, match="no count"):
        make_collector(x).fetch_count(make_source("search"))


def test_access_tells_whose_keys_these_are_and_what_they_may(x):
    access = make_collector(x, own=True).fetch_access()
    assert (access.handle, access.is_own, access.level) == ("acme", True, "read")
    assert access.calls_left == x.rate_limit - 1
    assert access.served_at == x.world.now
    watched = make_collector(x).fetch_access()
    assert (watched.handle, watched.is_own, watched.level) == ("acme", False, None)
    assert watched.reads == {"user": 1}


def test_access_to_an_account_that_is_not_there_needs_the_operator(x):
    with pytest.raises(NeedsOperatorError, match="no such account"):
        make_collector(x, account="acmee").fetch_access()


def test_usage_needs_a_bearer_token(x):
    with pytest.raises(NeedsOperatorError, match="bearer token"):
        make_collector(x, own=True, bearer_token=None).fetch_usage()
    assert x.exchanges == []


@pytest.mark.parametrize("names", ["tweet", "post"])
def test_usage_tells_what_x_has_counted(names):
    with run_x(names=names, accepts=(names,)) as x:
        x.world.add_user("acme")
        usage = make_collector(x, field_names=names).fetch_usage()
    assert (usage.posts_read, usage.posts_cap, usage.reset_in_days) == (0, 2_000_000, 12)


@pytest.mark.parametrize(("accepts", "asked"), [(("post",), "post"), (("tweet", "post"), "tweet")])
def test_the_new_names_of_fields_give_the_same_posts(accepts, asked):
    found = []
    for options, names in (({}, "tweet"), ({"names": "post", "accepts": accepts}, asked)):
        with run_x(**options) as x:
            for handle in ("acme", "anna"):
                x.world.add_user(handle)
            root = x.world.post("acme", "We are open", at=ago(x, days=9))
            no = x.world.post("anna", "@acme " + "no " * 200, reply_to=root, at=ago(x, hours=9))
            x.world.edit(no, "@acme " + "No " * 200, at=ago(x, hours=8))
            x.world.post("anna", "@acme see", quote=root, at=ago(x, hours=7))
            x.world.message("anna", "acme", "psst", at=ago(x, hours=2))
            collector = make_collector(x, own=True, field_names=names)
            kinds = ("posts", "mentions", "search", "private")
            pages = [page for kind in kinds for page in fetch(x, kind, collector=collector)]
            found.append([page.posts for page in pages])
    assert found[0] == found[1]
    assert sum(map(len, found[0])) == 10


def test_fields_that_x_does_not_know_any_more_are_an_alarm_and_not_an_empty_page():
    with run_x(names="post", accepts=("post",)) as x:
        x.world.add_user("acme")
        with pytest.raises(NeedsOperatorError, match="refuses the field names"):
            fetch(x, "search")
