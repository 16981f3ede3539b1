"""Open archive files as streams: gzip or not, standard input or a path, with progress."""

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from listener.errors import ImportFileError
from listener.posts import Post

STANDARD_INPUT = "-"
HEAD_BYTES = 256 * 1024
LONGEST_LINE = 64 * 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"

MENDED = "bytes that are no UTF-8 were replaced"

OnProgress = Callable[[int], None]
NumberedLine = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line, or a part of it, that is no post.

    Attributes:
        line: Where it begins, counted from 1.
        reason: What is wrong, without the words of the post.
    """

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a line whose posts were kept.

    Attributes:
        line: Where it begins, counted from 1.
        reason: What was mended, or what the platform itself left out.
    """

    line: int
    reason: str


Entry = Post | BrokenLine | Note


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file as they stand there, to be taken apart where they are parsed.

    Attributes:
        number: That of the first line, counted from 1.
    """

    number: int
    content: bytes

    def __iter__(self) -> Iterator[NumberedLine]:
        """Yield the lines with their numbers; too long ones are cut, and thus broken."""
        content = self.content.removeprefix(_BOM) if self.number == 1 else self.content
        for number, line in enumerate(io.BytesIO(content), self.number):
            yield number, line[:LONGEST_LINE]


@dataclass(frozen=True, slots=True)
class Source:
    """An opened archive file.

    Attributes:
        name: The file's name without folders, `-` for standard input.
        stream: Its content, decompressed.
        head: The first part of it, to tell the format by; still unread in `stream`.
    """

    name: str
    stream: "io.BufferedReader[Any]"
    head: bytes

    def read_lines(self) -> Iterator[NumberedLine]:
        """Yield lines with their numbers; too long ones are cut, and thus broken.

        A file that ends in the middle of its compression ends there.
        """
        number = 0
        try:
            while line := self.stream.readline(LONGEST_LINE):
                number += 1
                yield number, line.removeprefix(_BOM) if number == 1 else line
                while len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                    line = self.stream.readline(LONGEST_LINE)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CutOffError(number + 1) from error

    def read_blocks(self, size: int) -> Iterator[Block]:
        """Yield the lines, so many of them at once as have about this size together.

        A file that ends in the middle of its compression ends with the last whole line.
        """
        number, content = 1, bytearray()
        try:
            while chunk := self.stream.read1(size):
                content += chunk
                end = len(content) - len(chunk) + chunk.rfind(b"\n") + 1
                if len(content) >= size and b"\n" in chunk:
                    yield Block(number, bytes(content[:end]))
                    number += content.count(b"\n", 0, end)
                    del content[:end]
                del content[size + LONGEST_LINE :]  # of a line that does not end
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            whole = bytes(content[: content.rfind(b"\n") + 1])
            if whole:
                yield Block(number, whole)
            raise CutOffError(number + whole.count(b"\n")) from error
        if content:
            yield Block(number, bytes(content))

    def read_all(self, limit: int) -> bytes | None:
        """Return the whole content, None if it is larger than the limit."""
        try:
            content = self.stream.read(limit + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CutOffError(1) from error
        return None if len(content) > limit else content.removeprefix(_BOM)


class CutOffError(Exception):
    """The compressed file ends too early; everything before that was read."""

    def __init__(self, line: int) -> None:
        """Remember the first line that is missing."""
        super().__init__("the compressed file is cut off or damaged here")
        self.line = line


@contextmanager
def open_source(path: Path | str, on_progress: OnProgress | None = None) -> Iterator[Source]:
    """Open a file for reading; `-` is standard input.

    Args:
        path: The file.
        on_progress: Called with the number of bytes that were read from the disk.

    Raises:
        ImportFileError: If it cannot be opened or read.
    """
    with _translated(path), _opened(path) as raw:
        counted = io.BufferedReader(_Counted(raw, on_progress), HEAD_BYTES)
        unpacked = _decompressed(counted)
        head = _read_head(unpacked)
        stream = io.BufferedReader(_Replayed(head, unpacked), HEAD_BYTES)
        name = STANDARD_INPUT if str(path) == STANDARD_INPUT else Path(path).name
        yield Source(name, stream, head.removeprefix(_BOM))


def _opened(path: Path | str) -> AbstractContextManager[BinaryIO]:
    if str(path) == STANDARD_INPUT:
        return nullcontext(sys.stdin.buffer)
    return Path(path).open("rb")


@contextmanager
def _translated(path: Path | str) -> Iterator[None]:
    try:
        yield
    except IsADirectoryError as error:
        msg = f"{path}: is a folder; name the files in it"
        raise ImportFileError(msg) from error
    except OSError as error:
        why = error.strerror or error
        msg = f"{path}: cannot be read ({why}); check the name and its permissions"
        raise ImportFileError(msg) from error


def _decompressed(stream: "io.BufferedReader[Any]") -> "io.BufferedReader[Any]":
    if stream.peek(2)[:2] != _GZIP_MAGIC:
        return stream
    return io.BufferedReader(_Unpacked(gzip.GzipFile(fileobj=stream)), HEAD_BYTES)


def _read_head(stream: "io.BufferedReader[Any]") -> bytes:
    """Read the first bytes, as many pieces as a pipe may give them in."""
    head = b""
    try:
        while len(head) < HEAD_BYTES and (piece := stream.read1(HEAD_BYTES - len(head))):
            head += piece
    except (EOFError, zlib.error, gzip.BadGzipFile):
        pass  # what is damaged is met again, and told, where the file is read
    return head


class _Replayed(io.RawIOBase):
    """A raw stream that begins with what was already read of another one."""

    def __init__(self, head: bytes, rest: "io.BufferedReader[Any]") -> None:
        super().__init__()
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._head:
            return self._rest.readinto1(buffer)
        piece, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


class _Counted(io.RawIOBase):
    """A raw stream that tells how far it was read."""

    def __init__(self, inner: BinaryIO, on_progress: OnProgress | None) -> None:
        super().__init__()
        self._inner = inner
        self._on_progress = on_progress
        self._done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._inner.read(len(buffer))
        buffer[: len(content)] = content
        self._done += len(content)
        if self._on_progress is not None:
            self._on_progress(self._done)
        return len(content)


class _Unpacked(io.RawIOBase):
    """A raw stream that gives what is there before it meets damage."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        super().__init__()
        self._packed = packed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._packed.read1(len(buffer))
        buffer[: len(content)] = content
        return len(content)
