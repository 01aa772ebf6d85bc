"""A resident asks to be forgotten: what was not sent is given up as at the desk, and all that is personal emptied."""

from sqlalchemy import or_, select

from ledger import audit, cases, people
from ledger.store import DECIDE, Store, Tx
from ledger.tables import appeal, delivery
from ledger.tables import cases as case_table
from workers.questions import show_left
from workers.resolve_delivery import excuse, give_up
from workers.resolve_effects import UNSENT, Effects, load_one, lock_case
from workers.resolve_join import find_debts
from workers.telling import REACHED

REASON = "forgotten"


class OnItsWay(RuntimeError):
    """A delivery of this appeal may be leaving right now: forget it when that ended."""


def forget(store: Store, name: str, by: str) -> dict[str, int]:
    """Removes everything personal of one appeal; ids, states, times and topics stay. Blobs removed per kind.

    What was not sent yet is cancelled, what is owed is excused by name; a case of nobody else is closed.
    OnItsWay when a delivery is being sent; NotPossible when there is no such appeal.
    """
    with store.write(lock=DECIDE) as tx:
        row = load_one(tx, appeal, name)
        lock_case(tx, row.case_id)
        _refuse_what_is_leaving(tx, name)
        effects = Effects(tx, lambda system, intent: False, by)
        mine = delivery.c.appeal_id == name, delivery.c.state.in_(UNSENT)
        # The newest first: what waits for a filing is then that of others.
        for unsent in tx.run(select(delivery).where(*mine).order_by(delivery.c.id.desc())).all():
            give_up(effects, load_one(tx, delivery, unsent.id), REASON)
        for debt in find_debts(tx, row.case_id, [name]):
            excuse(effects, debt, REASON)
        if row.state in ("open", "answered"):
            cases.change(tx, appeal, name, state="closed")
        if not _close_case(effects, row.case_id):
            show_left(tx, row.case_id, name)
        removed = people.remove(tx, row)
        audit.record(tx, [audit.note(tx, "appeal.forgotten", name, by, None, **removed)])
    store.checkpoint()  # SQLite: the old pages leave the log as well
    return removed


def forget_again(store: Store, name: str, by: str) -> bool:
    """After a restore; whether the backup had brought it back. OnItsWay."""
    with store.read() as tx:
        known = tx.run(select(appeal.c.body).where(appeal.c.id == name)).first()
    if known is None or known.body is None:
        return False
    forget(store, name, by)
    return True


def _refuse_what_is_leaving(tx: Tx, name: str) -> None:
    held = or_(delivery.c.state.in_(("sending", "unknown")), delivery.c.worker.is_not(None))
    if tx.run(select(delivery.c.id).where(delivery.c.appeal_id == name, held).limit(1)).first():
        raise OnItsWay(f"a delivery of {name} is on its way: wait until it ended, or decide it at the desk")


def _close_case(effects: Effects, name: str) -> bool:
    """Whether nobody is left in it who could be told. Its recipient may go on; nobody here waits for it."""
    rows = cases.load_of_case(effects.tx, appeal, [name]).get(name, [])
    if any(row.state in REACHED for row in rows):
        return False
    case = load_one(effects.tx, case_table, name)
    effects.close_about(name, REASON)
    if case.state != "closed":
        cases.change(effects.tx, case_table, name, state="closed", paused_at=None, changed_at=effects.tx.now)
    return True
