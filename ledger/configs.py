"""Configuration content by hash; one activation row decides what is in effect."""

import hashlib
import zlib

import orjson
from sqlalchemy import select

from ledger import audit
from ledger.rows import insert_new, upsert
from ledger.store import Tx
from ledger.tables import activation, config, occurrence


def hash_content(files: dict[str, str]) -> str:
    """First 12 hex characters of SHA-256 over the sorted files: short enough to read aloud."""
    return hashlib.sha256(orjson.dumps(files, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]


def activate(tx: Tx, files: dict[str, str], by: str) -> str:
    name = hash_content(files)
    row = {"hash": name, "created_at": tx.now, "content": zlib.compress(orjson.dumps(files))}
    insert_new(tx, config, [row], "hash")
    upsert(tx, activation, {"id": 1, "hash": name, "at": tx.now, "by": by}, "id")
    audit.record(tx, [audit.note(tx, "config.activated", name, by)])
    return name


def read_active(tx: Tx) -> str | None:
    name: str | None = tx.run(select(activation.c.hash).where(activation.c.id == 1)).scalar()
    return name


def find_at(tx: Tx, moment: int) -> str | None:
    """What was active then (ms), as far as the audit's events reach back."""
    ours = occurrence.c.subject.in_(select(config.c.hash))  # by the index: the audit is long
    known = ours, occurrence.c.kind == "config.activated", occurrence.c.at <= moment
    name: str | None = tx.run(
        select(occurrence.c.subject).where(*known).order_by(occurrence.c.seq.desc()).limit(1)
    ).scalar()
    return name


def load(tx: Tx, name: str) -> dict[str, str]:
    """Files by path, as they were applied."""
    content = tx.run(select(config.c.content).where(config.c.hash == name)).scalar_one()
    return unpack(content)


def unpack(content: bytes) -> dict[str, str]:
    files: dict[str, str] = orjson.loads(zlib.decompress(content))
    return files
