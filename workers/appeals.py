"""Appeals become cases: a new one, or a part of one that is known. The caller holds the decide lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from canonical.appeal import Appeal, Urgency
from canonical.ids import make_id
from canonical.states import AppealState, CaseState
from ledger import candidates, cases, deliveries, documents, events, threads
from ledger.clock import to_ms
from ledger.documents import Ending
from ledger.store import Tx
from router.duplicates import REPEAT, Candidate, Judgement
from router.route import UNSURE
from workers import attaching, returning
from workers.draft import Draft, rank
from workers.edits import Edits
from workers.indexed import read_features
from workers.newcomers import Newcomers
from workers.parts import Silence
from workers.site import Site
from workers.telling import list_current
from workers.think import Thought
from workers.translate import Translated, is_part

PARK_MS = 2000


@dataclass
class Item:
    translated: Translated
    thought: Thought


class Intake:
    def __init__(self, tx: Tx, site: Site, draft: Draft) -> None:
        self.tx, self.site, self.draft = tx, site, draft
        self.fresh: dict[int, list[str]] = {}  # candidate keys of this very batch
        self.known: dict[str, Candidate] = {}
        self.waiting: list[tuple[Translated, Appeal]] = []  # parts of conversations that are not over
        self.newcomers = Newcomers(tx, site, draft)
        self.opened, self.edits = self.newcomers.opened, Edits(tx, site, draft, self.newcomers)

    def take(self, items: Sequence[Item]) -> None:
        self._look_up(items)
        for item in items:
            self._take(item)
        Silence(self.tx, self.site, self.draft).await_end(self.waiting)

    def _look_up(self, items: Sequence[Item]) -> None:
        ids = [(i.translated.document.system, i.translated.document.external_id) for i in items]
        self.before = cases.find_appeals(self.tx, ids)
        self._look_up_parts(items)
        known = [i.translated.document for i in items]
        self.late = documents.find_late(self.tx, [d.id for d in known if (d.system, d.external_id) in self.before])
        self.events = events.find_open(self.tx) if items else {}
        self.echoes = self._find_echoes(items)
        since = self.tx.now - round(self.site.policy.duplicates.window.total_seconds() * 1000)
        keys = [key for item in items for key in item.thought.keys]
        self.by_key = candidates.find(self.tx, keys, since) if keys else {}
        self.near = {i.thought.appeal_id: candidates.choose(self.by_key, i.thought.keys) for i in items}
        rows = candidates.load(self.tx, {name for names in self.near.values() for name in names})
        made = {name: _make_candidate(row) for name, row in rows.items() if row.features}
        self.known = {name: candidate for name, candidate in made.items() if candidate is not None}

    def _look_up_parts(self, items: Sequence[Item]) -> None:
        parts: dict[str, list[str]] = {}
        for item in items:
            if is_part(self.site, item.translated.document, item.translated.readings):
                parts.setdefault(item.translated.document.system, []).append(item.translated.document.external_id)
        self.closing: set[tuple[str, str]] = set()
        for system, ids in parts.items():
            known = threads.find_appeals_of_parts(self.tx, system, ids)
            self.before = {(system, key): row for key, row in known.items()} | self.before
            self.closing |= {(system, key) for key in threads.find_closing(self.tx, system, ids)}

    def _find_echoes(self, items: Sequence[Item]) -> dict[tuple[str, str], Any]:
        """Our own filings, shown to us by a system that is channel and recipient."""
        found: dict[tuple[str, str], Any] = {}
        for system in {i.translated.document.system for i in items}:
            mine = [i for i in items if i.translated.document.system == system]
            if self.site.systems[system].mapping.roles >= {"channel", "recipient"} or any(
                i.thought.appeal.echo_of for i in mine
            ):
                numbers = [i.translated.document.external_id for i in mine]
                marks = [i.thought.appeal.echo_of for i in mine if i.thought.appeal.echo_of]
                known = cases.find_filings(self.tx, system, marks, numbers)
                found |= {(system, key): row for key, row in known.items()}
        return found

    def _take(self, item: Item) -> None:
        document = item.translated.document
        system, external = document.system, document.external_id
        echo_of = item.thought.appeal.echo_of
        echo = self.echoes.get((system, f"number:{external}")) or self.echoes.get((system, f"delivery:{echo_of}"))
        if echo is not None:
            return self.draft.end(document.id, "echo", echo.case_id)
        if echo_of and deliveries.is_in_flight(self.tx, system):
            return self.draft.endings.append(Ending(document.id, "parked", due_at=self.tx.now + PARK_MS))
        known = self.before.get((system, external))
        if known is not None:
            return self.edits.take(item.translated, item.thought.appeal, known, document.id in self.late)
        if not document.thread and is_part(self.site, document, item.translated.readings):
            return self._await_silence(item)
        if item.thought.appeal.deleted:  # before anybody was told of it
            return self.draft.end(document.id, "deleted")
        return self._open_or_join(item)

    def _await_silence(self, item: Item) -> None:
        document = item.translated.document
        if (document.system, document.external_id) in self.closing:  # a revision of a part that is being decided
            self.draft.endings.append(Ending(document.id, "parked", due_at=self.tx.now + PARK_MS))
        else:
            self.waiting.append((item.translated, item.thought.appeal))

    def _open_or_join(self, item: Item) -> None:
        document, name = item.translated.document, item.thought.appeal_id
        judged = self._look_again(item, self._keep_apart(item, self._judge(item)))
        arrived = datetime.fromtimestamp(document.received_at / 1000, UTC)
        due = to_ms(self.site.policy.due(item.thought.appeal, arrived, document.system))
        case_id = judged.case_id if judged is not None and judged.outcome == "join" else None
        if judged is not None and case_id is not None:
            self._join(item, judged, case_id, due)
        else:
            case_id = self._open_case(item, due)
            if judged is not None and judged.outcome == "suggest":
                evidence = {"appeal": name, "other": judged.other, "case": judged.case_id} | judged.evidence
                self.draft.suggest(case_id, document.system, evidence, rank(item.thought.appeal.urgency))
        self._add_appeal(item, case_id, due, judged)
        self.draft.end(document.id, "joined" if judged and judged.outcome == "join" else "opened", name)

    def _judge(self, item: Item) -> Judgement | None:
        keys, before = item.thought.keys, self.near.get(item.thought.appeal_id, ())
        names = dict.fromkeys((*candidates.choose(self.fresh, keys), *before))
        near = [self.known[name] for name in names if name in self.known]
        features = item.thought.features
        return self.site.policy.judge(features, near) if features and near else None

    def _keep_apart(self, item: Item, judged: Judgement | None) -> Judgement | None:
        """Who has the case is not shown a complaint of itself: that one is a case of its own, and somebody else's."""
        case_id = judged.case_id if judged is not None and judged.outcome == "join" else None
        about = self.site.policy.routes.list_complained_of(item.thought.facts) if case_id else None
        have = about.intersection(self.newcomers.find_forwards(case_id)) if case_id and about else None
        if not have:
            return judged
        told = {"case": case_id, "complains_of": ",".join(sorted(have))}
        self.draft.note("appeal.kept_apart", item.thought.appeal_id, **told)
        return None

    def _look_again(self, item: Item, judged: Judgement | None) -> Judgement | None:
        """One's own problem that was answered before: the case opens again, or None and a case of its own follows. So
        it does where a case was closed without an answer: nobody works on that one, and none would come."""
        case_id = judged.case_id if judged and judged.outcome == "join" and judged.kind == REPEAT else None
        over = self.newcomers.find_over(case_id) if case_id else None
        if over is None:
            return judged
        known = list_current(self.tx, over)
        if not known:
            return None if over.state == "closed" else judged
        if known[-1].stopped or not returning.comes_back(item.thought.appeal, known[-1]):
            return judged
        if not returning.reopen(self.draft, self.site, over, known[-1]):
            return None
        self.newcomers.reopened.add(over.id)
        return judged

    def _join(self, item: Item, judged: Judgement, case_id: str, due: int | None) -> None:
        self.draft.joins.append((case_id, due))
        told = {"case": case_id, "how": judged.kind, "other": judged.other} | judged.evidence
        self.draft.note("appeal.joined", item.thought.appeal_id, **told)

    def _open_case(self, item: Item, due: int | None) -> str:
        thought, name = item.thought, make_id("c")
        route = self.site.policy.choose(thought.facts)
        row = {
            "id": name, "state": (CaseState.routed if route.recipients else CaseState.triage).value,
            "appeal_id": thought.appeal_id, "topic": thought.appeal.topic.code, "oktmo": thought.appeal.place.oktmo,
            "rule": route.rule, "answered_by": route.answered_by, "urgency": rank(thought.appeal.urgency),
            "appeals": 1, "opened_at": self.tx.now, "due_at": due, "changed_at": self.tx.now,
            "config": self.site.hash, "event_id": self._find_event(thought.appeal, name),
        }  # fmt: skip
        self.draft.cases.append(row)
        self.opened[name] = row
        for recipient in route.recipients:
            lead = recipient == (route.lead or route.recipients[0])
            self._assign(name, thought, item.translated.document.system, recipient, lead, due)
        if not route.recipients:
            self._ask_for_route(name, thought)
        how = {"topic_by": thought.classified.by, "topic": thought.appeal.topic.code} | (
            {"guess": dict(thought.classified.opinion.ranked)} if thought.classified.opinion else {}
        )
        if told := thought.appeal.place.contradiction:
            how["contradiction"] = told
        self.draft.note("case.opened", name, rule=route.rule, to=",".join(route.recipients), **how)
        return name

    def _find_event(self, content: Appeal, case_id: str) -> str | None:
        """The mass event that this case belongs to. An emergency within one stands alone, and a person is told."""
        zone, topic = content.place.oktmo or "", content.topic.code or ""
        if content.urgency is not Urgency.life:
            return self.events.get((topic, zone))
        inside = next((name for (_, where), name in self.events.items() if where == zone), None)
        if inside is not None:
            self.draft.ask_person("emergency", case_id, "", "within_event", inside, urgency=rank(Urgency.life))
        return None

    def _ask_for_route(self, case_id: str, thought: Thought) -> None:
        """A person chooses; from the likeliest topics, where the model could not."""
        doubt = thought.facts.doubt
        evidence = orjson.dumps({"topics": dict(doubt)}).decode() if doubt else ""
        reason = UNSURE if doubt else "no_route"
        self.draft.ask_person("triage", case_id, "", reason, evidence, rank(thought.appeal.urgency))

    def _assign(self, case_id: str, thought: Thought, source: str, recipient: str, lead: bool, due: int | None) -> None:
        name = make_id("g")
        row = {
            "id": name, "case_id": case_id, "recipient": recipient, "state": "planned", "lead": lead,
            "changed_at": self.tx.now, "due_at": due,
        }  # fmt: skip
        self.draft.assignments.append(row)
        self.draft.deliver(
            recipient, "forward", subject=name, cause=case_id, case_id=case_id, appeal_id=thought.appeal_id,
            assignment_id=name, urgency=rank(thought.appeal.urgency),
            **attaching.wait(self.draft, self.site, source, "forward", thought.appeal),
        )  # fmt: skip

    def _add_appeal(self, item: Item, case_id: str, due: int | None, judged: Judgement | None) -> None:
        thought, document = item.thought, item.translated.document
        content, name = thought.appeal, thought.appeal_id
        joined = judged is not None and judged.outcome == "join"
        self.draft.appeals.append({
            "id": name, "system": document.system, "external_id": document.external_id, "thread": content.thread,
            "state": AppealState.open.value, "legal_kind": content.legal_kind.value,
            "urgency": rank(content.urgency), "case_id": case_id, "document_id": document.id,
            "person": thought.person, "phone": thought.phone, "email": thought.email, "topic": content.topic.code,
            "oktmo": content.place.oktmo, "created_at": to_ms(content.created_at),
            "received_at": document.received_at, "due_at": due, "deleted": content.deleted, "edits": 0,
            "join_kind": judged.kind if joined and judged else None,
            "features": thought.features.dump() if thought.features else None,
            "body": cases.seal_appeal(self.tx, name, content),
        })  # fmt: skip
        attaching.attach(self.draft, self.site, content.attachments, name, document.system, rank(content.urgency))
        obligation_id = self._owe(item, case_id, due)
        self._index(thought, case_id)
        if joined:
            self.newcomers.welcome(thought, document.system, case_id, obligation_id)
        if self.site.sends(document.system, "notice"):
            self.draft.deliver(
                document.system, "notice", subject=name, cause=case_id, case_id=case_id, addressee=f"{name}/notice",
                appeal_id=name, urgency=rank(content.urgency),
            )  # fmt: skip

    def _owe(self, item: Item, case_id: str, due: int | None) -> str:
        name, document = make_id("o"), item.translated.document
        self.draft.obligations.append({
            "id": name, "case_id": case_id, "appeal_id": item.thought.appeal_id, "system": document.system,
            "state": "owed", "due_at": due,
        })  # fmt: skip
        return name

    def _index(self, thought: Thought, case_id: str) -> None:
        if thought.features is None:
            return
        for key in thought.keys:
            self.fresh.setdefault(key, []).append(thought.appeal_id)
            self.draft.candidates.append((key, thought.appeal_id))
        self.known[thought.appeal_id] = Candidate(thought.appeal_id, case_id, thought.features)


def _make_candidate(row: Any) -> Candidate | None:
    """None for what a newer worker wrote."""
    features = read_features(row.features)
    closed = row.case_state in ("answered", "closed")
    return Candidate(row.id, row.case_id, features, closed) if features is not None else None
