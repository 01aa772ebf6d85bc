"""Files as residents send them: invented from a seed at the moment they are asked for, true to their kind."""

import random
import struct
import zlib

from stand.paper import write_pdf


def make_content(name: str, size: int, seed: str) -> bytes:
    """Of about `size` bytes, in the form that the name's end promises; another end: bytes of no kind."""
    noise = random.Random(f"{seed}/{name}").randbytes(max(16, size))
    kind = name.rpartition(".")[2].lower()
    if kind in ("jpg", "jpeg"):
        return _frame_jpeg(noise)
    if kind == "png":
        return _draw_png(noise)
    if kind == "pdf":
        return write_pdf(f"{seed}/{name}") + b"%" + noise.hex()[:size].encode() + b"\n"
    return noise


def _frame_jpeg(noise: bytes) -> bytes:
    """Start, JFIF head, the noise as comments, end."""
    head = b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    parts = [noise[at : at + 65_000] for at in range(0, len(noise), 65_000)]
    return head + b"".join(b"\xff\xfe" + struct.pack(">H", len(part) + 2) + part for part in parts) + b"\xff\xd9"


def _draw_png(noise: bytes) -> bytes:
    """Grey pixels, one row of 64 after another."""
    rows = [noise[at : at + 64].ljust(64, b"\0") for at in range(0, len(noise), 64)]
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    head = struct.pack(">IIBBBBB", 64, len(rows), 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _block(b"IHDR", head) + _block(b"IDAT", pixels) + _block(b"IEND", b"")


def _block(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
