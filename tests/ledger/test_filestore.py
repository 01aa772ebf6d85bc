"""The file store: what is written is read, nothing else is, and none of it lies there in clear."""

from pathlib import Path

import pytest

from ledger.filestore import CHUNK, FileStore
from ledger.shelf import Directory
from ledger.vault import KeyMissing, Sealed
from tests.ledger.material import make_vault

SECRET = "Стужина Вера, Ленина 5, +79220001122 ".encode()


def make_store(folder: Path, current: str = "k1", **more: bytes) -> FileStore:
    return FileStore(make_vault(current, **more), Directory(folder))


def content(size: int) -> bytes:
    return (SECRET * (size // len(SECRET) + 1))[:size]


def split(body: bytes, size: int = 10_000) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)] or [b""]


def path_of(folder: Path, digest: str) -> Path:
    (found,) = folder.rglob(digest)
    return found


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17])
def test_what_is_written_is_read(tmp_path: Path, size: int) -> None:
    store, body = make_store(tmp_path), content(size)
    kept = store.write(split(body))
    assert kept.size == store.size(kept.digest) == size
    assert b"".join(store.read(kept.digest)) == body


def test_the_same_content_lies_there_once(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    assert store.write([SECRET]).digest == store.write(split(SECRET, 3)).digest
    assert len(list(store.shelf.names())) == 1


def test_nothing_lies_there_in_clear_not_even_while_it_is_written(tmp_path: Path) -> None:
    store = make_store(tmp_path)

    def pieces():
        for piece in split(content(4 * CHUNK)):
            yield piece
            for path in tmp_path.rglob("*"):
                assert path.is_dir() or SECRET not in path.read_bytes()

    kept = store.write(pieces())
    stored = path_of(tmp_path, kept.digest)
    assert SECRET not in stored.read_bytes()
    assert stored.stat().st_mode & 0o077 == 0


def test_a_name_tells_nothing_to_who_has_the_content_but_not_the_key(tmp_path: Path) -> None:
    import hashlib

    digest = make_store(tmp_path).write([SECRET]).digest
    assert digest not in {hashlib.new(name, SECRET).hexdigest() for name in ("sha256", "blake2s", "sha3_256")}


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = make_store(tmp_path)

    def broken():
        yield content(2 * CHUNK)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.write(broken())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("harm", ["flip", "cut", "cut at a chunk", "swap", "append"])
def test_a_stored_file_that_was_changed_is_never_given_out_whole(tmp_path: Path, harm: str) -> None:
    store = make_store(tmp_path)
    kept, other = store.write([content(2 * CHUNK + 100)]), store.write([b"another"])
    path = path_of(tmp_path, kept.digest)
    body = bytearray(path.read_bytes())
    if harm == "flip":
        body[-50] ^= 1
    elif harm == "cut":
        del body[-10:]
    elif harm == "cut at a chunk":
        del body[-(100 + 16) :]
    elif harm == "append":
        body += b"x"
    else:
        body = bytearray(path_of(tmp_path, other.digest).read_bytes())
    path.write_bytes(bytes(body))
    with pytest.raises(Sealed):
        b"".join(store.read(kept.digest))


def test_chunks_of_one_file_cannot_change_places(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    kept = store.write([content(CHUNK), bytes(CHUNK), content(5)])
    path, sealed = path_of(tmp_path, kept.digest), CHUNK + 16
    body = path.read_bytes()
    head = len(body) - 2 * sealed - 21
    first, second = body[head : head + sealed], body[head + sealed : head + 2 * sealed]
    path.write_bytes(body[:head] + second + first + body[head + 2 * sealed :])
    with pytest.raises(Sealed):
        b"".join(store.read(kept.digest))


def test_rotation_writes_every_file_anew_under_the_same_name(tmp_path: Path) -> None:
    kept = make_store(tmp_path).write([content(3 * CHUNK)])
    fresh = make_store(tmp_path, "k2", k2=b"2" * 32)
    assert (fresh.reencrypt(), fresh.reencrypt()) == (1, 0)
    assert b"".join(fresh.read(kept.digest)) == content(3 * CHUNK)
    with pytest.raises(KeyMissing):
        b"".join(make_store(tmp_path).read(kept.digest))


def test_a_name_cannot_climb_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    with pytest.raises(FileNotFoundError):
        make_store(tmp_path / "files").read("../secret")


def test_what_was_put_again_meanwhile_is_not_removed_as_old(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    digest = store.write([SECRET]).digest
    assert not store.shelf.remove(digest, older_than=60)
    assert b"".join(store.read(digest)) == SECRET
    assert store.shelf.remove(digest)
    with pytest.raises(FileNotFoundError):
        store.read(digest)


def test_contents_that_nothing_names_are_collected(tmp_path: Path, store) -> None:
    from canonical.attachment import Attachment
    from canonical.ids import make_id
    from ledger import files as rows
    from ledger import leases

    kept_files, lease = make_store(tmp_path), leases.take_lease(store, "worker")
    kept, orphan = kept_files.write([SECRET]), kept_files.write([b"orphan"])
    owner = make_id("a")
    with store.write() as tx:
        rows.add(tx, rows.make_rows(tx, [Attachment(id="1", name="a.jpg")], owner=owner, system="vk", urgency=2))
    with store.write(lease) as tx:
        claimed = {row.id: row for row in rows.claim(tx, lease, "vk", 5)}
        (name,) = claimed
        rows.finish(tx, lease, claimed, [rows.Ending(name, "stored", kept.digest, kept.size, "image/jpeg")])
    assert rows.collect(store, kept_files.shelf) == 0, "both are fresh"
    assert rows.collect(store, kept_files.shelf, older_than=0.0) == 1
    assert list(kept_files.shelf.names()) == [kept.digest]
    assert orphan.digest != kept.digest
    with store.write() as tx:
        assert rows.forget(tx, [owner]) == 1
    assert rows.collect(store, kept_files.shelf, older_than=0.0) == 1
    assert list(kept_files.shelf.names()) == []
