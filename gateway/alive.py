"""`python -m gateway.alive`: exit 0 while a process of this host beats in the ledger, else 1.

The health check of containers that open no port. It asks the ledger, not the web process: a worker is not ill
because the web is away.
"""

import socket
import sys

from sqlalchemy import func, select

from gateway.settings import read_settings
from ledger.clock import database_now
from ledger.store import DEAD_AFTER_MS, open_engine
from ledger.tables import worker


def count_alive(url: str, host: str) -> int:
    """Processes of `host` that were not declared dead and are not about to be."""
    fresh = worker.c.beat_at >= database_now() - DEAD_AFTER_MS
    query = select(func.count()).where(worker.c.host == host, worker.c.fenced.is_(False), fresh)
    engine = open_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            return int(connection.execute(query).scalar_one())
    finally:
        engine.dispose()


if __name__ == "__main__":
    sys.exit(0 if count_alive(read_settings().ledger_url, socket.gethostname()) else 1)
