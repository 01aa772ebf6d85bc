"""A case that no rule could place: a person names its recipient or closes it with a reason."""

from typing import Any

from canonical.ids import make_id
from canonical.states import AppealState, AssignmentState, CaseState, move
from ledger import cases, desk_list
from ledger.tables import answer, appeal, assignment, desk, obligation
from ledger.tables import cases as case_table
from workers.informing import Filed, catch_up
from workers.pausing import let_run
from workers.resolve_all import tell_waiting
from workers.resolve_delivery import LIVE, excuse
from workers.resolve_effects import Effects, NotPossible, load_one, lock_case
from workers.resolve_fan_out import is_anybody_left, reopen_filing
from workers.resolve_join import find_answer
from workers.telling import choose_first


def route(effects: Effects, item: Any, word: str) -> None:
    """`word`: the system that gets the case; it leads from now on, unless only the part of one who does not lead is to
    be had: then the case stays where it is."""
    if not effects.sends(word, "forward"):
        raise NotPossible(f"{word!r} takes no filings: name a system whose mapping has `out: forward:`")
    case = lock_case(effects.tx, item.subject)
    part = _is_part(effects, case, item)
    if case.state == "answered" and not part:
        raise NotPossible(f"case {case.id} is answered: nobody waits for another recipient; decide `close:REASON`")
    if not part:
        release(effects, case, "by_hand", case.answered_by)
    elif case.state == "triage":
        release(effects, case, case.rule, case.answered_by)
    file_with(effects, case, word, lead=not part)


def _is_part(effects: Effects, case: Any, item: Any) -> bool:
    """Whether the recipient that gave it back was one of several, and another one leads and goes on."""
    rows = cases.load_of_case(effects.tx, assignment, [case.id]).get(case.id, [])
    given = next((row for row in rows if row.recipient == item.system), None)
    leads = [row for row in rows if row.lead and row.state in LIVE]
    return given is not None and not given.lead and bool(leads)


def release(effects: Effects, case: Any, rule: str, answered_by: str) -> None:
    """From triage, or from whatever the recipient that gave it back has made of it meanwhile."""
    state = move(CaseState(case.state), CaseState.routed).value
    effects.change(case_table, case, state=state, rule=rule, answered_by=answered_by)
    let_run(effects, case)


def file_with(effects: Effects, case: Any, recipient: str, lead: bool) -> None:
    """Who leads now is the only one who does."""
    rows = cases.load_of_case(effects.tx, assignment, [case.id]).get(case.id, [])
    for row in rows if lead else ():
        if row.lead and row.recipient != recipient:
            effects.change(assignment, row, lead=False)
    first = choose_first(case, cases.load_of_case(effects.tx, appeal, [case.id])[case.id])
    given = _assign(effects, case, next((row for row in rows if row.recipient == recipient), None), recipient, lead)
    forward = effects.deliver(
        recipient, "forward", subject=given, cause=case.id, case_id=case.id, appeal_id=first.id,
        assignment_id=given, urgency=case.urgency,
    )  # fmt: skip
    catch_up(effects, effects.sends, Filed(case.id, recipient, given, forward), first)
    if effects.sends(recipient, "supplement"):
        _close_told(effects, case)


def _close_told(effects: Effects, case: Any) -> None:
    """Replies that waited for a filing which was given up: this recipient gets them, so nobody passes them on."""
    open_ones = [one for one in desk_list.find_open(effects.tx, [case.id]) if one.reason == "nobody_to_tell"]
    kept = cases.load(effects.tx, answer, [one.evidence for one in open_ones])
    for one in open_ones:
        if one.evidence in kept:
            ended = {"open": False, "closed_at": effects.tx.now, "decision": "told", "decided_by": effects.by}
            effects.change(desk, one, **ended)


def _assign(effects: Effects, case: Any, known: Any, recipient: str, lead: bool) -> str:
    tx = effects.tx
    if known is None:
        name = make_id("g")
        row = {"id": name, "case_id": case.id, "recipient": recipient, "state": "planned", "lead": lead,
               "changed_at": tx.now, "due_at": case.due_at}  # fmt: skip
        cases.insert(tx, assignment, [row])
        # An undo leaves the row, as the one that was never filed.
        given, never = {"state": "planned", "lead": lead}, {"state": "withdrawn", "lead": False}
        effects.changed.append(("assignment", name, never, given))
        return name
    if known.state not in ("redirected", "withdrawn", "declined"):
        raise NotPossible(f"{recipient} has this case already ({known.state}); choose another or wait for its answer")
    effects.change(assignment, known, state=AssignmentState.planned.value, lead=lead, number=None)
    return str(known.id)


def close(effects: Effects, item: Any, word: str) -> None:
    """Nobody is asked; nothing is owed, for this reason. Of a part that one of several gave back: it is nobody's."""
    if not word:
        raise NotPossible("closing needs a reason: `close:spam`, `close:not_ours`, …")
    tx, case = effects.tx, lock_case(effects.tx, item.subject)
    if case.answered_by == "all":
        _hand_over(effects, case, item)
    if _is_part(effects, case, item):  # what the others do goes on
        tell_waiting(effects, lock_case(tx, case.id))
        return
    if case.state == "answered":  # what is owed has its answer
        return
    let_run(effects, case)
    effects.change(case_table, case, state=move(CaseState(case.state), CaseState.closed).value)
    for debt in cases.load_of_case(tx, obligation, [case.id]).get(case.id, []):
        excuse(effects, debt, word)
    for row in cases.load_of_case(tx, appeal, [case.id]).get(case.id, []):
        if row.state == "open":
            effects.change(appeal, row, state=move(AppealState(row.state), AppealState.closed).value)


def _hand_over(effects: Effects, case: Any, item: Any) -> None:
    """The part that the lead gave back is no more than the others', where all must answer: the next one leads."""
    rows = cases.load_of_case(effects.tx, assignment, [case.id]).get(case.id, [])
    given = next((row for row in rows if row.recipient == item.system), None)
    heir = next((row for row in rows if row.state in LIVE and row is not given), None)
    if given is None or not given.lead or heir is None:
        return
    effects.change(assignment, given, lead=False)
    effects.change(assignment, heir, lead=True)
    if case.state == "triage":
        effects.change(case_table, case, state=move(CaseState.triage, CaseState.in_work).value)


def settle(effects: Effects, item: Any, word: str) -> None:
    """A person did what was needed outside the gateway."""


def reopen(effects: Effects, item: Any, word: str) -> None:
    """The case was not settled after all: its recipient looks again, its residents are owed a new answer."""
    tx, case = effects.tx, lock_case(effects.tx, item.subject)
    told = find_answer(tx, case)
    if told is None or case.state not in ("answered", "closed"):
        raise NotPossible(f"case {case.id} is {case.state}: only an answered case can be reopened")
    if not is_anybody_left(effects, case):
        raise NotPossible(f"nobody is left in case {case.id} who would hear a new answer; decide `done`")
    effects.change(case_table, case, reopened=case.reopened + 1)
    reopen_filing(effects, case, load_one(tx, assignment, told.assignment_id), told.id)
