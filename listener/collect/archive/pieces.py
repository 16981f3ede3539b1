"""Archives in pieces that know nothing of each other: any process can parse one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from listener.collect.archive.reading import BrokenLine, CutOffError, Entry, NumberedLine

PIECE_LINES = 2_500
PIECE_BYTES = 2 * 1024 * 1024

ParseLines = Callable[[Iterable[NumberedLine]], Iterator[Entry]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of an archive, and how they are parsed.

    Attributes:
        parse_lines: It can be sent to another process, and needs no other piece.
        damage: What is wrong with the file behind these lines, where it ends too early.
    """

    parse_lines: ParseLines
    lines: list[NumberedLine]
    damage: BrokenLine | None = None

    def parse(self) -> Iterator[Entry]:
        """Yield the posts of the piece, what could not be read, and what is to be noted."""
        yield from self.parse_lines(self.lines)
        if self.damage is not None:
            yield self.damage


def cut_pieces(
    lines: Iterable[NumberedLine], choose_parser: Callable[[NumberedLine], ParseLines]
) -> Iterator[Piece]:
    """Yield numbered lines, or records of several lines, in pieces of bounded size.

    Args:
        lines: All of them.
        choose_parser: Tells for one line after the other how it is parsed. The same answer must
            be the same object: a piece has one parser.
    """
    piece = Piece(parse_no_lines, [])
    size = 0
    try:
        for line in lines:
            parser = choose_parser(line)
            is_full = size >= PIECE_BYTES or len(piece.lines) == PIECE_LINES
            if is_full or parser is not piece.parse_lines:
                yield piece
                piece, size = Piece(parser, []), 0
            piece.lines.append(line)
            size += len(line[1])
    except CutOffError as error:
        yield Piece(piece.parse_lines, piece.lines, BrokenLine(error.line, str(error)))
    else:
        yield piece


def parse_no_lines(_: Iterable[NumberedLine]) -> Iterator[Entry]:
    """Yield nothing: how the piece before the first line is parsed."""
    return iter(())
