"""Parts of one conversation become one appeal: «Здравствуйте», «холодно», «Ленина 5», a photo."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from canonical.appeal import URGENCY_RANK, Appeal, LegalKind
from canonical.form import Form


def make_thread_key(appeal: Appeal) -> str | None:
    """One person in one place of a channel; None: the appeal stands alone."""
    return None if appeal.thread is None else f"{appeal.thread}\n{appeal.applicant.person_id or ''}"


def split_quiet(times: Sequence[Appeal], quiet: timedelta) -> list[int]:
    """Where a new appeal begins in parts that are sorted by time: behind every pause longer than `quiet`.

    What arrives late and all at once (a poll after an outage) is parted as it was written.
    """
    pairs = enumerate(pairwise(times), 1)
    return [0, *(place for place, (one, next_) in pairs if next_.created_at - one.created_at > quiet)]


def compose(parts: Sequence[Appeal]) -> Appeal:
    """One appeal of at least one part, in the order of time: all texts and files, of the rest what was said first.

    A deleted part is left out while another stays; if all are, the whole is deleted and keeps their texts.
    """
    kept = [part for part in parts if not part.deleted] or list(parts)
    first = kept[0]
    said = {name: _find_first(kept, name) for name in ("topic", "place", "applicant", "organisation", "due_at")}
    legal = LegalKind.appeal if any(part.legal_kind is LegalKind.appeal for part in kept) else first.legal_kind
    return first.model_copy(update=said | {
        "text": "\n".join(part.text.strip() for part in kept if part.text.strip()),
        "attachments": tuple(file for part in kept for file in part.attachments),
        "urgency": min((part.urgency for part in kept), key=lambda one: URGENCY_RANK[one]),
        "legal_kind": legal,
    })  # fmt: skip


def _find_first(parts: Sequence[Appeal], name: str) -> object:
    values = [getattr(part, name) for part in parts]
    return next((value for value in values if not _is_empty(value)), values[0])


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, Form) and value == type(value)())
