"""Which cases and desk items belong to which municipalities, for operators who see only theirs."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from ledger.rows import among
from ledger.store import Tx
from ledger.tables import answer, appeal, attachment, cases, delivery, desk


def has_case(codes: Iterable[str]) -> ColumnElement[bool]:
    """The item is about a case of one of these ОКТМО codes, or of a part of it. What nobody can place (a document
    in quarantine, a case without a known place) belongs to none."""
    case_ids = select(cases.c.id).where(_lies_in(codes))
    owners = select(appeal.c.id).where(appeal.c.case_id.in_(case_ids))
    told = select(answer.c.id).where(answer.c.case_id.in_(case_ids))
    about: tuple[Select[Any], ...] = (
        case_ids, owners, told,
        select(delivery.c.id).where(delivery.c.case_id.in_(case_ids)),
        select(attachment.c.id).where(or_(attachment.c.owner.in_(owners), attachment.c.owner.in_(told))),
    )  # fmt: skip
    return or_(*(desk.c.subject.in_(one) for one in about))


def _lies_in(codes: Iterable[str]) -> ColumnElement[bool]:
    return or_(False, *(cases.c.oktmo.startswith(code, autoescape=True) for code in codes))


def holds_items(tx: Tx, names: Iterable[str], codes: Iterable[str]) -> bool:
    """Whether all of these desk items are about cases of these municipalities."""
    wanted = set(names)
    query = select(desk.c.id).where(among(tx, desk.c.id, sorted(wanted)), has_case(codes))
    return set(tx.run(query).scalars()) == wanted


def holds_case(tx: Tx, name: str, codes: Iterable[str]) -> bool:
    return tx.run(select(cases.c.id).where(cases.c.id == name, _lies_in(codes))).first() is not None
