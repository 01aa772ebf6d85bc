"""Promises 3, 4, 7, 10: one transaction, nothing due outside the ledger, serial decisions, all accounted for."""

import pytest
from sqlalchemy import Table, text

from ledger import candidates, cases, configs, deliveries, documents, leases
from ledger.reconcile import reconcile
from ledger.store import DECIDE, Lease, Store
from ledger.tables import answer, appeal, assignment, delivery, desk, document, obligation
from ledger.tables import cases as case_table
from tests.ledger.material import (
    answer_case,
    begin,
    claim,
    count,
    done,
    end,
    file_one,
    forward,
    letter,
    open_case,
    read_all,
    record,
    say,
    set_values,
    take,
    tell,
)
from tests.ledger.racing import open_store, race

# Promise 3


def test_a_decision_and_all_that_it_causes_commit_together(store: Store, lease: Lease) -> None:
    [name] = record(store, letter())
    claim(store, lease)
    with pytest.raises(RuntimeError), store.write(lease, lock=DECIDE) as tx:
        ids = open_case(tx, "1")
        deliveries.add(tx, [forward(tx, ids)])
        documents.finish(tx, lease, [done(name)], {}, "c0")
        raise RuntimeError("the process died")
    for table in (case_table, appeal, assignment, obligation, delivery):
        assert count(store, table) == 0
    assert read_all(store, document)[0].state == "received"


def test_rows_with_different_columns_are_all_written_whole(store: Store) -> None:
    with store.write() as tx:
        cases.insert(tx, assignment, [
            {"id": "g1", "case_id": "c", "recipient": "a", "state": "planned"},
            {"id": "g2", "case_id": "c", "recipient": "b", "state": "planned", "number": "17"},
        ])  # fmt: skip
    assert [row.number for row in read_all(store, assignment)] == [None, "17"]


def test_changes_of_one_row_apply_in_their_order(store: Store) -> None:
    ids, _ = file_one(store)
    with store.write() as tx:
        cases.change_all(tx, [
            (assignment, ids["assignment"], {"state": "sent", "number": "1"}),
            (case_table, ids["case"], {"state": "in_work"}),
            (assignment, ids["assignment"], {"state": "registered", "number": "2"}),
            (assignment, ids["assignment"], {"state": "answered"}),
        ])  # fmt: skip
    [row] = read_all(store, assignment)
    assert (row.state, row.number, read_all(store, case_table)[0].state) == ("answered", "2", "in_work")


# Promise 4


def test_all_that_is_due_is_found_in_the_ledger_alone(store: Store, lease: Lease) -> None:
    """Nothing here knows of a broker: a new process finds every kind of due work."""
    record(store, letter())
    file_one(store)
    with store.read() as tx:
        due = document.c.state == "received", document.c.worker.is_(None), document.c.due_at <= tx.now
        assert tx.run(document.select().where(*due)).first()
    assert claim(store, lease)
    assert take(store, lease)


# Promise 7


def _decide_same(meet, url, number):
    """What the decide stage does: look for the same problem, join it or open a case."""
    store = open_store(url)
    lease = leases.take_lease(store, "worker")
    meet()
    with store.write(lease, lock=DECIDE) as tx:
        known = candidates.load(tx, (name for names in candidates.find(tx, [4711], 0).values() for name in names))
        before = next(iter(known.values())).case_id if known else None
        ids = open_case(tx, str(number), case_id=before)
        candidates.add(tx, [(4711, ids["appeal"])])
        if before:
            cases.count_joined(tx, [(before, None)])
    return ids["case"]


def test_two_processes_that_decide_duplicates_make_one_case(store: Store, url: str) -> None:
    one, other = race(_decide_same, (url, 1), (url, 2))
    assert one == other
    [row] = read_all(store, case_table)
    assert row.appeals == 2 == count(store, appeal)


def _join(meet, url, case_id):
    store = open_store(url)
    meet()
    for number in range(20):
        with store.write(lock=DECIDE) as tx:
            cases.lock(tx, [case_id])
            ids = open_case(tx, f"j{number}", case_id=case_id)
            told = cases.list_answers(tx, [case_id], [])
            if told:
                deliveries.add(tx, [tell(tx, ids, cause=told[-1].id)])


