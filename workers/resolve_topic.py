"""A person names the topic of a case that waits: the rules take it from there, and the next training learns from it."""

from typing import Any

from canonical.mapping.report import suggest
from canonical.topic import Topic
from ledger import audit, cases
from ledger.tables import appeal
from ledger.tables import cases as case_table
from router.policy import Policy
from router.route import Route
from workers.pausing import load_policy
from workers.resolve_effects import Effects, NotPossible, load_one, lock_case
from workers.resolve_triage import file_with, release


def name_topic(effects: Effects, item: Any, word: str) -> None:
    """`word`: a code of topics.yaml. Where no rule has a recipient for it, the item stays open."""
    policy, case = load_policy(effects.tx), lock_case(effects.tx, item.subject)
    if word not in policy.topics.entries:
        raise NotPossible(f"no topic {word!r} in topics.yaml; {suggest(word, list(policy.topics.entries))}")
    if case.state != "triage":
        raise NotPossible(f"case {case.id} is {case.state}: only one that waits for a recipient can be given a topic")
    chosen = _rename(effects, policy, case, word)
    effects.change(case_table, case, topic=word)
    audit.record(effects.tx, [audit.note(effects.tx, "case.topic", case.id, effects.by, topic=word, was=case.topic)])
    effects.counts[f"topic {word}"] += 1
    effects.stays_open = not chosen.recipients
    if chosen.recipients:
        release(effects, case, chosen.rule, chosen.answered_by)
    for recipient in chosen.recipients:
        file_with(effects, case, recipient, recipient == (chosen.lead or chosen.recipients[0]))


def _rename(effects: Effects, policy: Policy, case: Any, word: str) -> Route:
    """Of the appeals that have the case's topic; what the rules say of the first one."""
    tx = effects.tx
    for row in cases.load_of_case(tx, appeal, [case.id]).get(case.id, []):
        if row.topic == case.topic and row.body is not None:
            content = cases.open_appeal(tx, row)
            named = content.model_copy(update={"topic": Topic(code=word, raw=content.topic.raw)})
            effects.change(appeal, row, topic=word)
            # Sealed anew, beside what an undo puts back: a text's topic is written to recipients from here.
            cases.change(tx, appeal, row.id, body=cases.seal_appeal(tx, row.id, named))
    first = load_one(tx, appeal, case.appeal_id)
    content = cases.open_appeal(tx, first)
    named = content.model_copy(update={"topic": Topic(code=word, raw=content.topic.raw)})
    return policy.choose(policy.make_facts(policy.enrich(named, first.system), first.system))
