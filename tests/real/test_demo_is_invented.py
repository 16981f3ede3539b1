"""The demo borrows no sentence from the texts that serve for measuring."""

import csv
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo_source.archive import build_demo

SHARED = Path(__file__).resolve().parents[3] / "shared"
WORDS = 8


def word_sequences(text: str) -> set[tuple[str, ...]]:
    """Return every run of eight words, handles and links left out."""
    plain = re.sub(r"(?:@|https?://)\S+", " ", text.casefold())
    words = re.findall(r"[^\W_]+", plain)
    return {tuple(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1)}


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def shared_texts() -> Iterator[str]:
    for path in sorted((SHARED / "gold").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield from strings(json.loads(line))
    for path in sorted((SHARED / "archives").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield from strings(json.loads(line))
    for path in sorted((SHARED / "archives").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                yield from row


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real texts are not here")
def test_no_eight_words_of_the_demo_stand_in_the_real_texts():
    own = set().union(*(word_sequences(post.text) for post in build_demo().posts))
    borrowed = [words for text in shared_texts() for words in word_sequences(text) & own]
    assert borrowed == []
