"""What is known of each system: live or shadow, its breaker, its cursors, and what is due by the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import delete, func, or_, select, update

from ledger import audit
from ledger.rows import insert_new, upsert
from ledger.store import Lease, Tx
from ledger.tables import cursor, delivery, lane, schedule

#: Failures in a row after which a system counts as down, unless its mapping says otherwise.
TRIP_AFTER = 5


@dataclass(frozen=True, slots=True)
class Breaker:
    """After `failures` in a row a lane rests for `pause_ms`, twice as long each further time, at most `longest_ms`."""

    failures: int = TRIP_AFTER
    pause_ms: int = 15_000
    longest_ms: int = 300_000

    def rest(self, failures: int) -> int | None:
        """How long (ms) after so many failures; None: not at all."""
        over = failures - self.failures
        return None if over < 0 else min(self.pause_ms << min(over, 12), self.longest_ms)


STANDARD = Breaker()


def ensure(tx: Tx, systems: dict[str, bool]) -> None:
    """Rows for new systems; `True`: live from the start."""
    insert_new(tx, lane, [{"system": name, "live": live} for name, live in systems.items()], "system")


def name_files(system: str) -> str:
    """The lane in which a system's files are fetched: its answers do not wait for them, nor its files for answers."""
    return f"{system}/files"


def load(tx: Tx) -> dict[str, Any]:
    return {row.system: row for row in tx.run(select(lane))}


def list_systems(tx: Tx) -> list[str]:
    """Names of systems, without the lanes of their files."""
    return sorted(name for name in load(tx) if "/" not in name)


def is_open(row: Any, now: int) -> bool:
    """Whether calls may leave to this system now."""
    return not row.paused and (row.retry_at or 0) <= now


def lock_live(tx: Tx, system: str) -> bool:
    """Whether it is live by now. Until our end nobody makes it so: who does then sees what we recorded in shadow."""
    return bool(tx.run(select(lane.c.live).where(lane.c.system == system).with_for_update()).scalar())


def go_live(tx: Tx, system: str, by: str) -> int:
    """From shadow to live: what was only recorded stays so, unless a person releases it at the desk."""
    done = tx.run(update(lane).where(lane.c.system == system).values(live=True)).rowcount
    audit.record(tx, [audit.note(tx, "lane.live", system, by)])
    return int(done)


def pause(tx: Tx, system: str | None, paused: bool, by: str) -> None:
    which = [lane.c.system == system] if system else []
    tx.run(update(lane).where(*which).values(paused=paused))
    audit.record(tx, [audit.note(tx, "lane.paused" if paused else "lane.resumed", system or "*", by)])


def succeed(tx: Tx, system: str) -> None:
    upset = lane.c.system == system, or_(lane.c.failures > 0, lane.c.ok_at.is_(None), lane.c.ok_at < tx.now - 1000)
    tx.run(update(lane).where(*upset).values(failures=0, retry_at=None, ok_at=tx.now, detail=None))


def fail(tx: Tx, system: str, detail: str, retry_after: float | None = None, breaker: Breaker = STANDARD) -> None:
    """`retry_after`: seconds that the system asked for; they count once the breaker has opened."""
    row = tx.run(select(lane).where(lane.c.system == system).with_for_update()).one()
    failures = row.failures + 1
    rest = breaker.rest(failures)
    if rest is not None and retry_after:
        rest = round(retry_after * 1000)
    until = None if rest is None else tx.now + rest
    values = {"failures": failures, "retry_at": until, "failed_at": tx.now, "detail": detail}
    tx.run(update(lane).where(lane.c.system == system).values(**values))


def read_cursor(tx: Tx, system: str, kind: str) -> dict[str, Any] | None:
    value = tx.run(select(cursor.c.value).where(cursor.c.system == system, cursor.c.kind == kind)).scalar()
    return orjson.loads(value) if value else None


def save_cursor(tx: Tx, system: str, kind: str, value: Any) -> None:
    row = {"system": system, "kind": kind, "value": orjson.dumps(value).decode(), "at": tx.now}
    upsert(tx, cursor, row, "system", "kind")


#: The kind of cursor that holds what looks mistaken in a system's mapping.
_DOUBTS = "doubts"


def note_doubts(tx: Tx, system: str, doubts: Sequence[str]) -> bool:
    """Whether they are other than before."""
    known = read_cursor(tx, system, _DOUBTS) or {}
    if list(doubts) == known.get(_DOUBTS, []):
        return False
    save_cursor(tx, system, _DOUBTS, {_DOUBTS: list(doubts)})
    return True


def load_doubts(tx: Tx) -> dict[str, list[str]]:
    """By system, as its last polls left them."""
    rows = tx.run(select(cursor.c.system, cursor.c.value).where(cursor.c.kind == _DOUBTS))
    return {system: orjson.loads(value)[_DOUBTS] for system, value in rows}


def plan_ticks(tx: Tx, names: list[str]) -> None:
    """These and no others."""
    tx.run(delete(schedule).where(schedule.c.name.not_in(names)))
    insert_new(tx, schedule, [{"name": name, "due_at": tx.now} for name in names], "name")


def add_ticks(tx: Tx, names: Sequence[str]) -> None:
    """Those that a newer release has more, where a configuration planned the others."""
    planned = set(tx.run(select(schedule.c.name)).scalars())
    missing = [{"name": name, "due_at": tx.now} for name in names if planned and name not in planned]
    insert_new(tx, schedule, missing, "name")


def claim_tick(tx: Tx, lease: Lease, name: str) -> bool:
    free = schedule.c.name == name, schedule.c.worker.is_(None), schedule.c.due_at <= tx.now
    return bool(tx.run(update(schedule).where(*free).values(worker=lease.id)).rowcount)


def end_tick(tx: Tx, lease: Lease, name: str, next_ms: int) -> None:
    ours = schedule.c.name == name, schedule.c.worker == lease.id
    tx.run(update(schedule).where(*ours).values(worker=None, due_at=tx.now + next_ms))


def find_due_ticks(tx: Tx) -> list[str]:
    due = schedule.c.due_at <= tx.now, schedule.c.worker.is_(None)
    return list(tx.run(select(schedule.c.name).where(*due)).scalars())


def count_waiting(tx: Tx) -> dict[str, tuple[int, int]]:
    """Per system: how many deliveries wait, and when the oldest became due."""
    query = select(delivery.c.system, func.count(), func.min(delivery.c.due_at))
    rows = tx.run(query.where(delivery.c.state.in_(("waiting", "sending", "unknown"))).group_by(delivery.c.system))
    return {system: (number, oldest) for system, number, oldest in rows}
