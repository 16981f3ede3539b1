"""Give the store's posts back as a file in the format `listener`."""

import gzip
import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from listener.collect.archive.listener_lines import dump_post
from listener.errors import ListenerError
from listener.jobs.brands import account_key
from listener.measure.threads import link_posts, make_accounts
from listener.posts import Brand, Post, fold_handle
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
        include_private: Direct messages too.
    """
    is_wanted = _select_posts(store, brands) if brands else _take_all
    posts = private = 0
    for post in filter(is_wanted, store.iter_posts()):
        if post.visibility == "direct" and not include_private:
            private += 1
            continue
        stream.write(dump_post(post) + b"\n")
        posts += 1
    return Exported(posts, private)


def _take_all(_: Post) -> bool:
    return True


def _select_posts(store: Store, brands: Collection[Brand]) -> Callable[[Post], bool]:
    """Return what tells the posts of brands' conversations from others."""
    accounts = {account_key(account) for brand in brands for account in brand.accounts}
    public = _list_public_posts(store.load_posts(), brands)

    def is_wanted(post: Post) -> bool:
        if (post.platform, post.post_id) in public:
            return True
        # Private posts belong to no public conversation.
        named = (fold_handle(post.author_handle or post.author_id), *post.mentions)
        return post.visibility == "direct" and any(
            (post.platform, name) in accounts for name in named
        )

    return is_wanted


def _list_public_posts(posts: pl.DataFrame, brands: Collection[Brand]) -> set[tuple[str, str]]:
    accounts = make_accounts(list(brands))
    linked = link_posts(posts, accounts)
    named = linked.select("post", "platform", pl.col("mentions").alias("handle")).explode("handle")
    addressed = named.join(accounts, on=["platform", "handle"], how="semi")["post"]
    takes_part = pl.col("brand").is_not_null() | pl.col("post").is_in(addressed.implode())
    theirs = linked.filter(takes_part).select("conversation").unique()
    return set(
        linked.join(theirs, on="conversation", how="semi").select("platform", "post_id").rows()
    )


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
