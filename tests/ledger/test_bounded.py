"""Promise 13: retention per kind; a restored ledger sends nothing until a person says so."""

from canonical.attachment import Attachment
from ledger import (
    audit,
    candidates,
    cases,
    deliveries,
    documents,
    files,
    lanes,
    leases,
    reconcile,
    restore,
    retention,
)
from ledger.retention import DAY_MS, Retention
from ledger.store import Lease, Store
from ledger.tables import appeal, candidate, delivery, desk, document, lane, obligation, occurrence, rating, worker
from ledger.tables import cases as case_table
from tests.ledger.material import (
    answer_case,
    begin,
    claim,
    count,
    done,
    end,
    file_one,
    letter,
    open_case,
    read_all,
    record,
    set_values,
    take,
)  # fmt: skip
from tests.ledger.test_audit import KEY

OLD = 1


def test_bodies_go_after_their_time_and_keys_stay(store: Store, lease: Lease) -> None:
    names = record(store, *(letter(str(number), revision="e") for number in range(4)))
    claim(store, lease)
    with store.write(lease) as tx:
        documents.finish(tx, lease, [done(name) for name in names[:3]], {}, "c0")
    for name in (names[0], names[1], names[3]):
        set_values(store, document, name, received_at=OLD)
    assert retention.apply(store, Retention())["documents"] == 2
    assert [row.body is None for row in read_all(store, document)] == [True, True, False, False]
    assert record(store, letter("0", revision="e")) == [None]


def test_more_rows_than_one_transaction_takes_all_go(store: Store, lease: Lease) -> None:
    names = record(store, *(letter(str(number)) for number in range(retention.CHUNK + 7)))
    with store.write() as tx:
        tx.run(document.update().values(state="done", received_at=OLD))
    assert retention.apply(store, Retention())["documents"] == len(names)
    assert retention.apply(store, Retention())["documents"] == 0


def test_rendered_requests_go_after_their_delivery_ended(store: Store, lease: Lease) -> None:
    file_one(store, "1")
    file_one(store, "2")
    rows = take(store, lease)
    begin(store, lease, *(row.id for row in rows))
    end(store, lease, rows[:1])
    set_values(store, delivery, rows[0].id, done_at=OLD)
    assert retention.apply(store, Retention())["plans"] == 1
    assert {row.id: row.plan is None for row in read_all(store, delivery)} == {rows[0].id: True, rows[1].id: False}


def test_an_appeals_text_goes_years_after_its_case_ended_never_while_it_is_owed(store: Store) -> None:
    with store.write() as tx:
        ended, owed = open_case(tx, "1"), open_case(tx, "2")
        for ids in (ended, owed):
            answer_case(tx, ids)
    for ids in (ended, owed):
        set_values(store, case_table, ids["case"], changed_at=OLD)
    set_values(store, obligation, ended["obligation"], state="met")
    removed = retention.apply(store, Retention())
    assert (removed["appeals"], removed["answers"]) == (1, 1)
    assert read_all(store, appeal, id=ended["appeal"])[0].phone is None
    assert read_all(store, appeal, id=owed["appeal"])[0].body is not None


def test_what_was_written_beside_a_rating_goes_and_the_score_stays(store: Store) -> None:
    with store.write() as tx:
        rows = [
            {"id": name, "answer_id": "n1", "appeal_id": name, "score": 2, "at": at, "body": b"sealed"}
            for name, at in (("r_old", OLD), ("r_new", tx.now))
        ]
        cases.insert(tx, rating, rows)
    assert retention.apply(store, Retention())["ratings"] == 1
    assert [(row.id, row.score, row.body) for row in read_all(store, rating)] == [
        ("r_new", 2, b"sealed"), ("r_old", 2, None),
    ]  # fmt: skip