def _answer(meet, url, ids):
    store = open_store(url)
    meet()
    with store.write(lock=DECIDE) as tx:
        cases.lock(tx, [ids["case"]])
        name = answer_case(tx, ids)
        rows = cases.load_of_case(tx, appeal, [ids["case"]])[ids["case"]]
        owed = {row.appeal_id: row.id for row in cases.load_of_case(tx, obligation, [ids["case"]])[ids["case"]]}
        deliveries.add(tx, [
            tell(tx, {"appeal": row.id, "case": ids["case"], "obligation": owed[row.id]}, cause=name) for row in rows
        ])  # fmt: skip


def _either(meet, url, case_id, ids):
    return _answer(meet, url, ids) if ids else _join(meet, url, case_id)


def test_a_join_never_misses_a_fan_out(store: Store, url: str) -> None:
    ids, _ = file_one(store)
    race(_either, (url, ids["case"], None), (url, ids["case"], ids))
    told = {row.appeal_id for row in read_all(store, delivery, intent="answer")}
    assert told == {row.id for row in read_all(store, appeal)}
    assert len(told) == 21


def _count_up(meet, url, names):
    store = open_store(url)
    meet()
    for _ in range(15):
        with store.write() as tx:
            rows = cases.lock(tx, names)
            cases.change(tx, case_table, names[0], appeals=rows[names[0]].appeals + 1)


def test_two_processes_that_lock_the_same_cases_in_any_order_lose_no_change(store: Store, url: str) -> None:
    first, second = (file_one(store, str(number))[0]["case"] for number in range(2))
    race(_count_up, (url, [first, second]), (url, [first, second][::-1]))
    assert [row.appeals for row in read_all(store, case_table)] == [16, 16]


def test_candidates_are_the_newest_of_each_key_however_many_share_it(store: Store) -> None:
    names = [f"a_{number:05}" for number in range(100)]
    with store.write() as tx:
        candidates.add(tx, [(7, name) for name in names] + [(-8, "a_x"), (-8, "a_x")])
        found = candidates.find(tx, [7, -8, 9], since=0)
        assert found == {7: names[: -candidates.PER_KEY - 1 : -1], -8: ["a_x"]}
        assert candidates.find(tx, [7], since=tx.now + 1) == {}


def test_candidates_are_found_in_the_primary_key_alone(store: Store) -> None:
    """Millions of rows: looking each of them up for its time would cost a page of the disk."""
    with store.read() as tx:
        if tx.is_postgres:
            pytest.skip("PostgreSQL plans by statistics")
        plan = tx.run(text(f"EXPLAIN QUERY PLAN {candidates._FIND_SQLITE.text}"), {"keys": "[7]", "first": "a_0"})
        steps = [row.detail for row in plan]
    assert "COVERING INDEX" in next(step for step in steps if step.startswith("SEARCH c ")), steps
    assert not [step for step in steps if step.startswith("SCAN c")]


def test_a_key_that_very_many_share_is_not_read_to_its_end(store: Store) -> None:
    """Counted in the engine's own steps, not in time."""
    with store.write() as tx:
        if tx.is_postgres:
            pytest.skip("the steps are SQLite's")
        candidates.add(tx, [(7, f"a_1{number:06}") for number in range(20_000)])
        steps: list[int] = []
        raw = tx.connection.connection.dbapi_connection
        assert raw is not None
        raw.set_progress_handler(lambda: steps.append(1), 100)
        found = candidates.find(tx, [7], since=0)
        raw.set_progress_handler(None, 0)
    assert len(found[7]) == candidates.PER_KEY
    assert len(steps) * 100 < 10_000


def test_a_decision_compares_only_so_many_the_rarest_keys_first() -> None:
    common = {key: [f"a_{key}{number:03}" for number in range(candidates.PER_KEY)] for key in range(15)}
    found = common | {99: ["a_rare"], 98: ["a_0021", "a_other"]}
    chosen = candidates.choose(found, [*common, 98, 99, 4711])
    assert len(chosen) == candidates.PER_APPEAL
    assert chosen[:3] == ["a_rare", "a_0021", "a_other"]
    assert candidates.choose(found, [99]) == ["a_rare"]


# Promise 10


