from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from listener.label import label_posts
from listener.label import labels as labelling
from listener.posts import BRAND_LABELS, CUSTOMER_LABELS
from tests.bench.labels import SCHEMA, make_posts
from tests.label.conftest import INPUT, list_labels, make_input

HERE = Path(__file__).parent
ENOUGH = 10


def read_examples(language):
    path = HERE / f"examples_{language}.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    split = [line.split("|", 3) for line in lines if line.strip() and not line.startswith("#")]
    return [
        (side.strip(), must.split(), must_not.split(), text.strip())
        for side, must, must_not, text in split
    ]


@pytest.mark.parametrize("language", ["en", "de"])
def test_examples_get_their_labels(language, phrases):
    examples = read_examples(language)
    posts = pl.DataFrame(
        [(n, side, language, text, None, None) for n, (side, _, _, text) in enumerate(examples)],
        schema=INPUT,
        orient="row",
    )
    found = list_labels(label_posts(posts, phrases))
    missing = [
        (text, set(must) - labels)
        for (_, must, _, text), labels in zip(examples, found, strict=True)
        if set(must) - labels
    ]
    wrong = [
        (text, set(must_not) & labels)
        for (_, _, must_not, text), labels in zip(examples, found, strict=True)
        if set(must_not) & labels
    ]
    assert (missing, wrong) == ([], [])


@pytest.mark.parametrize("language", ["en", "de"])
def test_there_are_ten_examples_for_and_against_each_label(language):
    examples = read_examples(language)
    sides = Counter(side for side, *_ in examples)
    shown = Counter((side, label) for side, must, _, _ in examples for label in must)
    for side, labels in (("brand", BRAND_LABELS), ("customer", CUSTOMER_LABELS)):
        for label in labels:
            assert ENOUGH <= shown[side, label] <= sides[side] - ENOUGH, (side, label)


@pytest.mark.parametrize(
    ("conversation", "expected"),
    [
        ((("brand", "Please DM us your number."), ("customer", "Done")), "moved"),
        ((("brand", "Please DM us your number."), ("customer", "I sure can")), "moved"),
        ((("brand", "Which store was it?"), ("customer", "Leeds")), "need"),
        ((("brand", "Is it working now?"), ("customer", "not for me")), "unsolved"),
    ],
)
def test_the_post_before_sheds_light(conversation, expected, phrases):
    assert expected in list_labels(label_posts(make_input(*conversation), phrases))[1]
    alone = label_posts(make_input(conversation[1]), phrases)
    assert expected not in list_labels(alone)[0]


@pytest.mark.parametrize(
    ("reply", "answer", "expected", "others"),
    [
        ("Could you try another lid?", "Ok, I will. Thanks!", "thanks", "need moved"),
        ("Please call us on 0800 555 1234.", "Ok, I will. Thanks!", "moved", "need solved"),
        ("Is the kettle working now?", "Boiled first time, thanks for asking", "solved", "need"),
        ("Turn the lid to the left.", "it is not working with my lid", "unsolved", "solved"),
        ("It comes on Monday.", "Thank you! the old one was broken anyway", "thanks", "need"),
        ("It comes on Monday.", "Thank you, but the spout is missing", "need", "solved"),
        ("We put ours on toast.", "Works again, I was rather annoyed", "solved", "need"),
        (
            "Could you descale it? Let us know if that helps.",
            "I've done that twice",
            "need",
            "moved",
        ),
        ("Please follow the guide.", "Followed all the steps, same noise", "unsolved", "moved"),
        ("Please DM us your number.", "Have done, thanks", "moved", "solved"),
    ],
)
def test_what_is_said_to_what_the_brand_did(reply, answer, expected, others, phrases):
    talk = make_input(
        ("customer", "@acme my kettle is broken"), ("brand", reply), ("customer", answer)
    )
    found = list_labels(label_posts(talk, phrases))[2]
    assert expected in found
    assert not found & set(others.split())


def test_all_parts_of_a_reply_count(phrases):
    parts = ("Which store was it?", "We're sorry about the soup.", "It should be hot.")
    talk = make_input(*(("brand", part) for part in parts), ("customer", "Leeds"))
    assert "need" in list_labels(label_posts(talk, phrases))[3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Will do! Will also send a picture of the lid tonight", False),
        ("three weeks now and the lid is still not here", True),
    ],
)
def test_a_complaint_has_words_of_its_own(text, expected, phrases):
    talk = make_input(
        ("customer", "@acme this is ridiculous"),
        ("brand", "Please DM us your number."),
        ("customer", text),
    )
    assert ("complaint" in list_labels(label_posts(talk, phrases))[2]) is expected


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("en", "@acme this is ridiculous", "the shelf you sent has eleven screws for twelve holes"),
        ("de", "@acme das ist eine Frechheit", "das Regal hat elf Schrauben für zwölf Löcher"),
    ],
)
def test_displeasure_goes_on_in_the_next_part(language, first, second, phrases):
    parts = make_input(("customer", first), ("customer", second), language=language)
    assert "complaint" in list_labels(label_posts(parts, phrases))[1]
    assert "complaint" not in list_labels(label_posts(parts.tail(1), phrases))[0]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "@acme the lid of the kettle does not close since I cleaned it on Sunday night"),
        ("de", "@acme der Deckel schließt nicht, seit ich ihn am Sonntag gereinigt habe"),
    ],
)
def test_thanks_and_answers_speak_against_displeasure(language, text, phrases):
    thanks = {"en": " Thanks!", "de": " Danke!"}[language]
    posts = make_input(("customer", text + thanks), language=language)
    assert "complaint" not in list_labels(label_posts(posts, phrases))[0]
    asked = {"en": "What happened to it?", "de": "Was ist damit passiert?"}[language]
    talk = make_input(("brand", asked), ("customer", text), language=language)
    assert "complaint" not in list_labels(label_posts(talk, phrases))[1]


