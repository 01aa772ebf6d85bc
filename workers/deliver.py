"""The deliver stage: heads of one lane are claimed, rendered once, sent in parallel, and their receipts kept."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

import orjson

from canonical.delivery import Delivery, Intent
from canonical.mapping import NotSent, RenderingError
from canonical.plan import Plan
from ledger import deliveries, files, lanes
from ledger.crossing import once_more
from ledger.deliveries import Outcome
from ledger.store import Fenced, Lease, Tx
from ledger.vault import Sealed, Vault
from workers.attempt import ask, send
from workers.runtime import Runtime
from workers.scope import find_late, load_material, make_scope
from workers.site import GONE, Site

#: Receipts that come within this time of the first are committed with it.
GATHER_S = 0.015


def deliver_batch(runtime: Runtime, system: str) -> int:
    """Claims and delivers one batch of this lane; how many deliveries it took."""
    site, lease = runtime.site(), runtime.lease
    rows, ready = _take(runtime, lease, site, system)
    with _abandoning(runtime, lease, rows):
        _send_all(runtime, lease, site, ready, send)
    return len(rows)


def _take(runtime: Runtime, lease: Lease, site: Site, system: str) -> tuple[list[Any], list[tuple[Any, Plan]]]:
    """Claims a batch, renders what was never rendered and commits `sending`, all at once, before anything leaves.

    What was claimed, and of it what is to be sent.
    """
    rows: list[Any] = []
    try:
        with runtime.store.write(lease, claims=True) as tx:
            state = lanes.load(tx).get(system)
            if state is None or not lanes.is_open(state, tx.now):
                return [], []
            if system not in site.systems:
                rows = deliveries.claim(tx, lease, system, runtime.batch)
                _end_all(tx, lease, rows, "held", GONE)
                return rows, []
            rows = deliveries.claim(tx, lease, system, _limit(site, system, state))
            live = state.live or lanes.lock_live(tx, system)
            if not live:
                _end_all(tx, lease, rows, "shadowed", "not_live")
            return rows, _prepare(tx, lease, site, rows) if rows and live else []
    except Fenced:
        raise
    except Exception as error:
        # The claim was rolled back too. Without this mark one poisonous row would stop its lane for ever.
        with runtime.store.write(lease) as tx:
            deliveries.put_off(tx, [row.id for row in rows], type(error).__name__)
        raise


def find_batch(runtime: Runtime, system: str) -> int:
    """Asks for the outcome of what may have arrived (promise 6)."""
    site, lease = runtime.site(), runtime.lease
    with runtime.store.write(lease, claims=True) as tx:
        rows = deliveries.claim_unknown(tx, lease, system, runtime.batch)
        if system not in site.systems:
            _end_all(tx, lease, rows, "held", GONE)
            return len(rows)
    with _abandoning(runtime, lease, rows):
        if rows:
            _send_all(runtime, lease, site, _open_plans(runtime, lease, rows), ask)
    return len(rows)


@contextmanager
def _abandoning(runtime: Runtime, lease: Lease, rows: Sequence[Any]) -> Iterator[None]:
    """A failure of ours never strands what was claimed: it is looked at again later."""
    try:
        yield
    except Exception:
        with runtime.handing_back(lease) as tx:
            deliveries.abandon(tx, lease, [row.id for row in rows])
        raise


def _limit(site: Site, system: str, state: Any) -> int:
    # After failures one delivery feels its way; the rest of the lane waits for it.
    return 1 if state.failures else max(8, 8 * _concurrency(site, system))


def _concurrency(site: Site, system: str) -> int:
    return site.systems[system].connect.limits.concurrency


def _end_all(tx: Tx, lease: Lease, rows: Sequence[Any], state: str, reason: str) -> None:
    outcomes = [Outcome(row.id, state, reason=reason) for row in rows]
    deliveries.finish(tx, lease, {row.id: row for row in rows}, outcomes)


def _prepare(tx: Tx, lease: Lease, site: Site, rows: Sequence[Any]) -> list[tuple[Any, Plan]]:
    ready: list[tuple[Any, Plan]] = []
    fresh: dict[str, bytes] = {}
    failed: list[Outcome] = []
    late: list[str] = []
    material = load_material(tx, [row for row in rows if row.plan is None])
    for row in rows:
        try:
            plan = _open_plan(tx.vault, row) if row.plan else _render(site, row, material)
        except RenderingError as error:
            failed.append(_cannot_render(row, error))
            continue
        except Sealed as error:
            failed.append(Outcome(row.id, "held", reason="sealed", detail=str(error)))
            continue
        if not row.plan:
            late += find_late(site, row, material)
        ready.append((row, plan))
        fresh[row.id] = orjson.dumps(plan.model_dump(mode="json"))
    if late:
        files.mark_late(tx, late)
    deliveries.mark_sending(tx, lease, fresh, site.hash)
    deliveries.finish(tx, lease, {row.id: row for row in rows}, failed)
    return ready


def _cannot_render(row: Any, error: RenderingError) -> Outcome:
    """A status the mapping declares as not told needs no delivery; an answer is always owed."""
    if isinstance(error, NotSent) and row.intent not in ("answer", "forward"):
        return Outcome(row.id, "cancelled", reason="not_sent")
    return Outcome(row.id, "refused", reason="cannot_render", detail=str(error))


def _render(site: Site, row: Any, material: Any) -> Plan:
    return site.systems[row.system].mapping.render(row.intent, make_scope(site, row, material))


def _open_plan(vault: Vault, row: Any) -> Plan:
    return Plan.model_validate_json(vault.open("delivery", row.id, row.plan))


def _open_plans(runtime: Runtime, lease: Lease, rows: Sequence[Any]) -> list[tuple[Any, Plan]]:
    ready, failed = [], []
    for row in rows:
        try:
            ready.append((row, _open_plan(runtime.store.vault, row)))
        except (Sealed, TypeError):  # no plan at all: it never left
            failed.append(Outcome(row.id, "held", reason="sealed", detail="its plan cannot be opened"))
    if failed:
        with runtime.store.write(lease) as tx:
            deliveries.finish(tx, lease, {row.id: row for row in rows}, failed)
    return ready


def _make_delivery(runtime: Runtime, row: Any, plan: Plan) -> Delivery:
    progress = runtime.store.vault.open_json("delivery.progress", row.id, row.progress) if row.progress else {}
    return Delivery(
        id=row.id, system=row.system, intent=Intent(row.intent), plan=plan, progress=progress, attempt=row.attempts
    )


Step = Callable[[Site, Any, Delivery], Outcome]


def _send_all(runtime: Runtime, lease: Lease, site: Site, ready: Sequence[tuple[Any, Plan]], step: Step) -> None:
    """Runs the calls side by side; whatever ended meanwhile is committed together."""
    if not ready:
        return
    claimed = {row.id: row for row, _ in ready}
    system = ready[0][0].system

    def attempt(row: Any, delivery: Delivery) -> Outcome:
        with runtime.acting(lease):
            return step(site, row, delivery)

    with ThreadPoolExecutor(_concurrency(site, system), thread_name_prefix=f"deliver-{system}") as pool:
        running: set[Future[Outcome]] = {
            pool.submit(attempt, row, _make_delivery(runtime, row, plan)) for row, plan in ready
        }
        while running:
            wait(running, return_when=FIRST_COMPLETED)
            done, running = wait(running, timeout=GATHER_S)
            _keep(runtime, lease, site, system, [future.result() for future in done], claimed)


@once_more
def _keep(
    runtime: Runtime, lease: Lease, site: Site, system: str, outcomes: Sequence[Outcome], claimed: dict[str, Any]
) -> None:
    with runtime.store.write(lease) as tx:
        deliveries.finish(tx, lease, claimed, outcomes)
        faults = [o for o in outcomes if o.reason == "unavailable"]
        if faults:
            lanes.fail(tx, system, faults[0].detail or "", breaker=site.breaker(system))
        elif any(o.state == "delivered" for o in outcomes):
            lanes.succeed(tx, system)
    if any(claimed[o.id].intent == "forward" and o.state == "delivered" for o in outcomes):
        runtime.waker.wake("decide")
