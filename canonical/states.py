"""Every state and every allowed move, in one place. A forbidden move is an error, not a log line."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar


class ForbiddenMove(ValueError):
    """The message names the kind of thing, the state and the move; no personal data."""


class DocumentState(StrEnum):
    received = "received"
    parked = "parked"  # refers to something we may learn yet
    done = "done"
    quarantined = "quarantined"


class AppealState(StrEnum):
    open = "open"
    answered = "answered"
    closed = "closed"
    withdrawn = "withdrawn"
    declined = "declined"  # by moderation


class CaseState(StrEnum):
    triage = "triage"  # waits for a person to choose a recipient
    routed = "routed"
    in_work = "in_work"
    asking = "asking"  # a question to the resident is open: the deadline is paused
    postponed = "postponed"
    answered = "answered"
    closed = "closed"


class AssignmentState(StrEnum):
    planned = "planned"
    sent = "sent"
    registered = "registered"
    in_work = "in_work"
    asking = "asking"
    postponed = "postponed"
    redirected = "redirected"
    answered = "answered"
    declined = "declined"
    withdrawn = "withdrawn"


class DeliveryState(StrEnum):
    waiting = "waiting"
    sending = "sending"  # committed before the request leaves
    unknown = "unknown"  # the outcome is not known: ask Finds, else a person
    delivered = "delivered"
    refused = "refused"  # the recipient's permanent no: the desk
    held = "held"  # a person must look first
    shadowed = "shadowed"  # recorded, never sent: the system is not live
    cancelled = "cancelled"


class ObligationState(StrEnum):
    owed = "owed"
    met = "met"
    excused = "excused"  # with a named reason


S = TypeVar("S", bound=StrEnum)
D, C, A, V, P, B = DocumentState, CaseState, AssignmentState, DeliveryState, AppealState, ObligationState

MOVES: Mapping[type[StrEnum], Mapping[StrEnum, frozenset[StrEnum]]] = {
    D: {
        D.received: frozenset({D.parked, D.done, D.quarantined}),
        D.parked: frozenset({D.received, D.done, D.quarantined}),
        D.quarantined: frozenset({D.received, D.done}),
        D.done: frozenset(),
    },
    P: {
        P.open: frozenset({P.answered, P.closed, P.withdrawn, P.declined}),
        P.answered: frozenset({P.open, P.closed, P.answered, P.withdrawn, P.declined}),
        P.closed: frozenset({P.open}),
        P.withdrawn: frozenset(),
        P.declined: frozenset({P.open}),
    },
    C: {
        # A recipient that sent it back, or one of several, may go on with it before a person has found another.
        C.triage: frozenset({C.routed, C.in_work, C.asking, C.postponed, C.closed, C.answered}),
        C.routed: frozenset({C.in_work, C.asking, C.postponed, C.answered, C.triage, C.closed}),
        C.in_work: frozenset({C.asking, C.postponed, C.answered, C.triage, C.routed, C.closed}),
        C.asking: frozenset({C.in_work, C.routed, C.postponed, C.answered, C.triage, C.closed}),
        C.postponed: frozenset({C.in_work, C.routed, C.asking, C.answered, C.triage, C.closed}),
        C.answered: frozenset({C.in_work, C.routed, C.asking, C.postponed, C.closed, C.triage}),
        C.closed: frozenset({C.in_work, C.routed, C.triage, C.answered}),
    },
    A: {
        A.planned: frozenset(set(A) - {A.planned}),
        A.sent: frozenset(set(A) - {A.planned, A.sent}),
        A.registered: frozenset(set(A) - {A.planned, A.sent, A.registered}),
        A.in_work: frozenset({A.asking, A.postponed, A.redirected, A.answered, A.declined, A.withdrawn}),
        A.asking: frozenset({A.in_work, A.postponed, A.redirected, A.answered, A.declined, A.withdrawn}),
        A.postponed: frozenset({A.in_work, A.asking, A.redirected, A.answered, A.declined, A.withdrawn}),
        A.redirected: frozenset({A.in_work, A.answered, A.declined}),
        A.answered: frozenset({A.in_work, A.asking, A.postponed, A.declined, A.redirected}),  # reopening
        A.declined: frozenset({A.in_work, A.asking, A.postponed, A.answered, A.redirected}),
        A.withdrawn: frozenset(),
    },
    V: {
        V.waiting: frozenset({V.sending, V.held, V.cancelled, V.refused, V.shadowed}),
        V.sending: frozenset({V.waiting, V.unknown, V.delivered, V.refused}),
        V.unknown: frozenset({V.waiting, V.delivered, V.held, V.cancelled, V.refused}),
        V.held: frozenset({V.waiting, V.cancelled, V.delivered}),
        V.refused: frozenset({V.waiting, V.cancelled, V.delivered}),
        V.shadowed: frozenset({V.waiting, V.cancelled}),
        V.delivered: frozenset(),
        V.cancelled: frozenset({V.waiting}),
    },
    B: {
        B.owed: frozenset({B.met, B.excused}),
        B.met: frozenset({B.owed}),  # a reopening owes anew
        B.excused: frozenset({B.owed}),
    },
}


def move(now: S, to: S) -> S:
    """`to`, when the move is allowed; staying where one is always is."""
    if now is not to and to not in MOVES[type(now)][now]:
        raise ForbiddenMove(f"{type(now).__name__}: {now} may not become {to}")
    return to
