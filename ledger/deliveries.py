"""Deliveries: one identity, one rendered body, one effect (promises 6, 8 and 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select, update

from canonical.ids import make_id
from ledger import audit, cases, desk, documents
from ledger.leases import LOST_ALONE
from ledger.rows import among, change_rows, insert_new
from ledger.store import Fenced, Lease, Tx
from ledger.tables import OPEN_DELIVERY, appeal, assignment, delivery, lane, obligation

_EARLIER = delivery.alias("earlier")
_NEEDED = delivery.alias("needed")
#: A row is claimable when nothing of its order key is ahead of it or on its way, and what it needs was delivered.
_IS_HEAD = ~exists(
    select(1).where(_EARLIER.c.order_key == delivery.c.order_key, _EARLIER.c.state.in_(OPEN_DELIVERY),
                    or_(_EARLIER.c.id < delivery.c.id,
                        and_(_EARLIER.c.id > delivery.c.id, _EARLIER.c.worker.is_not(None))))
)  # fmt: skip
_HAS_NEEDS = or_(
    delivery.c.needs.is_(None),
    exists(select(1).where(_NEEDED.c.id == delivery.c.needs, _NEEDED.c.state == "delivered")),
)


def make_row(
    tx: Tx, system: str, intent: str, *, subject: str, cause: str, case_id: str, addressee: str = "", **rest: Any
) -> dict[str, Any]:
    """A row for `add`; `addressee` completes the order key, `rest` names further columns."""
    return {
        "id": make_id("v"), "subject": subject, "system": system, "intent": intent, "cause": cause, "generation": 0,
        "state": "waiting", "case_id": case_id, "order_key": f"{case_id}/{system}/{addressee}", "urgency": 2,
        "appeal_id": None, "assignment_id": None, "answer_id": None, "obligation_id": None, "needs": None,
        "created_at": tx.now, "due_at": tx.now, "reason": None,
    } | rest  # fmt: skip


def add(tx: Tx, rows: list[dict[str, Any]]) -> set[str]:
    """Reprocessing makes the same identities and adds nothing."""
    return insert_new(tx, delivery, rows)


def find_addressees(tx: Tx, answers: Sequence[str]) -> dict[str, set[str]]:
    """By answer: the appeals that it was or will be told to, or that a person kept it from."""
    told = delivery.c.intent == "answer", among(tx, delivery.c.answer_id, sorted(answers))
    found: dict[str, set[str]] = {}
    for row in tx.run(select(delivery.c.answer_id, delivery.c.appeal_id).where(*told)) if answers else ():
        found.setdefault(row.answer_id, set()).add(row.appeal_id)
    return found


def find_due_systems(tx: Tx, state: str) -> list[str]:
    """Systems with deliveries that wait (`waiting`) or must be asked about (`unknown`)."""
    waiting = delivery.c.state == state, delivery.c.worker.is_(None), delivery.c.due_at <= tx.now
    # One probe per lane: the backlog is not read.
    some = exists(select(1).where(delivery.c.system == lane.c.system, *waiting))
    return list(tx.run(select(lane.c.system).where(some)).scalars())


def claim(tx: Tx, lease: Lease, system: str, limit: int) -> list[Any]:
    """Heads of this lane that are due, urgent ones first."""
    return _take(tx, lease, system, limit, "waiting")


def claim_unknown(tx: Tx, lease: Lease, system: str, limit: int) -> list[Any]:
    """Deliveries whose outcome must be asked for."""
    return _take(tx, lease, system, limit, "unknown")


def _take(tx: Tx, lease: Lease, system: str, limit: int, state: str) -> list[Any]:
    for alone in (False, True):
        fit = delivery.c.lost >= LOST_ALONE if alone else delivery.c.lost < LOST_ALONE
        due = select(delivery.c.id).where(
            delivery.c.system == system, delivery.c.state == state, delivery.c.worker.is_(None),
            delivery.c.due_at <= tx.now,
        )  # fmt: skip
        if state == "waiting":
            due = due.where(fit, _IS_HEAD, _HAS_NEEDS)
        due = due.order_by(delivery.c.urgency, delivery.c.id).limit(1 if alone else limit)
        heads = due.with_for_update(skip_locked=True, of=delivery).cte("heads")
        taken = update(delivery).where(delivery.c.id.in_(select(heads.c.id)))
        rows = tx.run(taken.values(worker=lease.id, attempts=delivery.c.attempts + 1).returning(delivery)).all()
        if rows or state != "waiting":
            break
    return sorted(rows, key=lambda row: (row.urgency, row.id))


def hurry(tx: Tx, case_id: str, urgency: int) -> None:
    """What recipients of this case were not sent yet is at least so urgent from now on."""
    mine = delivery.c.case_id == case_id, delivery.c.assignment_id.is_not(None), delivery.c.urgency > urgency
    tx.run(update(delivery).where(*mine, delivery.c.state == "waiting").values(urgency=urgency))


#: What follows a filing, to the same recipient.
_OF_RESIDENTS = ("join", "supplement")
_NEWS = (*_OF_RESIDENTS, "remind", "return")
SENT_ON = "sent_on"


def drop_news(tx: Tx, case_id: str, assignment_id: str) -> None:
    """Its recipient gave the case back: what it was not sent yet does not concern it."""
    mine = delivery.c.case_id == case_id, delivery.c.assignment_id == assignment_id, delivery.c.intent.in_(_NEWS)
    _drop(tx, SENT_ON, *mine)


def drop_resident(tx: Tx, case_id: str, name: str, heir: str, reason: str) -> None:
    """The author of the appeal `name` took it back: whoever was not told of it will not be, nor is the author asked.
    `heir`: the appeal that the case goes on with; what is still to be filed tells of that one."""
    theirs = delivery.c.case_id == case_id, delivery.c.appeal_id == name
    _drop(tx, reason, *theirs, delivery.c.intent.in_((*_OF_RESIDENTS, "ask")))
    fresh = delivery.c.intent == "forward", delivery.c.plan.is_(None), *_UNSENT
    filed = update(delivery).where(*theirs, *fresh).values(appeal_id=heir).returning(delivery.c.id)
    if ids := list(tx.run(filed).scalars()):
        _drop(tx, reason, delivery.c.appeal_id == heir, delivery.c.intent == "join", delivery.c.needs.in_(ids))


_UNSENT = delivery.c.state.in_(("waiting", "held", "refused", "shadowed")), delivery.c.worker.is_(None)


def _drop(tx: Tx, reason: str, *which: Any) -> None:
    dropped = update(delivery).where(*which, *_UNSENT).values(state="cancelled", reason=reason)
    desk.close(tx, list(tx.run(dropped.returning(delivery.c.id)).scalars()), "cancelled", None)


def revive_news(tx: Tx, case_id: str, assignment_id: str) -> None:
    """It took the case up after all. Who left the case meanwhile does not concern it any more, and what an earlier
    filing of it was to be told went with the later one."""
    mine = delivery.c.case_id == case_id, delivery.c.assignment_id == assignment_id
    dropped = delivery.c.state == "cancelled", delivery.c.reason == SENT_ON
    here = select(appeal.c.id).where(appeal.c.case_id == case_id, appeal.c.state.in_(cases.REACHED))
    filed = _NEEDED.c.assignment_id == assignment_id, _NEEDED.c.intent == "forward", _NEEDED.c.state != "cancelled"
    newest = select(func.max(_NEEDED.c.id)).where(*filed).scalar_subquery()
    current = and_(delivery.c.appeal_id.in_(here), delivery.c.needs == newest)
    still = or_(delivery.c.intent.not_in(_OF_RESIDENTS), current)
    tx.run(update(delivery).where(*mine, *dropped, still).values(state="waiting", reason=None, due_at=tx.now))


def mark_sending(tx: Tx, lease: Lease, plans: dict[str, bytes], config: str | None) -> None:
    """Committed before any request leaves; the plan is kept and never rendered again.

    Raises Fenced when one of them is not this worker's any more, or was stopped by a person meanwhile.
    """
    changes = [
        {"id": name, "state": "sending", "plan": tx.vault.seal("delivery", name, plan), "config": config}
        for name, plan in sorted(plans.items())
    ]
    if change_rows(tx, delivery, changes, {"worker": lease.id, "state": "waiting"}) != len(changes):
        raise Fenced(f"worker {lease.id} sends deliveries that are not its own")


def save_progress(tx: Tx, lease: Lease, name: str, call: str, taken: Any) -> None:
    """What one call of a delivery took, kept as the call ends, so that a resumed attempt goes on behind it."""
    mine = delivery.c.id == name, delivery.c.worker == lease.id
    row = tx.run(select(delivery.c.progress).where(*mine).with_for_update()).first()
    if row is None:
        raise Fenced(f"worker {lease.id} goes on with delivery {name}, which is not its own")
    progress = tx.vault.open_json("delivery.progress", name, row.progress) if row.progress else {}
    body = tx.vault.seal_json("delivery.progress", name, progress | {call: dict(taken)})
    tx.run(update(delivery).where(*mine).values(progress=body))


def abandon(tx: Tx, lease: Lease, names: Sequence[str]) -> None:
    """Something of ours failed between claim and receipt: what was not sent waits a little, the rest is asked for."""
    mine = delivery.c.id.in_(list(names)), delivery.c.worker == lease.id
    unsent = update(delivery).where(*mine, delivery.c.state == "waiting")
    tx.run(unsent.values(worker=None, lost=delivery.c.lost + 1, due_at=tx.now + 5000))
    doubtful = update(delivery).where(*mine, delivery.c.state.in_(("sending", "unknown")))
    tx.run(doubtful.values(worker=None, state="unknown", due_at=tx.now + 1000))


def put_off(tx: Tx, names: Sequence[str], error: str) -> None:
    """Taking them failed and was rolled back: they wait a little; one that fails even alone goes to a person."""
    free = among(tx, delivery.c.id, names), delivery.c.worker.is_(None), delivery.c.state == "waiting"
    hopeless = delivery.c.lost >= LOST_ALONE
    said = f"{error} while rendering; see the log of the worker"
    rows = tx.run(
        update(delivery).where(*free).values(
            lost=delivery.c.lost + 1, due_at=tx.now + 5000, state=case((hopeless, "held"), else_="waiting"),
            reason=case((hopeless, "cannot_render"), else_=delivery.c.reason),
            detail=case((hopeless, said), else_=delivery.c.detail),
        ).returning(delivery.c.id, delivery.c.system, delivery.c.state)
    ).all()  # fmt: skip
    desk.put(tx, [(r.id, r.system, "cannot_render", said) for r in rows if r.state == "held"], kind="delivery")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended."""

    id: str
    state: str  # delivered, waiting (again at due_at), unknown, refused, held, shadowed
    number: str | None = None
    reason: str | None = None
    detail: str | None = None
    due_at: int | None = None


