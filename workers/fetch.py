"""The fetch stage: files are brought into the store before their links expire, in a lane of their own."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import structlog

from adapters.contract import Fetches
from adapters.errors import AdapterError, Refused, Unavailable
from canonical.delivery import AppealView, CaseView, Intent, Scope
from canonical.mapping import RenderingError
from ledger import cases, deliveries, desk, desk_list, files, lanes
from ledger.clock import now_ms
from ledger.files import Ending
from ledger.store import Lease, Tx
from ledger.vault import Sealed
from workers.attaching import FETCH
from workers.enclosing import is_for_another, name_follow_up
from workers.runtime import Runtime
from workers.site import GONE, Site

log = structlog.get_logger()
#: Attempts before a person is asked: with the pauses between them about a day.
PATIENCE = 150
#: Why a person is asked: it came after what it belongs to, whose recipient takes no supplement with files.
NO_WAY_TO_FOLLOW = "no_way_to_follow"
FIRST_WAIT_MS, LONGEST_WAIT_MS = 1000, 600_000


def fetch_batch(runtime: Runtime, system: str) -> int:
    """Claims and fetches one batch of this system's files; how many."""
    site, lease = runtime.site(), runtime.lease
    lane = lanes.name_files(system)
    with runtime.store.write(lease, claims=True) as tx:
        lanes.ensure(tx, {lane: True})
        known = lanes.load(tx)
        if known[system].paused or not lanes.is_open(known[lane], tx.now):
            return 0
        rows = files.claim(tx, lease, system, 1 if known[lane].failures else 2 * _width(site, system))
        named = {row.id: _open(tx, row) for row in rows}
    if rows:
        _fetch_all(runtime, lease, site, rows, named)
    return len(rows)


def _width(site: Site, system: str) -> int:
    known = site.systems.get(system)
    return max(1, known.connect.limits.concurrency // 2) if known else 1


def _open(tx: Tx, row: Any) -> Any:
    try:
        return files.open_attachment(tx, row)
    except Sealed as error:
        return error


def _fetch_all(runtime: Runtime, lease: Lease, site: Site, rows: Sequence[Any], named: dict[str, Any]) -> None:
    system = rows[0].system

    def attempt(row: Any) -> Ending:
        with runtime.acting(lease):
            return fetch_one(site, row, named[row.id])

    try:
        with ThreadPoolExecutor(_width(site, system), thread_name_prefix=f"fetch-{system}") as pool:
            endings = list(pool.map(attempt, rows))
        _keep(runtime, lease, site, system, {row.id: row for row in rows}, endings)
    except Exception:
        with runtime.handing_back(lease) as tx:
            files.abandon(tx, lease, [row.id for row in rows])
        raise


def fetch_one(site: Site, row: Any, named: Any) -> Ending:
    """One attempt; whatever happens becomes an ending."""
    if isinstance(named, Sealed):
        return Ending(row.id, "refused", reason="sealed", detail=str(named))
    known, none = site.systems.get(row.system), {"id": "", "system": row.system}
    if known is None:
        return Ending(row.id, "refused", reason=GONE)
    scope = Scope(
        delivery_id=row.id, intent=Intent.fetch, system=row.system, case=CaseView(id="", state=""),
        appeal=AppealView(external_id="", **none), file=named,
    )  # fmt: skip
    try:
        stored = cast(Fetches, known.adapter).fetch(known.mapping.render(FETCH, scope))
    except RenderingError as error:
        return Ending(row.id, "refused", reason="cannot_render", detail=str(error))
    except Refused as error:
        return Ending(row.id, "refused", reason=error.code or "refused", detail=str(error))
    except (AdapterError, OSError) as error:
        return _wait(row, error)
    return Ending(row.id, "stored", stored.digest, stored.size, stored.media_type)


def _wait(row: Any, error: Exception) -> Ending:
    told = error.retry_after if isinstance(error, Unavailable) else None
    said = str(error) if isinstance(error, AdapterError) else type(error).__name__
    if row.attempts >= PATIENCE:
        return Ending(row.id, "refused", reason="unavailable_for_long", detail=said)
    pause = round(told * 1000) if told else FIRST_WAIT_MS << min(row.attempts - 1, 10)
    return Ending(row.id, "waiting", reason="unavailable", detail=said, due_at=now_ms() + min(pause, LONGEST_WAIT_MS))


def _keep(
    runtime: Runtime, lease: Lease, site: Site, system: str, claimed: dict[str, Any], endings: Sequence[Ending]
) -> None:
    with runtime.store.write(lease) as tx:
        owners = files.find_cases(tx, (row.owner for row in claimed.values()))
        cases.lock(tx, owners.values())
        settled = files.finish(tx, lease, claimed, endings)
        wakes = set(files.release(tx, (row.owner for row in settled)))
        for row in settled:
            if row.state == "stored" and row.owner in owners:
                wakes |= _tell_of(tx, site, row, owners[row.owner])
        faults = [one for one in endings if one.reason == "unavailable"]
        if faults:
            lanes.fail(tx, lanes.name_files(system), faults[0].detail or "", breaker=site.breaker(system))
        elif any(one.state == "stored" for one in endings):
            lanes.succeed(tx, lanes.name_files(system))
    for name in wakes:
        runtime.waker.wake(f"deliver:{name}")


def _tell_of(tx: Tx, site: Site, file: Any, case_id: str) -> set[str]:
    """What a file that is there now causes; systems to be woken."""
    sent, first = files.find_speaking(tx, file.owner, case_id), files.find_first(tx, file.owner)
    others = [one for one in sent if is_for_another(one, first)]
    if others and not file.shareable and not desk_list.find_open(tx, [file.id]):
        desk.put(tx, [(file.id, file.system, files.NOT_SHARED, str(len(others)))], kind="file")
    allowed = [one for one in sent if file.shareable or not is_for_another(one, first)]
    return follow(tx, site, file, allowed) if file.late else set()


def follow(tx: Tx, site: Site, file: Any, allowed: Sequence[Any]) -> set[str]:
    """A file that came too late for what was sent is sent after it, to each who got that; their systems."""
    rows = []
    for sent in allowed:
        intent = "answer" if sent.intent == "answer" else "supplement"
        if _takes_files(site, sent.system, intent):
            rows.append(_follow_up(tx, sent, intent, file))
        elif _takes_files(site, sent.system, sent.intent) and not desk_list.find_open(tx, [file.id]):
            # It was told that more would come.
            desk.put(tx, [(file.id, sent.system, NO_WAY_TO_FOLLOW, sent.id)], kind="file")
    return {row["system"] for row in rows if row["id"] in deliveries.add(tx, rows)}


def _takes_files(site: Site, system: str, intent: str) -> bool:
    return site.sends(system, intent) and bool(site.systems[system].mapping.writers[intent].lists)


def _follow_up(tx: Tx, sent: Any, intent: str, file: Any) -> dict[str, Any]:
    return deliveries.make_row(tx, sent.system, intent, **name_follow_up(sent, file), config=sent.config)
