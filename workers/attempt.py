"""One attempt: an adapter delivers or is asked, and whatever happens becomes an outcome."""

from typing import Any, cast

import structlog

from adapters.contract import Delivers, Finds
from adapters.errors import AdapterError, Refused, Unavailable, Unknown
from canonical.delivery import Delivery
from canonical.plan import Call
from canonical.receipt import Receipt
from ledger.clock import now_ms
from ledger.deliveries import Outcome
from ledger.store import Fenced
from workers.site import Site

log = structlog.get_logger()
#: Attempts that ended in Unavailable before a person is asked; the lane's breaker makes them rare.
PATIENCE = 50
#: Questions without an answer before a person is asked: about a day. To ask does no harm.
ASKED_AT_MOST = 150
FIRST_WAIT_MS, LONGEST_WAIT_MS = 1000, 600_000


def send(site: Site, row: Any, delivery: Delivery) -> Outcome:
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
        # Nothing left. If we are alive after all (a slow database, say) the row waits its turn again.
        return Outcome(row.id, "waiting", reason="lease_in_doubt", due_at=now_ms() + FIRST_WAIT_MS)
    except Exception as error:
        # Ours or the adapter's fault; the request may have left.
        log.exception("deliver.failed", delivery=row.id, error=type(error).__name__)
        return _not_known(site, row, delivery, type(error).__name__)
    return _delivered(row, receipt)


def _delivered(row: Any, receipt: Receipt) -> Outcome:
    """Calls that were refused and may be are said with it: a file that the system did not want."""
    if not receipt.refused:
        return Outcome(row.id, "delivered", number=receipt.number)
    return Outcome(row.id, "delivered", number=receipt.number, reason="in_part", detail=", ".join(receipt.refused))


def _wait(row: Any, error: Unavailable) -> Outcome:
    if row.attempts >= PATIENCE:
        return Outcome(row.id, "held", reason="unavailable_for_long", detail=str(error))
    pause = round(error.retry_after * 1000) if error.retry_after else FIRST_WAIT_MS << min(row.attempts - 1, 10)
    return Outcome(row.id, "waiting", reason="unavailable", detail=str(error),
                   due_at=now_ms() + min(pause, LONGEST_WAIT_MS))  # fmt: skip


def _not_known(site: Site, row: Any, delivery: Delivery, detail: str) -> Outcome:
    if delivery.plan.calls[-1].idempotent and all(call.idempotent for call in delivery.plan.calls):
        return Outcome(row.id, "waiting", reason="outcome_unknown_idempotent", detail=detail, due_at=now_ms() + 1000)
    can_tell = delivery.plan.find or any(call.idempotent or call.find for call in delivery.plan.calls)
    if not can_tell or not isinstance(site.systems[row.system].adapter, Finds):
        return Outcome(row.id, "held", reason="outcome_unknown", detail=detail)
    return Outcome(row.id, "unknown", reason="outcome_unknown", detail=detail, due_at=now_ms() + FIRST_WAIT_MS)


def ask(site: Site, row: Any, delivery: Delivery) -> Outcome:
    """The outcome of an unknown delivery. A "no" is believed only after the system's settle time."""
    adapter, settle = site.systems[row.system].adapter, round(delivery.plan.settle * 1000)
    doubtful = next((call for call in delivery.plan.calls if call.name not in delivery.progress), None)
    if doubtful is not None and doubtful.idempotent:
        # Calls before it are recorded, those behind it never left: it is simply made again.
        return Outcome(row.id, "waiting", reason="resumed")
    asks = doubtful is None or _can_be_asked(delivery, doubtful)
    if not asks or not isinstance(adapter, Finds):
        return Outcome(row.id, "held", reason="outcome_unknown", detail="nobody can be asked whether it arrived")
    try:
        receipt = adapter.find(delivery)
    except AdapterError as error:
        return _ask_again(row, str(error))
    except Exception as error:  # ours or the adapter's fault: it is this row's alone
        log.exception("find.failed", delivery=row.id, error=type(error).__name__)
        return _ask_again(row, type(error).__name__)
    if receipt is not None:
        return _delivered(row, receipt)
    # Counted from the moment the row became unknown: that is its due time until the first "no".
    since = row.done_at or row.due_at
    if now_ms() < since + settle and row.reason != "settled":
        return Outcome(row.id, "unknown", reason="settled", due_at=since + settle)
    return Outcome(row.id, "waiting", reason="not_arrived")


def _ask_again(row: Any, detail: str) -> Outcome:
    if row.attempts >= ASKED_AT_MOST:
        return Outcome(row.id, "held", reason="cannot_ask", detail=detail)
    pause = min(FIRST_WAIT_MS << min(row.attempts, 10), LONGEST_WAIT_MS)
    return Outcome(row.id, "unknown", reason="cannot_ask", detail=detail, due_at=now_ms() + pause)


def _can_be_asked(delivery: Delivery, doubtful: Call) -> bool:
    return not doubtful.unasked and (delivery.plan.find is not None or doubtful.find is not None)
