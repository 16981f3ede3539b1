"""From matched phrases to the labels of a customer's post."""

import polars as pl

from listener.label.cues import COMPLAINT, PRAISE, SOLVED, UNSOLVED, add_cues, add_mood, weigh_cues
from listener.label.folding import fold_text
from listener.label.grammar import HANDLE
from listener.label.signals import any_of, is_true, words_of

_SHARED = r"^\W*rt @"
_GREETING = (
    r"(?:(?:hi|hey|hello|hallo|hiya|dear|liebe[rs]?|moin|servus|yo|oh|ok|okay|so|na|guys"
    r"|good (?:morning|afternoon|evening)|guten (?:morgen|tag|abend))[ ,.!:-]+)?"
)
_ADDRESS = r"(?:hi|hey|hello|hallo|dear|liebe[rs]?|moin|good morning|guten (?:morgen|tag|abend)),? "
_NAME = r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?"
_LEADING_HANDLES = tuple(
    rf"^(?:[^a-z0-9@]*@{_NAME}){{{before}}}[^a-z0-9@]*{_GREETING}@({_NAME})" for before in range(3)
)
# "Re: Acme Support where is …", "Dear Acme, …": written as a name, one to three words of it.
_PLAIN_NAMES = tuple(
    rf"^(?:re: |{_ADDRESS})((?:[a-z0-9&'.]+[ ,:!-]+){{{words}}})" for words in (1, 2, 3)
)
# Spoken of, not to: "a burrito at @acme", "I need @acme in my life".
_ASIDE = (
    r"\b(?:at|from|with|by|to|in|into|for|of|on|the|a|an|my|his|her|our|their|your|this|these"
    r"|love|loves|like|need|want|miss|get|got|getting|go|hit|visit|use|using|when|if|and|&amp;)"
    r" (?:@[a-z0-9_]+(?: and | & |, )?)+"
)
_MENTION = r"@[a-z0-9_]"
_CARRIED_WORDS = 8
_ANSWER_WORDS = 3


def describe_wordings(wordings: pl.DataFrame) -> pl.DataFrame:
    """Return wordings of customers with what can be told by their letters alone."""
    sentence = pl.col("sentence")
    return wordings.with_columns(
        asked=sentence.str.contains("?", literal=True),
        words=words_of(sentence),
        _speaks=sentence.str.contains("[a-z0-9]"),
    )


def decide_sentences(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the sentences of customers with what each of them does."""
    pleasant = any_of("thanks", "praise", "solved", "moved", "chat", "sent", "ahead")
    return rows.with_columns(
        plain=~pleasant & (pl.col("words") >= 2),
        long=pl.col("words") >= _CARRIED_WORDS,
        wordy=~pleasant & pl.col("_speaks"),
    ).drop("_speaks")


def decide_posts(posts: pl.DataFrame) -> pl.DataFrame:
    """Return customers' posts with their labels, decided from all of their sentences."""
    # Lazy, as the expressions have much in common that is then worked out once.
    posts = _add_addressees(posts).with_columns(own_before=_find_own(posts))
    decided = add_mood(add_cues(posts.lazy())).with_columns(
        moved=pl.col("moved") | any_of("sent", "ahead") & is_true("previous_moves")
    )
    decided = decided.with_columns(unsolved=weigh_cues(UNSOLVED))
    decided = decided.with_columns(solved=weigh_cues(SOLVED) & ~pl.col("unsolved"))
    decided = decided.with_columns(complaint=weigh_cues(COMPLAINT), praise=weigh_cues(PRAISE))
    decided = decided.with_columns(demands=_demands(), thanks=pl.col("thanks") & ~_mocks())
    posts = decided.collect()
    posts = posts.with_columns(wanted_before=_find_wanting(posts))
    return posts.lazy().with_columns(need=_calls_for_reply()).collect()


def _find_own(posts: pl.DataFrame) -> pl.Series:
    """Return of each post the place of the one that its author wrote in the case before it."""
    names = ("case_root", "author_handle")
    rows = posts.select(*names, "post").with_row_index("place")
    several = rows.filter(pl.col("case_root").is_duplicated()).sort(*names, "post")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in names)
    pairs = several.select("place", before=pl.when(same).then(pl.col("place").shift(1)))
    return rows.join(pairs, on="place", how="left", maintain_order="left")["before"]


def _find_wanting(posts: pl.DataFrame) -> pl.Series:
    """Return of each post whether its customer wanted something earlier in the case."""
    first = posts.filter(_wants()).group_by("case_root").agg(first=pl.col("post").min())
    rows = posts.select("case_root", "post", "previous").join(
        first, on="case_root", how="left", maintain_order="left"
    )
    earlier = (pl.col("post") > pl.col("first")).fill_null(value=False)
    return rows.select(pl.col("previous").is_not_null() & earlier).to_series()


def _wants() -> pl.Expr:
    return pl.col("demands") | pl.col("need") & ~_is_pleasant()


