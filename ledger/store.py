"""One code path to SQLite and PostgreSQL: engines, transactions, leases."""

import fcntl
import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, create_engine, event, func, select, text
from sqlalchemy.exc import DisconnectionError

from ledger.clock import now_ms
from ledger.tables import worker
from ledger.vault import Vault

#: A worker whose heartbeat is older than this, by the database's clock, is dead.
DEAD_AFTER_MS = 5000
#: A worker trusts its own lease only this long after the start of its last good heartbeat.
TRUST_S = 4.0
#: A connection that rested this long is tested before it is used.
RESTED_S = 1.0
#: How long a writer waits for its turn at an SQLite file.
BUSY_S = 30
#: Write transactions of one process between its checkpoints of an SQLite file.
CHECKPOINT_EVERY = 200
#: Statements that an SQLite connection keeps ready: some 20 kB each.
STATEMENTS = 48
#: Names of the advisory locks.
DECIDE, MIGRATE, SEAL = 7_001, 7_002, 7_003


class Fenced(RuntimeError):
    """This worker was declared dead; whatever it holds belongs to others now."""


@dataclass
class Lease:
    """One incarnation of a worker. A fenced one never writes again; its process takes a new lease."""

    id: str
    confirmed: float = field(default_factory=time.monotonic)
    fenced: bool = False

    def check(self) -> None:
        """Before an effect outside, where no transaction keeps others from burying us meanwhile."""
        # The monotonic clock goes on while a process is stopped, so a resumed one sees its own absence.
        if self.fenced or time.monotonic() - self.confirmed > TRUST_S:
            raise Fenced(f"worker {self.id} lost its lease")


@dataclass(frozen=True)
class Tx:
    """An open transaction: everything in it commits together."""

    connection: Connection
    vault: Vault
    now: int  # ms

    def run(self, statement: Any, rows: Sequence[dict[str, Any]] | dict[str, Any] | None = None) -> Any:
        if rows is None:
            return self.connection.execute(statement)
        return self.connection.execute(statement, rows) if rows else None

    @property
    def is_postgres(self) -> bool:
        return self.connection.dialect.name == "postgresql"


def open_engine(url: str, pool_size: int = 8) -> Engine:
    """`sqlite:///path` or `postgresql://…` (psycopg 3)."""
    if url.startswith("sqlite"):
        # Each connection keeps pages and statements of its own: few are used often, and none keeps many.
        words = {"timeout": 30, "check_same_thread": False, "cached_statements": STATEMENTS}
        engine = create_engine(url, connect_args=words, pool_size=pool_size, pool_use_lifo=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    scheme, _, rest = url.partition("://")
    if scheme in ("postgres", "postgresql"):
        url = "postgresql+psycopg://" + rest
    engine = create_engine(url, pool_size=pool_size, max_overflow=pool_size)
    event.listen(engine, "connect", _prepare_postgres)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _test_rested)
    return engine


#: No connection checkpoints by itself: see `Store.checkpoint`. What is deleted is overwritten.
PRAGMAS = (
    "busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-1024",
    "wal_autocheckpoint=0", "secure_delete=ON",
)  # fmt: skip


def _prepare_sqlite(raw: Any, _record: Any) -> None:
    raw.isolation_level = None  # we say BEGIN ourselves
    for pragma in PRAGMAS:
        _insist(raw, f"PRAGMA {pragma}")


def _insist(raw: Any, statement: str) -> None:
    """SQLite does not wait by itself when two processes make one new file a WAL file at once."""
    end = time.monotonic() + BUSY_S
    while True:
        try:
            raw.execute(statement)
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    deferred = connection.get_execution_options().get("reads_only")
    connection.exec_driver_sql("BEGIN" if deferred else "BEGIN IMMEDIATE")


def _prepare_postgres(raw: Any, _record: Any) -> None:
    from ledger import columns  # a gateway on SQLite does without the driver

    columns.register(raw)
    with raw.cursor() as cursor:
        # A stopped worker must not hold its locks for longer than it may live.
        cursor.execute("SET idle_in_transaction_session_timeout = '6s'")
        cursor.execute("SET plan_cache_mode = 'force_generic_plan'")
        cursor.execute("SET jit = off")
    raw.commit()


