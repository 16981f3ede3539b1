import polars as pl

from listener.label import iter_evidence, label_evidence, label_posts
from listener.posts import LABELS
from tests.label.conftest import make_input
from tests.label.test_labels import HOSTILE, read_examples


def test_every_label_is_quoted_from_the_original_text(phrases):
    examples = read_examples("en")
    texts = [(side, f"\u200d{text}  😡") for side, _, _, text in examples]
    posts = make_input(*texts).with_columns(previous=pl.lit(None, dtype=pl.UInt32))
    quoted = label_evidence(posts, phrases)
    original = dict(enumerate(text for _, text in texts))
    for post, words, start, end in quoted.select("post", "words", "start", "end").iter_rows():
        assert original[post][start:end] == words
        assert words
    labels = label_posts(posts, phrases)
    names = [name for name, kind in labels.schema.items() if kind == pl.Boolean]
    wanted = labels.unpivot(names, index="post", variable_name="label").filter(pl.col("value"))
    assert wanted.join(quoted, on=["post", "label"], how="anti").height == 0


def test_the_words_behind_a_label_are_shown_with_their_phrase(phrases):
    posts = make_input(("brand", "We can't help by DM, Zoë – but please DM us tomorrow. ^KT"))
    quoted = label_evidence(posts, phrases).filter(pl.col("label") == "dm")
    assert quoted["words"].to_list() == ["DM"]
    assert quoted["start"].to_list() == [posts["text"][0].rindex("DM")]
    assert quoted["rule"][0].startswith("en.toml/brand.dm/")


def test_a_signature_is_quoted(phrases):
    posts = make_input(("brand", "The shop is open until nine. ^KT https://acme.example"))
    quoted = label_evidence(posts, phrases).filter(pl.col("label") == "signed")
    assert quoted["words"].to_list() == ["^KT"]


def test_only_the_chosen_posts_are_quoted(phrases):
    posts = make_input(("brand", "Sorry!"), ("brand", "So sorry!"))
    quoted = label_evidence(posts, phrases, pl.Series([1], dtype=pl.UInt32))
    assert quoted["post"].unique().to_list() == [1]


def test_hostile_texts_are_quoted_rightly(phrases):
    posts = make_input(*(("customer", text[:2000]) for text in HOSTILE))
    quoted = label_evidence(posts, phrases).join(posts.select("post", "text"), on="post")
    for words, start, end, text in quoted.select("words", "start", "end", "text").iter_rows():
        assert text[start:end] == words


def test_words_that_only_add_to_others_are_quoted_where_there_are_no_others(phrases):
    alone = "@acme your manager called and would not say which kettle it was about"
    posts = make_input(("customer", alone), ("customer", f"{alone}. Disgraceful!"))
    quoted = label_evidence(posts, phrases).filter(pl.col("label") == "complaint")
    assert quoted.filter(pl.col("post") == 0)["words"].to_list() == ["manager", "not"]
    assert quoted.filter(pl.col("post") == 1)["words"].to_list() == ["Disgraceful"]


def test_posts_are_quoted_in_parts_as_they_are_at_once(phrases, monkeypatch):
    posts = make_input(*((side, text) for side, _, _, text in read_examples("en")[:40]))
    in_pairs = pl.when(pl.col("post") % 2 == 1).then(pl.col("post") - 1).cast(pl.UInt32)
    posts = posts.with_columns(previous=in_pairs)
    at_once = label_evidence(posts, phrases)
    monkeypatch.setattr("listener.label.evidence._PART_POSTS", 15)
    assert label_evidence(posts, phrases).equals(at_once)


def test_posts_whose_labels_are_known_are_quoted_as_if_all_were_read(phrases):
    posts = make_input(*((side, text) for side, _, _, text in read_examples("en")[:40]))
    before = pl.when(pl.col("post") > 0).then(pl.col("post") - 1).cast(pl.UInt32)
    posts = posts.with_columns(previous=before)
    only = posts["post"].gather_every(3)
    labels = label_posts(posts, phrases).filter(pl.col("post").is_in(only.implode()))
    names = pl.concat_list(pl.when(label).then(pl.lit(label)) for label in LABELS)
    known = labels.select("post", labels=names.list.drop_nulls())
    found = pl.concat(iter_evidence(posts, phrases, labels=known))
    assert found.height > 10
    assert found.sort("post", maintain_order=True).equals(label_evidence(posts, phrases, only))
