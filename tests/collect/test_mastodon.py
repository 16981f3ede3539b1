"""What the Mastodon collector brings home, run after run, from a server that behaves."""

from datetime import timedelta

import pytest

from listener.collect.base import CursorMark, Gap
from listener.collect.mastodon.sources import Depth
from listener.errors import AccessDeniedError, NeedsOperatorError, RetryLaterError
from tests.servers.mastodon import run_mastodon
from tests.servers.mastodon_runs import NOW, Run, read
from tests.servers.mastodon_world import START

POSTS = "/api/v1/accounts/1001/statuses"


@pytest.fixture
def world():
    with run_mastodon() as served:
        yield served


@pytest.fixture
def acme(world):
    return world.add_account("acme")


def write_many(world, author, number, first=0):
    return {world.post(author, f"post {n}").uri for n in range(first, first + number)}


def test_an_accounts_answers_are_read_and_its_boosts_are_not(world, acme):
    question = world.post("anna@far.example", "@acme my phone is dead")
    answer = world.post(acme, "@anna@far.example on it", reply_to=question)
    world.boost(acme, world.post("carl@far.example", "good words"))
    run = read(world, "posts", acme)
    (post,) = run.posts
    assert (post.post_id, post.text) == (answer.uri, "@anna@far.example on it")
    assert post.reply_to_id == f"social.example/{question.id}"


def test_boosts_of_a_server_that_does_not_leave_them_out_are_dropped(world, acme):
    world.post(acme, "own words")
    world.boost(acme, world.post("carl@far.example", "good words"))
    for post in world.posts.values():
        if post.boost_of:
            post.extra, post.boost_of = {"reblog": {"id": "5", "content": "good words"}}, None
    assert read(world, "posts", acme).texts == {"own words"}


def test_the_first_run_reads_back_to_the_beginning(world, acme):
    uris = write_many(world, acme, 95)
    run = read(world, "posts", acme)
    assert run.keys == uris
    assert run.mark.newest_id == next(post.id for post in world.posts.values() if "94" in post.text)
    assert run.mark.seen_at == NOW


def test_the_first_run_stops_at_its_limit_and_says_so(world, acme):
    write_many(world, acme, 95)
    run = read(world, "posts", acme, depth=Depth(history=2))
    assert len(run.posts) == 80
    assert "post 94" in run.texts
    assert "older posts are left out" in run.problems[0]
    assert run.lost == []


def test_a_first_run_without_links_goes_on_by_id(world, acme):
    uris = write_many(world, acme, 95)
    world.has_links = False
    assert read(world, "posts", acme).keys == uris


def test_the_next_run_skips_nothing_in_the_middle(world, acme):
    write_many(world, acme, 3)
    mark = read(world, "posts", acme).mark
    uris = write_many(world, acme, 130, first=3)
    run = read(world, "posts", acme, mark)
    assert run.keys >= uris
    assert run.mark.newest_id == max(world.posts, key=int)


def test_a_run_with_nothing_new_moves_no_mark(world, acme):
    write_many(world, acme, 3)
    mark = read(world, "posts", acme).mark
    assert read(world, "posts", acme, mark).mark is None


def test_a_server_that_turns_the_order_round_loses_nothing(world, acme):
    write_many(world, acme, 1)
    mark = read(world, "posts", acme).mark
    world.rises_forward = True
    uris = write_many(world, acme, 130, first=1)
    run = read(world, "posts", acme, mark)
    assert run.keys >= uris
    assert run.mark.newest_id == max(world.posts, key=int)


def test_a_run_that_has_read_enough_leaves_the_rest_to_the_next_one(world, acme):
    write_many(world, acme, 1)
    mark = read(world, "posts", acme).mark
    uris = write_many(world, acme, 100, first=1)
    first = read(world, "posts", acme, mark, depth=Depth(forward=1))
    assert "more is waiting" in first.problems[0]
    second = read(world, "posts", acme, first.mark, depth=Depth(forward=2))
    assert first.keys | second.keys >= uris


def test_nothing_is_lost_when_a_run_breaks_off_after_its_first_page(world, acme):
    write_many(world, acme, 3)
    mark = read(world, "posts", acme).mark
    uris = write_many(world, acme, 90, first=3)
    world.fail_next("503", POSTS, skip=2)  # the overlap and one page get through
    broken = Run()
    with pytest.raises(RetryLaterError):
        read(world, "posts", acme, mark, into=broken)
    assert 0 < len(broken.keys & uris) < 90
    assert read(world, "posts", acme, mark).keys >= uris


def test_a_first_run_that_breaks_off_is_repeated_from_the_start(world, acme):
    uris = write_many(world, acme, 90)
    world.fail_next("cut", POSTS, skip=1)
    with pytest.raises(RetryLaterError):
        read(world, "posts", acme)
    assert read(world, "posts", acme).keys == uris


