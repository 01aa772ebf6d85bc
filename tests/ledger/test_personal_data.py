"""Promise 11: personal data is encrypted, found by keyed marks, unmasked with a reason, forgotten on request."""

from pathlib import Path

import pytest
from sqlalchemy import text

from canonical.appeal import Appeal
from ledger import candidates, cases, deliveries, documents, people
from ledger.reconcile import reconcile
from ledger.rotation import reencrypt
from ledger.store import Lease, Store
from ledger.tables import answer, appeal, candidate, delivery, desk, document, metadata, obligation, occurrence, rating
from ledger.vault import KeyMissing, Sealed
from tests.ledger.material import (
    BODY,
    NAME,
    PHONE,
    WORDS,
    answer_case,
    begin,
    claim,
    count,
    done,
    end,
    file_one,
    forward,
    letter,
    make_vault,
    open_case,
    read_all,
    record,
    set_values,
    take,
    tell,
)  # fmt: skip
from workers import forgetting

SECRETS = [part.encode() for part in (NAME, *NAME.split(), PHONE, PHONE[2:], WORDS)]


def _live(store: Store, lease: Lease) -> dict[str, str]:
    """One appeal with everything it leaves behind."""
    [name] = record(store, letter())
    claim(store, lease)
    with store.write(lease) as tx:
        ids = open_case(tx, "1")
        candidates.add(tx, [(7, ids["appeal"])])
        documents.finish(tx, lease, [done(name, subject=ids["appeal"])], {}, "c0")
        deliveries.add(tx, [filed := forward(tx, ids)])
    cases_answer = record(store, letter("n17", body=f"Ответ: {NAME}".encode()), system="gkh")[0]
    claim(store, lease)
    with store.write(lease) as tx:
        documents.finish(tx, lease, [done(cases_answer, subject=ids["case"])], {}, "c0")
    rows = take(store, lease)
    begin(store, lease, filed["id"])
    with store.write(lease) as tx:
        deliveries.save_progress(tx, lease, filed["id"], "create", {"for": NAME})
    end(store, lease, rows, number="17")
    with store.write(lease) as tx:
        deliveries.add(tx, [told := tell(tx, ids, cause=answer_case(tx, ids, cases_answer))])
        cases.insert(tx, rating, [{"id": "r1", "answer_id": "n", "appeal_id": ids["appeal"], "score": 1,
                                   "body": tx.vault.seal("rating", "r1", WORDS.encode())}])  # fmt: skip
    return ids | {"document": name, "forward": filed["id"], "told": told["id"], "answer_document": cases_answer}


def _read_everything(store: Store) -> bytes:
    """What is in the ledger, as its own engine keeps it."""
    if store.engine.dialect.name == "sqlite":
        path = Path(store.engine.url.database)
        return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    with store.read() as tx:
        rows = [tx.run(text(f'SELECT t::text FROM "{table}" AS t')).scalars().all() for table in metadata.tables]
        plain = "\n".join(line for lines in rows for line in lines)
        blobs = b"".join(
            bytes(value) for table in metadata.tables.values() for row in tx.run(table.select())
            for value in row if isinstance(value, bytes | memoryview)
        )  # fmt: skip
    return plain.encode() + blobs


def test_no_personal_data_is_readable_in_the_database(store: Store, lease: Lease) -> None:
    _live(store, lease)
    everything = _read_everything(store)
    assert b"one_row_per_arrival" in everything or b"received" in everything or b"done" in everything
    assert [secret.decode() for secret in SECRETS if secret in everything] == []


def test_a_blob_copied_to_another_row_or_column_does_not_open(store: Store, lease: Lease) -> None:
    ids = _live(store, lease)
    [row] = read_all(store, appeal)
    for table, name in (("appeal", "a_other"), ("document", ids["appeal"]), ("answer", ids["appeal"])):
        with pytest.raises(Sealed) as caught:
            store.vault.open(table, name, row.body)
        assert NAME not in str(caught.value)
    assert cases.open_appeal(_tx(store), row).text == WORDS


