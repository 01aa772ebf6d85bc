"""What an out-mapping may see of one delivery, assembled in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from canonical.answer import Answer
from canonical.appeal import LegalKind, Urgency
from canonical.applicant import Applicant
from canonical.delivery import AnswerView, AppealView, CaseView, Intent, Scope
from ledger import cases
from ledger.clock import from_ms
from ledger.store import Tx
from ledger.tables import answer, appeal, assignment
from ledger.tables import cases as case_table
from workers import enclosing
from workers.enclosing import Enclosed, Named
from workers.redirects import Return, load_returns, tell_history
from workers.site import Site

#: Towards a recipient the applicant is the filing's; towards a channel it is the addressee.
URGENCIES = tuple(Urgency)


@dataclass(frozen=True)
class Material:
    """Rows that a batch of deliveries speaks of, and their opened contents."""

    cases: dict[str, Any]
    appeals: dict[str, Any]
    assignments: dict[str, Any]
    answers: dict[str, Any]
    contents: dict[str, Any]  # appeal or answer id → canonical content
    files: dict[str, list[Named]]  # owner → files that it names
    returns: dict[str, list[Return]]  # case → who sent it back, before it was sent on
    firsts: dict[str, str]  # assignment of an answer with files → the appeal that it was filed for


def load_material(tx: Tx, rows: Sequence[Any]) -> Material:
    answers = cases.load(tx, answer, (row.answer_id for row in rows))
    given = {row.assignment_id for row in rows} | {row.assignment_id for row in answers.values()}
    assignments = cases.load(tx, assignment, given)
    # The case of a filing is another one than the delivery's when a person joined the two.
    of = {row.case_id for row in rows} | {row.case_id for row in assignments.values()}
    case_rows = cases.load(tx, case_table, of)
    firsts = {case.appeal_id for case in case_rows.values()}
    appeals = cases.load(tx, appeal, {row.appeal_id for row in rows} | firsts)
    contents: dict[str, Any] = {name: cases.open_appeal(tx, row) for name, row in appeals.items()}
    contents |= {name: cases.open_answer(tx, row) for name, row in answers.items()}
    named = enclosing.load(tx, [name for name, content in contents.items() if content.attachments])
    returns = load_returns(tx, case_rows.values())
    filed_for = cases.find_firsts(tx, {row.assignment_id for row in answers.values()}) if named else {}
    return Material(case_rows, appeals, assignments, answers, contents, named, returns, filed_for)


def make_scope(site: Site, row: Any, material: Material) -> Scope:
    case = material.cases[row.case_id]
    spoken_of = material.appeals[row.appeal_id or case.appeal_id]
    answered = material.answers.get(row.answer_id)
    given = material.assignments.get(row.assignment_id or (answered.assignment_id if answered else ""))
    # A case goes on without the resident that it began with: what is filed tells of the next one.
    first_of = material.appeals[case.appeal_id]
    first_of = spoken_of if row.intent == "forward" or first_of.body is None else first_of
    first, spoken, said = (material.contents.get(name or "") for name in (first_of.id, spoken_of.id, row.answer_id))
    parts = enclosing.enclose(row, material.files, site.systems[row.system].mapping, _find_first(row, material))
    return Scope(
        delivery_id=row.id,
        intent=Intent(row.intent),
        system=row.system,
        number=given.number if given else None,
        case=_view_case(case, first_of, first, parts, tell_history(site, material.returns.get(case.id, ()))),
        appeal=_view_appeal(spoken_of, spoken, parts),
        applicant=_open_applicant(spoken),
        answer=_view_answer(site, answered, given, said, parts),
    )


def find_late(site: Site, row: Any, material: Material) -> list[str]:
    """Files that are not there yet and that this delivery leaves without."""
    if not material.files:
        return []
    return enclosing.find_late(row, material.files, site.systems[row.system].mapping, _find_first(row, material))


def _find_first(row: Any, material: Material) -> str:
    """The appeal whose author this is about: of an answer the one that its filing was made for."""
    if row.intent == "forward" and row.appeal_id:
        return str(row.appeal_id)
    answered = material.answers.get(row.answer_id)
    first = material.firsts.get(answered.assignment_id) if answered else None
    return str(first or material.cases[row.case_id].appeal_id)


def _open_applicant(content: Any) -> Applicant:
    applicant: Applicant = content.applicant
    return applicant


def _view_case(row: Any, first: Any, content: Any, parts: Enclosed, history: str) -> CaseView:
    return CaseView(
        id=row.id, state=row.state, text=parts.note_on("case", content.text), topic=content.topic, place=content.place,
        opened_at=from_ms(row.opened_at), due_at=from_ms(row.due_at), count=row.appeals,
        urgency=URGENCIES[row.urgency], legal_kind=LegalKind(first.legal_kind), files=parts.case,
        history=history,
    )  # fmt: skip


def _view_appeal(row: Any, content: Any, parts: Enclosed) -> AppealView:
    return AppealView(
        id=row.id, system=row.system, external_id=row.external_id, text=parts.note_on("appeal", content.text),
        created_at=content.created_at, topic=content.topic, place=content.place, thread=row.thread,
        files=parts.appeal,
    )  # fmt: skip


def _view_answer(site: Site, row: Any, given: Any, content: Answer | None, parts: Enclosed) -> AnswerView:
    known = site.systems.get(given.recipient) if given else None
    title = known.mapping.title if known else None
    number = given.number if given else None
    if row is None or content is None:
        return AnswerView(recipient=title, number=number, text=parts.follow_up)
    return AnswerView(
        id=row.id, text=parts.follow_up or parts.note_on("answer", content.text), state=row.state,
        finality=content.finality, outcome=content.outcome, raw=content.raw, reason=content.reason,
        postponed_to=content.postponed_to, at=content.at, recipient=title, number=number,
        replaces=(row.version or 1) > 1, files=parts.answer,
    )  # fmt: skip
