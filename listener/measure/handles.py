"""Handles in texts: `@anna` on X, `@anna@social.example` on Mastodon."""

from collections.abc import Callable

import polars as pl

_NAME = r"[\p{L}\p{N}_](?:[\p{L}\p{N}_.\-]*[\p{L}\p{N}_])?"
_HOST = r"[\p{L}\p{N}](?:[\p{L}\p{N}.\-]*[\p{L}\p{N}])?"
HANDLE = rf"@{_NAME}(?:@{_HOST})?"
X_HANDLE = r"@[\p{L}\p{N}_]+"
_LONGEST_HEAD = 1_000


def leading_run(handle: str) -> str:
    """Return the pattern of the handles at the start of a text."""
    return rf"^(?:[\s.,:;\-–—]*{handle})+"


def leading_handles(*, all_on_x: bool = False) -> pl.Expr:
    """Return the folded handles at the start of `text`, as the platform writes them.

    Args:
        all_on_x: Whether no post is of another platform: then there is one pattern to look for.
    """
    head = pl.col("text").str.slice(0, _LONGEST_HEAD)
    if all_on_x:
        return _read_head(head, X_HANDLE)
    return _by_platform(head, _read_head)


def body_handles() -> pl.Expr:
    """Return the folded handles that stand later in `text`."""
    return _by_platform(
        pl.col("text"),
        lambda text, handle: _fold(text.str.replace(leading_run(handle), " "), handle),
    )


def _by_platform(text: pl.Expr, extract: Callable[[pl.Expr, str], pl.Expr]) -> pl.Expr:
    """Extract from each post by its platform's pattern alone; a null costs nothing."""
    on_x = pl.col("platform") == "x"
    own, other = pl.when(on_x).then(text), pl.when(~on_x).then(text)
    return pl.when(on_x).then(extract(own, X_HANDLE)).otherwise(extract(other, HANDLE))


def _read_head(text: pl.Expr, handle: str) -> pl.Expr:
    return _fold(_head_of(text, handle), handle)


def _head_of(text: pl.Expr, handle: str) -> pl.Expr:
    return text.str.extract(leading_run(handle), 0).fill_null("")


def _fold(text: pl.Expr, handle: str) -> pl.Expr:
    found = text.str.to_lowercase().str.extract_all(handle)
    return found.list.eval(pl.element().str.strip_chars_start("@"))
