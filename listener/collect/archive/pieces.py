"""Archives in pieces that know nothing of each other: any process can parse one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from listener.collect.archive.reading import (
    BrokenLine,
    CutOffError,
    Entry,
    NumberedLine,
    Source,
)

PIECE_LINES = 2_500
PIECE_BYTES = 512 * 1024

ParseLines = Callable[[Iterable[NumberedLine]], Iterator[Entry]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of an archive, and how they are parsed.

    Attributes:
        parse_lines: It can be sent to another process, and needs no other piece.
        damage: What is wrong with the file behind these lines, where it ends too early.
    """

    parse_lines: ParseLines
    lines: Iterable[NumberedLine]
    damage: BrokenLine | None = None

    def parse(self) -> Iterator[Entry]:
        """Yield the posts of the piece, what could not be read, and what is to be noted."""
        yield from self.parse_lines(self.lines)
        if self.damage is not None:
            yield self.damage


def cut_blocks(source: Source, parse_lines: ParseLines) -> Iterator[Piece]:
    """Yield a file whose lines are all parsed alike; none of them is looked at before."""
    for block in source.read_blocks(PIECE_BYTES):
        yield Piece(parse_lines, block)


def cut_pieces(
    lines: Iterable[NumberedLine], choose_parser: Callable[[NumberedLine], ParseLines]
) -> Iterator[Piece]:
    """Yield numbered lines, or records of several lines, in pieces of bounded size.

    Args:
        lines: All of them.
        choose_parser: Tells for one line after the other how it is parsed. The same answer must
            be the same object: a piece has one parser.
    """
    parser: ParseLines = parse_no_lines
    taken: list[NumberedLine] = []
    size = 0
    try:
        for line in lines:
            chosen = choose_parser(line)
            is_full = size >= PIECE_BYTES or len(taken) == PIECE_LINES
            if is_full or chosen is not parser:
                yield Piece(parser, taken)
                parser, taken, size = chosen, [], 0
            taken.append(line)
            size += len(line[1])
    except CutOffError as error:
        yield Piece(parser, taken, BrokenLine(error.line, str(error)))
    else:
        yield Piece(parser, taken)


def parse_no_lines(_: Iterable[NumberedLine]) -> Iterator[Entry]:
    """Yield nothing: how the piece before the first line is parsed."""
    return iter(())
