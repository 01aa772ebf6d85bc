"""Re-encrypting every row with the current key, in small transactions, while the gateway runs."""

from sqlalchemy import Column, Table, bindparam, select, update

from ledger.store import Store
from ledger.tables import answer, appeal, attachment, delivery, document, rating

#: Blobs by (table, column) and the name that their associated data begins with.
BLOBS: tuple[tuple[Table, str, str], ...] = (
    (document, "body", "document"), (appeal, "body", "appeal"), (answer, "body", "answer"),
    (delivery, "plan", "delivery"), (delivery, "progress", "delivery.progress"), (rating, "body", "rating"),
    (attachment, "body", "attachment"),
)  # fmt: skip
CHUNK = 200


def reencrypt(store: Store) -> dict[str, int]:
    """Rows re-encrypted per blob; rows of the current key are left alone, so it can be repeated."""
    return {f"{name}": _reencrypt(store, table, table.c[column], name) for table, column, name in BLOBS}


def _reencrypt(store: Store, table: Table, column: Column[bytes], name: str) -> int:
    last, done = "", 0
    change = update(table).where(table.c.id == bindparam("the")).values({column: bindparam("blob")})
    while True:
        with store.write() as tx:
            query = select(table.c.id, column).where(table.c.id > last, column.is_not(None))
            rows = tx.run(query.order_by(table.c.id).limit(CHUNK).with_for_update()).all()
            old = [row for row in rows if not tx.vault.is_current(row[1])]
            tx.run(change, [
                {"the": row.id, "blob": tx.vault.seal(name, row.id, tx.vault.open(name, row.id, row[1]))} for row in old
            ])  # fmt: skip
        if not rows:
            return done
        last, done = rows[-1].id, done + len(old)
