"""The decide stage: deciding is serial, thinking is parallel (promise 7).

One claim covers translating and deciding: what a mapping reads is cheap to compute and need not be stored between.
"""

from collections.abc import Sequence
from typing import Any

import structlog

from canonical.appeal import Appeal
from ledger import documents, order
from ledger.documents import Claimed
from ledger.store import DECIDE, Fenced, Lease, Tx
from ledger.tables import answer, delivery
from ledger.trouble import name_trouble
from workers.answers import Hearing
from workers.appeals import Intake, Item
from workers.dialogue import Dialogue
from workers.draft import Draft
from workers.parts import end_parts, gather
from workers.runtime import Runtime
from workers.site import Site
from workers.think import think
from workers.translate import Translated, translate

log = structlog.get_logger()
#: A document whose decision failed is tried again this often, alone, before it goes to quarantine.
ATTEMPTS = 3


def decide_batch(runtime: Runtime) -> int:
    """Claims, translates and decides one batch; how many documents it took."""
    site, lease = runtime.site(), runtime.lease
    with runtime.store.write(lease, claims=True) as tx:
        claimed = documents.claim(tx, lease, runtime.batch)
    if not claimed:
        return 0
    with runtime.renouncing(lease):
        _decide_all(runtime, lease, site, claimed)
    return len(claimed)


def _decide_all(runtime: Runtime, lease: Lease, site: Site, claimed: Sequence[Claimed]) -> None:
    items = [(entry, _think(runtime, site, entry)) for entry in gather(site, translate(site, claimed))]
    try:
        _decide(runtime, lease, site, items)
    except Fenced:
        raise
    except Exception as error:
        # A failing document never rolls back its batch: each is tried alone.
        log.warning("decide.batch_failed", error=name_trouble(error), documents=len(items))
        for item in items:
            _decide_alone(runtime, lease, site, item)


def _think(runtime: Runtime, site: Site, entry: Translated) -> list[Any]:
    if entry.fault or not entry.readings or not isinstance(entry.readings[0], Appeal):
        return []
    try:
        return [think(site.policy, runtime.store.vault, entry.document.system, reading) for reading in entry.readings]
    except Exception as error:
        log.exception("think.failed", document=entry.document.id, error=type(error).__name__)
        entry.fault, entry.reason = f"{type(error).__name__} while reading its substance", "think_failed"
        return []


def _decide_alone(runtime: Runtime, lease: Lease, site: Site, item: tuple[Translated, list[Any]]) -> None:
    document = item[0].document
    try:
        _decide(runtime, lease, site, [item])
    except Fenced:
        raise
    except Exception as error:
        log.exception("decide.failed", document=document.id, error=type(error).__name__)
        for claimed in (document, *(part for part, _ in item[0].parts)):
            _give_up(runtime, lease, site, claimed, error)


def _give_up(runtime: Runtime, lease: Lease, site: Site, document: Claimed, error: Exception) -> None:
    with runtime.store.write(lease) as tx:
        if document.attempts < ATTEMPTS:
            ending = documents.Ending(document.id, "received", due_at=tx.now + 1000 * 4**document.attempts)
        else:
            said = f"{type(error).__name__} while deciding; see the log for document {document.id}"
            ending = documents.Ending(document.id, "quarantined", None, None, "decide_failed", said)
        documents.finish(tx, lease, [ending], {document.id: document.system}, site.hash)


def _decide(runtime: Runtime, lease: Lease, site: Site, items: Sequence[tuple[Translated, list[Any]]]) -> None:
    wakes: set[str] = set()
    with runtime.store.write(lease, lock=DECIDE) as tx:
        for part in _split_rounds(items):
            wakes |= _decide_round(tx, lease, site, part)
    for lane in wakes:
        runtime.waker.wake(lane)


def _split_rounds(items: Sequence[tuple[Translated, list[Any]]]) -> list[list[tuple[Translated, list[Any]]]]:
    """Two documents of one thing never share a round, so that the second sees what the first did."""
    rounds: list[list[tuple[Translated, list[Any]]]] = []
    seen: dict[tuple[str, str], int] = {}
    for item in items:
        keys = _subjects(item[0])
        number = max((seen.get(key, -1) + 1 for key in keys), default=0)
        seen |= dict.fromkeys(keys, number)
        while len(rounds) <= number:
            rounds.append([])
        rounds[number].append(item)
    return rounds


def _subjects(entry: Translated) -> list[tuple[str, str]]:
    document = entry.document
    keys = {(document.system, one.external_id) for one in (document, *(part for part, _ in entry.parts))}
    for reading in entry.readings:
        reference = getattr(reading, "reference", None)
        if reference is not None:
            keys |= {(document.system, mark) for mark in (reference.delivery, reference.number) if mark}
    return sorted(keys)


def _decide_round(tx: Tx, lease: Lease, site: Site, items: Sequence[tuple[Translated, list[Any]]]) -> set[str]:
    order.come_after(tx, answer, delivery)
    draft = Draft(tx, site.hash)
    documents.name(tx, [entry.document for entry, _ in items])
    for entry, _ in items:
        if entry.fault:
            draft.quarantine(entry.document.id, entry.reason, entry.fault)
        elif entry.contents:
            _record_contents(tx, entry, draft)
        elif not entry.readings:
            draft.end(entry.document.id, "empty")
    good = [(entry, thoughts) for entry, thoughts in items if not entry.fault and entry.readings]
    Intake(tx, site, draft).take([Item(e, t) for e, thoughts in good for t in thoughts])
    # Each part reads what the one before wrote: an answer must find the appeal that joined in the same batch.
    draft.write()
    Hearing(tx, site, draft).hear([e for e, _ in good if e.document.kind == "answer"])
    draft.write()
    Dialogue(tx, site, draft).take([e for e, _ in good if e.document.kind not in ("answer", "appeal")])
    draft.write()
    end_parts(draft, [entry for entry, _ in items])
    systems = {one.id: one.system for entry, _ in items for one in (entry.document, *(part for part, _ in entry.parts))}
    documents.finish(tx, lease, draft.endings, systems, site.hash)
    return draft.wakes


def _record_contents(tx: Tx, entry: Translated, draft: Draft) -> None:
    """As if they had arrived with the whole: what came since is later."""
    whole = entry.document
    documents.record(tx, [(whole.system, one) for one in entry.contents], at=whole.received_at)
    draft.end(whole.id, "split")
    draft.wakes.add("decide")
