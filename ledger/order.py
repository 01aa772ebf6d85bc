"""What happens later has the higher id, also when it happens on a host whose clock is behind."""

from sqlalchemy import Table, func, select

from canonical import ids
from ledger.store import Tx


def come_after(tx: Tx, *tables: Table) -> None:
    """Ids that this process makes from now on are above all of these tables'."""
    newest = [select(func.max(table.c.id)).scalar_subquery() for table in tables]
    ids.follow(*tx.run(select(*newest)).one())
