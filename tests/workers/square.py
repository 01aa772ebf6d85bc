"""A square with one channel and three recipients who take everything: documents are decided as they were read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson
from sqlalchemy import select

from adapters.contract import Tools
from canonical.answer import Answer, Reference
from canonical.appeal import Appeal
from canonical.applicant import Applicant
from canonical.document import Document
from canonical.form import Form
from canonical.place import Place
from canonical.states import AssignmentState
from gateway.bootstrap import read_files
from ledger import cases, deliveries, desk_list, documents, lanes, reconcile
from ledger import tables as t
from ledger.documents import Claimed
from ledger.store import DECIDE, Lease, Store
from tests.workers.talk import HARNESS
from workers.decide import _decide_round
from workers.resolve import Report, decide, undo
from workers.site import Site, compile_site
from workers.think import think
from workers.translate import Translated

CHANNEL, RECIPIENTS = "channel", ("first", "second", "third")
A = AssignmentState
#: System, kind, what its mapping read, external id (None: any).
Arrival = tuple[str, str, Form, str | None]
TEXT = "Не горит фонарь у подъезда, темно и страшно ходить вечером"
numbers = count(1)
_CALL = "    find: none\n    steps: [{{call: {{post: [{path}], json: {{text: {{from: {text}}}}}}}}}]\n"


def make_intent(name: str, text: str) -> str:
    return f"  {name}:\n    discloses: [text]\n" + _CALL.format(path=name, text=text)


#: How a file is got, for recipients that have some.
FETCH = "  fetch:\n    discloses: []\n    steps: [{call: {get: [files, {from: file.id}]}}]\n"


def make_recipient(name: str, intents: tuple[str, ...]) -> str:
    text = read_files(HARNESS)["systems/recipient.yaml"].replace("system: recipient", f"system: {name}")
    more = "".join(FETCH if one == "fetch" else make_intent(one, "case.text") for one in intents)
    return text.replace("out:\n", "out:\n" + more)


def make_site(route: str, intents: tuple[str, ...] = ("join", "supplement", "withdraw"), **files: str) -> Site:
    channel = read_files(HARNESS)["systems/channel.yaml"]
    more = "".join(make_intent(one, "answer.text") for one in ("status", "ask"))
    made = read_files(HARNESS) | {
        "systems/channel.yaml": channel.replace("out:\n", "out:\n" + more),
        "routes.yaml": f"version: 1\nrules: {{}}\nfallback: {{{route}}}\n",
        "duplicates.yaml": "version: 1\nenabled: yes\n",
    }
    del made["systems/recipient.yaml"]
    made |= {f"systems/{name}.yaml": make_recipient(name, intents) for name in RECIPIENTS}
    return compile_site("test", made | files, Tools(secret=lambda name: name, read_file=lambda digest: b""))


@dataclass
class Square:
    store: Store
    lease: Lease
    site: Site
    claimed: dict[str, Claimed] = field(default_factory=dict)

    def take(self, *arrivals: Arrival, backwards: bool = False) -> list[Any]:
        """One batch; the documents as they ended. `backwards`: another worker decides the later ones first."""
        ids = self._record([(s, k, x or f"x-{next(numbers)}") for s, k, _, x in arrivals])
        forms = {name: form for name, (_, _, form, _) in zip(ids, arrivals, strict=True) if name}
        for part in [{name: forms[name]} for name in reversed(forms)] if backwards else [forms]:
            self._decide(part)
        return [self.one(t.document, id=name) for name in ids]

    def _record(self, named: list[tuple[str, str, str]]) -> list[str | None]:
        with self.store.write() as tx:
            lanes.ensure(tx, dict.fromkeys((CHANNEL, *RECIPIENTS), True))
            letters = [
                (s, Document(kind=k, external_id=x, revision=f"r-{next(numbers)}", body=b"x")) for s, k, x in named
            ]
            return documents.record(tx, letters)

    def _decide(self, forms: dict[str | None, Form]) -> None:
        with self.store.write(self.lease) as tx:
            self.claimed |= {one.id: one for one in documents.claim(tx, self.lease, 10)}
        items = []
        for name, form in forms.items():
            thoughts = [think(self.site.policy, self.store.vault, CHANNEL, form)] if isinstance(form, Appeal) else []
            items.append((Translated(self.claimed[str(name)], [form]), thoughts))
        with self.store.write(self.lease, lock=DECIDE) as tx:
            _decide_round(tx, self.lease, self.site, items)

    def write(self, name: str, later: timedelta = timedelta(), text: str = TEXT) -> Any:
        """The same person writes of the same place, and joins their own case."""
        content = Appeal(
            text=text, created_at=datetime.now(UTC) + later, applicant=Applicant(phone="+79000000001"),
            place=Place(settlement="Надым", street="Зверева", house="5"),
        )  # fmt: skip
        (ended,) = self.take((CHANNEL, "appeal", content, name))
        return ended

    def edit(self, name: str, text: str, minute: int) -> Any:
        """A revision of this appeal, sent by its source at this minute of the year."""
        content = Appeal(text=text, created_at=datetime.now(UTC), applicant=Applicant(phone="+79000000001"))
        sent = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
        with self.store.write() as tx:
            letter = Document(kind="appeal", external_id=name, body=text.encode(), sent_at=sent)
            (made,) = documents.record(tx, [(CHANNEL, letter)])
        self._decide({made: content})
        return self.one(t.document, id=made)

    def say(self, recipient: str, state: A, text: str = "", **more: Any) -> Any:
        """The recipient's word on its newest filing; the document as it ended."""
        (ended,) = self.take(self.word(recipient, state, text, **more))
        return ended

    def word(self, recipient: str, state: A, text: str = "", **more: Any) -> Arrival:
        filed = self.all(t.delivery, intent="forward", system=recipient)[-1]
        return recipient, "answer", Answer(reference=Reference(delivery=filed.id), state=state, text=text, **more), None

    def refuse(self, system: str) -> None:
        """This recipient took no filing, and a person is asked."""
        row = self.one(t.delivery, intent="forward", system=system)
        with self.store.write() as tx:
            cases.change(tx, t.delivery, row.id, state="refused", reason="refused:400")
            desk_list.add(tx, "delivery", row.id, system, "refused:400")

    def send(self) -> list[tuple[str, str]]:
        """What may leave has arrived, with its receipt; (intent, system) in order."""
        sent: list[tuple[str, str]] = []
        while rows := self._find_ready():
            with self.store.write() as tx:
                for row in rows:
                    cases.change(tx, t.delivery, row.id, state="delivered", plan=b"sent", done_at=tx.now)
                    deliveries.apply_receipts(tx, [(row, f"R-{row.id[-5:]}" if row.intent == "forward" else None)])
            sent += [(row.intent, row.system) for row in rows]
        return sent

    def _find_ready(self) -> list[Any]:
        arrived = {row.id for row in self.all(t.delivery, state="delivered")}
        return [row for row in self.all(t.delivery, state="waiting") if row.needs is None or row.needs in arrived]

    def suggest(self, newer: str, older: str) -> None:
        """The router is not sure whether these appeals are about one problem."""
        one, other = (self.one(t.appeal, external_id=name) for name in (newer, older))
        evidence = orjson.dumps({"appeal": one.id, "other": other.id, "case": other.case_id}).decode()
        with self.store.write() as tx:
            desk_list.add(tx, "suggestion", one.case_id, CHANNEL, "may_be_same", evidence)

    def decide(self, decision: str, **about: Any) -> Report:
        item = self.one(t.desk, open=True, **about)
        report = decide(self.store, self.site.sends, [item.id], decision, "anna")
        assert not report.faults
        return report

    def undo(self, report: Report) -> None:
        assert not undo(self.store, self.site.sends, report.batch, "anna").faults

    def all(self, table: Any, **wanted: Any) -> list[Any]:
        query = select(table).where(*(table.c[name] == value for name, value in wanted.items()))
        with self.store.read() as tx:
            return list(tx.run(query.order_by(*table.primary_key)))

    def one(self, table: Any, **wanted: Any) -> Any:
        (row,) = self.all(table, **wanted)
        return row

    def told(self) -> dict[str, list[str]]:
        """Texts of the answers that each resident has or will get, oldest first."""
        owners = {row.id: row.external_id for row in self.all(t.appeal)}
        found: dict[str, list[str]] = {name: [] for name in owners.values()}
        with self.store.read() as tx:
            texts = {r.id: cases.open_answer(tx, r).text for r in tx.run(select(t.answer))}
        for row in self.all(t.delivery, intent="answer"):
            if row.state != "cancelled":
                found[owners[row.appeal_id]].append(texts[row.answer_id])
        return found

    def desk(self) -> list[tuple[str, str]]:
        return [(row.kind, row.reason) for row in self.all(t.desk, open=True)]

    def holes(self) -> Any:
        with self.store.read() as tx:
            return reconcile.reconcile(tx).holes
