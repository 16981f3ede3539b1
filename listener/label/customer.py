"""From matched phrases to the labels of a customer's post."""

import polars as pl

from listener.label.cues import COMPLAINT, PRAISE, SOLVED, UNSOLVED, add_cues, weigh_cues
from listener.label.folding import fold_text
from listener.label.grammar import HANDLE
from listener.label.signals import any_of, is_true, words_of

_SHARED = r"^\W*rt @"
_FIRST_HANDLE = r"^[^a-z0-9@]*@([a-z0-9_.-]+)"
_CARRIED_WORDS = 8
_ANSWER_WORDS = 3


def decide_sentences(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the sentences of customers with what each of them does."""
    sentence = pl.col("sentence")
    rows = rows.with_columns(
        asked=sentence.str.contains("?", literal=True), words=words_of(sentence)
    )
    pleasant = any_of("thanks", "praise", "solved", "moved", "chat", "sent")
    return rows.with_columns(
        plain=~pleasant & (pl.col("words") >= 1),
        long=pl.col("words") >= _CARRIED_WORDS,
        wordy=~pleasant & sentence.str.contains("[a-z0-9]"),
    )


def decide_posts(posts: pl.DataFrame) -> pl.DataFrame:
    """Return customers' posts with their labels, decided from all of their sentences."""
    posts = add_cues(posts).with_columns(
        moved=pl.col("moved") | pl.col("sent") & is_true("previous_moves")
    )
    posts = posts.with_columns(unsolved=weigh_cues(UNSOLVED))
    posts = posts.with_columns(solved=weigh_cues(SOLVED) & ~pl.col("unsolved"))
    posts = posts.with_columns(complaint=weigh_cues(COMPLAINT), praise=weigh_cues(PRAISE))
    return posts.with_columns(need=_calls_for_reply())


def _calls_for_reply() -> pl.Expr:
    answers = pl.col("answering")
    trouble = is_true("problem") & ~is_true("praise")
    demands = any_of("asked", "asks", "unsolved", "complaint") | trouble
    pleasant = any_of("praise", "solved", "thanks", "moved", "chat")
    goes_on = pl.col("plain") & (pl.col("previous").is_not_null() | _names_brand_first())
    goes_on &= ~is_true("previous_chats")
    calls = demands | (pl.col("need") | goes_on) & ~pleasant
    says_more = ~pl.col("thanks") | (words_of(pl.col("body")) >= _ANSWER_WORDS)
    replies = answers & (any_of("wordy", "chat") | pl.col("thanks")) & says_more
    replies = replies & ~any_of("moved", "solved")
    shared = pl.col("folded").str.contains(_SHARED)
    return ((calls & _is_addressed()) | replies) & ~shared


def _is_addressed() -> pl.Expr:
    """Whether the brand is spoken to: a reply, its name in front, or a plea that names it.

    Where the brand's names are not known, any account in front counts.
    """
    first = _first_handle()
    to_brand = pl.when(first.is_not_null()).then(_names_brand_first() | pl.col("replied"))
    named = pl.col("folded").str.contains(HANDLE) & any_of("asked", "asks", "complaint")
    return pl.col("previous").is_not_null() | to_brand.fill_null(
        pl.col("replied") | named | pl.col("asks")
    )


def _names_brand_first() -> pl.Expr:
    first = _first_handle()
    names = pl.lit(" ") + pl.col("handles").list.join(" ")
    known = _plain_name(names).str.contains(pl.lit(" ") + _plain_name(first), literal=True)
    return first.is_not_null() & known.fill_null(value=True)


def _plain_name(name: pl.Expr) -> pl.Expr:
    """Return a name as accounts spell it: @wattenau and @brueckenbank are brands too."""
    plain = fold_text(name)
    for spelled, letter in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        plain = plain.str.replace_all(spelled, letter, literal=True)
    return plain


def _first_handle() -> pl.Expr:
    return pl.col("folded").str.extract(_FIRST_HANDLE, 1)
