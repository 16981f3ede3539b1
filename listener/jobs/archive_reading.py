"""Read pieces of archive files into rows, in this process and in one beside it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice

from listener.collect.archive import BrokenLine, Entry, Note, Piece
from listener.posts import Post
from listener.store.rows import Sightings, make_sightings

SHOWN_PROBLEMS = 5
PIECES_HERE = 16  # 8 MB, or 20,000 posts: to begin a process takes as long as to parse these


@dataclass(slots=True)
class Findings:
    """What is found in a file besides its posts.

    Attributes:
        broken: How many lines, or parts of them, were no posts.
        problems: The first of these, with their line numbers.
        noted: How many lines were mended, or miss what the platform left out.
        notes: The first of these.
        names: Authors on X who are no numbers; None where nobody asks for them.
    """

    broken: int = 0
    problems: list[BrokenLine] = field(default_factory=list)
    noted: int = 0
    notes: list[Note] = field(default_factory=list)
    names: set[str] | None = None

    def keep_posts(self, entries: Iterable[Entry]) -> Iterator[Post]:
        """Yield the posts alone, and remember the rest."""
        for entry in entries:
            if isinstance(entry, Post):
                if self.names is not None and entry.platform == "x":
                    self.names.update([] if entry.author_id.isdigit() else [entry.author_id])
                yield entry
            elif isinstance(entry, BrokenLine):
                self.broken += 1
                self.problems = [*self.problems, entry][:SHOWN_PROBLEMS]
            else:
                self.noted += 1
                self.notes = [*self.notes, entry][:SHOWN_PROBLEMS]

    def add(self, other: "Findings") -> None:
        """Add what was found in a later piece."""
        self.broken += other.broken
        self.problems = [*self.problems, *other.problems][:SHOWN_PROBLEMS]
        self.noted += other.noted
        self.notes = [*self.notes, *other.notes][:SHOWN_PROBLEMS]
        if self.names is not None and other.names is not None:
            self.names |= other.names


@dataclass(frozen=True, slots=True)
class PieceReader:
    """Turns pieces into rows; it is sent to the process that does it."""

    seen_at: datetime
    wants_names: bool

    def __call__(self, piece: Piece) -> tuple[Sightings, Findings]:
        """Return the posts of a piece as rows, and what else was found in it."""
        findings = Findings(names=set() if self.wants_names else None)
        posts = findings.keep_posts(piece.parse())
        return make_sightings(posts, seen_at=self.seen_at), findings


def read_pieces(
    pieces: Iterator[Piece], *, seen_at: datetime, wants_names: bool
) -> Iterator[tuple[Sightings, Findings]]:
    """Yield what is in each piece, in their order; another process reads ahead in a large file."""
    read = PieceReader(seen_at, wants_names)
    yield from map(read, islice(pieces, PIECES_HERE))
    following = next(pieces, None)
    if following is not None:
        from listener.cores import work_ahead

        yield from work_ahead(read, chain((following,), pieces))
