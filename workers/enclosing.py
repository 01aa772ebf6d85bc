"""Which files leave with a delivery, and what its text says of those that do not.

A delivery never drops a file in silence: what is not there yet, what could not be had, and what the form of the
recipient has no room for, is told in words.
"""

from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from canonical.attachment import Attachment
from canonical.mapping import Mapping, RenderingError
from ledger import files
from ledger.store import Tx

#: Causes of deliveries that bring a file which was not there in time begin so; the file's id follows.
FOLLOWS = "files:"
#: What the words of a delivery are about, by intent: the text that gets the note.
_SPEAKS = {"forward": "case", "join": "appeal", "supplement": "appeal", "answer": "answer"}
_TO_RESIDENTS = {"answer", "status", "notice", "ask", "ask_satisfaction"}
_WHY = {
    "too_large": "слишком большой", "wrong_type": "недопустимый вид файла", "link_dead": "ссылка не открывается",
    "empty": "файл пуст", "no_way_to_fetch": "система-источник не передаёт файлы", "too_many": "слишком много файлов",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """A row of `attachment`, and what it says."""

    row: Any
    content: Attachment


def load(tx: Tx, owners: Sequence[str]) -> dict[str, list[Named]]:
    """Files by owner. What is not there yet is locked until the end: it comes either now or later, never both."""
    found = files.load(tx, owners)
    open_ones = [owner for owner, rows in found.items() if any(row.state == "waiting" for row in rows)]
    if open_ones:
        found |= files.load(tx, open_ones, lock=True)
    return {owner: [Named(row, files.open_attachment(tx, row)) for row in rows] for owner, rows in found.items()}


@dataclass(frozen=True, slots=True)
class Enclosed:
    """`follow_up`: the words of a delivery that only brings a late file. `notes`: text → what is added to it."""

    case: tuple[Attachment, ...] = ()
    appeal: tuple[Attachment, ...] = ()
    answer: tuple[Attachment, ...] = ()
    follow_up: str = ""
    notes: dict[str, str] = field(default_factory=dict)

    def note_on(self, name: str, text: str) -> str:
        note = self.notes.get(name)
        return f"{text}\n\n{note}".lstrip() if note else text


def owner_of(row: Any) -> str:
    return str(row.answer_id or row.appeal_id)


def is_for_another(row: Any, first: str | None) -> bool:
    """A delivery to another resident than the one that an answer's files were written for."""
    return row.intent in _TO_RESIDENTS and row.appeal_id not in (first, None)


def name_follow_up(sent: Any, file: Any) -> dict[str, Any]:
    """Columns of the delivery that brings a file after what was sent without it."""
    names = ("subject", "case_id", "order_key", "appeal_id", "assignment_id", "answer_id", "urgency")
    return {name: getattr(sent, name) for name in names} | {"cause": FOLLOWS + file.id, "needs": sent.id}


def find_allowed(row: Any, named: Table[str, list[Named]], first: str) -> list[Named]:
    """A file of an answer was written for one resident; the others get it only when a person marked it shareable."""
    foreign = is_for_another(row, first)
    return [one for one in named.get(owner_of(row), []) if one.row.shareable or not foreign]


def enclose(row: Any, named: Table[str, list[Named]], mapping: Mapping, first: str) -> Enclosed:
    """`first`: the appeal that the case began with, or that the filing of an answer was made for."""
    if not named:
        return Enclosed()
    allowed = find_allowed(row, named, first)
    sent = mapping.writers[row.intent].lists
    if row.cause.startswith(FOLLOWS):
        return _bring(row, allowed, bool(sent))
    there = tuple(one.content for one in allowed if is_enclosed(one.row, row))
    speaks = _SPEAKS.get(row.intent, "")
    note = _tell(allowed, row, bool(sent))
    return Enclosed(
        case=_ready(named.get(first, ()), row) if row.intent == "forward" else (),
        appeal=there,
        answer=there if row.answer_id else (),
        notes={speaks: note, "case": note} if note and speaks else {},
    )


def _ready(named: Sequence[Named], row: Any) -> tuple[Attachment, ...]:
    return tuple(one.content for one in named if is_enclosed(one.row, row))


def is_enclosed(file: Any, row: Any) -> bool:
    """A late file follows by itself what was there before it."""
    return file.state == "stored" and (not file.late or row.created_at > file.done_at)


def _bring(row: Any, allowed: Sequence[Named], has_room: bool) -> Enclosed:
    """Raises RenderingError for a file that this addressee may not have: it was shared, and that was taken back."""
    wanted = row.cause.removeprefix(FOLLOWS)
    found = tuple(one.content for one in allowed if one.row.id == wanted)
    if not found:
        raise RenderingError("files", "the file that it brings is not for this addressee (any more)")
    names = ", ".join(describe(one) for one in found)
    if not has_room:
        return Enclosed(follow_up=f"К ответу есть файл: {names}; здесь файлы не передаются.")
    return Enclosed(found, found, found, f"Дополнительно передан файл: {names}.")


def _tell(named: Sequence[Named], row: Any, has_room: bool) -> str:
    if not named:
        return ""
    if not has_room:
        return f"Приложено файлов: {len(named)}; здесь они не передаются."
    said = []
    late = [one for one in named if one.row.state == "waiting" or (one.row.late and not is_enclosed(one.row, row))]
    lost = [one for one in named if one.row.state == "refused"]
    if late:
        said.append(f"Файлов, которые ещё не получены и будут переданы дополнительно: {len(late)}.")
    said += [f"Файл {describe(one.content)} получить не удалось: {_WHY.get(one.row.reason, 'ошибка')}." for one in lost]
    return " ".join(said)


def describe(one: Attachment) -> str:
    return f"«{one.name}»" if one.name else "без имени"


def find_late(row: Any, named: Table[str, list[Named]], mapping: Mapping, first: str) -> list[str]:
    """Ids of the files that this delivery leaves without, to be marked late."""
    if not mapping.writers[row.intent].lists or row.cause.startswith(FOLLOWS):
        return []
    return [one.row.id for one in find_allowed(row, named, first) if one.row.state == "waiting"]