def test_a_late_post_with_an_old_id_is_found_in_the_overlap(world, acme):
    write_many(world, acme, 5)
    mark = read(world, "posts", acme).mark
    late = world.post(acme, "late", at=START + timedelta(seconds=90))
    assert late.uri in read(world, "posts", acme, mark).keys


def test_posts_written_while_a_reader_pages_are_found_at_once_or_next_time(world, acme):
    write_many(world, acme, 60)
    world.before_next(lambda: write_many(world, acme, 50, first=60), POSTS, skip=1)
    first = read(world, "posts", acme)
    second = read(world, "posts", acme, first.mark)
    assert first.keys | second.keys == {post.uri for post in world.posts.values()}


def test_a_post_that_is_edited_while_a_reader_pages_keeps_its_key(world, acme):
    write_many(world, acme, 60)
    newest = world.posts[max(world.posts, key=int)]
    mark = read(world, "posts", acme).mark
    write_many(world, acme, 41, first=60)
    world.before_next(lambda: world.edit(newest, "edited"), POSTS, skip=1)
    run = read(world, "posts", acme, mark)
    assert run.keys >= {p.uri for p in world.posts.values() if int(p.id) > int(newest.id)}


def test_ids_are_opaque():
    with run_mastodon(ids="ulid") as world:
        brand = world.add_account("acme")
        write_many(world, brand, 3)
        mark = read(world, "posts", brand).mark
        uris = write_many(world, brand, 90, first=3)
        run = read(world, "posts", brand, mark)
    assert run.keys >= uris
    assert run.mark.newest_id.isalnum()
    assert not run.mark.newest_id.isdigit()
    assert run.problems == []


def test_mentions_come_as_notifications(world, acme):
    mention = world.post("anna@far.example", "@acme my phone is dead")
    quote = world.post("carl@far.example", "look", quote_of=world.post(acme, "buy phones"))
    run = read(world, "notifications", acme)
    assert run.keys >= {mention.uri, quote.uri}


def test_what_the_account_filters_is_read_too(world, acme):
    acme.filtered.add("anna@far.example")
    mention = world.post("anna@far.example", "@acme my phone is dead")
    assert read(world, "notifications", acme).keys == {mention.uri}


def test_a_server_that_knows_no_quotes_is_asked_for_mentions(world, acme):
    mention = world.post("anna@far.example", "@acme my phone is dead")
    world.fail_next("422", "/api/v1/notifications")
    assert read(world, "notifications", acme).keys == {mention.uri}
    asked = [request.query["types[]"] for request in world.requests if "types[]" in request.query]
    assert asked == [["mention", "quote"], ["mention"]]


def test_a_server_without_quotes_is_not_asked_for_them(world, acme):
    world.version, world.api_version = "0.11.0", None
    world.post("anna@far.example", "@acme my phone is dead")
    read(world, "notifications", acme)
    assert world.requests[-1].query["types[]"] == ["mention"]


def test_notifications_that_come_late_are_new_all_the_same(world, acme):
    late = world.post("anna@far.example", "@acme one", notify=False)
    world.post("anna@far.example", "@acme two")
    mark = read(world, "notifications", acme).mark
    world.notify(late, acme)
    assert late.uri in read(world, "notifications", acme, mark).keys


def test_mentions_without_a_token_are_a_problem_and_no_failure(world, acme):
    run = read(world, "mentions", acme, with_token=False)
    assert (run.posts, world.requests) == ([], [])
    assert "without a token" in run.problems[0]


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("notifications", "notifications"),
        ("private", "private messages"),
        ("search", "search"),
    ],
)
def test_what_needs_a_token_is_refused_without_asking(world, acme, kind, what):
    with pytest.raises(AccessDeniedError, match=f"without a token the server shows no {what}"):
        read(world, kind, acme, query="phone", with_token=False)
    assert world.requests == []


def test_a_hashtag_costs_one_question_about_the_server(world, acme):
    tagged = world.post("anna@far.example", "#Acme is down")
    world.post("anna@far.example", "acme is down")
    run = read(world, "hashtag", acme, query="#acme", with_token=False)
    assert run.keys == {tagged.uri}
    assert world.count_requests("/api/v2/instance") == 1


def test_a_search_reads_back_to_a_day_before_the_mark(world, acme):
    for number in range(100):
        world.post("anna@far.example", f"my phone {number}")
    run = read(world, "search", acme, query="PHONE")
    assert len(run.keys) == 100
    seen_at = world.now + timedelta(days=3)
    before = world.count_requests("/api/v2/search")
    read(world, "search", acme, CursorMark(run.mark.newest_id, seen_at), query="phone")
    assert world.count_requests("/api/v2/search") == before + 1


