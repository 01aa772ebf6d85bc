"""Why a case is as it is: the rules of its own configuration, joins, suggestions, what a person decided, and what
came of it."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from canonical.appeal import Appeal
from canonical.mapping import find_systems
from gateway.commands.rules import make_policy, tell
from ledger import cases, configs
from ledger.store import Tx
from ledger.tables import answer, appeal, assignment, delivery, desk, occurrence
from ledger.tables import cases as case_table

if TYPE_CHECKING:
    from router.policy import Policy


def gather(tx: Tx, case_id: str) -> dict[str, Any]:
    """Ids, codes and scores; no personal data."""
    case = cases.load(tx, case_table, [case_id])[case_id]
    rows = cases.load_of_case(tx, appeal, [case_id]).get(case_id, [])
    kept = ("id", "state", "rule", "config", "appeals", "reopened")
    policy = _load_policy(tx, case.config)
    return {
        "case": {name: getattr(case, name) for name in kept},
        "route": _explain_route(tx, case, policy),
        "topics_named": _find_named(tx, case_id),
        "appeals": [
            {"id": r.id, "system": r.system, "external_id": r.external_id, "how": r.join_kind or "opened the case",
             "state": r.state}
            for r in rows
        ],
        "compared": [
            one | {"thresholds": _find_bar(policy, one["evidence"])}
            for one in sorted(_find_joins(tx, rows) + _find_suggestions(tx, rows), key=lambda one: one["at"])
        ],
        "assignments": _list_assignments(tx, case_id),
        "untold": find_untold(tx, rows),
        "answers": _list_answers(tx, case_id),
    }  # fmt: skip


def _load_policy(tx: Tx, config: str | None) -> "Policy | None":
    """The rules that the case was decided with."""
    if config is None:
        return None
    files = configs.load(tx, config)
    return make_policy(files, {_name(text) for _, text in find_systems(files)})


def _explain_route(tx: Tx, case: Any, policy: "Policy | None") -> dict[str, Any] | None:
    """As the rules then said; None for a case that a person routed, or whose text was forgotten."""
    first = cases.load(tx, appeal, [case.appeal_id]).get(case.appeal_id)
    if policy is None or first is None or first.body is None:
        return None
    content = cases.open_appeal(tx, first)
    return tell(policy, _take_back(policy, content, first.system), first.system)


def _take_back(policy: "Policy", content: Appeal, system: str) -> Appeal:
    """As it came: the topic that we took it for is kept in it, and is no code of its channel."""
    bare = content.model_copy(update={"topic": content.topic.model_copy(update={"code": None})})
    ours = content.topic.raw is None or policy.think(bare, system).appeal.topic.code == content.topic.code
    return bare if ours else content


def _find_bar(policy: "Policy | None", evidence: dict[str, Any]) -> dict[str, float] | None:
    """What had to be reached. Of the same person words in common are asked, of another one the score."""
    if policy is None:
        return None
    rules = policy.duplicates
    bar = rules.repeat if evidence.get("same_person") else rules.same_problem
    return {"join": bar.join, "suggest": bar.suggest, "copy": rules.copy, "days": bar.window.total_seconds() / 86_400}


def _list_assignments(tx: Tx, case_id: str) -> list[dict[str, Any]]:
    kept = ("id", "recipient", "state", "lead", "number", "due_at")
    rows = cases.load_of_case(tx, assignment, [case_id]).get(case_id, [])
    return [{name: getattr(row, name) for name in kept} for row in rows]


def _list_answers(tx: Tx, case_id: str) -> list[dict[str, Any]]:
    """With how many residents were told, and how many not yet."""
    kept = ("id", "assignment_id", "state", "outcome", "version", "heard_at", "stopped")
    rows = cases.load_of_case(tx, answer, [case_id]).get(case_id, [])
    sent = Counter((row.answer_id, row.state == "delivered")
                   for row in cases.load_of_case(tx, delivery, [case_id]).get(case_id, [])
                   if row.intent == "answer" and row.state != "cancelled")  # fmt: skip
    return [
        {name: getattr(row, name) for name in kept} | {"told": sent[row.id, True], "not_told": sent[row.id, False]}
        for row in rows
    ]


def _find_named(tx: Tx, case_id: str) -> list[dict[str, Any]]:
    """Topics that persons named."""
    named = occurrence.c.subject == case_id, occurrence.c.kind == "case.topic"
    rows = tx.run(select(occurrence).where(*named).order_by(occurrence.c.at))
    return [{"at": row.at, "by": row.actor} | orjson.loads(row.detail) for row in rows]


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


def find_untold(tx: Tx, rows: list[Any]) -> list[dict[str, Any]]:
    """Which recipients were not told of which of these appeals (join), or of a change of it (supplement): their
    mappings lack the intent."""
    named = occurrence.c.subject.in_([row.id for row in rows]), occurrence.c.kind == "recipient.untold"
    notes = tx.run(select(occurrence).where(*named).order_by(occurrence.c.seq))
    return [{"at": row.at, "appeal": row.subject} | orjson.loads(row.detail) for row in notes]


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
