"""Promise 7: a join never misses a fan-out, also when one batch brings both."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.contract import Tools
from canonical.answer import Answer, Outcome, Reference
from canonical.appeal import Appeal
from canonical.applicant import Applicant
from canonical.document import Document
from canonical.form import Form
from canonical.place import Place
from canonical.states import AssignmentState
from gateway.bootstrap import read_files
from ledger import documents, leases, schema
from ledger.store import DECIDE, Lease, Store, open_engine
from ledger.tables import appeal, delivery
from ledger.vault import Vault
from workers.decide import _decide_round
from workers.indexed import _tell_once
from workers.site import Site, compile_site
from workers.think import think
from workers.translate import Translated

HARNESS = Path(__file__).parents[2] / "bench" / "harness" / "mappings"
TEXT = "Не горит фонарь у подъезда, темно и страшно ходить вечером"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = open_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    schema.upgrade(engine)
    store = Store(engine, Vault({"k1": b"k" * 32}, "k1", b"s" * 32))
    yield store
    store.close()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    for name in ("CHANNEL_URL", "RECIPIENT_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    files = read_files(HARNESS) | {"duplicates.yaml": "version: 1\nenabled: yes\n"}
    return compile_site("test", files, Tools(secret=lambda name: name, read_file=lambda digest: b""))


def make_appeal() -> Appeal:
    """The same person, the same words, the same place: a repeat."""
    return Appeal(
        text=TEXT, created_at=datetime.now(UTC), place=Place(settlement="Надым", street="Зверева", house="5"),
        applicant=Applicant(phone="+79000000000"),
    )  # fmt: skip


def decide(store: Store, lease: Lease, site: Site, *arrivals: tuple[str, str, str, Form]) -> None:
    """One batch of (system, kind, external id, what its mapping read)."""
    with store.write() as tx:
        documents.record(tx, [(s, Document(kind=k, external_id=x, body=x.encode())) for s, k, x, _ in arrivals])
    with store.write(lease) as tx:
        claimed = {document.external_id: document for document in documents.claim(tx, lease, 10)}
    items = [(Translated(claimed[x], [reading]), reading) for _, _, x, reading in arrivals]
    thought = [
        (entry, [think(site.policy, store.vault, "channel", reading)] if isinstance(reading, Appeal) else [])
        for entry, reading in items
    ]
    with store.write(lease, lock=DECIDE) as tx:
        _decide_round(tx, lease, site, thought)


def test_an_answer_reaches_the_appeal_that_joins_in_the_same_batch(store: Store, site: Site) -> None:
    lease = leases.take_lease(store, "worker")
    decide(store, lease, site, ("channel", "appeal", "first", make_appeal()))
    with store.read() as tx:
        filed = tx.run(select(delivery.c.id).where(delivery.c.intent == "forward")).scalar_one()
    answer = Answer(
        reference=Reference(delivery=filed), state=AssignmentState.answered, outcome=Outcome.solved, text="Починили."
    )
    decide(store, lease, site, ("recipient", "answer", "n-1", answer), ("channel", "appeal", "second", make_appeal()))
    with store.read() as tx:
        joined = tx.run(select(appeal.c.external_id).where(appeal.c.join_kind.is_not(None))).scalars().all()
        answered = select(appeal.c.external_id).join(delivery, delivery.c.appeal_id == appeal.c.id)
        told = tx.run(answered.where(delivery.c.intent == "answer")).scalars().all()
    assert joined == ["second"]
    assert sorted(told) == ["first", "second"]


def test_a_namesakes_copy_is_the_same_person_again(store: Store, site: Site) -> None:
    """No phone, no e-mail: the name alone never joins, the name with the same words does."""
    lease = leases.take_lease(store, "worker")
    who = Applicant(surname="Вануйто", given_name="Яптик")
    first = make_appeal().model_copy(update={"applicant": who})
    other = first.model_copy(update={"text": "Во дворе дома свалка, мусор не вывозят две недели"})
    for name, one in (("first", first), ("second", first), ("third", other)):
        decide(store, lease, site, ("channel", "appeal", name, one))
    with store.read() as tx:
        kinds = {row.external_id: row.join_kind for row in tx.run(select(appeal))}
    assert kinds == {"first": None, "second": "repeat", "third": None}


def test_features_of_a_newer_worker_are_no_candidate_and_no_crash(
    store: Store, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two versions run together while a release rolls out."""
    lease = leases.take_lease(store, "worker")
    decide(store, lease, site, ("channel", "appeal", "first", make_appeal()))
    with store.write() as tx:
        blob = tx.run(select(appeal.c.features)).scalar_one()
        tx.run(appeal.update().values(features=b"\xfe" + blob[1:]))
    _tell_once.cache_clear()
    decide(store, lease, site, ("channel", "appeal", "second", make_appeal()))
    decide(store, lease, site, ("channel", "appeal", "third", make_appeal()))
    with store.read() as tx:
        rows = tx.run(select(appeal).order_by(appeal.c.id)).all()
    assert [row.join_kind for row in rows] == [None, None, "repeat"]
    assert rows[2].case_id == rows[1].case_id
    assert capsys.readouterr().out.count("features.unreadable") == 1