@pytest.mark.parametrize("number", [1, 39, 40, 41, 100])
@pytest.mark.parametrize("search_by", ["offset", "id"])
def test_a_search_is_read_to_its_end(world, acme, search_by, number):
    world.search_by = search_by
    uris = {world.post("anna@far.example", f"my phone {n}").uri for n in range(number)}
    run = read(world, "search", acme, query="phone")
    assert (run.keys, run.problems) == (uris, [])


def test_a_search_with_small_pages_skips_nothing(world, acme):
    world.search_limit = 15
    uris = {world.post("anna@far.example", f"my phone {n}").uri for n in range(50)}
    assert read(world, "search", acme, query="phone").keys == uris


def test_a_search_that_shows_one_page_only_is_a_problem(world, acme):
    world.search_by = "nothing"
    for number in range(50):
        world.post("anna@far.example", f"my phone {number}")
    run = read(world, "search", acme, query="phone")
    assert (len(run.keys), len(run.problems)) == (40, 1)
    assert run.lost == [], "who has never read anything has nothing to lose"


def test_a_search_that_does_not_lead_back_to_the_mark_has_a_gap(world, acme):
    world.search_by = "nothing"
    posts = [world.post("anna@far.example", f"my phone {number}") for number in range(50)]
    mark = CursorMark(posts[0].id, posts[0].created_at)
    run = read(world, "search", acme, mark, query="phone")
    assert run.lost == [Gap(posts[0].created_at, posts[10].created_at)]
    assert len(run.problems) == 1
    mark = CursorMark(posts[20].id, posts[20].created_at)
    run = read(world, "search", acme, mark, query="phone")
    assert (run.lost, len(run.problems)) == ([], 1), "only the day before the mark was cut"


def test_what_the_next_run_goes_on_with_is_no_loss(world, acme):
    write_many(world, acme, 1)
    mark = read(world, "posts", acme).mark
    write_many(world, acme, 100, first=1)
    run = read(world, "posts", acme, mark, depth=Depth(forward=1))
    assert (run.lost, len(run.problems)) == ([], 1)


def test_private_posts_stay_direct_and_come_whole(world, acme):
    first = world.post("anna@far.example", "@acme my number is secret", visibility="direct")
    answer = world.post(acme, "@anna@far.example thanks", reply_to=first, visibility="direct")
    last = world.post("anna@far.example", "@acme bye", reply_to=answer, visibility="direct")
    run = read(world, "private", acme)
    assert run.keys == {first.uri, answer.uri, last.uri}
    assert {post.visibility for post in run.posts} == {"direct"}
    more = world.post(acme, "@anna@far.example really", reply_to=last, visibility="direct")
    assert more.uri in read(world, "private", acme, run.mark).keys


@pytest.mark.parametrize("is_missing", [True, False])
def test_private_posts_are_found_where_there_are_no_conversations(world, acme, is_missing):
    world.missing.update({"/api/v1/conversations"} if is_missing else set())
    world.has_conversations = False
    first = world.post("anna@far.example", "@acme secret", visibility="direct")
    answer = world.post(acme, "@anna@far.example thanks", reply_to=first, visibility="direct")
    world.post("anna@far.example", "@acme open words")
    run = read(world, "private", acme)
    assert run.keys == {first.uri, answer.uri}
    assert {post.visibility for post in run.posts} == {"direct"}
    more = world.post("carl@far.example", "@acme me too", visibility="direct")
    assert more.uri in read(world, "private", acme, run.mark).keys


def test_a_hashtag_that_a_server_does_not_know_yet_is_no_failure(world, acme):
    world.fail_next("404", "/api/v1/timelines/tag")
    run = read(world, "hashtag", acme, query="acme")
    assert (run.posts, run.problems) == ([], ["the server knows no such hashtag yet"])
    for number in range(50):
        world.post("anna@far.example", f"#acme {number}")
    world.fail_next("404", "/api/v1/timelines/tag", skip=1)
    with pytest.raises(NeedsOperatorError):
        read(world, "hashtag", acme, query="acme")
    world.fail_next("html_404", "/api/v1/timelines/tag")
    with pytest.raises(NeedsOperatorError):
        read(world, "hashtag", acme, query="acme")


def test_own_private_posts_are_found_where_only_the_news_show_them(world, acme):
    """As on Takahe, where nothing of a message is listed before somebody answers it."""
    world.has_conversations = world.lists_own_private = False
    anna = world.add_account("anna")
    anna.followers.add(acme.address)
    world.post(anna, "for my followers", visibility="private")
    world.post(acme, "open words")
    hidden = {world.post(acme, "to our friends", visibility="private").uri}
    hidden.add(world.post(acme, "@anna we looked into it", visibility="direct").uri)
    run = read(world, "private", acme)
    assert run.keys == hidden
    late = world.post(acme, "@anna one more thing", visibility="direct")
    assert late.uri in read(world, "private", acme, run.mark).keys


