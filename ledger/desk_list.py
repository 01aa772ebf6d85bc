"""The desk as a person sees it: one list, urgent first, with decisions that can be undone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import case, func, select, update

from canonical.ids import make_id
from ledger.municipality import has_case
from ledger.store import Tx
from ledger.tables import delivery, desk

#: Of two equally urgent items the one of the earlier kind is shown first.
KINDS = ("suggestion", "delivery", "triage", "quarantine", "file", "fan_out", "late_answer", "question", "reply",
         "withdrawal", "low_rating", "emergency", "event")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """None: any. `subject`: the id of what is waiting. `municipalities`: ОКТМО codes of those whose cases count."""

    kind: str | None = None
    system: str | None = None
    reason: str | None = None
    subject: str | None = None
    municipalities: tuple[str, ...] | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.kind or self.system or self.reason or self.subject)

    def conditions(self) -> list[Any]:
        wanted = {desk.c.kind: self.kind, desk.c.system: self.system, desk.c.reason: self.reason,
                  desk.c.subject: self.subject}  # fmt: skip
        of = [column == value for column, value in wanted.items() if value is not None]
        near = [] if self.municipalities is None else [has_case(self.municipalities)]
        return [desk.c.open.is_(True), *of, *near]


_KIND_RANK = case({kind: place for place, kind in enumerate(KINDS)}, value=desk.c.kind, else_=len(KINDS))


def list_open(tx: Tx, wanted: Filter, limit: int = 10_000) -> list[Any]:
    query = select(desk).where(*wanted.conditions())
    return list(tx.run(query.order_by(desk.c.urgency, _KIND_RANK, desk.c.opened_at, desk.c.id).limit(limit)))


def count_open(tx: Tx, wanted: Filter) -> list[Any]:
    """Rows (kind, system, reason, number, oldest), most urgent kind first."""
    group = desk.c.kind, desk.c.system, desk.c.reason
    query = select(*group, func.count().label("number"), func.min(desk.c.opened_at).label("oldest"))
    return list(tx.run(query.where(*wanted.conditions()).group_by(*group).order_by(_KIND_RANK, desk.c.reason)))


def get(tx: Tx, name: str) -> Any:
    """By its own id, else the newest item about this subject, an open one first; None when there is neither."""
    own = tx.run(select(desk).where(desk.c.id == name)).first()
    if own is not None:
        return own
    about = select(desk).where(desk.c.subject == name).order_by(desk.c.open.desc(), desk.c.opened_at.desc())
    return tx.run(about.limit(1)).first()


def lock(tx: Tx, name: str) -> Any:
    """The item, ours until the end of the transaction."""
    return tx.run(select(desk).where(desk.c.id == name).with_for_update()).first()


def find_open(tx: Tx, subjects: Iterable[str]) -> list[Any]:
    """Open items about any of these."""
    wanted = sorted(set(subjects))
    return list(tx.run(select(desk).where(desk.c.subject.in_(wanted), desk.c.open.is_(True)))) if wanted else []


def is_asked(tx: Tx, kind: str, subject: str, system: str, reason: str) -> bool:
    return any((item.kind, item.system, item.reason) == (kind, system, reason) for item in find_open(tx, [subject]))


def add(tx: Tx, kind: str, subject: str, system: str, reason: str, evidence: str = "", urgency: int = 2) -> str:
    name = make_id("q")
    row = {"id": name, "kind": kind, "subject": subject, "system": system, "reason": reason, "evidence": evidence,
           "urgency": urgency, "opened_at": tx.now, "open": True}  # fmt: skip
    tx.run(desk.insert(), [row])
    return name


def renew(tx: Tx, name: str, evidence: str) -> None:
    """Newer numbers of what waits already."""
    tx.run(update(desk).where(desk.c.id == name).values(evidence=evidence))


def keep_decision(tx: Tx, item: Any, batch: str, decision: str, by: str, record: Any, stays_open: bool) -> None:
    """`record`: what undoes it; None when nothing can. Decisions on one item are a stack: `previous` is below."""
    below = {"previous": item.undo, "by": item.decided_by, "decision": item.decision}
    undo = f"{batch} " + orjson.dumps(below | {"record": record}).decode()
    ending = {} if stays_open else {"open": False, "closed_at": tx.now}
    tx.run(update(desk).where(desk.c.id == item.id).values(decision=decision, decided_by=by, undo=undo, **ending))


def find_batch(tx: Tx, batch: str) -> list[str]:
    """Ids of the items that this batch decided last, in the order of undoing: the latest first."""
    decided = desk.c.undo.startswith(f"{batch} ", autoescape=True)
    return list(tx.run(select(desk.c.id).where(decided).order_by(desk.c.id.desc())).scalars())


def take_record(item: Any) -> tuple[dict[str, Any], Any]:
    """(columns as they were before this decision, what undoes it)."""
    kept = orjson.loads(item.undo.partition(" ")[2])
    below = {"undo": kept["previous"], "decided_by": kept.get("by"), "decision": kept.get("decision")}
    return below, kept["record"]


def reopen(tx: Tx, name: str, before: dict[str, Any]) -> None:
    tx.run(update(desk).where(desk.c.id == name).values(open=True, closed_at=None, **before))


def show_shadowed(tx: Tx, system: str) -> int:
    """What was recorded while the system was in shadow waits for a person from now on; how many."""
    rows: Sequence[Any] = tx.run(
        select(delivery.c.id, delivery.c.urgency).where(delivery.c.system == system, delivery.c.state == "shadowed")
    ).all()  # fmt: skip
    shown = {row.subject for row in find_open(tx, (row.id for row in rows))}
    fresh = [row for row in rows if row.id not in shown]
    for row in fresh:
        add(tx, "delivery", row.id, system, "shadowed", urgency=row.urgency)
    return len(fresh)
