"""What a folder's rules say of an appeal, as plain values."""

from typing import TYPE_CHECKING, Any

from gateway.commands.active import read_folder
from gateway.commands.output import ZONE, fail

if TYPE_CHECKING:
    from canonical.appeal import Appeal
    from router.policy import Policy


def load_policy_of(folder: Any, systems: set[str]) -> "Policy":
    return make_policy(read_folder(folder), systems, f"the rules of {folder}")


def make_policy(files: dict[str, str], systems: set[str], name: str = "the rules") -> "Policy":
    from router.policy import Policy
    from router.report import PolicyErrors

    try:
        return Policy.load({path: text for path, text in files.items() if "/" not in path}, systems)
    except PolicyErrors as error:
        raise fail(f"{name} have mistakes; `tsur check` shows all:\n{error}") from error


def tell(policy: "Policy", appeal: "Appeal", system: str) -> dict[str, Any]:
    """Plain values without personal data."""
    from datetime import UTC, datetime

    thinking = policy.think(appeal, system)
    enriched, place = thinking.appeal, thinking.appeal.place
    opinion = thinking.classified.opinion
    chosen = policy.choose(policy.make_facts(enriched, system, thinking.classified.doubt))
    due = policy.deadlines.find(enriched, datetime.now(UTC), system)
    return {
        "topic": enriched.topic.code, "topic_why": thinking.classified.reason,
        "model": dict(opinion.ranked) if opinion else None, "urgency": enriched.urgency.value,
        "place": {"oktmo": place.oktmo, "municipality": place.municipality, "settlement": place.settlement}
        | ({"contradiction": place.contradiction} if place.contradiction else {}),
        "due_at": due.at.astimezone(ZONE).isoformat(timespec="minutes"), "due_by": due.rule, "due_in": due.span,
        "to": list(chosen.recipients), "lead": chosen.lead, "answered_by": chosen.answered_by, "rule": chosen.rule,
        "rules": [{"rule": r.rule, "won": r.won, "why": r.why} for r in chosen.reasons],
    }  # fmt: skip
