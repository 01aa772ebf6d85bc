"""What recipients are told of the residents of their case: of each who joined it, and what they replied.

Who gets a case later than others is told all that those before were: the next one after «not ours», whom a person
finds, and one whose filing was taken back by mistake.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ledger import cases
from ledger.rows import among
from ledger.store import Tx
from ledger.tables import answer, appeal, delivery
from workers.telling import REACHED
from workers.untold import Voice, is_news, leave_untold


@dataclass(frozen=True, slots=True)
class Filed:
    """A case at one recipient. `forward`: the delivery that files it; all else waits for that one."""

    case_id: str
    recipient: str
    assignment_id: str | None
    forward: str


#: Whether the active mapping of a system can say this.
Sends = Callable[[str, str], bool]


def tell_of_resident(voice: Voice, filed: Filed, name: str, urgency: int, **waits: Any) -> None:
    """`name`: the appeal of one more resident."""
    voice.deliver(
        filed.recipient, "join", subject=name, cause=filed.case_id, case_id=filed.case_id, appeal_id=name,
        assignment_id=filed.assignment_id, needs=filed.forward, urgency=urgency, **waits,
    )  # fmt: skip


def tell_of_residents(voice: Voice, sends: Sends, filed: Filed, first: Any, rows: Iterable[Any]) -> None:
    """`first`: the appeal that the recipient works by."""
    others, can = [row for row in rows if row.id != first.id and row.state in REACHED], sends(filed.recipient, "join")
    known = None if can or not others else cases.open_appeal(voice.tx, first)
    for row in others:
        if known is None:
            tell_of_resident(voice, filed, row.id, row.urgency)
        else:
            news = is_news(known, cases.open_appeal(voice.tx, row))
            leave_untold(voice, filed.recipient, "join", filed.case_id, row.id, row.urgency, news)


def tell_replies(voice: Voice, sends: Sends, filed: Filed, replies: Iterable[Any]) -> None:
    """`replies`: of `find_replies`."""
    can = sends(filed.recipient, "supplement")
    for one in replies:
        if can:
            voice.deliver(
                filed.recipient, "supplement", subject=one.appeal_id, cause=f"{one.id}/{filed.assignment_id}",
                case_id=filed.case_id, addressee=f"{one.appeal_id}/supplement", appeal_id=one.appeal_id,
                assignment_id=filed.assignment_id, answer_id=one.id, needs=filed.forward, urgency=one.urgency,
            )  # fmt: skip
        else:
            leave_untold(
                voice, filed.recipient, "supplement", filed.case_id, one.appeal_id, one.urgency, news=True
            )  # fmt: skip


def catch_up(voice: Voice, sends: Sends, filed: Filed, first: Any) -> None:
    """All that happened before this recipient got the case. `first`: the appeal that its filing tells of."""
    residents = cases.load_of_case(voice.tx, appeal, [filed.case_id]).get(filed.case_id, [])
    tell_of_residents(voice, sends, filed, first, residents)
    here = {row.id for row in residents if row.state in REACHED}
    tell_replies(voice, sends, filed, find_replies(voice.tx, [filed.case_id], here))


def find_replies(
    tx: Tx, case_ids: Collection[str], appeals: Collection[str], but: str | None = None
) -> list[Any]:  # fmt: skip
    """What these residents replied in these cases, and recipients were told, oldest first: rows (id, appeal_id,
    urgency). Several recipients had each reply under a name of its own. `but`: the filing that is told of the rest."""
    said = delivery.join(answer, answer.c.id == delivery.c.answer_id)
    told = among(tx, delivery.c.case_id, sorted(case_ids)), delivery.c.intent == "supplement", answer.c.state == "reply"
    columns = answer.c.id, answer.c.entry, delivery.c.appeal_id, delivery.c.urgency, delivery.c.assignment_id
    once: dict[str, Any] = {}
    had: set[str] = set()
    for row in tx.run(select(*columns).select_from(said).where(*told).order_by(answer.c.id)):
        if row.appeal_id in appeals:
            name = row.entry.partition("/")[0]
            once.setdefault(name, row)
            had |= {name} if but is not None and row.assignment_id == but else set()
    return [row for name, row in once.items() if name not in had]
