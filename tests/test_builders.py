from datetime import UTC, datetime, timedelta

import pytest

from listener.posts import Account, posts_schema
from tests.builders import START, make_brand, make_frame, make_post, talk


def test_a_post_without_words_of_its_own_is_a_customer_on_a_monday_morning():
    post = make_post()
    assert (post.platform, post.author_id, post.created_at) == ("x", "anna", START)
    assert post.mentions == ("acme",)
    assert START.strftime("%a %H:%M") == "Mon 10:00"


@pytest.mark.parametrize(
    "at",
    [datetime(2026, 3, 2, 10, 12, tzinfo=UTC), "2026-03-02T10:12Z", "2026-03-02T11:12+01:00", 12],
)
def test_times_are_given_as_time_text_or_minutes(at):
    assert make_post(at=at).created_at == START + timedelta(minutes=12)


def test_posts_have_ids_of_their_own_that_grow():
    first, second = make_post(), make_post()
    assert (len(first.post_id), first.post_id) < (len(second.post_id), second.post_id)


def test_a_reply_names_the_post_and_its_author():
    parent = make_post(author="Anna")
    reply = make_post(author="acme", reply_to=parent)
    assert (reply.reply_to_id, reply.reply_to_author_id) == (parent.post_id, "anna")
    assert make_post(reply_to="77").reply_to_id == "77"


def test_mentions_come_from_the_text_and_mail_addresses_are_none():
    text = "@Acme and @help@social.example: write to me@home.example (@Bob)"
    assert make_post(text).mentions == ("acme", "help@social.example", "bob")
    assert make_post(text, mentions=["@Zoe"]).mentions == ("zoe",)


def test_a_handle_with_a_host_is_on_mastodon():
    post = make_post(author="Anna@social.example")
    assert (post.platform, post.author_id) == ("mastodon", "anna@social.example")


def test_given_fields_win():
    post = make_post(post_id="5", author_id="12", language=None, visibility="direct")
    assert (post.post_id, post.author_id, post.language) == ("5", "12", None)
    assert post.visibility == "direct"


def test_a_brand_has_one_account_called_like_its_key():
    brand = make_brand()
    assert brand.name == "Acme"
    assert brand.accounts == (Account(platform="x", handle="acme"),)


def test_a_brand_has_the_accounts_that_are_named():
    own = Account(platform="x", handle="AcmeCEO", role="person")
    brand = make_brand("acme", handles=("@AcmeHelp", "acme@social.example", own), mode="owner")
    assert [account.handle for account in brand.accounts] == [
        "AcmeHelp",
        "acme@social.example",
        "AcmeCEO",
    ]
    assert [account.platform for account in brand.accounts] == ["x", "mastodon", "x"]
    assert brand.mode == "owner"
    assert make_brand(handles="AcmeHelp").accounts[0].handle == "AcmeHelp"


def test_talk_is_a_chain_of_replies():
    question, answer, thanks = talk(
        "anna: @acme my phone is dead: no light",
        "+12m acme: @anna Sorry! Please DM us",
        "anna: @acme it works again",
        at=30,
    )
    assert question.text == "@acme my phone is dead: no light"
    assert question.reply_to_id is None
    assert answer.reply_to_id == question.post_id
    assert thanks.reply_to_author_id == "acme"
    waits = [post.created_at - START for post in (question, answer, thanks)]
    assert waits == [timedelta(minutes=30), timedelta(minutes=42), timedelta(minutes=43)]


def test_talk_can_go_on_from_a_post():
    first = make_post()
    (reply,) = talk("+1d acme: @anna Sorry!", reply_to=first, language="de")
    assert (reply.reply_to_id, reply.language) == (first.post_id, "de")
    assert reply.created_at == START + timedelta(days=1)


def test_a_line_without_a_speaker_is_no_talk():
    with pytest.raises(AssertionError, match="not a line of talk"):
        talk("hello")


def test_a_frame_has_the_columns_of_the_store_and_its_order():
    later, earlier = make_post(at=5), make_post(at=1)
    frame = make_frame([later, earlier])
    assert dict(frame.schema) == posts_schema()
    assert frame["post_id"].to_list() == [earlier.post_id, later.post_id]
    assert frame["mentions"].to_list() == [["acme"], ["acme"]]
    assert make_frame([]).height == 0


def test_a_frame_names_posts_by_their_own_id():
    edited = make_post(aliases=("9999",))
    reply = make_post(reply_to="9999", quote_of_id="9999", at=1)
    elsewhere = make_post(reply_to="9999", author="zoe@social.example", at=2)
    frame = make_frame([edited, reply, elsewhere])
    assert frame["reply_to_id"].to_list() == [None, edited.post_id, "9999"]
    assert frame["quote_of_id"].to_list() == [None, edited.post_id, None]
