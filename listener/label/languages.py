"""Which language a post is read in: the platform's word, the post's own, its case's.

Only English and German are read. A post in another language stays unread (null):
its labels are never guessed.
"""

import polars as pl

_EN = (
    "the|and|you|your|to|is|it|for|of|this|that|have|has|are|was|with|not|my|me|we|i|can|please|"
    "but|be|been|so|what|when|how|why|get|got|just|will|would|do|don't|dont|i'm|im|it's|our|if|"
    "at|from|out|about|there|they|still|thanks|thank|hello|yes|sorry|any|us|help|sent|done|an"
)
_DE = (
    "der|die|das|und|ist|nicht|ich|sie|es|ein|eine|einen|einem|einer|den|dem|zu|mit|auf|fur|fuer|"
    "von|im|wir|ihr|ihre|ihren|euch|euer|mir|mich|mein|meine|auch|aber|noch|schon|wie|wann|warum|"
    "wenn|dass|hat|habe|haben|kann|konnen|koennen|bitte|danke|seit|bei|nach|aus|uns|unser|du|dir|"
    "dich|dein|deine|kein|keine|sind|war|wird|werden|heute|immer|nur|doch|mal|da|gibt|vielen|hallo"
)
_OTHER = (
    "que|para|por|los|las|una|del|con|como|esta|het|een|niet|voor|dat|ik|jullie|avec|pour|vous|nous|est|"
    "dans|pas|les|des|une|mais|della|che|non|il|sono|nao|voce|uma|isso|saya|tidak|yang|untuk|nak|"
    "de|la|le|el|en|et|je|tu|ce|sur|qui|merci|gracias|hola|obrigado|ciao|grazie|mijn|bij|op|ook|jest|nie|"
    "sie|na|jeg|og|det|ikke|till|och|att|jag|inte|som|bir|ve|bu|icin"
)
_FOREIGN_SCRIPT = (
    r"[\p{Cyrillic}\p{Arabic}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Hebrew}\p{Thai}"
    r"\p{Devanagari}\p{Greek}]"
)
_STEPS = 40
_PLENTY = 5


def read_languages(posts: pl.DataFrame) -> pl.DataFrame:
    """Return `posts` with `language` as read ("en", "de" or null).

    Args:
        posts: With `folded`, `case_root` and the platform's `language`.
    """
    text = pl.col("folded")
    scored = posts.with_columns(en=_count(_EN, text))
    # Who writes so many English words writes English: the search for others can be saved.
    text = pl.when((pl.col("en") < _PLENTY) | pl.col("language").is_not_null()).then(text)
    scored = scored.with_columns(
        de=_count(_DE, text).fill_null(0),
        other=_count(_OTHER, text).fill_null(0),
        foreign=pl.col("folded").str.count_matches(_FOREIGN_SCRIPT),
    )
    own = _decide_own()
    scored = scored.with_columns(own=own)
    told = pl.when(pl.col("own").is_in(["en", "de"])).then("own")
    unsure = scored.filter(pl.col("own") == "?").select("case_root").unique()
    cases = (
        scored.join(unsure, on="case_root", how="semi")
        .group_by("case_root")
        .agg(of_case=told.drop_nulls().mode().min())
    )
    scored = scored.join(cases, on="case_root", how="left", maintain_order="left")
    language = pl.when(pl.col("own") == "?").then("of_case").otherwise(told)
    return scored.with_columns(language=language).drop(
        "en", "de", "other", "foreign", "own", "of_case"
    )


def _count(words: str, text: pl.Expr) -> pl.Expr:
    return text.str.count_matches(rf"(?-u:\b)(?:{words})(?-u:\b)").cast(pl.Int32)


def _decide_own() -> pl.Expr:
    """Decide by the post alone: "en", "de", "-" (another language) or "?" (cannot say)."""
    en, de, other = pl.col("en"), pl.col("de"), pl.col("other")
    given = pl.col("language").str.to_lowercase().str.slice(0, 2)
    foreign = (pl.col("foreign") >= 3) | ((other > en) & (other > de) & (other >= 2))
    detected = (
        pl.when(foreign)
        .then(pl.lit("-"))
        .when((en > de) & (en >= 1))
        .then(pl.lit("en"))
        .when((de > en) & (de >= 1))
        .then(pl.lit("de"))
        .otherwise(pl.lit("?"))
    )
    contradicts = (
        (pl.col("foreign") >= 10)
        | ((given == "en") & (de >= 4) & (en == 0))
        | ((given == "de") & (en >= 4) & (de == 0))
    )
    strong = pl.max_horizontal(en, de) >= 4
    return (
        pl.when(given.is_in(["en", "de"]) & ~contradicts)
        .then(given)
        .when(given.is_null() | given.is_in(["", "un", "zx"]) | contradicts)
        .then(detected)
        .when(strong & ~foreign)
        .then(detected)
        .otherwise(pl.lit("-"))
    )


def add_case_roots(posts: pl.DataFrame) -> pl.DataFrame:
    """Return `posts` with `case_root`: the first post that `previous` leads to.

    Pointers are doubled at each step, so that long cases cost few joins; a loop
    in the data ends after a bounded number of steps.
    """
    links = posts.select("post", up=pl.coalesce("previous", "post"))
    for _ in range(_STEPS):
        higher = links.select(up=pl.col("post"), higher=pl.col("up"))
        stepped = links.join(higher, on="up", how="left", maintain_order="left").select(
            "post", up=pl.coalesce("higher", "up")
        )
        if stepped.equals(links):
            break
        links = stepped
    return posts.join(
        links.rename({"up": "case_root"}), on="post", how="left", maintain_order="left"
    )
