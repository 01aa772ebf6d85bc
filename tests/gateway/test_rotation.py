"""Keys rotate while processes die, run twice or meet what does not open: no row is lost to a key that nobody has."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from canonical.document import Document
from gateway.bootstrap import Parts, open_parts
from gateway.cli import app
from gateway.commands import register
from gateway.keys import add_key, create_keys, hold_ring, load_keys
from gateway.settings import read_settings
from ledger import documents
from ledger.rotation import has_older
from ledger.tables import document

register(app)
BODY = "Во дворе темно".encode()
#: So many that a rotation is still at work when it is looked at.
MANY = 3000


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """A ledger with documents and one file."""
    monkeypatch.setenv("TSUR_STATE_DIR", str(tmp_path / "state"))
    made = open_parts(read_settings(), upgrade=True)
    with made.store.write() as tx:
        letters = [Document(kind="appeal", external_id=str(number), body=BODY) for number in range(MANY)]
        documents.record(tx, [("portal", letter) for letter in letters])
    made.files.write([BODY])
    return made


def rotate(*options: str) -> Result:
    return CliRunner().invoke(app, ["keys", "rotate", "--json", *options])


def start() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gateway", "keys", "rotate", "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)


def assert_whole(ring: Path, current: str) -> None:
    """Everything is of this key, and opens with the ring as it is on the disk."""
    assert load_keys(ring).current == current
    now = open_parts(read_settings())
    assert not has_older(now.store) and not now.files.has_older()
    with now.store.read() as tx:
        rows = tx.run(document.select()).all()
        assert [tx.vault.open("document", row.id, row.body) for row in rows] == [BODY] * MANY
    assert [b"".join(now.files.read(name)) for name in now.files.shelf.names()] == [BODY]


def test_a_rotation_that_was_killed_goes_on_with_its_key(parts: Parts) -> None:
    ring = parts.settings.key_ring
    with start() as process:
        while load_keys(ring).current == "k1":
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert has_older(open_parts(read_settings()).store), "it was killed too late to be seen in the middle"
    told = json.loads(rotate().stdout)
    assert (told["key"], told["new"]) == ("k2", False)
    assert_whole(ring, "k2")


def test_what_an_old_process_wrote_is_caught_up_without_another_key(parts: Parts) -> None:
    assert json.loads(rotate().stdout)["new"]
    with parts.store.write() as tx:  # this process knows only the old key
        documents.record(tx, [("portal", Document(kind="appeal", external_id="0", revision="late", body=BODY))])
        tx.run(document.delete().where(document.c.external_id == "1"))
    told = json.loads(rotate().stdout)
    assert (told["key"], told["new"], told["document"]) == ("k2", False, 1)
    assert_whole(parts.settings.key_ring, "k2")
    assert json.loads(rotate().stdout)["key"] == "k3"


def test_a_prepared_key_is_the_one_that_the_rotation_goes_on_with(parts: Parts) -> None:
    """Other hosts get it before a row is written with it."""
    assert json.loads(rotate("--prepare").stdout) == {"key": "k2", "new": True}
    with parts.store.read() as tx:
        assert all(row.body[1:3] == b"k1" for row in tx.run(document.select()))
    told = json.loads(rotate().stdout)
    assert (told["key"], told["new"]) == ("k2", False)
    assert_whole(parts.settings.key_ring, "k2")


def test_a_process_that_runs_opens_what_was_rotated_and_writes_with_the_new_key(parts: Parts) -> None:
    rotate()
    with parts.store.write() as tx:  # as it was opened before the rotation
        row = tx.run(document.select().limit(1)).one()
        assert tx.vault.open("document", row.id, row.body) == BODY
        documents.record(tx, [("portal", Document(kind="appeal", external_id="late", body=BODY))])
    assert b"".join(parts.files.read(next(iter(parts.files.shelf.names())))) == BODY
    assert not has_older(open_parts(read_settings()).store)


def test_the_ring_of_another_ledger_is_not_taken(parts: Parts) -> None:
    ring = parts.settings.key_ring
    other = create_keys(ring.with_name("other.json"))
    add_key(ring.with_name("other.json"))
    ring.with_name("other.json").replace(ring)
    parts.store.vault.refresh()
    assert parts.store.vault.current == "k1" and other.keys["k1"] != parts.keys.keys["k1"]
    ring.write_text("{")
    parts.store.vault.refresh()
    with parts.store.read() as tx:
        row = tx.run(document.select().limit(1)).one()
        assert tx.vault.open("document", row.id, row.body) == BODY


def test_two_rotations_at_once_lose_no_key(parts: Parts) -> None:
    with start() as one, start() as other:
        codes = [process.wait(timeout=120) for process in (one, other)]
        errors = "".join(process.stderr.read() for process in (one, other) if process.stderr)
    assert codes == [0, 0] or "another rotation is running" in errors, errors
    assert_whole(parts.settings.key_ring, load_keys(parts.settings.key_ring).current)


def test_nobody_rotates_beside_another(parts: Parts) -> None:
    with hold_ring(parts.settings.key_ring):
        result = rotate()
    assert result.exit_code == 1 and "another rotation is running" in result.stderr
    assert load_keys(parts.settings.key_ring).current == "k1"


def test_what_does_not_open_is_named_and_holds_up_nothing(parts: Parts) -> None:
    with parts.store.write() as tx:
        name = tx.run(document.select().where(document.c.external_id == "7")).one().id
        tx.run(document.update().where(document.c.id == name).values(body=tx.vault.head + b"0" * 40))
    result = rotate()
    told = json.loads(result.stdout)
    assert result.exit_code == 1 and f"document {name}" in result.stderr
    assert (told["document"], len(told["closed"]), told["files"]) == (MANY - 1, 1, 1)
    assert json.loads(rotate("--new").stdout)["key"] == "k3"


def test_a_key_that_was_added_and_not_used_yet_is_used(parts: Parts) -> None:
    with hold_ring(parts.settings.key_ring):
        add_key(parts.settings.key_ring)
    assert json.loads(rotate().stdout)["key"] == "k2"
    assert_whole(parts.settings.key_ring, "k2")
