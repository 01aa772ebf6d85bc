"""Parts of conversations: documents wait for silence, then several of them are one appeal (design: thread)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from canonical.appeal import Appeal, Urgency
from canonical.mapping import ReadingError
from canonical.thread import compose, make_thread_key, split_quiet
from ledger import threads
from ledger.documents import Ending
from ledger.store import Tx
from ledger.vault import Sealed, Vault
from workers.draft import Draft
from workers.site import Site
from workers.translate import Translated, find_fault, is_part

log = structlog.get_logger()
#: A conversation that never falls silent is an appeal after so many quiet windows.
LONGEST = 10


def gather(site: Site, entries: Sequence[Translated]) -> list[Translated]:
    """Parts whose window has closed become one entry per appeal; all else stays as it is."""
    whole, groups = [], dict[str, list[Translated]]()
    for entry in entries:
        if entry.document.thread and not entry.fault and is_part(site, entry.document, entry.readings):
            groups.setdefault(entry.document.thread, []).append(entry)
        else:
            whole.append(entry)
    for group in groups.values():
        quiet = site.systems[group[0].document.system].mapping.find_quiet(group[0].document.kind)
        whole += _join(group, quiet or timedelta())
    return whole


def _join(group: Sequence[Translated], quiet: timedelta) -> list[Translated]:
    revisions: dict[str, list[Translated]] = {}
    for entry in sorted(group, key=lambda one: one.document.id):
        revisions.setdefault(entry.document.external_id, []).append(entry)
    parts = sorted(revisions.values(), key=lambda one: one[0].readings[0].created_at)
    begins = split_quiet([one[0].readings[0] for one in parts], quiet)
    return [_make_one(parts[begin:end]) for begin, end in zip(begins, [*begins[1:], len(parts)], strict=True)]


def _make_one(parts: Sequence[Sequence[Translated]]) -> Translated:
    """`parts`: the revisions of each. The first part that was not deleted gives the appeal its id."""
    lead = next((one for one in parts if not one[-1].readings[0].deleted), parts[0])
    whole = compose([one[-1].readings[0] for one in parts])
    fault = find_fault([whole])
    others = [(one[0].document, _describe(one[0], threads.FOLLOWS)) for one in parts if one is not lead]
    others += [(late.document, _describe(late, "edited")) for one in parts for late in one[1:]]
    return Translated(lead[0].document, [whole], fault, "empty_text" if fault else "", tuple(others))


def _describe(entry: Translated, else_: str) -> str:
    return "deleted" if entry.readings[0].deleted else else_


def end_parts(draft: Draft, entries: Sequence[Translated]) -> None:
    """The parts end as the document that they belong to: with its appeal, or where it waits."""
    ended = {ending.id: ending for ending in draft.endings}
    for entry in entries:
        lead = ended[entry.document.id] if entry.parts else None
        for part, disposition in entry.parts if lead else ():
            assert lead is not None  # noqa: S101
            done = lead.state == "done"
            draft.endings.append(replace(lead, id=part.id, disposition=disposition if done else None))


class Silence:
    """Parts that have just arrived: each prolongs the window of its conversation."""

    def __init__(self, tx: Tx, site: Site, draft: Draft) -> None:
        self.tx, self.site, self.draft = tx, site, draft

    def await_end(self, items: Sequence[tuple[Translated, Appeal]]) -> None:
        """`items`: with the appeals as the router enriched them. The caller holds the decide lock."""
        talks: dict[str, list[tuple[Translated, Appeal]]] = {}
        for entry, appeal in items:
            mark = f"{entry.document.system}\n{make_thread_key(appeal)}"
            talks.setdefault(self.tx.vault.mark("thread", mark), []).append((entry, appeal))
        windows = threads.find_open(self.tx, list(talks))
        for mark, parts in talks.items():
            due_at = self._find_due(parts, windows.get(mark))
            threads.move_due(self.tx, mark, due_at)
            for entry, _ in parts:
                waiting = Ending(entry.document.id, "parked", None, mark, threads.WAITS, due_at=due_at)
                self.draft.endings.append(waiting)

    def _find_due(self, parts: Sequence[tuple[Translated, Appeal]], window: threads.Window | None) -> int:
        now, document = self.tx.now, parts[0][0].document
        if any(appeal.urgency is Urgency.life for _, appeal in parts) or (window and window.due_at <= now):
            return now
        quiet = self.site.systems[document.system].mapping.find_quiet(document.kind) or timedelta()
        length = round(quiet.total_seconds() * 1000)
        first = window.first_at if window else min(entry.document.received_at for entry, _ in parts)
        return min(now + length, first + LONGEST * length)


def recompose(site: Site, vault: Vault, rows: Sequence[Any], fresh: Translated, before: Appeal) -> Appeal:
    """The appeal with one part changed. `rows`: the documents it was made of and changed by, oldest first."""
    latest: dict[str, Appeal] = {}
    for row in rows:
        part = _read(site, vault, row)
        if part is None:  # its bytes are gone: what was told stays, the change is added
            return compose([before, fresh.readings[0]])
        latest[row.external_id] = part
    latest[fresh.document.external_id] = fresh.readings[0]
    return compose(sorted(latest.values(), key=lambda part: part.created_at))


def _read(site: Site, vault: Vault, row: Any) -> Appeal | None:
    if row.body is None:
        return None
    try:
        (reading,) = site.systems[row.system].mapping.read(row.kind, vault.open("document", row.id, row.body))
    except (ReadingError, Sealed, ValueError) as error:
        log.warning("part.unreadable", document=row.id, error=type(error).__name__)
        return None
    return reading if isinstance(reading, Appeal) else None
