"""Posts whose labels are called unsure really are wrong more often."""

from pathlib import Path

import polars as pl
import pytest

from listener.label import label_posts, load_phrases
from listener.label.confidence import rate_posts
from listener.label.evaluation import build_label_input, load_gold
from listener.posts import BRAND_LABELS, CUSTOMER_LABELS
from listener.resources import phrases_dir

SHARED = Path(__file__).resolve().parents[3] / "shared"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the labelled posts are not here")


def judge_posts(gold):
    """Return of each post how sure its labels are, and whether any of them is wrong."""
    phrases, posts = load_phrases([phrases_dir()]), build_label_input(gold)
    labels = label_posts(posts, phrases).drop("side", "language")
    read = posts.join(labels, on="post").join(rate_posts(posts, phrases), on="post")
    known = {(case.case, post.number): post for case in gold for post in case.posts}
    rows = []
    for row in read.iter_rows(named=True):
        post = known[row["case"], row["number"]]
        names = BRAND_LABELS if post.side == "brand" else CUSTOMER_LABELS
        scored = [name for name in names if name not in post.skip and name != "refusal"]
        if "*" not in post.skip:
            wrong = any(row[name] != (name in post.labels) for name in scored)
            rows.append((row["confidence"], wrong))
    return pl.DataFrame(rows, schema=["confidence", "wrong"], orient="row")


@pytest.mark.parametrize("name", ["dev.jsonl", "dev_more.jsonl"])
def test_unsure_posts_are_wrong_more_often(name):
    judged = judge_posts(load_gold(SHARED / "gold" / name)).sort("confidence")
    third = judged.height // 3
    least, most = judged.head(third)["wrong"].mean(), judged.tail(third)["wrong"].mean()
    assert least > 1.5 * most
