"""What a person's decision causes: one transaction per item, audited, and undone by its batch."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from canonical.ids import make_id
from canonical.states import ForbiddenMove
from ledger import audit, desk_list, documents, order
from ledger.store import DECIDE, Store, Tx
from ledger.tables import answer, delivery, document
from workers import (
    resolve_delivery,
    resolve_event,
    resolve_fan_out,
    resolve_file,
    resolve_join,
    resolve_late,
    resolve_question,
    resolve_topic,
    resolve_triage,
)
from workers.resolve_effects import Effects, NotPossible, load_one
from workers.resolve_undo import undo_item

Sends = Callable[[str, str], bool]
Step = Callable[[Effects, Any, str], None]


def _replay(effects: Effects, item: Any, word: str) -> None:
    if not documents.replay(effects.tx, [item.subject]):
        raise NotPossible(f"document {item.subject} is not in quarantine any more")
    effects.final = True
    effects.counts["documents replayed"] += 1


def _discard(effects: Effects, item: Any, word: str) -> None:
    if not word:
        raise NotPossible("discarding needs a reason: `discard:test`, `discard:duplicate`, …")
    row = load_one(effects.tx, document, item.subject)
    if row.state != "quarantined":
        raise NotPossible(f"document {row.id} is {row.state}, not in quarantine")
    effects.change(document, row, state="done", disposition="discarded", reason=word)
    effects.counts["documents discarded"] += 1


#: Decisions by kind of item. A word after a colon goes to the step: `route:teplo`, `close:spam`.
_TALK: dict[str, Step] = {"done": resolve_triage.settle, "reopen": resolve_triage.reopen}
DECISIONS: dict[str, dict[str, Step]] = {
    "quarantine": {"replay": _replay, "discard": _discard},
    "delivery": {
        "send": resolve_delivery.send, "cancel": resolve_delivery.cancel, "delivered": resolve_delivery.confirm
    },
    "fan_out": {"release": resolve_fan_out.release, "stop": resolve_fan_out.stop},
    "file": {"retry": resolve_file.retry, "without": resolve_triage.settle, "share": resolve_file.share},
    "late_answer": {"tell": resolve_late.tell, "done": resolve_triage.settle},
    "suggestion": {"join": resolve_join.join, "separate": resolve_triage.settle},
    "event": {"open": resolve_event.open_event, "separate": resolve_triage.settle},
    "triage": {"route": resolve_triage.route, "topic": resolve_topic.name_topic, "close": resolve_triage.close},
    "question": {"ask": resolve_question.ask} | _TALK | {"done": resolve_question.resume},
    "reply": _TALK, "withdrawal": _TALK, "low_rating": _TALK,
}  # fmt: skip


@dataclass
class Report:
    """`faults`: (item, why not). `counts`: what was caused, by words."""

    batch: str
    done: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, str]] = field(default_factory=list)


class _Preview(Exception):
    """Rolls a decision back."""


def decide(store: Store, sends: Sends, ids: Sequence[str], decision: str, by: str, preview: bool = False) -> Report:
    """Items in the given order. `preview`: everything really happens and is rolled back at once."""
    report = Report(make_id("b"))

    def step(tx: Tx, name: str) -> Effects:
        return _decide_one(tx, sends, name, decision, by, report.batch)

    return _run(store, ids, report, step, preview)


def undo(store: Store, sends: Sends, batch: str, by: str, preview: bool = False) -> Report:
    """The items that this batch decided last, the latest first."""
    with store.read() as tx:
        ids = desk_list.find_batch(tx, batch)

    def step(tx: Tx, name: str) -> Effects:
        effects = undo_item(tx, sends, by, desk_list.lock(tx, name))
        audit.record(tx, [audit.note(tx, "desk.undone", name, by, batch=batch)])
        return effects

    return _run(store, ids, Report(batch), step, preview)


def _run(store: Store, ids: Sequence[str], report: Report, step: Callable[[Tx, str], Effects], preview: bool) -> Report:
    for name in ids:
        try:
            with _deciding(store) as tx:
                effects = step(tx, name)
                if preview:
                    raise _Preview
        except _Preview:
            pass
        except (NotPossible, ForbiddenMove) as error:
            report.faults.append((name, str(error)))
            continue
        report.done += 1
        report.counts.update(effects.counts)
    return report


@contextmanager
def _deciding(store: Store) -> Iterator[Tx]:
    with store.write(lock=DECIDE) as tx:
        order.come_after(tx, answer, delivery)
        yield tx


def _decide_one(tx: Tx, sends: Sends, name: str, decision: str, by: str, batch: str) -> Effects:
    item = desk_list.lock(tx, name)
    if item is None or not item.open:
        raise NotPossible("it is not open any more: somebody has decided it")
    word, _, rest = decision.partition(":")
    step = find_step(item.kind, word)
    effects = Effects(tx, sends, by)
    step(effects, item, rest.strip())
    desk_list.keep_decision(tx, item, batch, decision, by, effects.dump(), effects.stays_open)
    told = {"item": item.id, "about": item.kind, "batch": batch, "caused": dict(effects.counts)}
    audit.record(tx, [audit.note(tx, f"desk.{word}", item.subject, by, **told)])
    return effects


def find_step(kind: str, word: str) -> Step:
    known = DECISIONS.get(kind, _TALK)
    if word not in known:
        raise NotPossible(f"{word!r} is no decision on {kind}; choose {', '.join(known)}")
    return known[word]


def resend(store: Store, sends: Sends, name: str, by: str) -> Effects:
    """`tsur resend`: what was delivered is sent once more; the only way to a second effect. NotPossible."""
    with _deciding(store) as tx:
        effects = Effects(tx, sends, by)
        again = resolve_delivery.send_again(effects, load_one(tx, delivery, name))
        told = {"of": name, "intent": again.intent}
        audit.record(tx, [audit.note(tx, "delivery.resent", effects.made[0], by, **told)])
    return effects


def stop_answer(store: Store, sends: Sends, name: str, by: str) -> Effects:
    """`tsur stop`: halts what has not left of one answer."""
    with _deciding(store) as tx:
        effects = Effects(tx, sends, by)
        resolve_fan_out.halt(effects, load_one(tx, answer, name))
        audit.record(tx, [audit.note(tx, "answer.stopped", name, by, caused=dict(effects.counts))])
    return effects
