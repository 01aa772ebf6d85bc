"""The texts of a case's page, as others may see them: what they tell of residents is moved out."""

from collections.abc import Iterable, Mapping
from typing import Any

from canonical.appeal import Appeal
from canonical.applicant import Applicant
from canonical.reading import read_text
from gateway.case_page import LONGEST_TEXT, MOST_APPEALS, MOST_PAIRS, Shown
from gateway.commands.masking import mask_text
from ledger import cases
from ledger.municipality import holds_case
from ledger.store import Tx
from ledger.tables import answer, appeal


def show_appeals(tx: Tx, told: Mapping[str, Any], municipalities: tuple[str, ...] | None) -> dict[str, Shown]:
    """By id, of the case and of what it was compared with. `municipalities`: None sees all."""
    own = [one["id"] for one in told["appeals"][:MOST_APPEALS]]
    near = [one[key] for one in told["compared"][:MOST_PAIRS] for key in ("appeal", "other")]
    rows = cases.load(tx, appeal, [*own, *near])
    seen = {name: row for name, row in rows.items() if row.body is not None and _may_see(tx, row, municipalities)}
    read = {name: cases.open_appeal(tx, row) for name, row in seen.items()}
    people = [content.applicant for content in read.values()]
    return {name: _show(row, read.get(name), people) for name, row in rows.items()}


def _may_see(tx: Tx, row: Any, municipalities: tuple[str, ...] | None) -> bool:
    return municipalities is None or holds_case(tx, row.case_id, municipalities)


def _show(row: Any, content: Appeal | None, people: Iterable[Applicant]) -> Shown:
    title = f"{row.system} {row.external_id}"
    if content is None:
        return Shown(title, "", None)
    place = content.place
    where = ", ".join(filter(None, (place.municipality, place.settlement, place.street, place.house, place.object)))
    return Shown(title, hide(where or place.text or "", people), hide(content.text, people))


def hide(text: str, people: Iterable[Applicant]) -> str:
    """A little more than is shown, so that the page can say how much is left out."""
    looked, rest = text[: 2 * LONGEST_TEXT], " " * max(0, len(text) - 2 * LONGEST_TEXT)
    return mask_text(read_text(looked).shared, people) + rest


def show_answers(tx: Tx, told: Mapping[str, Any]) -> dict[str, str]:
    rows = cases.load(tx, answer, [one["id"] for one in told["answers"]])
    residents = cases.load(tx, appeal, [one["id"] for one in told["appeals"]])
    people = [cases.open_appeal(tx, row).applicant for row in residents.values() if row.body is not None]
    return {name: hide(cases.open_answer(tx, row).text, people) for name, row in rows.items()}
