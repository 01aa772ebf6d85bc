"""The deliver stage: heads of one lane are claimed, rendered once, sent in parallel, and their receipts kept."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, cast

import orjson
import structlog

from adapters.contract import Delivers, Finds
from adapters.errors import AdapterError, Refused, Unavailable, Unknown
from canonical.delivery import Delivery, Intent
from canonical.mapping import NotSent, RenderingError
from canonical.plan import Plan
from ledger import deliveries, lanes
from ledger.clock import now_ms
from ledger.deliveries import Outcome
from ledger.store import Fenced, Tx
from workers.runtime import Runtime
from workers.scope import load_material, make_scope
from workers.site import Site

log = structlog.get_logger()
#: Attempts that ended in Unavailable before a person is asked; the lane's breaker makes them rare.
PATIENCE = 50
#: Receipts that come within this time of the first are committed with it.
GATHER_S = 0.015
FIRST_WAIT_MS, LONGEST_WAIT_MS = 1000, 600_000


def deliver_batch(runtime: Runtime, system: str) -> int:
    """Claims and delivers one batch of this lane; how many deliveries it took."""
    site = runtime.site()
    with runtime.store.write(runtime.lease) as tx:
        state = lanes.load(tx).get(system)
        if state is None or not lanes.is_open(state, tx.now):
            return 0
        rows = deliveries.claim(tx, runtime.lease, system, _limit(site, system, state))
    if not rows:
        return 0
    if not state.live:
        return _shadow(runtime, site, rows)
    ready = _prepare(runtime, site, rows)
    _send_all(runtime, site, system, ready, {row.id: row for row in rows}, _send)
    return len(rows)


def find_batch(runtime: Runtime, system: str) -> int:
    """Asks for the outcome of what may have arrived (promise 6)."""
    site = runtime.site()
    with runtime.store.write(runtime.lease) as tx:
        rows = deliveries.claim_unknown(tx, runtime.lease, system, runtime.batch)
    ready = [(row, _open_plan(runtime, row)) for row in rows if row.plan is not None]
    _send_all(runtime, site, system, ready, {row.id: row for row in rows}, _ask)
    return len(rows)


def _limit(site: Site, system: str, state: Any) -> int:
    # After failures one delivery feels its way; the rest of the lane waits for it.
    return 1 if state.failures else max(8, 8 * _concurrency(site, system))


def _concurrency(site: Site, system: str) -> int:
    return site.systems[system].connect.limits.concurrency


def _shadow(runtime: Runtime, site: Site, rows: Sequence[Any]) -> int:
    with runtime.store.write(runtime.lease) as tx:
        outcomes = [Outcome(row.id, "shadowed", reason="not_live") for row in rows]
        deliveries.finish(tx, runtime.lease, {row.id: row for row in rows}, outcomes)
    return len(rows)


def _prepare(runtime: Runtime, site: Site, rows: Sequence[Any]) -> list[tuple[Any, Plan]]:
    """Renders what was never rendered, and commits `sending` before anything leaves."""
    ready: list[tuple[Any, Plan]] = []
    fresh: dict[str, bytes] = {}
    failed: list[Outcome] = []
    with runtime.store.write(runtime.lease) as tx:
        material = load_material(tx, [row for row in rows if row.plan is None])
        for row in rows:
            try:
                plan = _open_plan_in(tx, row) if row.plan else _render(site, row, material)
            except RenderingError as error:
                failed.append(_cannot_render(row, error))
                continue
            ready.append((row, plan))
            fresh[row.id] = orjson.dumps(plan.model_dump(mode="json"))
        deliveries.mark_sending(tx, runtime.lease, fresh, site.hash)
        deliveries.finish(tx, runtime.lease, {row.id: row for row in rows}, failed)
    return ready


def _cannot_render(row: Any, error: RenderingError) -> Outcome:
    """A status the mapping declares as not told needs no delivery; an answer is always owed."""
    if isinstance(error, NotSent) and row.intent not in ("answer", "forward"):
        return Outcome(row.id, "cancelled", reason="not_sent")
    return Outcome(row.id, "refused", reason="cannot_render", detail=str(error))


def _render(site: Site, row: Any, material: Any) -> Plan:
    return site.systems[row.system].mapping.render(row.intent, make_scope(site, row, material))


def _open_plan_in(tx: Tx, row: Any) -> Plan:
    return Plan.model_validate_json(tx.vault.open("delivery", row.id, row.plan))


def _open_plan(runtime: Runtime, row: Any) -> Plan:
    return Plan.model_validate_json(runtime.store.vault.open("delivery", row.id, row.plan))


def _make_delivery(runtime: Runtime, row: Any, plan: Plan) -> Delivery:
    progress = runtime.store.vault.open_json("delivery.progress", row.id, row.progress) if row.progress else {}
    return Delivery(
        id=row.id, system=row.system, intent=Intent(row.intent), plan=plan, progress=progress, attempt=row.attempts
    )


Step = Callable[[Runtime, Site, Any, Delivery], Outcome]


def _send_all(
    runtime: Runtime, site: Site, system: str, ready: Sequence[tuple[Any, Plan]], claimed: dict[str, Any], step: Step
) -> None:
    """Runs the calls side by side; whatever ended meanwhile is committed together."""
    if not ready:
        return
    with ThreadPoolExecutor(_concurrency(site, system), thread_name_prefix=f"deliver-{system}") as pool:
        running: set[Future[Outcome]] = {
            pool.submit(step, runtime, site, row, _make_delivery(runtime, row, plan)) for row, plan in ready
        }
        while running:
            wait(running, return_when=FIRST_COMPLETED)
            done, running = wait(running, timeout=GATHER_S)
            _keep(runtime, system, [future.result() for future in done], claimed)


def _keep(runtime: Runtime, system: str, outcomes: Sequence[Outcome], claimed: dict[str, Any]) -> None:
    good = [o for o in outcomes if o.state != "fenced"]
    with runtime.store.write(runtime.lease) as tx:
        deliveries.finish(tx, runtime.lease, claimed, good)
        faults = [o for o in good if o.state == "waiting" and o.reason == "unavailable"]
        if faults:
            lanes.fail(tx, system, faults[0].detail or "")
        elif any(o.state == "delivered" for o in good):
            lanes.succeed(tx, system)
    if any(claimed[o.id].intent == "forward" and o.state == "delivered" for o in good):
        runtime.waker.wake("decide")


def _send(runtime: Runtime, site: Site, row: Any, delivery: Delivery) -> Outcome:
    adapter = cast(Delivers, site.systems[row.system].adapter)
    try:
        receipt = adapter.deliver(delivery)
    except Unavailable as error:
        return _wait(row, error)
    except Refused as error:
        return Outcome(row.id, "refused", reason=f"refused:{error.code}", detail=str(error))
    except Unknown as error:
        return _not_known(site, row, delivery, str(error))
    except Fenced:
        return Outcome(row.id, "fenced")
    except Exception as error:
        # Ours or the adapter's fault; the request may have left.
        log.exception("deliver.failed", delivery=row.id, error=type(error).__name__)
        return _not_known(site, row, delivery, type(error).__name__)
    return Outcome(row.id, "delivered", number=receipt.number)


def _wait(row: Any, error: Unavailable) -> Outcome:
    if row.attempts >= PATIENCE:
        return Outcome(row.id, "held", reason="unavailable_for_long", detail=str(error))
    pause = round(error.retry_after * 1000) if error.retry_after else FIRST_WAIT_MS << min(row.attempts - 1, 10)
    return Outcome(row.id, "waiting", reason="unavailable", detail=str(error),
                   due_at=now_ms() + min(pause, LONGEST_WAIT_MS))  # fmt: skip


def _not_known(site: Site, row: Any, delivery: Delivery, detail: str) -> Outcome:
    if delivery.plan.calls[-1].idempotent and all(call.idempotent for call in delivery.plan.calls):
        return Outcome(row.id, "waiting", reason="outcome_unknown_idempotent", detail=detail, due_at=now_ms() + 1000)
    if delivery.plan.find is None or not isinstance(site.systems[row.system].adapter, Finds):
        return Outcome(row.id, "held", reason="outcome_unknown", detail=detail)
    return Outcome(row.id, "unknown", reason="outcome_unknown", detail=detail, due_at=now_ms() + FIRST_WAIT_MS)


def _ask(runtime: Runtime, site: Site, row: Any, delivery: Delivery) -> Outcome:
    """The outcome of an unknown delivery. A "no" is believed only after the system's settle time."""
    adapter, settle = site.systems[row.system].adapter, round(delivery.plan.settle * 1000)
    if delivery.plan.find is None or not isinstance(adapter, Finds):
        return _not_known(site, row, delivery, "the worker died while it was sending")
    try:
        receipt = adapter.find(delivery)
    except AdapterError as error:
        pause = FIRST_WAIT_MS << min(row.attempts, 8)
        return Outcome(row.id, "unknown", reason="cannot_ask", detail=str(error), due_at=now_ms() + pause)
    if receipt is not None:
        return Outcome(row.id, "delivered", number=receipt.number)
    # Counted from the moment the row became unknown: that is its due time until the first "no".
    since = row.done_at or row.due_at
    if now_ms() < since + settle and row.reason != "settled":
        return Outcome(row.id, "unknown", reason="settled", due_at=since + settle)
    return Outcome(row.id, "waiting", reason="not_arrived")

