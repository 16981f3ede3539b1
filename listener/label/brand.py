"""From matched phrases to the labels of a brand's reply."""

import polars as pl

from listener.label.grammar import ACCOUNT, LINK
from listener.label.signals import any_of, is_true, words_of

_MIN_STATEMENT_WORDS = 5
_MIN_STATED_WORDS = 4
_LONG_STATEMENT_WORDS = 12
# One post of several that make one reply; some archives have lost the stroke and the brackets.
_PART = (
    r"\b[1-9]/[1-9]\b|&gt;&gt;|>>|(?:^| )gtgt"
    r"|^(?:@[^ ]+ +)*[1-4][1-4] |[ .][1-4][1-4](?: <LINK>)?$"
)
_PATH = r"&gt;|>|[a-z] gt [a-z]"  # "Settings > About"
_SHORTENED = r"https?://(?:t\.co|bit\.ly|ow\.ly|goo\.gl)/|<|__url__"
_ACTS = (
    "dm", "phone", "email", "form", "question", "requested", "promise", "checkin",
)  # fmt: skip
_OTHER_THINGS = (
    "dm", "phone", "email", "form", "handle", "question", "apology", "empathy", "promise",
    "checkin", "thanks", "courtesy", "offer", "later", "link", "requested", "channel",
)  # fmt: skip
_SUBSTANCE = (
    "dm", "phone", "email", "form", "handle", "link", "answer", "question", "promise", "checkin",
    "refusal", "done", "apology", "channel",
)  # fmt: skip


def describe_wordings(wordings: pl.DataFrame) -> pl.DataFrame:
    """Return wordings of brands with what can be told by their letters alone."""
    sentence = pl.col("sentence")
    return wordings.with_columns(
        asked=sentence.str.contains("?", literal=True),
        linked=sentence.str.contains(LINK),
        words=words_of(sentence),
        _exclaims=sentence.str.contains("!", literal=True),
        _announced=sentence.str.contains(" link", literal=True),
        _shortened=sentence.str.contains(_SHORTENED),
        _path=sentence.str.contains(_PATH),
        _addresses=sentence.str.contains(ACCOUNT),
    )


