"""A file that could not be had, or that was written for one resident of several: a person says what becomes of it."""

from typing import Any

from ledger import files
from ledger.tables import attachment
from workers.attaching import FETCH
from workers.enclosing import is_for_another, name_follow_up
from workers.resolve_effects import Effects, NotPossible, load_one, lock_case


def retry(effects: Effects, item: Any, word: str) -> None:
    """It is fetched once more, and follows by itself what went without it."""
    row, speaking = _open(effects, item)
    if row.state != "refused" or row.body is None:
        raise NotPossible(
            f"file {row.id} is {row.reason if row.body is None else row.state}: there is nothing to fetch"
        )
    if not effects.sends(row.system, FETCH):
        raise NotPossible(f"{row.system!r} gives no files: its mapping has no `out: fetch:`")
    late = row.late or any(files.has_left(sent) for sent in speaking)
    effects.change(
        attachment, row, state="waiting", reason=None, detail=None, due_at=effects.tx.now, done_at=None, attempts=0,
        lost=0, late=late,
    )  # fmt: skip
    effects.final = True
    effects.counts["files fetched again"] += 1


def share(effects: Effects, item: Any, word: str) -> None:
    """Every resident of the case may see it: those who were answered without it get it after that."""
    row, speaking = _open(effects, item)
    if row.state != "stored":
        raise NotPossible(f"file {row.id} is {row.state}: only a file that is there can be shared; `retry` fetches it")
    effects.change(attachment, row, shareable=True)
    effects.counts["files shared"] += 1
    first = files.find_first(effects.tx, row.owner)
    for sent in speaking:
        if is_for_another(sent, first) and (row.late or files.has_left(sent)) and effects.sends(sent.system, "answer"):
            effects.deliver(sent.system, "answer", **name_follow_up(sent, row))


def _open(effects: Effects, item: Any) -> tuple[Any, list[Any]]:
    """The file, and what was said of its owner; nothing of it leaves before the decision is written."""
    row = load_one(effects.tx, attachment, item.subject)
    home = files.find_cases(effects.tx, [row.owner]).get(row.owner)
    if home is None:
        raise NotPossible(f"file {row.id} belongs to nothing in the ledger any more")
    lock_case(effects.tx, home)
    return load_one(effects.tx, attachment, item.subject), files.find_speaking(effects.tx, row.owner, home, lock=True)
