"""An answer that a person lets go later than it was said."""

from typing import Any

from sqlalchemy import exists, or_, select

from ledger.store import Tx
from ledger.tables import OPEN_DELIVERY, answer, cases, delivery


def is_replaced(tx: Tx, row: Any) -> bool:
    """Whether this resident would get an older answer as the last one. Where all recipients must answer, only a newer
    one of the same recipient replaces it."""
    newer = delivery.c.appeal_id == row.appeal_id, delivery.c.intent == "answer", delivery.c.id > row.id
    gone = delivery.c.answer_id != row.answer_id, delivery.c.state.in_((*OPEN_DELIVERY, "delivered"))
    told, other = answer.alias(), answer.alias()
    beside = exists(select(1).where(cases.c.id == row.case_id, cases.c.answered_by == "all"))
    query = select(delivery.c.id).join(other, other.c.id == delivery.c.answer_id)
    query = query.join(told, told.c.id == row.answer_id).where(*newer, *gone, delivery.c.case_id == row.case_id)
    same = or_(~beside, other.c.assignment_id == told.c.assignment_id)
    return tx.run(query.where(same).limit(1)).first() is not None
