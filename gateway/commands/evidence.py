"""Why a case is as it is: the rules of its own configuration, joins, suggestions, and what a person decided."""

from typing import Any

import orjson
from sqlalchemy import select

from canonical.mapping import find_systems
from gateway.commands.routing import make_policy, tell
from ledger import cases, configs
from ledger.store import Tx
from ledger.tables import appeal, desk, occurrence
from ledger.tables import cases as case_table


def gather(tx: Tx, case_id: str) -> dict[str, Any]:
    """Ids, codes and scores; no personal data."""
    case = cases.load(tx, case_table, [case_id])[case_id]
    rows = cases.load_of_case(tx, appeal, [case_id]).get(case_id, [])
    kept = ("id", "state", "rule", "config", "appeals", "reopened")
    return {
        "case": {name: getattr(case, name) for name in kept},
        "route": _explain_route(tx, case),
        "appeals": [
            {"id": r.id, "system": r.system, "external_id": r.external_id, "how": r.join_kind or "opened the case"}
            for r in rows
        ],
        "compared": sorted(_find_joins(tx, rows) + _find_suggestions(tx, rows), key=lambda one: one["at"]),
    }  # fmt: skip


def _explain_route(tx: Tx, case: Any) -> dict[str, Any] | None:
    """As the rules then said; None for a case that a person routed, or whose text was forgotten."""
    first = cases.load(tx, appeal, [case.appeal_id]).get(case.appeal_id)
    if case.config is None or first is None or first.body is None:
        return None
    files = configs.load(tx, case.config)
    systems = {_name(text) for _, text in find_systems(files)}
    return tell(make_policy(files, systems), cases.open_appeal(tx, first), first.system)


def _name(text: str) -> str:
    lines = (line.partition(":") for line in text.splitlines())
    return next((value.partition("#")[0].strip().strip("'\"") for key, _, value in lines if key == "system"), "")


def _find_joins(tx: Tx, rows: list[Any]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    joined = occurrence.c.subject.in_(ids), occurrence.c.kind == "appeal.joined"
    found = []
    for row in tx.run(select(occurrence).where(*joined)):
        detail = orjson.loads(row.detail or "{}")
        other = detail.pop("other", "-")
        found.append({"at": row.at, "what": "joined", "appeal": row.subject, "other": other, "evidence": detail})
    return found


def _find_suggestions(tx: Tx, rows: list[Any]) -> list[dict[str, Any]]:
    """Those whose pair has an appeal in this case now; a join by hand moves appeals, not the suggestion."""
    ids, found = {row.id for row in rows}, []
    near = desk.c.kind == "suggestion"
    for row in tx.run(select(desk).where(near, desk.c.evidence.is_not(None))):
        told = orjson.loads(row.evidence)
        pair = told.pop("appeal", None), told.pop("other", None)
        if ids & set(pair):
            what = f"suggested, {row.decision or 'open'}" + (f" by {row.decided_by}" if row.decided_by else "")
            found.append({"at": row.opened_at, "what": what, "appeal": pair[0], "other": pair[1], "evidence": told})
    return found
