"""What was read once is known again, and only then."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from listener.label import kept, load_phrases
from listener.label.kept import (
    KEPT_SCHEMA,
    digest_cases,
    label_new_cases,
    name_reading,
    pack_labels,
)
from listener.label.labels import label_posts
from listener.resources import phrases_dir
from tests.label.conftest import make_input

KEY = b"k"
ASKED = ("customer", "where is my parcel?")
DEFLECTED = ("brand", "Sorry! Please send us a DM. ^KT")
STILL = ("customer", "done, still nothing")
NOTHING_KEPT = pl.DataFrame(schema=KEPT_SCHEMA)


def make_readable(*posts):
    lists = (("brand_handles", ["acmehelp"]), ("brand_languages", ["en", "de"]))
    given = [pl.lit(value, dtype=pl.List(pl.String)).alias(name) for name, value in lists]
    return make_input(*posts).with_columns(given)


def change(posts, **values):
    is_last = pl.col("post") == pl.col("post").max()
    return posts.with_columns(
        pl.when(is_last).then(pl.lit(value, dtype=posts.schema[name])).otherwise(name).alias(name)
        for name, value in values.items()
    )


def keep(posts, phrases):
    packed = pack_labels(label_posts(posts, phrases), digest_cases(posts, KEY))
    return packed.drop("case_root").unique("digest", maintain_order=True)


def join_cases(*cases):
    """Put cases into one frame, the posts of each after those of the one before it."""
    start, frames = 0, []
    for case in cases:
        frames.append(case.with_columns(pl.col("post", "previous") + start))
        start += case.height
    return pl.concat(frames)


def test_kept_labels_are_those_of_reading_anew(phrases):
    posts = join_cases(make_readable(ASKED, DEFLECTED, STILL), make_readable(ASKED))
    named = digest_cases(posts, KEY)
    packed = keep(posts, phrases)
    assert packed.schema == pl.Schema(KEPT_SCHEMA)
    found = label_new_cases(posts, phrases, named, packed)
    assert_frame_equal(found, label_posts(posts, phrases))


def test_only_cases_that_are_new_or_changed_are_read(phrases, monkeypatch):
    before = join_cases(make_readable(ASKED, DEFLECTED), make_readable(STILL))
    packed = keep(before, phrases)
    now = join_cases(
        make_readable(ASKED, DEFLECTED, STILL), make_readable(STILL), make_readable(DEFLECTED)
    )
    read = []
    monkeypatch.setattr(
        kept, "label_posts", lambda posts, said: read.append(posts) or label_posts(posts, said)
    )
    found = label_new_cases(now, phrases, digest_cases(now, KEY), packed)
    assert_frame_equal(found, label_posts(now, phrases))
    assert read[0]["post"].to_list() == [0, 1, 2, 4]


@pytest.mark.parametrize(
    "values",
    [
        {"side": "customer"},
        {"language": "de"},
        {"language": None},
        {"text": "Sorry! Please send us a DM. ^KT "},
        {"text": None},
        {"author_handle": "acmehelp"},
        {"brand_handles": ["acmehelp", "acme"]},
        {"brand_languages": None},
        {"previous": None},
    ],
)
def test_whatever_labels_depend_on_changes_the_digest(values):
    posts = make_readable(ASKED, DEFLECTED)
    before, after = digest_cases(posts, KEY), digest_cases(change(posts, **values), KEY)
    assert before["digest"][1] != after["digest"][1]


def test_digests_tell_nothing_to_those_without_the_key():
    posts = make_readable(ASKED)
    assert digest_cases(posts, KEY)["digest"][0] != digest_cases(posts, b"other")["digest"][0]


def test_no_text_can_pass_for_two_posts():
    pair = make_readable(("customer", "a"), ("customer", "b"))
    one = make_readable(("customer", 'a"}\n{"side":"customer","text":"b'))
    digests = digest_cases(join_cases(pair, one), KEY)["digest"].to_list()
    assert digests[0] == digests[1]
    assert digests[2] != digests[0]


def test_like_cases_are_kept_once(phrases):
    posts = join_cases(make_readable(ASKED, DEFLECTED), make_readable(ASKED, DEFLECTED))
    packed = keep(posts, phrases)
    assert packed.height == 1
    assert packed["labels"][0].len() == 2


def test_another_phrase_file_is_another_reading(phrases, tmp_path):
    (tmp_path / "en.toml").write_text('[customer.need]\nphrases = ["where my parcel hides"]\n')
    other = load_phrases([tmp_path, phrases_dir()])
    assert name_reading(other) != name_reading(phrases)
    assert name_reading(phrases) == name_reading(load_phrases([phrases_dir()]))


def test_nothing_kept_and_nothing_to_read(phrases):
    posts = make_readable(ASKED).clear()
    named = digest_cases(posts, KEY)
    found = label_new_cases(posts, phrases, named, NOTHING_KEPT)
    assert found.is_empty()
    assert pack_labels(found, named).is_empty()