def _settle(store: Store, lease: Lease) -> dict[str, str]:
    """One appeal's whole way."""
    [name] = record(store, letter())
    claim(store, lease)
    with store.write(lease, lock=DECIDE) as tx:
        ids = open_case(tx, "1")
        deliveries.add(tx, [filed := forward(tx, ids)])
        documents.finish(tx, lease, [done(name, subject=ids["appeal"])], {}, "c0")
    rows = take(store, lease)
    begin(store, lease, filed["id"])
    end(store, lease, rows, number="17")
    with store.write(lease, lock=DECIDE) as tx:
        deliveries.add(tx, [told := tell(tx, ids, cause=answer_case(tx, ids))])
    rows = take(store, lease, "vk")
    begin(store, lease, told["id"])
    end(store, lease, rows)
    return ids | {"document": name or "", "forward": filed["id"], "told": told["id"]}


def _holes(store: Store) -> list[str]:
    with store.read() as tx:
        return list(reconcile(tx).holes)


def test_a_whole_way_is_accounted_for(store: Store, lease: Lease) -> None:
    _settle(store, lease)
    with store.read() as tx:
        verdict = reconcile(tx)
    assert verdict.whole, verdict.holes
    assert verdict.counts["obligations"] == {"met": 1}


@pytest.mark.parametrize(
    ("table", "kind", "change", "hole"),
    [
        (document, "document", {"disposition": None}, "documents done without a disposition"),
        (document, "document", {"state": "quarantined"}, "quarantined documents that nobody sees"),
        (appeal, "appeal", {"case_id": "c_gone"}, "appeals of no case"),
        (obligation, "obligation", {"appeal_id": "a_gone"}, "appeals nobody owes an answer"),
        (assignment, "assignment", {"case_id": "c_gone"}, "routed cases without an assignment"),
        (delivery, "forward", {"assignment_id": None}, "assignments that were never filed"),
        (delivery, "told", {"state": "cancelled"}, "obligations met without a delivered answer"),
        (obligation, "obligation", {"state": "excused"}, "obligations excused without a reason"),
        (delivery, "forward", {"state": "held"}, "deliveries that nobody will send"),
    ],
)
def test_every_hole_is_found(store: Store, lease: Lease, table: Table, kind: str, change: dict, hole: str) -> None:
    ids = _settle(store, lease)
    set_values(store, table, ids[kind], **change)
    assert hole in _holes(store)


def test_an_answered_case_whose_resident_waits_for_nothing_is_a_hole(store: Store, lease: Lease) -> None:
    ids = _settle(store, lease)
    set_values(store, obligation, ids["obligation"], state="owed")
    assert "answered or closed cases whose residents wait for nothing" in _holes(store)


def test_a_cancelled_answer_leaves_an_excuse_not_a_hole(store: Store, lease: Lease) -> None:
    with store.write() as tx:
        ids = open_case(tx, "1")
        deliveries.add(tx, [forward(tx, ids), told := tell(tx, ids, cause=answer_case(tx, ids), state="held")])
        say(tx, told["id"], "cancel")
    [owed] = read_all(store, obligation)
    assert (owed.state, owed.reason) == ("excused", "cancelled_by_hand")
    assert _holes(store) == []


def test_a_dead_workers_leavings_are_no_hole(store: Store, lease: Lease) -> None:
    [name] = record(store, letter())
    set_values(store, document, name, lost=2)
    claim(store, lease)
    leases.release(store, lease)
    set_values(store, document, name, worker="w_dead", lost=2)
    with store.write() as tx:
        leases._hand_back(tx, ["w_dead"], lost=1)
    assert _holes(store) == []
    assert read_all(store, desk)[0].subject == name


def test_a_replayed_document_starts_again(store: Store, lease: Lease) -> None:
    [name] = record(store, letter(fault="broken"))
    with store.write() as tx:
        assert documents.replay(tx, [name]) == 1
    assert [one.id for one in claim(store, lease)] == [name]
    assert not read_all(store, desk)[0].open


def test_one_activation_decides_and_old_configurations_stay_readable(store: Store) -> None:
    with store.write() as tx:
        first = configs.activate(tx, {"systems/a.yaml": "a: 1"}, "anna")
        second = configs.activate(tx, {"systems/a.yaml": "a: 2"}, "anna")
        configs.activate(tx, {"systems/a.yaml": "a: 2"}, "anna")
    with store.read() as tx:
        assert configs.read_active(tx) == second != first
        assert configs.load(tx, first) == {"systems/a.yaml": "a: 1"}
    assert count(store, answer) == 0
