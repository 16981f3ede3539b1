"""Save posts in a process of its own: `python -m tests.store.run_writer URL FIRST NUMBER SEED`.

The posts are `make_overlapping(…)`, in an order that the seed tells, in pages as collectors
save them and in batches as imports do. With a seed of `stall` all of them are one batch, and
the process stops in the middle of the copying and says so, for a test that kills it.
"""

import random
import sys
import time
from collections.abc import Iterator
from typing import Any

from listener.posts import Post
from listener.store import statements
from listener.store.store import Store
from tests.builders import START, make_post

PATIENCE_SECONDS = 60


def make_overlapping(first: int, number: int) -> list[Post]:
    """Return posts that every writer makes alike: some are answers, some have other ids."""
    return [
        make_post(
            f"@acme words {each}",
            post_id=str(100_000 + each),
            at=each,
            author=f"user{each % 7}",
            aliases=(f"9{100_000 + each}",) if each % 5 == 0 else (),
            reply_to=str(100_000 + each - 1) if each % 3 else None,
        )
        for each in range(first, first + number)
    ]


def main() -> None:
    """Save them."""
    url, first, number, seed = sys.argv[1:]
    posts = make_overlapping(int(first), int(number))
    with Store.open(url, wait_seconds=PATIENCE_SECONDS) as store:
        if seed == "stall":
            statements.land_rows = _stall_in(statements.land_rows)
            store.save_posts(posts, seen_at=START)
            return
        chance = random.Random(int(seed))  # noqa: S311 - no secret
        chance.shuffle(posts)
        half = len(posts) // 2
        saved = store.save_posts(posts[:half], seen_at=START, batch=60, commit_each_batch=True)
        run = store.start_run(
            f"x:{seed}", "x", "acme", kind="posts", planned_at=START, started_at=START
        )
        new = saved.new
        for start in range(half, len(posts), 40):
            new += store.save_page(run, posts[start : start + 40], seen_at=START).new
        store.finish_run(run, finished_at=START, mark=(max(p.post_id for p in posts), START))
        sys.stdout.write(str(new))


def _stall_in(land_rows: Any) -> Any:
    def stall(rows: Any) -> Iterator[Any]:
        for number, row in enumerate(rows):
            if number == len(rows) // 2:
                sys.stdout.write("copying\n")
                sys.stdout.flush()
                time.sleep(PATIENCE_SECONDS)
            yield row

    return lambda connection, table, rows: land_rows(connection, table, stall(rows))


if __name__ == "__main__":
    main()