@pytest.mark.parametrize(
    ("opening", "needs"),
    [("@acme I love your pumpkin soup", False), ("@acme the soup was cold", True)],
)
def test_a_remark_needs_a_reply_only_where_something_was_wanted(opening, needs, phrases):
    talk = make_input(
        ("customer", opening),
        ("brand", "We put ours on toast here."),
        ("customer", "@acme on rye bread"),
    )
    assert ("need" in list_labels(label_posts(talk, phrases))[2]) is needs


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("@kim @acme my parcel is lost, can you help?", True),
        ("@kim @acme see you on Friday then", False),
        ("Hey @acme, the lift is out of order", True),
        ("@acme... the lift is out of order", True),
        ("Re: Acme is the lift working again?", True),
        ("Dear Acme, is the lift working again?", True),
        ("Re: Kim is the lift working again?", False),
    ],
)
def test_the_brand_may_be_named_after_a_greeting_or_second(text, needs, phrases):
    posts = make_input(("customer", text)).with_columns(brand_handles=pl.lit(["acme"]))
    assert ("need" in list_labels(label_posts(posts, phrases))[0]) is needs


def test_a_chat_about_praise_is_no_answer(phrases):
    talk = make_input(
        ("customer", "@acme I love your pumpkin soup"),
        ("brand", "Pumpkins are the kings of autumn for all of us here."),
    )
    assert "answer" not in list_labels(label_posts(talk, phrases))[1]


def test_labels_of_the_other_side_are_false(phrases):
    labelled = label_posts(make_input(("customer", "please dm us, sorry ^AB")), phrases)
    assert not list_labels(labelled)[0] & (set(BRAND_LABELS) - set(CUSTOMER_LABELS))


def test_a_post_that_names_the_brand_only_to_a_friend_needs_no_reply(phrases):
    posts = make_input(("customer", "@kim nah, they are useless, ask elsewhere"))
    posts = posts.with_columns(brand_handles=pl.lit(["acme"]))
    labels = list_labels(label_posts(posts, phrases))[0]
    assert "complaint" in labels
    assert "need" not in labels


def test_another_language_is_not_read(phrases):
    posts = make_input(
        ("customer", "@acme pourquoi est-ce que vous ne répondez pas, je suis très déçu"),
        language=None,
    )
    labelled = label_posts(posts, phrases)
    assert labelled["language"].to_list() == [None]
    assert list_labels(labelled) == [set()]


HOSTILE = [
    "",
    " ",
    "😡" * 50,
    "\u202e\u2066 please dm us \u2069",
    "@a @b @c",
    "." * 1000,
    "((((" * 100,
    "\ue000\x02\x03",
    "https://" * 100,
    "İ" * 100,
    "^" * 100,
    "a" * 1_000_000,
]


@pytest.mark.parametrize("side", ["brand", "customer"])
@pytest.mark.parametrize("language", ["en", "de", None])
def test_hostile_texts_are_labelled_like_others(side, language, phrases):
    posts = pl.DataFrame(
        [(n, side, language, text, None, None) for n, text in enumerate(HOSTILE)],
        schema=INPUT,
        orient="row",
    )
    assert label_posts(posts, phrases).height == len(HOSTILE)


def test_an_empty_frame_gives_an_empty_frame(phrases):
    empty = pl.DataFrame(schema=INPUT)
    labelled = label_posts(empty, phrases)
    assert labelled.height == 0
    assert set(labelled.columns) >= {"post", "side", "language", "dm", "need"}


def test_a_loop_of_previous_posts_ends(phrases):
    posts = make_input(("customer", "hello there"), ("brand", "hello you"))
    posts = posts.with_columns(previous=pl.Series([1, 0], dtype=pl.UInt32))
    assert label_posts(posts, phrases).height == 2


TEXTS = [text for language in ("en", "de") for *_, text in read_examples(language)]
SOME = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SOME
@given(texts=st.lists(st.sampled_from(TEXTS), min_size=2, max_size=8), seed=st.integers(0, 99))
def test_neither_order_nor_company_changes_labels(texts, seed, phrases):
    posts = pl.DataFrame(
        [(n, "brand", "en", text, None, None) for n, text in enumerate(texts)],
        schema=INPUT,
        orient="row",
    )
    together = label_posts(posts, phrases)
    shuffled = label_posts(posts.sample(fraction=1, shuffle=True, seed=seed), phrases)
    alone = pl.concat(label_posts(posts.slice(n, 1), phrases) for n in range(len(texts)))
    assert shuffled.sort("post").equals(together)
    assert alone.equals(together)


@pytest.mark.parametrize("worth_cores", [4_000, 1_000_000])
def test_many_posts_get_the_labels_that_few_get(worth_cores, phrases, monkeypatch):
    """Many are divided, on several cores or not; no case may be torn apart by that."""
    monkeypatch.setattr(labelling, "_PART_POSTS", 2_000)
    monkeypatch.setattr(labelling, "_WORTH_CORES", worth_cores)
    rows = list(make_posts(6_000, phrases))
    posts = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    few = posts.filter(pl.col("post") < 3_000)
    many = label_posts(posts, phrases)
    assert many["post"].to_list() == posts["post"].to_list()
    assert_frame_equal(many.head(3_000), label_posts(few, phrases))
