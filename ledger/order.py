"""What happens later has the higher id, also when it happens on a host whose clock is behind."""

from functools import cache
from typing import Any

from sqlalchemy import Table, func, select

from canonical import ids
from ledger.store import Tx


def come_after(tx: Tx, *tables: Table) -> None:
    """Ids that this process makes from now on are above all of these tables'."""
    ids.follow(*tx.run(_select_newest(tables)).one())


@cache
def _select_newest(tables: tuple[Table, ...]) -> Any:
    return select(*(select(func.max(table.c.id)).scalar_subquery() for table in tables))