def _tx(store: Store):
    with store.read() as tx:
        return tx


def test_a_changed_blob_does_not_open() -> None:
    vault = make_vault()
    blob = bytearray(vault.seal("appeal", "a1", b"text"))
    blob[-1] ^= 1
    with pytest.raises(Sealed):
        vault.open("appeal", "a1", bytes(blob))


def test_equal_contents_look_different_and_equal_values_are_found_by_their_mark() -> None:
    vault = make_vault()
    assert vault.seal("appeal", "a1", b"text") != vault.seal("appeal", "a1", b"text")
    assert vault.mark("phone", PHONE) == make_vault().mark("phone", PHONE)
    assert vault.mark("phone", PHONE) != vault.mark("email", PHONE)


def test_keys_rotate_while_everything_stays_readable(store: Store, lease: Lease) -> None:
    _live(store, lease)
    newer = Store(store.engine, make_vault("k2", k2=b"2" * 32))
    done_first = reencrypt(newer)
    assert done_first == {
        "document": 2, "appeal": 1, "answer": 1, "delivery": 1, "delivery.progress": 1, "rating": 1,
        "attachment": 0,
    }  # fmt: skip
    assert set(reencrypt(newer).values()) == {0}
    [row] = read_all(newer, appeal)
    assert cases.open_appeal(_tx(newer), row).text == WORDS
    with pytest.raises(KeyMissing):
        cases.open_appeal(_tx(store), row)


def test_a_person_is_found_by_phone_without_the_ledger_holding_it(store: Store, lease: Lease) -> None:
    ids = _live(store, lease)
    with store.read() as tx:
        assert people.find_appeals(tx, "phone", PHONE) == [ids["appeal"]]
        assert people.find_appeals(tx, "phone", "+79990000000") == []


def test_unmasking_needs_a_reason_and_is_audited(store: Store, lease: Lease) -> None:
    ids = _live(store, lease)
    with pytest.raises(people.NoReason), store.write() as tx:
        people.unmask(tx, ids["appeal"], "anna", "  ")
    with store.write() as tx:
        assert people.unmask(tx, ids["appeal"], "anna", "a call back").applicant.name == NAME
    [said] = read_all(store, occurrence, kind="appeal.unmasked")
    assert (said.actor, said.subject, "a call back" in said.detail) == ("anna", ids["appeal"], True)


def test_forgetting_removes_every_blob_and_mark_and_keeps_the_aggregates(store: Store, lease: Lease) -> None:
    ids = _live(store, lease)
    forgetting.forget(store, ids["appeal"], "anna")
    for table, column in (
        (document, "body"), (appeal, "body"), (appeal, "phone"), (answer, "body"), (delivery, "plan"),
        (delivery, "progress"), (rating, "body"),
    ):  # fmt: skip
        assert [row._mapping[column] for row in read_all(store, table) if row._mapping[column]] == [], (table, column)
    with store.read() as tx:
        assert people.find_appeals(tx, "phone", PHONE) == []
        assert candidates.find(tx, [7], 0) == {}
        assert cases.open_appeal(tx, read_all(store, appeal)[0]) == Appeal(
            created_at=cases.open_appeal(tx, read_all(store, appeal)[0]).created_at
        )
        assert reconcile(tx).whole
    assert (count(store, appeal), count(store, document), read_all(store, rating)[0].score) == (1, 2, 1)
    states = {row.id: row.state for row in read_all(store, delivery)}
    assert (states[ids["forward"]], states[ids["told"]]) == ("delivered", "cancelled")
    assert read_all(store, obligation)[0].state == "excused"
    [said] = read_all(store, occurrence, kind="appeal.forgotten")
    assert said.actor == "anna"


