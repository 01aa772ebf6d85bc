"""MTOM packages in pieces of any size: what was written is read, and what was cut off is never taken for whole."""

import hashlib
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.contract import StoredContent
from adapters.smev.envelope import File, _pack
from adapters.smev.multipart import Broken, Intake

ENVELOPE = b"<s:Envelope>\r\n--not a boundary\r\n</s:Envelope>"
PLAIN = b"\r\n--b\r\nContent-ID: <root>\r\n\r\n<a/>\r\n--b\r\nContent-ID: <f1>\r\n\r\n%PDF-1.4\r\n--b--\r\n"
TYPE = 'multipart/related; boundary="b"; start="<root>"'


class Store:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def write(self, pieces: Iterable[bytes]) -> tuple[str, int]:
        content = b"".join(pieces)
        digest = hashlib.sha256(content).hexdigest()
        self.kept[digest] = content
        return digest, len(content)


def cut(body: bytes, size: int) -> Iterator[bytes]:
    return (body[at : at + size] for at in range(0, len(body), size))


@given(st.lists(st.binary(max_size=300), max_size=4), st.integers(1, 400))
def test_what_was_written_is_read(contents: list[bytes], size: int) -> None:
    def stored(content: bytes) -> StoredContent:
        return StoredContent(len(content), lambda: iter([content]))

    written = _pack(ENVELOPE, [File(f"f{n}", stored(content)) for n, content in enumerate(contents)])
    body = b"".join(written.pieces())
    assert len(body) == written.length
    store = Store()
    intake = Intake(store.write)
    assert intake.take({"content-type": written.content_type}, cut(body, size)) == ENVELOPE
    assert [store.kept[one.digest] for one in intake.files.values()] == contents
    assert list(intake.files) == [f"f{n}@tsur-gateway" for n in range(len(contents))]


@given(st.binary(max_size=200).map(lambda noise: noise + b"\r\n--" + noise), st.integers(1, 50))
def test_what_looks_like_a_boundary_is_content(content: bytes, size: int) -> None:
    written = _pack(ENVELOPE, [File("f", StoredContent(len(content), lambda: iter([content])))])
    store = Store()
    intake = Intake(store.write)
    intake.take({"content-type": written.content_type}, cut(b"".join(written.pieces()), size))
    assert store.kept[intake.files["f@tsur-gateway"].digest] == content


@pytest.mark.parametrize("length", range(len(PLAIN) - 4))
def test_a_package_cut_off_anywhere_is_broken(length: int) -> None:
    with pytest.raises(Broken, match="cut off"):
        Intake(Store().write).take({"content-type": TYPE}, cut(PLAIN[:length], 7))


@pytest.mark.parametrize(
    ("content_type", "body", "says"),
    [
        ("multipart/related", PLAIN, "without a boundary"),
        ('multipart/related; boundary="b"; start="<other>"', PLAIN, "without its envelope"),
        (TYPE, b"--b--\r\n", "without its envelope"),
        (TYPE, PLAIN.replace(b"<f1>", b"<f1>\r\nContent-Transfer-Encoding: base64"), "not binary"),
        (TYPE, b"--b\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", "endless head"),
    ],
)
def test_what_is_no_package(content_type: str, body: bytes, says: str) -> None:
    with pytest.raises(Broken, match=says):
        Intake(Store().write).take({"content-type": content_type}, cut(body, 1000))


def test_types_are_told_by_content() -> None:
    intake = Intake(Store().write)
    intake.take({"content-type": TYPE}, cut(PLAIN, 3))
    assert intake.files["f1"].kind == "application/pdf"
    intake.take({"content-type": TYPE}, cut(PLAIN.replace(b"%PDF-1.4", b"MZ\x90 ran"), 3))
    assert intake.files["f1"].kind == ""


def test_a_plain_reply_is_its_own_envelope() -> None:
    assert Intake(Store().write).take({"content-type": "text/xml"}, cut(ENVELOPE, 4)) == ENVELOPE
