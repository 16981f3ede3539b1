"""The straightforward way: one SQLModel object a post: `python -m tests.bench.objects FILE DB N`.

Each post becomes an object and is merged into the session, as everybody would write it who has
to read some posts twice; a thousand of them are one transaction.
"""

import json
import sys
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlmodel import Session, create_engine

from listener.store.post_tables import (
    AliasTable,
    PostTable,
    PrivateAliasTable,
    PrivatePostTable,
    StoreTable,
)

COMMIT_EVERY = 1_000


def main(archive: str, database: str, size: int) -> int:
    """Fill the tables of an empty store with the first posts of an archive."""
    engine = create_engine(f"sqlite:///{database}")
    StoreTable.prepare(engine)
    with Path(archive).open(encoding="utf-8") as file, Session(engine) as session:
        for number, line in enumerate(islice(file, size), 1):
            _save(session, json.loads(line))
            if number % COMMIT_EVERY == 0:
                session.commit()
        session.commit()
    return 0


def _save(session: Session, record: dict) -> None:
    is_public = record.setdefault("visibility", "public") == "public"
    post, alias = (PostTable, AliasTable) if is_public else (PrivatePostTable, PrivateAliasTable)
    names = {"platform": record["platform"], "post_id": record["post_id"]}
    for other in record.pop("aliases", ()):
        session.merge(alias(**names, alias=other))
    for name in ("created_at", "edited_at"):
        if name in record:
            record[name] = datetime.fromisoformat(record[name])
    record["mentions"] = json.dumps(record["mentions"])
    session.merge(post(**{"author_name": "", **record}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
