"""Re-encrypting every row with the current key, in small transactions, while the gateway runs."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Column, Table, bindparam, func, select, update

from ledger.store import Store, Tx
from ledger.tables import answer, appeal, attachment, delivery, document, rating
from ledger.vault import Sealed

#: Blobs by (table, column) and the name that their associated data begins with.
BLOBS: tuple[tuple[Table, str, str], ...] = (
    (document, "body", "document"), (appeal, "body", "appeal"), (answer, "body", "answer"),
    (delivery, "plan", "delivery"), (delivery, "progress", "delivery.progress"), (rating, "body", "rating"),
    (attachment, "body", "attachment"),
)  # fmt: skip
CHUNK = 200
#: Told of what does not open: its key is lost, or somebody changed it. It stays as it is and holds up nothing.
Tell = Callable[[str], None]


def has_older(store: Store) -> bool:
    """Whether some row is not of the current key: a rotation did not end, or an old process wrote after it."""
    head = store.vault.head
    with store.read() as tx:
        for table, name, _ in BLOBS:
            older = table.c[name].is_not(None), func.substr(table.c[name], 1, len(head)) != head
            if tx.run(select(table.c.id).where(*older).limit(1)).first() is not None:
                return True
    return False


def reencrypt(store: Store, tell: Tell = lambda closed: None) -> dict[str, int]:
    """Rows re-encrypted per blob; rows of the current key are left alone, so it may be interrupted and repeated."""
    return {name: _reencrypt(store, table, table.c[column], name, tell) for table, column, name in BLOBS}


def _reencrypt(store: Store, table: Table, column: Column[bytes], name: str, tell: Tell) -> int:
    last, done = "", 0
    change = update(table).where(table.c.id == bindparam("the")).values({column: bindparam("blob")})
    while True:
        with store.write() as tx:
            query = select(table.c.id, column).where(table.c.id > last, column.is_not(None))
            rows = tx.run(query.order_by(table.c.id).limit(CHUNK).with_for_update()).all()
            fresh = list(_seal_anew(tx, name, rows, tell))
            tx.run(change, fresh)
        if not rows:
            return done
        last, done = rows[-1].id, done + len(fresh)


def _seal_anew(tx: Tx, name: str, rows: list[Any], tell: Tell) -> Iterator[dict[str, Any]]:
    for row in rows:
        if tx.vault.is_current(row[1]):
            continue
        try:
            content = tx.vault.open(name, row.id, row[1])
        except Sealed as error:
            tell(str(error))
        else:
            yield {"the": row.id, "blob": tx.vault.seal(name, row.id, content)}