def finish(tx: Tx, lease: Lease, claimed: dict[str, Any], outcomes: Sequence[Outcome]) -> None:
    """Receipts and everything they cause: assignments, obligations, parked documents, the desk.

    A delivery that is not this worker's any more is left as it is: its fate was decided by others. No case is locked:
    every row is changed only from the state that it is in now, and who decides meanwhile writes over no receipt.
    """
    owed = _find_own(tx, lease, outcomes)
    outcomes = [o for o in outcomes if o.id in owed]
    ended = [
        {"id": o.id, "state": o.state, "number": o.number, "reason": o.reason, "detail": o.detail, "worker": None,
         "due_at": o.due_at or tx.now, "done_at": tx.now if o.state == "delivered" else None}
        for o in outcomes
    ]  # fmt: skip
    change_rows(tx, delivery, ended, {"worker": lease.id}, keep="number")
    apply_receipts(tx, [(claimed[o.id], o.number) for o in outcomes if o.state == "delivered"], owed)
    stuck = [o for o in outcomes if o.state in ("refused", "held")]
    desk.put(tx, [(o.id, claimed[o.id].system, o.reason or o.state, o.detail) for o in stuck], kind="delivery")
    audit.record(tx, [
        audit.note(tx, f"delivery.{o.state}", o.id, lease.id, intent=claimed[o.id].intent, system=claimed[o.id].system,
                   case=claimed[o.id].case_id, **({"reason": o.reason} if o.reason else {}))
        for o in outcomes
    ])  # fmt: skip


