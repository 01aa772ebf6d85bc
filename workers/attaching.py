"""Files that are named: recorded with their owner, in its transaction, and awaited by what is sent of it.

How long (see docs/adr/0006-what-waits-for-files.md): a case that is urgent never waits long for a picture; an answer
waits longer, since a resident would rather have it whole.
"""

from collections.abc import Sequence
from typing import Any

from canonical.answer import Answer, Reply
from canonical.appeal import Appeal, Urgency
from canonical.attachment import Attachment
from ledger import files
from workers.draft import Draft
from workers.site import Site

FETCH = "fetch"
NO_WAY = "no_way_to_fetch"
FORWARD_WAITS_MS = {Urgency.life: 0, Urgency.urgent: 10_000, Urgency.normal: 60_000}
ANSWER_WAITS_MS = 15 * 60_000


def attach(
    draft: Draft, site: Site, named: Sequence[Attachment], owner: str, system: str, urgency: int, late: bool = False
) -> None:
    """`system`: whose files they are."""
    if not named:
        return
    reason = None if site.sends(system, FETCH) else NO_WAY
    rows = files.make_rows(
        draft.tx, named, owner=owner, system=system, urgency=urgency, late=late, reason=reason
    )  # fmt: skip
    draft.attachments += rows
    if reason is None and any(row["state"] == "waiting" for row in rows):
        draft.wakes.add(f"fetch:{system}")


def attach_later(draft: Draft, site: Site, appeal: Any, named: Sequence[Attachment]) -> None:
    """Files that an edit of an appeal names; those that are new follow what was sent already."""
    if not named:
        return
    known = {row.mark for row in files.load(draft.tx, [appeal.id]).get(appeal.id, [])}
    fresh = [one for one in named if files.mark_of(draft.tx, one) not in known]
    if fresh:
        speaking = files.find_speaking(draft.tx, appeal.id, appeal.case_id, lock=True)
        gone = any(files.has_left(row) for row in speaking)
        attach(draft, site, fresh, appeal.id, appeal.system, appeal.urgency, late=gone)


def wait(draft: Draft, site: Site, system: str, intent: str, named: Appeal | Answer | Reply | None) -> dict[str, Any]:
    """Columns of a delivery that speaks of this: nothing, or until when it waits for files of `system`."""
    if named is None or not named.attachments or not site.sends(system, FETCH):
        return {}
    patience = FORWARD_WAITS_MS[named.urgency] if isinstance(named, Appeal) else ANSWER_WAITS_MS
    if intent == "supplement":
        patience = FORWARD_WAITS_MS[Urgency.normal]
    return {"due_at": draft.tx.now + patience, "reason": files.AWAITS} if patience else {}