def decide_sentences(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the sentences of brands with what each of them does."""
    rows = _decide_acts(rows)
    plain = ~any_of("asked", "cheer", *_OTHER_THINGS) & ~_shows_the_way()
    least = pl.when("states").then(_MIN_STATED_WORDS).otherwise(_MIN_STATEMENT_WORDS)
    informs = (pl.col("words") >= least) & ~pl.col("_exclaims")
    decided = rows.with_columns(
        statement=_is_statement(plain),
        remark=plain & informs,
        loose=plain & (pl.col("words") > 1),
        firm=_is_firm(),
        advised=pl.col("advice") & ~any_of("dm", "form", "phone", "email", "link"),
        offered=pl.col("question") & is_true("offer"),
        tried=_asks_to_try() & ~any_of("dm", "form", "phone", "email"),
        question=pl.col("question") & ~is_true("offer") & ~_asks_to_try(),
        promise=pl.col("promise") & ~_after("dm", "form"),
        later=pl.col("later") & ~_after("question", "requested", "checkin"),
    )
    return decided.select(pl.exclude("^_.*$"))


def _decide_acts(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(
        question=pl.col("asked")
        & ~any_of("dm", "checkin")
        & (~is_true("courtesy") | any_of("asks", "question"))
        & ~(is_true("requests") & any_of("form", "phone", "email")),
        requested=pl.col("asks")
        & ~any_of("dm", "form", "phone", "email", "checkin", "courtesy", "asked")
        & ~_asks_to_try(),
        link=_points_to_page(),
        handle=is_true("handle") | is_true("elsewhere"),
        tagged=any_of("handle", "elsewhere") & pl.col("_addresses"),
        how=pl.col("how") & ~any_of("asked", "dm", "channel"),
        apology=is_true("apology"),
    )


def _is_firm() -> pl.Expr:
    """Whether the sentence is a step to try and nothing else, which helps wherever it stands."""
    more = any_of("asked", "asks", "promise", "checkin", "thanks", "courtesy", "offer", "channel")
    leads = any_of("dm", "form", "phone", "email", "handle", "elsewhere", "linked")
    return pl.col("steps") & ~more & ~leads & ~_shows_the_way()


def _asks_to_try() -> pl.Expr:
    """Whether the question is a step to try, politely put ("could you restart it?")."""
    return is_true("advice") & is_true("requests")


def _shows_the_way() -> pl.Expr:
    """Whether the sentence tells where to find what was asked for just before."""
    return pl.col("_path") & is_true("steps") & _after("question", "requested")


def _points_to_page() -> pl.Expr:
    """Whether words of the sentence send the reader to an address, here or after it.

    An address that stands alone needs to tell itself where it leads; a shortened one does not.
    With words behind it, it was put there by hand and belongs to what is said.
    """
    bare = pl.col("words") == 0
    speaking = bare & pl.col("linked") & ~pl.col("_shortened")
    shown = speaking | ~bare & (pl.col("linked") | pl.col("_announced"))
    begins = pl.col("first") | _after("dm", "form", "phone", "email")
    within = pl.col("linked") & ~pl.col("last") & ~(bare & begins) & ~pl.col("channel")
    verified = pl.col("asked") & pl.col("asks") & ~any_of("advice", "steps")
    led = any_of("dm", "form", "phone", "email") | verified
    return (shown & is_true("web") | within) & ~led


def _is_statement(plain: pl.Expr) -> pl.Expr:
    thankful = (
        any_of("thanks", "courtesy")
        & ~is_true("offer")
        & (pl.col("words") >= _LONG_STATEMENT_WORDS)
    )
    explained = any_of("apology", "link") & any_of("states", "reasons") | thankful
    return (
        plain & is_true("states")
        | ~pl.col("asked") & is_true("states") & explained & ~any_of(*_ACTS)
        | pl.col("reasons") & ~any_of("asked", "promise", "checkin", "dm", "channel")
        | pl.col("steps")
        & ~any_of("dm", "form", "phone", "email", "thanks", "channel")
        & ~_shows_the_way()
        | is_true("how")
    )


def _after(*acts: str) -> pl.Expr:
    """Whether the customer was asked for something before: what is promised then depends on it."""
    asked = any_of(*acts).cast(pl.Int64)
    earlier = asked.cum_sum() - asked
    return earlier > pl.when("first").then(earlier).forward_fill()


def decide_posts(posts: pl.DataFrame) -> pl.DataFrame:
    """Return brand posts with their labels, decided from all of their sentences."""
    moved = any_of("dm", "form", "phone", "email")
    told = pl.col("statement") & ~any_of("thanks", "courtesy", "offer")
    asks = any_of("requested", "offered") & ~pl.col("dm") | is_true("tried") & ~pl.col("checkin")
    posts = posts.with_columns(question=pl.col("question") & ~_chats() | asks)
    posts = posts.with_columns(
        answer=pl.col("done") | _informs() & (~is_true("previous_content") | told) | is_true("how"),
        promise=pl.col("promise") | pl.col("later") & ~moved,
        signed=pl.col("signature").is_not_null(),
        handle=pl.col("handle") & ~_names_itself(),
    )
    kind = pl.when("thanks").then("text").otherwise(pl.lit(""))
    goes_on = pl.col("loose") & kind.str.contains(_PART)
    return posts.with_columns(thanks=pl.col("thanks") & ~any_of(*_SUBSTANCE) & ~goes_on)


def _chats() -> pl.Expr:
    """Whether the reply is merry talk, so that its question wants nothing needed to help."""
    serious = any_of("requested", "asks", "apology", "empathy", "promise", "checkin", "tried")
    moved = any_of("dm", "form", "phone", "email")
    return is_true("cheer") & ~serious & ~moved & ~is_true("previous_calls")


def _names_itself() -> pl.Expr:
    """Whether a sentence that leads to an account can only mean the brand's own ones."""
    body = pl.when("tagged").then("body").otherwise(pl.lit(""))
    accounts = body.str.extract_all(ACCOUNT).list.eval(pl.element().str.strip_chars("@"))
    others = accounts.list.set_difference(pl.col("handles").fill_null([]))
    return is_true("tagged") & (others.list.len() == 0)


def _informs() -> pl.Expr:
    """Whether the public text itself serves the matter.

    A sentence worded as a statement does, unless the whole reply leads elsewhere and
    no sentence is left that does nothing else. Such a sentence will do by itself where
    the customer wanted something: small talk and advertising consist of them too.
    """
    states, remarks, called = pl.col("statement"), pl.col("remark"), is_true("previous_calls")
    stays = ~any_of(*_ACTS, "handle")
    replied = pl.col("previous_side").is_not_null() & ~pl.col("thanks")
    return (
        any_of("advised", "how", "firm") | states & (remarks | stays) | remarks & (called | replied)
    )
