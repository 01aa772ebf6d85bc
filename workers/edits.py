"""A new revision of an appeal we have: kept, and told to the recipients of its case if what it says changed."""

from typing import Any

from canonical.appeal import Appeal
from ledger import cases, deliveries, files, threads
from ledger.store import Tx
from ledger.tables import appeal
from ledger.tables import cases as case_table
from workers import attaching
from workers.draft import Draft, rank
from workers.newcomers import Newcomers
from workers.parts import recompose
from workers.site import Site
from workers.telling import REACHED
from workers.translate import Translated, is_part
from workers.untold import is_news, leave_untold, list_places


class Edits:
    """Of one batch."""

    def __init__(self, tx: Tx, site: Site, draft: Draft, newcomers: Newcomers) -> None:
        self.tx, self.site, self.draft, self.newcomers = tx, site, draft, newcomers

    def take(self, entry: Translated, said: Appeal, known: Any, late: bool) -> None:
        """`said`: as the router enriched it; `late`: a newer revision was decided already."""
        document, before = entry.document, cases.open_appeal(self.tx, known)
        if late:  # a sender tries again what it could not bring in time
            self.draft.end(document.id, "stale", known.id)
            return
        content = self._recompose(entry, said, known, before)
        values: dict[str, Any] = {"edits": known.edits + 1, "deleted": content.deleted, "document_id": document.id}
        if not content.deleted:
            values["body"] = cases.seal_appeal(self.tx, known.id, content)
        danger = rank(content.urgency)
        if danger < known.urgency and not content.deleted:
            values["urgency"] = danger
            self._hurry(known.case_id, danger)
        self.draft.change(appeal, known.id, **values)
        if known.state in REACHED:  # what who left the case says does not concern its recipients
            if _says_otherwise(before, content) and not content.deleted:
                self._supplement(known, before, content)
            attaching.attach_later(self.draft, self.site, known, content.attachments)
        self.draft.end(document.id, "deleted" if said.deleted else "edited", known.id)

    def _recompose(self, entry: Translated, content: Appeal, known: Any, before: Appeal) -> Appeal:
        """The whole appeal when the document is one part of it."""
        if is_part(self.site, entry.document, entry.readings):
            rows = threads.list_documents(self.tx, known)
            if {row.external_id for row in rows} - {entry.document.external_id}:
                whole = recompose(self.site, self.tx.vault, rows, entry, before)
                return self.site.policy.enrich(whole, entry.document.system)
        return content

    def _hurry(self, case_id: str, danger: int) -> None:
        """All that its recipients were not sent yet is as urgent as it is by now."""
        case = cases.lock(self.tx, [case_id])[case_id]
        self.draft.change(case_table, case_id, urgency=min(case.urgency, danger))
        deliveries.hurry(self.tx, case_id, danger)

    def _supplement(self, known: Any, before: Appeal, content: Appeal) -> None:
        urgency = min(known.urgency, rank(content.urgency))
        about = self.site.policy.list_complained_of(content, known.system)
        for recipient, (assignment_id, forward) in self.newcomers.find_forwards(known.case_id).items():
            if recipient in about:
                self.draft.ask_once("reply", known.case_id, recipient, "complains_of_recipient", known.id, urgency)
            elif not self.site.sends(recipient, "supplement"):
                self._leave_untold(recipient, known, before, content)
            else:
                self.draft.deliver(
                    recipient, "supplement", subject=known.id, cause=f"edit:{known.edits + 1}",
                    case_id=known.case_id, appeal_id=known.id, assignment_id=assignment_id, needs=forward,
                    urgency=urgency,
                )  # fmt: skip

    def _leave_untold(self, recipient: str, known: Any, before: Appeal, content: Appeal) -> None:
        """What has not left yet is filed as it is now, and leaves nothing untold."""
        speaking = files.find_speaking(self.tx, known.id, known.case_id, lock=True)
        mine = [row for row in speaking if row.system == recipient]
        if not mine or any(files.has_left(row) for row in mine):
            news, urgency = is_news(before, content), min(known.urgency, rank(content.urgency))
            leave_untold(self.draft, recipient, "supplement", known.case_id, known.id, urgency, news)


def _says_otherwise(before: Appeal, content: Appeal) -> bool:
    return content.text != before.text or list_places(content) != list_places(before)