def test_forgetting_one_resident_leaves_the_others_of_the_case(store: Store, lease: Lease) -> None:
    ids = _live(store, lease)
    with store.write() as tx:
        other = open_case(tx, "2", case_id=ids["case"])
    forgetting.forget(store, ids["appeal"], "anna")
    assert read_all(store, appeal, id=other["appeal"])[0].body is not None
    assert read_all(store, answer)[0].body is not None
    assert read_all(store, obligation, appeal_id=other["appeal"])[0].state == "owed"


def test_what_is_on_its_way_is_not_forgotten_halfway(store: Store, lease: Lease) -> None:
    ids, name = file_one(store)
    take(store, lease)
    with pytest.raises(forgetting.OnItsWay):
        forgetting.forget(store, ids["appeal"], "anna")
    begin(store, lease, name)
    with pytest.raises(forgetting.OnItsWay):
        forgetting.forget(store, ids["appeal"], "anna")
    assert read_all(store, appeal)[0].body is not None


def test_a_redelivery_does_not_bring_a_forgotten_appeal_back(store: Store, lease: Lease) -> None:
    ids = _live(store, lease)
    record(store, letter(body=BODY + b" edited"))
    forgetting.forget(store, ids["appeal"], "anna")
    assert record(store, letter(body=BODY + b" edited")) == [None]
    assert claim(store, lease) == []
    assert count(store, desk, open=True) == 0


def _find_traces(store: Store, wanted: set[bytes]) -> set[bytes]:
    """Which of these any value of any row still holds, written out or as bytes."""
    values = [
        value if isinstance(value, bytes) else str(value).encode()
        for table in metadata.tables.values() for row in read_all(store, table) for value in row if value is not None
    ]  # fmt: skip
    return {one for one in wanted if any(one in value for value in values)}


def test_after_forgetting_neither_bytes_nor_marks_find_the_person(store: Store, lease: Lease) -> None:
    """Everything sealed and every keyed mark of the person, as they stood in the ledger, is in no row any more."""
    ids = _live(store, lease)
    marks = {kind: store.vault.mark(kind, value) for kind, value in (("person", "vk:7"), ("email", "a@b.example"))}
    bands = b"bands of the text"
    set_values(store, appeal, ids["appeal"], **marks, features=bands, thread="talk-7")
    with store.write() as tx:
        tx.run(candidate.insert(), [{"key": 987654321, "appeal_id": ids["appeal"], "at": tx.now}])
    sealed = {
        bytes(value) for table in (document, appeal, answer, delivery, rating) for row in read_all(store, table)
        for value in row if isinstance(value, bytes)
    }  # fmt: skip
    marked = {mark.encode() for mark in (*marks.values(), store.vault.mark("phone", PHONE))}
    traces = sealed | marked | {bands, b"talk-7", b"987654321"}
    assert _find_traces(store, traces) == traces
    forgetting.forget(store, ids["appeal"], "anna")
    assert _find_traces(store, traces | set(SECRETS)) == set()
    with store.read() as tx:
        assert people.find_appeals(tx, "phone", PHONE) == []
        assert candidates.find(tx, [987654321], 0) == {}


def test_forgotten_bytes_leave_the_file(store: Store, lease: Lease) -> None:
    """What was deleted is overwritten; nothing of the blob is left in the pages or the log of an SQLite file."""
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps dead rows until VACUUM and its log until it is archived: see the operations page")
    ids = _live(store, lease)
    blob = read_all(store, document, id=ids["document"])[0].body[-40:]
    assert blob in _read_everything(store)
    forgetting.forget(store, ids["appeal"], "anna")
    store.close()
    assert blob not in Path(store.engine.url.database).read_bytes()


def test_a_quarantined_documents_detail_goes_with_it(store: Store, lease: Lease) -> None:
    ids = _live(store, lease)
    [name] = record(store, letter(body=b"broken", fault="line 3 is broken"))
    set_values(store, document, name, subject=ids["appeal"])
    forgetting.forget(store, ids["appeal"], "anna")
    row = read_all(store, document, id=name)[0]
    assert (row.body, row.detail, row.disposition) == (None, None, "forgotten")
    assert read_all(store, desk, subject=name)[0].evidence is None