def _mocks() -> pl.Expr:
    """Whether thanks are meant bitterly: they open the case, complain, and ask for nothing."""
    return is_true("opening") & is_true("complaint") & ~any_of("inquiring", "asks", "courteous")


def _demands() -> pl.Expr:
    trouble = any_of("problem", "negated") & ~any_of("praise", "solved")
    trouble &= ~is_true("thanks") | is_true("contrast")
    minds = is_true("complaint") & (~is_true("solved") | is_true("contrast"))
    return any_of("asked", "asks", "unsolved") | minds | trouble


def _calls_for_reply() -> pl.Expr:
    opens = pl.col("previous").is_null() & pl.col("named_first")
    goes_on = pl.col("plain") & (opens | pl.col("wanted_before")) & ~is_true("previous_chats")
    calls = pl.col("demands") | (pl.col("need") | goes_on) & ~_is_pleasant()
    says_more = ~pl.col("thanks") | (pl.col("body_words") >= _ANSWER_WORDS)
    told = any_of("wordy", "chat") | is_true("sent") & is_true("long") | pl.col("thanks")
    replies = pl.col("answering") & told & says_more & ~any_of("moved", "solved")
    replies &= is_true("wordy") | ~is_true("ahead")
    shared = pl.col("folded").str.contains(_SHARED)
    return ((calls & _is_addressed()) | replies) & ~shared


def _is_pleasant() -> pl.Expr:
    smiling = is_true("opening") & is_true("untroubled") & is_true("cheerful")
    return any_of("praise", "solved", "thanks", "moved", "chat", "ahead") | smiling


def _is_addressed() -> pl.Expr:
    """Whether the brand is spoken to: a reply, its name in front, or a plea that names it.

    Where the brand's names are not known, any account in front counts; a brand that is
    not the first of several must be told more than a remark. Where nobody is named at
    all, a grumble is only meant for the brand if it was answered and is more than a sigh.
    """
    speaks = any_of("asked", "asks", "complaint", "unsolved")
    to_brand = pl.when("fronted").then(
        any_of("named_first", "titled", "replied")
        | any_of("asks", "unsolved") & pl.col("named_later")
    )
    unknown = pl.when("fronted").then(pl.lit("")).otherwise("folded")
    beside = unknown.str.replace_all(_ASIDE, "").str.contains(_MENTION)
    handle = unknown.str.contains(HANDLE) & beside | pl.col("lead").str.contains("[a-z]")
    told = pl.col("replied") & (handle | any_of("asked", "need", "lengthy") | ~pl.col("complaint"))
    return pl.col("previous").is_not_null() | to_brand.fill_null(
        told | handle & speaks | pl.col("asks")
    )


def _add_addressees(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the posts with which of the accounts in front is the brand's.

    `fronted`: there is an account in front; `named_first` and `named_later`: it is the
    brand's, or one behind it is. Where nobody knows the brand's names, any may be it.
    """
    handles = pl.col("handles").list.join(" ")
    names = posts.select(handles=handles.unique()).with_columns(
        names=pl.lit(" ") + _plain_name(fold_text(pl.col("handles")))
    )
    names = names.with_columns(squeezed=pl.col("names").str.replace_all("[^a-z0-9 ]", "") + " ")
    called = {
        f"called_{place}": pl.lit(" ") + _plain_name(pl.col("folded").str.extract(shape, 1))
        for place, shape in enumerate(_LEADING_HANDLES)
    }
    # A text that begins with an account does not begin with a greeting and a name.
    bare = pl.col("folded").str.starts_with("@")
    folded = posts.select(pl.when(bare).then(pl.lit("")).otherwise("folded")).to_series()
    spelled = {
        f"spelled_{n}": _squeeze_name(pl.lit(folded).str.extract(shape, 1))
        for n, shape in enumerate(_PLAIN_NAMES)
    }
    rows = posts.select(handles=handles, **called, **spelled).join(
        names, on="handles", how="left", maintain_order="left"
    )
    first, *later = (_is_among("names", name) for name in called)
    plainly = pl.any_horizontal(_is_among("squeezed", name) for name in spelled)
    fronted = pl.col("called_0").is_not_null()
    unknown = pl.col("handles").fill_null("") == ""
    told = rows.select(
        fronted=fronted | plainly,
        named_first=first | fronted & unknown,
        titled=plainly,
        named_later=pl.any_horizontal(later),
    )
    return posts.with_columns(told.get_columns())


def _is_among(names: str, name: str) -> pl.Expr:
    return pl.col(names).str.contains(pl.col(name), literal=True).fill_null(value=False)


def _squeeze_name(name: pl.Expr) -> pl.Expr:
    """Return a name as one word between blanks, as accounts are called."""
    spelled = _plain_name(name)
    return pl.lit(" ") + spelled.str.replace_all("[^a-z0-9]", "") + pl.lit(" ")


def _plain_name(name: pl.Expr) -> pl.Expr:
    """Return a folded name as accounts spell it: @wattenau and @brueckenbank are brands too."""
    for spelled, letter in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        name = name.str.replace_all(spelled, letter, literal=True)
    return name