def test_news_are_read_back_to_the_last_run_only(world, acme):
    world.has_conversations = world.lists_own_private = False
    first = world.post(acme, "@anna@far.example hello", visibility="direct")
    world.post("anna@far.example", "@acme yes?", reply_to=first, visibility="direct")
    for number in range(200):
        world.post(acme, f"news {number}")
    world.now = NOW - timedelta(minutes=30)
    world.post(acme, "@anna@far.example bye", visibility="direct")
    mark = read(world, "private", acme).mark
    before = world.count_requests("/api/v1/timelines/home")
    assert "@anna@far.example bye" in read(world, "private", acme, mark).texts
    assert world.count_requests("/api/v1/timelines/home") == before + 2


@pytest.mark.parametrize("kind", ["403", "404", "422"])
def test_who_may_not_read_the_news_reads_the_rest(world, acme, kind):
    world.has_conversations = False
    secret = world.post("anna@far.example", "@acme secret", visibility="direct")
    world.fail_next(kind, "/api/v1/timelines/home")
    run = read(world, "private", acme)
    assert run.keys == {secret.uri}
    assert len(run.problems) == 1
    assert run.mark


def test_nobody_else_sees_private_posts(world, acme):
    world.post("anna@far.example", "@acme secret", visibility="direct")
    carl = world.add_account("carl")
    for kind in ("posts", "notifications", "private"):
        assert read(world, kind, carl).posts == []
    assert read(world, "posts", acme, with_token=False).posts == []


def test_a_server_that_finds_its_people_by_their_bare_names_only_is_asked_so(world, acme):
    world.post(acme, "good morning")
    world.knows_own_host = False
    assert read(world, "posts", acme).texts == {"good morning"}
    asked = [request.first("acct") for request in world.requests if request.first("acct")]
    assert asked == ["acme@social.example", "acme"]


def test_a_namesake_from_elsewhere_is_not_taken_for_the_account(world, acme):
    stranger = world.add_account("acme@far.example")
    del world.accounts[stranger.address]
    with pytest.raises(NeedsOperatorError, match="check the account's name"):
        read(world, "posts", stranger)
    assert world.count_requests("/api/v1/accounts/lookup") == 1


def test_an_unknown_account_needs_an_operator(world, acme):
    stranger = world.add_account("nobody")
    del world.accounts[stranger.address]
    with pytest.raises(NeedsOperatorError, match="check the account's name"):
        read(world, "posts", stranger, with_token=False)


@pytest.mark.parametrize(
    "version",
    ["2.9.2 (compatible; Pleroma 2.5.0)", "4.3.0+glitch", "gotosocial 0.17", "0.17", "", "next"],
)
def test_odd_versions_stop_nothing(world, acme, version):
    world.version, world.api_version = version, None
    world.post("anna@far.example", "@acme #acme my phone is dead")
    assert read(world, "notifications", acme).posts
    assert read(world, "hashtag", acme, query="acme").posts
    assert read(world, "search", acme, query="phone").posts


def test_a_server_at_another_address_than_its_accounts_is_believed(world, acme):
    """As GoToSocial, whose `domain` is its address."""
    world.instance = {"domain": "gts.social.example", "account_domain": world.domain}
    world.post(acme, "words")
    (post,) = read(world, "posts", acme).posts
    assert post.author_handle == acme.address


def test_a_server_that_only_repeats_its_address_is_not_believed(world, acme):
    """As Takahe without an administrator: its newer path fails, the older one is an echo."""
    world.fail_next("500", "/api/v2/instance", times=-1)
    world.instance = {"uri": world.url.removeprefix("http://")}
    world.post(acme, "words")
    (post,) = read(world, "posts", acme).posts
    assert post.author_handle == acme.address
    assert post.aliases[0].startswith(f"{world.domain}/")


@pytest.mark.parametrize("kind", ["404", "422", "500", "html", "html_404", "not_json"])
def test_a_server_without_the_newer_instance_path_is_asked_once_more(world, acme, kind):
    world.post(acme, "words")
    world.fail_next(kind, "/api/v2/instance")
    assert read(world, "posts", acme).texts == {"words"}
    assert world.count_requests("/api/v1/instance") == 1


@pytest.mark.parametrize("kind", ["500", "503", "cut", "html"])
def test_a_failing_instance_costs_two_requests_and_not_a_storm(world, acme, kind):
    world.fail_next("404", "/api/v2/instance", times=-1)
    world.fail_next(kind, "/api/v1/instance", times=-1)
    with pytest.raises(RetryLaterError):
        read(world, "hashtag", acme, query="acme")
    assert len(world.requests) == 2
