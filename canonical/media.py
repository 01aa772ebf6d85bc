"""What a file is, by its first bytes. Names and declared types are only somebody's word."""

#: Bytes that `find_media_type` wants to see, where there are so many.
HEAD = 4096

_ZIP = b"PK\x03\x04"
_OFFICE = "application/vnd.openxmlformats-officedocument."
#: (offset, signature, type)
_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
)
#: Major brands of ISO media files (`ftyp` at byte 4).
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"3gp4",
                     b"3gp5", b"qt  ", b"MSNV"), "video/mp4"),
    **dict.fromkeys((b"M4A ", b"M4B "), "audio/mp4"),
}  # fmt: skip
_PARTS = {b"word/": "wordprocessingml.document", b"xl/": "spreadsheetml.sheet"}

KNOWN = frozenset(
    {kind for *_, kind in _SIGNS} | set(_BRANDS.values()) | {_OFFICE + part for part in _PARTS.values()}
    | {"image/webp", "application/zip"}
)  # fmt: skip


def find_media_type(head: bytes) -> str | None:
    """None: none of those that residents and bodies send each other."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(_ZIP):
        return _find_in_zip(head)
    return next((kind for at, sign, kind in _SIGNS if head.startswith(sign, at)), None)


def _find_in_zip(head: bytes) -> str:
    """An office document begins with one of its own parts; any other archive is just that."""
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if first in (b"[Content_Types].xml", b"_rels/.rels", b"docProps/app.xml", b"docProps/core.xml", b"mimetype") or any(
        first.startswith(part) for part in _PARTS
    ):
        for part, kind in _PARTS.items():
            if part in head:
                return _OFFICE + kind
    return "application/zip"
