"""Give the store's posts back as a file in the format `listener`."""

import gzip
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from listener.collect.archive.listener_lines import dump_post
from listener.errors import ListenerError
from listener.measure.threads import link_posts, make_accounts
from listener.posts import Brand
from listener.store.store import Store


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: posts, and private ones that were left out."""

    posts: int
    private: int


def export_posts(
    store: Store,
    stream: BinaryIO,
    *,
    brands: Collection[Brand] = (),
    include_private: bool = False,
) -> Exported:
    """Write posts as JSON lines, in the format `listener`.

    Args:
        store: Where they are.
        stream: Where they go.
        brands: Only conversations in which one of these takes part or is addressed.
        include_private: Direct messages and posts for followers too.
    """
    private = store.load_private_posts()
    wanted = None
    if brands:
        accounts = make_accounts(list(brands))
        private = _choose_private(private, accounts)
        wanted = _list_public(store.load_posts(), accounts) | _list_keys(private)
    posts = 0
    for post in store.iter_posts(include_private=include_private):
        if wanted is None or (post.platform, post.post_id) in wanted:
            stream.write(dump_post(post) + b"\n")
            posts += 1
    return Exported(posts, 0 if include_private else private.height)


def _choose_private(posts: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return private posts by or to these accounts, and what was said along with them."""
    author = pl.when(pl.col("author_handle") == "").then("author_id").otherwise("author_handle")
    folded = author.str.to_lowercase().str.strip_chars_start("@ ")
    people = pl.concat_list(folded, "mentions")
    named = posts.select("platform", "post_id", "conversation_id", people.alias("handle"))
    theirs = named.explode("handle").join(accounts, on=["platform", "handle"], how="semi")
    told = theirs.select("platform", "conversation_id").drop_nulls().unique()
    return pl.concat(
        [
            posts.join(theirs, on=["platform", "post_id"], how="semi"),
            posts.join(told, on=["platform", "conversation_id"], how="semi"),
        ]
    ).unique(["platform", "post_id"])


def _list_public(posts: pl.DataFrame, accounts: pl.DataFrame) -> set[tuple[str, str]]:
    """List the posts of conversations in which these accounts take part or are addressed."""
    linked = link_posts(posts, accounts)
    named = linked.select("post", "platform", pl.col("mentions").alias("handle")).explode("handle")
    addressed = named.join(accounts, on=["platform", "handle"], how="semi")["post"]
    takes_part = pl.col("brand").is_not_null() | pl.col("post").is_in(addressed.implode())
    theirs = linked.filter(takes_part).select("conversation").unique()
    return _list_keys(linked.join(theirs, on="conversation", how="semi"))


def _list_keys(posts: pl.DataFrame) -> set[tuple[str, str]]:
    return set(posts.select("platform", "post_id").rows())


@contextmanager
def open_output(path: Path, standard_output: BinaryIO) -> Iterator[BinaryIO]:
    """Yield a stream whose content takes the file's place when all went well; `-` is output.

    A name that ends in `.gz` is compressed. Only the owner may read the file.

    Raises:
        ListenerError: If it cannot be written; an older file stays.
    """
    if str(path) == "-":
        yield standard_output
        return
    is_other = path.exists() and not path.is_file()
    with _written_through(path) if is_other else _replacing_file(path.resolve()) as stream:
        yield stream


@contextmanager
def _written_through(path: Path) -> Iterator[BinaryIO]:
    """Write into a device or a pipe; what stands there is never replaced."""
    try:
        with path.open("wb") as stream:
            yield stream
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror or error})"
        raise ListenerError(msg) from error


@contextmanager
def _replacing_file(path: Path) -> Iterator[BinaryIO]:
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
                    yield packed  # type: ignore[misc]
            else:
                yield raw
        Path(temporary).replace(path)
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror or error})"
        raise ListenerError(msg) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
