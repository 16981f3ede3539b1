"""Label posts of which no two are alike: `python -m tests.bench.labels 200000`.

The posts are made of texts that the shipped phrases should find and of small words in between, so
that the search has as much to do as in real posts, and no sentence can be looked up.
"""

import random
import resource
import sys
import time
from collections.abc import Iterator

import polars as pl

from listener.label import Phrases, label_posts, load_phrases
from listener.label.samples import sample_phrase
from listener.resources import phrases_dir

ENGLISH = 0.9
SPOKEN = 0.4
WEIGHT = 30  # a small word is so many times as frequent as a rare one
SYLLABLES = ("ba", "del", "ko", "mir", "su", "tan", "lo", "pex", "ri", "ven", "gol", "shi")
CASE = ("customer", "brand", "customer")
SCHEMA = {
    "post": pl.UInt32(),
    "side": pl.String(),
    "language": pl.String(),
    "text": pl.String(),
    "previous": pl.UInt32(),
}


def main(size: int) -> int:
    """Print how many posts a second get their labels, and the peak memory of it."""
    phrases = load_phrases([phrases_dir()])
    posts = pl.DataFrame(make_posts(size, phrases), schema=SCHEMA, orient="row")
    before = _peak_megabytes()
    wall, cpu = time.perf_counter(), _processor_seconds()
    labelled = label_posts(posts, phrases)
    wall, cpu = time.perf_counter() - wall, _processor_seconds() - cpu
    found = labelled.select(pl.any_horizontal(pl.selectors.boolean()).sum()).item()
    print(
        f"{size:,} posts, {size / wall:,.0f} a second ({size / cpu:,.0f} a second of a core), "
        f"{_peak_megabytes() - before:,.0f} MB more than the posts, "
        f"{_peak_megabytes(resource.RUSAGE_CHILDREN):,.0f} MB in the largest of the other "
        f"processes, {found / size:.0%} with a label"
    )
    return 0


def make_posts(size: int, phrases: Phrases) -> Iterator[tuple[int, str, str, str, int | None]]:
    """Yield posts of cases, nine in ten of them English; each is about as long as a post is."""
    chance = random.Random(2017)  # noqa: S311 - no secret
    rare = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(5000)]
    spoken = {
        (language, side): _list_samples(phrases, language, side)
        for language in phrases.languages
        for side in ("customer", "brand")
    }
    language = "en"
    for number in range(size):
        place = number % len(CASE)
        if place == 0:
            language = "en" if chance.random() < ENGLISH else "de"
        words = (*phrases.languages[language].common, *rare)
        weights = [WEIGHT] * (len(words) - len(rare)) + [1] * len(rare)
        count = chance.choices((1, 2, 3), (2, 3, 2))[0]
        sentences = [
            _make_sentence(chance, chance.choices(words, weights, k=chance.randint(3, 11)), parts)
            for parts in [spoken[language, CASE[place]]] * count
        ]
        text = f"@acme {'. '.join(sentences)}{'. ^AB' if CASE[place] == 'brand' else ''}"
        yield number, CASE[place], language, text, number - 1 if place else None


def _make_sentence(chance: random.Random, words: list[str], parts: list[str]) -> str:
    """Put something that a phrase finds between the words of two sentences in five."""
    if chance.random() < SPOKEN:
        words.insert(chance.randrange(len(words)), chance.choice(parts))
    return " ".join(words)


def _list_samples(phrases: Phrases, language: str, side: str) -> list[str]:
    return [
        sample
        for rule in phrases.rules[language][side].values()
        for phrase in rule.phrases
        for sample in sample_phrase(phrase.text, phrases.words[language], 4, fill=False)
    ]


def _processor_seconds() -> float:
    """Return what this process and those that it began and ended have used."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak_megabytes(whose: int = resource.RUSAGE_SELF) -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    return resource.getrusage(whose).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
