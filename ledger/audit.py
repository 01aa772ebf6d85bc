"""Occurrences are plain rows; one sealer chains batches of them with a keyed MAC over salted digests.

What happened in the second before a crash of the whole machine may be unsealed: `verify` says how many rows.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import func, select, text

from ledger import rows
from ledger.anchor import Anchor
from ledger.store import SEAL, Store, Tx
from ledger.tables import occurrence, seal


def note(
    tx: Tx, kind: str, subject: str, actor: str | None = None, config: str | None = None, **detail: Any
) -> dict[str, Any]:
    """One occurrence row, to be written by `record` with its batch. `detail` holds ids, codes and counts only."""
    said = orjson.dumps(detail).decode() if detail else None
    return {"at": tx.now, "kind": kind, "subject": subject, "actor": actor, "config": config, "detail": said}


def record(tx: Tx, notes: list[dict[str, Any]]) -> None:
    rows.insert(tx, occurrence, notes)


def _digest(covered: Iterable[Any], salt: str) -> bytes:
    digest = hashlib.sha256(salt.encode())
    for row in covered:
        digest.update(orjson.dumps([row.seq, row.at, row.kind, row.subject, row.actor, row.config, row.detail]))
    return digest.digest()


def _mac(key: bytes, previous: str, digest: bytes) -> str:
    return hmac.new(key, previous.encode() + digest, hashlib.sha256).hexdigest()


class TakenBack(RuntimeError):
    """A seal that was made is in the ledger no more: somebody changed the audit, or the ledger is another one."""


def seal_new(store: Store, key: bytes, limit: int = 5000, anchor: Anchor | None = None) -> int:
    """Seals what was not sealed yet; the number of rows. Safe to call from several processes.

    TakenBack when the ledger lacks the anchor's seal: what was put in its place is not sealed.
    """
    final = find_final(store)
    with store.write(lock=SEAL) as tx:
        last = tx.run(select(seal).order_by(seal.c.number.desc()).limit(1)).first()
        if anchor is not None and (gone := _find_gone(tx, anchor)):
            raise TakenBack(f"the audit's seal {gone} is not in the ledger any more: {ANOTHER}")
        found = tx.run(
            select(occurrence)
            .where(occurrence.c.seq > (last.last if last else 0), occurrence.c.seq <= final)
            .order_by(occurrence.c.seq).limit(limit)
        ).all()  # fmt: skip
        if not found:
            return 0
        salt, number = secrets.token_hex(8), last.number + 1 if last else 1
        mac = _mac(key, last.mac if last else "", _digest(found, salt))
        row = {"number": number, "at": tx.now, "first": found[0].seq, "last": found[-1].seq}
        tx.run(seal.insert(), [row | {"salt": salt, "mac": mac}])
    if anchor is not None:
        anchor.keep(number, mac)
    return len(found)


#: What an operator does about it.
ANOTHER = "if this ledger was restored, run `tsur db restored` on this machine; else look who changed it"


def _find_gone(tx: Tx, anchor: Anchor) -> int | None:
    """The number of the anchor's seal, where the ledger has it no more."""
    known = anchor.read()
    if known is None:
        return None
    held = tx.run(select(seal.c.mac).where(seal.c.number == known[0])).scalar()
    return None if held is not None and hmac.compare_digest(held, known[1]) else known[0]


#: How long the sealer waits for writers that began before it, and how often it looks. The next second is as good.
PATIENCE_S, LOOK_S = 0.5, 0.02
_LAST_GIVEN = text("SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('occurrence', 'seq')::regclass), 0)")
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE relation = 'occurrence'::regclass AND mode = 'RowExclusiveLock'"
)


def find_final(store: Store) -> int:
    """The highest `seq` below which no row can appear any more.

    PostgreSQL gives numbers out before it commits, so a slow writer's row appears behind rows that were sealed long
    since. Whoever has a number holds the table's lock until its transaction ends: once all that held it have ended,
    every number that was given before is final. Nobody is made to wait.
    """
    with store.read() as tx:
        if not tx.is_postgres:  # one writer at a time: numbers are given in the order of commits
            return int(tx.run(select(func.coalesce(func.max(occurrence.c.seq), 0))).scalar_one())
        last = int(tx.run(_LAST_GIVEN).scalar_one())
        writers = set(tx.run(_WRITERS).scalars())
        end = time.monotonic() + PATIENCE_S
        while writers and time.monotonic() < end:
            time.sleep(LOOK_S)
            writers &= set(tx.run(_WRITERS).scalars())
        return 0 if writers else last


@dataclass(frozen=True)
class Verdict:
    batches: int
    rows: int
    unsealed: int
    broken: int | None  # number of the first batch that does not fit
    gone: int | None = None  # number of a seal that was seen before and is in the ledger no more

    @property
    def whole(self) -> bool:
        return self.broken is None and self.gone is None


def verify(store: Store, key: bytes, anchor: Anchor | None = None) -> Verdict:
    with store.read() as tx:
        gone = _find_gone(tx, anchor) if anchor else None
        previous, batches, count, last = "", 0, 0, -(2**62)
        for batch in tx.run(select(seal).order_by(seal.c.number)).all():
            # From the batch before: numbers that nobody got leave gaps, and no row may appear in one later.
            span = occurrence.c.seq > last, occurrence.c.seq <= batch.last
            covered = tx.run(select(occurrence).where(*span).order_by(occurrence.c.seq)).all()
            expected = _mac(key, previous, _digest(covered, batch.salt))
            if batch.number != batches + 1 or not hmac.compare_digest(expected, batch.mac):
                return Verdict(batches, count, 0, batch.number, gone)
            previous, batches, count, last = batch.mac, batches + 1, count + len(covered), batch.last
        total = tx.run(select(func.count()).select_from(occurrence)).scalar_one()
        return Verdict(batches, count, total - count, None, gone)
