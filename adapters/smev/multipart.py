"""MTOM packages as they arrive: the envelope is kept, every other part streams into the file store and is never whole
in memory."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from canonical.media import HEAD, find_media_type

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_START = re.compile(r'start="?<?([^";>]+)>?"?', re.IGNORECASE)
_ID = re.compile(rb"(?im)^content-id:[ \t]*<?([^>\r\n]+)>?")
_ENCODED = re.compile(rb"(?im)^content-transfer-encoding:[ \t]*(base64|quoted-printable)")
_HEAD_BYTES = 16 * 1024


class Broken(ValueError):
    """Not a package. The message says why, without content."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A part in the store; `kind`: media type by its content, empty for one of no known type."""

    digest: str
    size: int
    kind: str


@dataclass(slots=True)
class Intake:
    """`write` streams into the store and gives (digest, size). `files`: content id → what was kept."""

    write: Callable[[Iterable[bytes]], tuple[str, int]]
    files: dict[str, Kept] = field(default_factory=dict)

    def take(self, headers: Mapping[str, str], pieces: Iterator[bytes]) -> bytes:
        """The envelope's bytes. Raises Broken, and OSError of the store."""
        content_type = headers.get("content-type", "")
        self.files.clear()
        if not content_type.lower().startswith("multipart/"):
            return b"".join(pieces)
        boundary, start = _BOUNDARY.search(content_type), _START.search(content_type)
        if boundary is None:
            raise Broken("a package without a boundary")
        root: bytes | None = None
        for name, part in _split(_Reader(pieces), boundary[1].strip().encode()):
            if root is None and (start is None or name == start[1]):
                root = b"".join(part)
            else:
                self.files[name] = self._keep(part)
        if root is None:
            raise Broken("a package without its envelope")
        return root

    def _keep(self, part: Iterator[bytes]) -> Kept:
        return keep(self.write, part)


def keep(write: Callable[[Iterable[bytes]], tuple[str, int]], pieces: Iterable[bytes]) -> Kept:
    head = bytearray()

    def watch() -> Iterator[bytes]:
        for piece in pieces:
            if len(head) < HEAD:
                head.extend(piece[: HEAD - len(head)])
            yield piece

    digest, size = write(watch())
    return Kept(digest, size, find_media_type(bytes(head)) or "")


class _Reader:
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.held = pieces, b"\r\n"  # so that the first boundary is like the others

    def more(self) -> None:
        piece = next(self.pieces, None)
        if piece is None:
            raise Broken("a package that was cut off")
        self.held += piece

    def until(self, mark: bytes) -> Iterator[bytes]:
        """What comes before the mark; the mark itself is passed over."""
        while (at := self.held.find(mark)) < 0:
            sure = len(self.held) - len(mark) + 1  # the rest may be the mark's beginning
            if sure > 0:
                given, self.held = self.held[:sure], self.held[sure:]
                yield given
            self.more()
        given, self.held = self.held[:at], self.held[at + len(mark) :]
        if given:
            yield given

    def is_end(self) -> bool:
        while len(self.held) < 2:
            self.more()
        return self.held.startswith(b"--")

    def read_head(self) -> bytes:
        head = b"\r\n"
        for piece in self.until(b"\r\n\r\n"):
            head += piece
            if len(head) > _HEAD_BYTES:
                raise Broken("a part with an endless head")
        return head


def _split(reader: _Reader, boundary: bytes) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(content id, content) of each part; a content that was not read to its end is passed over."""
    line = b"\r\n--" + boundary
    for _ in reader.until(line):
        pass
    number = 0
    while not reader.is_end():
        head = reader.read_head()
        if _ENCODED.search(head):
            raise Broken("a part that is not binary")
        named = _ID.search(head)
        content = reader.until(line)
        yield named[1].decode("ascii", "replace") if named else f"#{number}", content
        for _ in content:
            pass
        number += 1
    for _ in reader.pieces:  # what follows the last boundary is nobody's, but the connection is used again
        pass