def _find_own(tx: Tx, lease: Lease, outcomes: Sequence[Outcome]) -> dict[str, str | None]:
    """Those that are still this worker's, each with the obligation that it meets by now."""
    ids = sorted(o.id for o in outcomes)
    columns = delivery.c.id, delivery.c.obligation_id
    own = select(*columns).where(among(tx, delivery.c.id, ids), delivery.c.worker == lease.id)
    return {row.id: row.obligation_id for row in tx.run(own.order_by(delivery.c.id).with_for_update())} if ids else {}


def apply_receipts(
    tx: Tx, receipts: Sequence[tuple[Any, str | None]], owed: Mapping[str, str | None] | None = None
) -> None:
    """`owed`: obligations by delivery, where they may have changed since the rows were read."""
    # Ordered by id, as everyone who changes several rows.
    receipts = sorted(receipts, key=lambda one: (one[0].assignment_id or "", one[0].obligation_id or ""))
    filed = [(row, number) for row, number in receipts if row.intent == "forward"]
    numbers = [{"id": row.assignment_id, "number": number, "changed_at": tx.now} for row, number in filed]
    change_rows(tx, assignment, numbers, keep="number")
    change_rows(tx, assignment, [{"id": n["id"], "state": "sent"} for n in numbers], {"state": "planned"})
    met = [
        {"id": row.obligation_id, "state": "met", "delivery_id": row.id, "met_at": tx.now}
        for row, _ in receipts if row.intent == "answer" and (owed[row.id] if owed else row.obligation_id)
    ]  # fmt: skip
    change_rows(tx, obligation, met, {"state": "owed"})
    if filed:
        documents.wake_parked(tx, {row.system for row, _ in filed})


def is_in_flight(tx: Tx, system: str) -> bool:
    """Whether a filing to this system may be on its way, so that an unknown reference is worth waiting for."""
    open_one = delivery.c.system == system, delivery.c.intent == "forward", delivery.c.state.in_(OPEN_DELIVERY)
    return tx.run(select(1).where(*open_one).limit(1)).first() is not None
