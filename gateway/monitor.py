"""Health and metrics, read from the ledger: true for all processes at once."""

from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from ledger import configs, files, lanes, leases
from ledger.store import Tx
from ledger.tables import appeal, attachment, cases, delivery, desk, document, obligation
from ledger.trouble import name_trouble
from workers.runtime import Runtime

log = structlog.get_logger()
#: A lane that failed this often in a row is down.
DOWN_AFTER = lanes.TRIP_AFTER


def report(runtime: Runtime) -> dict[str, Any]:
    """`ok`; per system its state, doubts about its mapping, waiting deliveries (of `SYSTEM/files`: files), the oldest
    due (seconds); files by state; per process its configuration."""
    described = _find_described(runtime)
    with runtime.store.read() as tx:
        active = configs.read_active(tx)
        waiting = lanes.count_waiting(tx)
        waiting |= {lanes.name_files(system): count for system, count in files.count_waiting(tx).items()}
        kept = files.count_states(tx)
        doubts = lanes.load_doubts(tx)
        systems = {
            name: _describe(tx, row, waiting.get(name), described) | {"doubts": doubts.get(name, [])}
            for name, row in lanes.load(tx).items() if _is_shown(name, described) or name in waiting
        }  # fmt: skip
        workers = [_describe_worker(row, active) for row in leases.list_alive(tx)]
        desk_open = tx.run(select(func.count()).select_from(desk).where(desk.c.open.is_(True))).scalar_one()
        oldest = tx.run(select(func.min(document.c.received_at)).where(document.c.state == "received")).scalar()
        lag = round((tx.now - oldest) / 1000, 1) if oldest else 0.0
    return {
        "ok": all(system["state"] != "down" for system in systems.values()) and bool(workers),
        "config": active, "undecided_for_s": lag, "desk": desk_open, "files": kept, "systems": systems,
        "processes": workers,
    }  # fmt: skip


def _find_described(runtime: Runtime) -> frozenset[str] | None:
    """Systems of the active configuration; None when it cannot be read, and all that were ever known are shown."""
    try:
        return frozenset(runtime.current_site().systems)
    except Exception as error:  # there is none, the ledger is away, it is that of a newer version: readiness says so
        log.warning("health.configuration", error=name_trouble(error))
        return None


def _is_shown(lane: str, described: frozenset[str] | None) -> bool:
    return described is None or lane.partition("/")[0] in described


def _describe(tx: Tx, row: Any, waiting: tuple[int, int] | None, described: frozenset[str] | None) -> dict[str, Any]:
    return {
        "state": _name_state(row) if _is_shown(row.system, described) else "removed",
        "failures": row.failures, "detail": row.detail,
        "waiting": waiting[0] if waiting else 0,
        "oldest_due_s": max(0.0, round((tx.now - waiting[1]) / 1000, 1)) if waiting else 0.0,
        "last_ok_s": round((tx.now - row.ok_at) / 1000, 1) if row.ok_at else None,
    }  # fmt: skip


def _name_state(row: Any) -> str:
    return "paused" if row.paused else "down" if row.failures >= DOWN_AFTER else "up" if row.live else "shadow"


def _describe_worker(row: dict[str, Any], active: str | None) -> dict[str, Any]:
    return {
        "id": row["id"], "role": row["role"], "host": row["host"], "pid": row["pid"], "config": row["config"],
        "current": row["config"] == active,
    }  # fmt: skip


def measure(runtime: Runtime) -> bytes:
    """Prometheus text: counts by state, read when asked."""
    registry, described = CollectorRegistry(), _find_described(runtime)
    with runtime.store.read() as tx:
        for name, table, columns in (
            ("tsur_documents", document, ("system", "state")),
            ("tsur_deliveries", delivery, ("system", "intent", "state")),
            ("tsur_appeals", appeal, ("system", "state")), ("tsur_cases", cases, ("state",)),
            ("tsur_obligations", obligation, ("system", "state")), ("tsur_files", attachment, ("system", "state")),
        ):  # fmt: skip
            _count(tx, registry, name, table, columns)
        late = Gauge("tsur_files_late", "files that are awaited after what names them left", registry=registry)
        late.set(files.count_states(tx)["late"])
        gauge = Gauge("tsur_desk_open", "items that wait for a person", ["kind"], registry=registry)
        query = select(desk.c.kind, func.count()).where(desk.c.open.is_(True)).group_by(desk.c.kind)
        for kind, number in tx.run(query):
            gauge.labels(kind).set(number)
        up = Gauge("tsur_system_up", "1 when calls may leave to the system", ["system"], registry=registry)
        for name, row in lanes.load(tx).items():
            if not _is_shown(name, described):
                continue
            up.labels(name).set(lanes.is_open(row, tx.now))
    return generate_latest(registry)


def _count(tx: Tx, registry: CollectorRegistry, name: str, table: Any, columns: tuple[str, ...]) -> None:
    gauge = Gauge(name, f"rows by {', '.join(columns)}", columns, registry=registry)
    wanted = [table.c[column] for column in columns]
    for *labels, number in tx.run(select(*wanted, func.count()).group_by(*wanted)):
        gauge.labels(*labels).set(number)