def _note_rest(_raw: Any, record: Any) -> None:
    record.info["rested_since"] = time.monotonic()


def _test_rested(raw: Any, record: Any, _proxy: Any) -> None:
    """A connection that rested may be dead. A busy one is not asked: that would cost a round trip per transaction."""
    if time.monotonic() - record.info.get("rested_since", math.inf) < RESTED_S:
        return
    try:
        raw.execute("SELECT 1")
        raw.rollback()
    except type(raw).Error as error:  # the driver's own base error, without importing the driver
        raise DisconnectionError from error


class Store:
    """Transactions over one engine. Thread-safe."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine, self.vault = engine, vault
        # A read on PostgreSQL has no transaction of its own: each statement sees what is committed when it starts.
        postgres = engine.dialect.name == "postgresql"
        options = {"isolation_level": "AUTOCOMMIT"} if postgres else {"reads_only": True}
        self._reads_only = engine.execution_options(**options)
        self._written = 0
        self._turn = threading.Lock()  # one SQLite writer per process waits in order instead of spinning

    @contextmanager
    def write(self, lease: Lease | None = None, lock: int | None = None, claims: bool = False) -> Iterator[Tx]:
        """`lease`: the whole transaction fails with Fenced unless it is still alive. `claims`: it takes rows for it.
        `lock`: one of the named locks, held until the end (SQLite: every write is alone anyway)."""
        if self.engine.dialect.name == "sqlite":
            with self._turn:
                with self._begin(lease if claims else None) as connection:
                    yield self._open(connection, lease, None)
                self._checkpoint_sometimes()
        else:
            with self._begin(lease if claims else None) as connection:
                yield self._open(connection, lease, lock)

    @contextmanager
    def _begin(self, claimer: Lease | None) -> Iterator[Connection]:
        """Where the commit of a claim breaks off nobody knows what the lease holds now, so it is renounced: when it is
        buried, everything is free again. What only ends claims can be tried again."""
        committing = False
        try:
            with self.engine.begin() as connection:
                yield connection
                committing = True
        except Exception:
            if committing and claimer is not None:
                claimer.fenced = True
            raise

    def _open(self, connection: Connection, lease: Lease | None, lock: int | None) -> Tx:
        if lock is not None:
            connection.execute(select(func.pg_advisory_xact_lock(lock)))
        if lease is not None:
            _confirm(connection, lease)
        return Tx(connection, self.vault, now_ms())

    @contextmanager
    def read(self) -> Iterator[Tx]:
        with self._reads_only.connect() as connection:
            yield Tx(connection, self.vault, now_ms())

    def _checkpoint_sometimes(self) -> None:
        self._written += 1
        if self._written % CHECKPOINT_EVERY == 0:
            self.checkpoint()

    def checkpoint(self) -> bool:
        """Moves SQLite's log into its file, one process at a time: older SQLites may lose pages otherwise.

        Whether it was our turn; on PostgreSQL there is nothing to do.
        """
        path = self.engine.url.database
        if self.engine.dialect.name != "sqlite" or not path or path == ":memory:":
            return False
        turn = os.open(f"{path}-checkpoint", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with closing(self.engine.raw_connection()) as raw:
                raw.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except BlockingIOError:
            return False
        finally:
            os.close(turn)
        return True

    def ping(self) -> None:
        with self.read() as tx:
            tx.run(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


_ALIVE = (
    select(worker.c.id).where(worker.c.id == bindparam("the"), worker.c.fenced.is_(False))
    .with_for_update(read=True, key_share=True)
)  # fmt: skip


def _confirm(connection: Connection, lease: Lease) -> None:
    """Reads our row and keeps it from being fenced until we commit. Our own heartbeat does not wait for that.

    Its word decides, however late our heartbeat is: who is alive by it still holds its rows, and nobody else
    would ever finish or free them.
    """
    if lease.fenced or connection.execute(_ALIVE, {"the": lease.id}).first() is None:
        lease.fenced = True
        raise Fenced(f"worker {lease.id} was declared dead")
