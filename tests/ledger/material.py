"""What the tests put into a ledger: one appeal's whole way, as the workers write it."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select, update

from canonical.answer import Answer, Reference
from canonical.appeal import Appeal
from canonical.applicant import Applicant
from canonical.document import Document
from canonical.ids import make_id
from ledger import cases, deliveries, documents, leases
from ledger.clock import from_ms, now_ms
from ledger.documents import Claimed, Ending
from ledger.store import Lease, Store, Tx
from ledger.tables import answer, appeal, assignment, obligation, worker
from ledger.tables import cases as case_table
from ledger.vault import Vault
from workers import resolve_delivery
from workers.resolve_effects import Effects

NAME, PHONE, WORDS = "Окотэтто Лапцуй Хабэчевич", "+79220001122", "Третий день нет тепла на Полярной 5"
BODY = f"{NAME}; {PHONE}; {WORDS}".encode()
KEYS = {"k1": b"1" * 32}


def make_vault(current: str = "k1", **more: bytes) -> Vault:
    return Vault(KEYS | more, current, b"s" * 32)


def letter(external_id: str = "1", body: bytes = BODY, **rest: Any) -> Document:
    return Document(kind="appeal", external_id=external_id, body=body, **rest)


def record(store: Store, *letters: Document, system: str = "vk") -> list[str | None]:
    with store.write() as tx:
        return documents.record(tx, [(system, one) for one in letters])


def claim(store: Store, lease: Lease, limit: int = 64) -> list[Claimed]:
    with store.write(lease) as tx:
        return documents.claim(tx, lease, limit)


def read_all(store: Store, table: Any, **where: Any) -> list[Any]:
    with store.read() as tx:
        conditions = [table.c[name] == value for name, value in where.items()]
        return list(tx.run(select(table).where(*conditions).order_by(*table.primary_key.columns)).all())


def count(store: Store, table: Any, **where: Any) -> int:
    return len(read_all(store, table, **where))


def set_values(store: Store, table: Any, name: str, **values: Any) -> None:
    """The clock and the accidents of a test."""
    with store.write() as tx:
        tx.run(update(table).where(table.c.id == name).values(**values))


def say(tx: Tx, name: str, decision: str, by: str = "anna") -> None:
    """A person's word about a delivery, as at the desk."""
    steps = {"send": resolve_delivery.send, "cancel": resolve_delivery.cancel}
    steps[decision](Effects(tx, lambda system, intent: True, by), SimpleNamespace(subject=name), "")


def silence(store: Store, lease: Lease) -> None:
    """As if this worker had not beaten for a minute."""
    with store.write() as tx:
        tx.run(update(worker).where(worker.c.id == lease.id).values(beat_at=now_ms() - 60_000))


def lose(store: Store, lease: Lease) -> Lease:
    """The worker dies; what it held is free. Its successor."""
    silence(store, lease)
    assert lease.id in leases.bury(store)
    return leases.take_lease(store, "worker")


def open_case(tx: Tx, external_id: str, system: str = "vk", case_id: str | None = None) -> dict[str, str]:
    """An appeal, and a case with one assignment unless it joins `case_id`; ids by kind."""
    ids = {name: make_id(name[0]) for name in ("appeal", "obligation", "assignment")}
    ids["case"] = case_id or make_id("c")
    vault, content = tx.vault, Appeal(
        text=WORDS, applicant=Applicant(name=NAME, phone=PHONE), created_at=from_ms(tx.now)
    )  # fmt: skip
    if case_id is None:
        cases.insert(tx, case_table, [{"id": ids["case"], "state": "routed", "appeal_id": ids["appeal"], "appeals": 1,
                                       "opened_at": tx.now, "changed_at": tx.now}])  # fmt: skip
        cases.insert(tx, assignment, [{"id": ids["assignment"], "case_id": ids["case"], "recipient": "gkh",
                                       "state": "planned", "lead": True, "changed_at": tx.now}])  # fmt: skip
    cases.insert(tx, appeal, [{
        "id": ids["appeal"], "system": system, "external_id": external_id, "state": "open", "legal_kind": "message",
        "urgency": 2, "case_id": ids["case"], "document_id": make_id("d"), "phone": vault.mark("phone", PHONE),
        "created_at": tx.now, "received_at": tx.now, "deleted": False, "edits": 0, "features": None,
        "body": cases.seal_appeal(tx, ids["appeal"], content),
    }])  # fmt: skip
    cases.insert(tx, obligation, [{"id": ids["obligation"], "case_id": ids["case"], "appeal_id": ids["appeal"],
                                   "system": system, "state": "owed"}])  # fmt: skip
    return ids


def forward(tx: Tx, ids: dict[str, str], intent: str = "forward", **rest: Any) -> dict[str, Any]:
    usual = {"subject": ids["assignment"], "cause": ids["case"], "case_id": ids["case"],
             "assignment_id": ids["assignment"], "appeal_id": ids["appeal"]}  # fmt: skip
    return deliveries.make_row(tx, "gkh", intent, **usual | rest)


def tell(tx: Tx, ids: dict[str, str], **rest: Any) -> dict[str, Any]:
    """The answer to one resident."""
    usual = {"subject": ids["appeal"], "cause": "n_1", "case_id": ids["case"], "addressee": ids["appeal"],
             "appeal_id": ids["appeal"], "obligation_id": ids["obligation"]}  # fmt: skip
    return deliveries.make_row(tx, "vk", "answer", **usual | rest)


def file_one(store: Store, external_id: str = "1", **rest: Any) -> tuple[dict[str, str], str]:
    """A case with its forward waiting: its ids, and the delivery's."""
    with store.write() as tx:
        ids = open_case(tx, external_id)
        row = forward(tx, ids, **rest)
        deliveries.add(tx, [row])
    return ids, row["id"]


def answer_case(tx: Tx, ids: dict[str, str], document_id: str = "d_answer") -> str:
    name = make_id("n")
    content = Answer(reference=Reference(number="17"), text=f"Уважаемый {NAME}, тепло дали")
    cases.insert(tx, answer, [{"id": name, "assignment_id": ids["assignment"], "case_id": ids["case"], "entry": name,
                               "document_id": document_id, "state": "answered", "speaks": True, "version": 1,
                               "heard_at": tx.now, "body": cases.seal_answer(tx, name, content)}])  # fmt: skip
    cases.change(tx, case_table, ids["case"], state="answered", changed_at=tx.now)
    return name


def take(store: Store, lease: Lease, system: str = "gkh", limit: int = 64) -> list[Any]:
    with store.write(lease) as tx:
        return deliveries.claim(tx, lease, system, limit)


def begin(store: Store, lease: Lease, *names: str) -> None:
    with store.write(lease) as tx:
        deliveries.mark_sending(tx, lease, {name: f"plan of {PHONE}".encode() for name in names}, "c0")


def end(store: Store, lease: Lease, rows: list[Any], state: str = "delivered", **rest: Any) -> None:
    with store.write(lease) as tx:
        outcomes = [deliveries.Outcome(row.id, state, **rest) for row in rows]
        deliveries.finish(tx, lease, {row.id: row for row in rows}, outcomes)


def done(name: str, **rest: Any) -> Ending:
    return Ending(name, "done", "opened", **rest)


def count_rows(store: Store, table: Any) -> int:
    with store.read() as tx:
        return int(tx.run(select(func.count()).select_from(table)).scalar_one())