def test_the_index_of_duplicates_is_trimmed(store: Store) -> None:
    with store.write() as tx:
        candidates.add(tx, [(1, "a_old"), (2, "a_new")])
        tx.run(candidate.update().where(candidate.c.key == 1).values(at=tx.now - 91 * DAY_MS))
    assert retention.apply(store, Retention())["candidates"] == 1
    assert [row.appeal_id for row in read_all(store, candidate)] == ["a_new"]


def test_for_ever_is_a_choice_and_what_was_removed_is_kept_in_the_audit(store: Store) -> None:
    record(store, letter())
    with store.write() as tx:
        tx.run(document.update().values(state="done", received_at=OLD))
    assert "documents" not in retention.apply(store, Retention(documents=None))
    assert count(store, occurrence, kind="retention.applied") == 0
    retention.apply(store, Retention())
    [said] = read_all(store, occurrence, kind="retention.applied")
    assert said.detail == '{"documents":1}'
    audit.seal_new(store, KEY)
    assert audit.verify(store, KEY).whole


def test_a_restored_ledger_sends_nothing_and_doubts_what_was_begun(store: Store, lease: Lease) -> None:
    with store.write() as tx:
        lanes.ensure(tx, {"gkh": True, "vk": True})
    names = {kind: file_one(store, kind)[1] for kind in ("sending", "tried", "claimed", "fresh")}
    rows = {row.id: row for row in take(store, lease)}
    begin(store, lease, names["sending"], names["tried"])
    end(store, lease, [rows[names["tried"]]], state="waiting", due_at=1)
    set_values(store, delivery, names["fresh"], attempts=0, worker=None)
    record(store, letter())
    claim(store, lease)

    found = restore.start_paused(store, "anna")

    assert (found.paused, found.unknown, found.held, found.waiting) == (2, 2, 1, 1)
    assert all(row.paused for row in read_all(store, lane))
    states = {kind: read_all(store, delivery, id=name)[0].state for kind, name in names.items()}
    assert states == {"sending": "unknown", "tried": "unknown", "claimed": "held", "fresh": "waiting"}
    assert read_all(store, desk)[0].subject == names["claimed"]
    assert all(row.fenced for row in read_all(store, worker))
    assert [row.worker for row in read_all(store, delivery)] == [None] * 4
    [said] = read_all(store, occurrence, kind="ledger.restored")
    assert said.actor == "anna"


def test_only_a_person_resumes_a_restored_ledger(store: Store) -> None:
    with store.write() as tx:
        lanes.ensure(tx, {"gkh": True})
    restore.start_paused(store, "anna")
    with store.write() as tx:
        lanes.ensure(tx, {"gkh": True})
        lanes.succeed(tx, "gkh")
        assert not lanes.is_open(lanes.load(tx)["gkh"], tx.now)
        lanes.pause(tx, None, False, "anna")
        assert lanes.is_open(lanes.load(tx)["gkh"], tx.now)


def test_after_a_restore_workers_ask_before_anything_leaves(store: Store, lease: Lease) -> None:
    _, name = file_one(store)
    take(store, lease)
    begin(store, lease, name)
    restore.start_paused(store, "anna")
    fresh = leases.take_lease(store, "worker")
    assert take(store, fresh) == []
    with store.write(fresh) as tx:
        assert [row.id for row in deliveries.claim_unknown(tx, fresh, "gkh", 9)] == [name]


def test_files_whose_time_was_over_are_no_hole(store: Store) -> None:
    with store.write() as tx:
        ids = open_case(tx, "1")
        answer_case(tx, ids)
        paper = Attachment(name="акт.pdf", digest="d" * 64, size=3, media_type="application/pdf")
        files.add(tx, files.make_rows(tx, [paper], owner=ids["appeal"], system="vk", urgency=2))
    set_values(store, case_table, ids["case"], changed_at=OLD)
    set_values(store, obligation, ids["obligation"], state="met")
    assert retention.apply(store, Retention())["attachments"] == 1
    with store.read() as tx:
        assert "stored files of no known content" not in reconcile.reconcile(tx).holes
