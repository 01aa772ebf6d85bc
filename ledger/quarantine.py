"""Documents that wait for a person because they could not be used."""

from typing import Any

from sqlalchemy import select

from ledger.store import Tx
from ledger.tables import document


def find(tx: Tx, system: str | None = None, kind: str | None = None, reason: str | None = None) -> list[Any]:
    """Rows in order of arrival; None: any."""
    wanted = {document.c.system: system, document.c.kind: kind, document.c.reason: reason}
    fit = [column == value for column, value in wanted.items() if value is not None]
    query = select(document).where(document.c.state == "quarantined", *fit)
    return list(tx.run(query.order_by(document.c.received_at, document.c.id)))


def load(tx: Tx, name: str) -> tuple[Any, bytes | None]:
    """A document's row and its bytes: (None, None) when it is not there, None for bytes that were forgotten."""
    row = tx.run(select(document).where(document.c.id == name)).first()
    if row is None or row.body is None:
        return row, None
    return row, tx.vault.open("document", row.id, row.body)
