"""Promise 5: leases, fencing, attempts, and a document that kills its workers."""

import os
import signal
import time

import pytest
from sqlalchemy import event

from ledger import deliveries, documents, leases
from ledger.store import DEAD_AFTER_MS, Fenced, Lease, Store
from ledger.tables import delivery, desk, document, occurrence, worker
from ledger.vault import Vault
from tests.ledger.material import (
    begin,
    claim,
    count,
    done,
    end,
    file_one,
    letter,
    lose,
    read_all,
    record,
    set_values,
    silence,
    take,
)  # fmt: skip
from tests.ledger.racing import hear, open_store, race, victim, wait_until


def _finish(store, lease, *names):
    with store.write(lease) as tx:
        documents.finish(tx, lease, [done(name) for name in names], {}, "c0")


def _claim_in_turns(meet, url, limit):
    store = open_store(url)
    lease = leases.take_lease(store, "worker")
    meet()
    names = []
    while mine := claim(store, lease, limit):
        names += [one.id for one in mine]
        _finish(store, lease, *(one.id for one in mine))
    return names


def test_two_processes_claim_every_document_once(store: Store, url: str) -> None:
    names = record(store, *(letter(str(number)) for number in range(120)))
    one, other = race(_claim_in_turns, (url, 7), (url, 7))
    assert sorted(one + other) == sorted(names)
    assert {row.attempts for row in read_all(store, document)} == {1}


def test_a_claim_takes_no_more_than_its_limit(store: Store, lease: Lease) -> None:
    record(store, *(letter(str(number)) for number in range(9)))
    assert [len(claim(store, lease, 4)) for _ in range(4)] == [4, 4, 1, 0]


def test_a_dead_workers_documents_are_claimed_by_another(store: Store, lease: Lease) -> None:
    [name] = record(store, letter())
    claim(store, lease)
    [again] = claim(store, lose(store, lease))
    assert (again.id, again.attempts) == (name, 2)


def test_a_living_worker_is_not_buried_and_keeps_its_claims(store: Store, lease: Lease) -> None:
    record(store, letter())
    claim(store, lease)
    assert leases.bury(store) == []
    assert claim(store, leases.take_lease(store, "worker")) == []


def test_a_fenced_worker_cannot_claim_finish_or_send(store: Store, lease: Lease) -> None:
    [name] = record(store, letter())
    _, filed = file_one(store)
    claim(store, lease)
    take(store, lease)
    lose(store, lease)
    lease.fenced, lease.confirmed = False, time.monotonic()  # it does not know yet
    for step in (claim, take, lambda s, le: _finish(s, le, name), lambda s, le: begin(s, le, filed), leases.beat):
        with pytest.raises(Fenced):
            step(store, lease)
        lease.fenced = False
    assert read_all(store, document, id=name)[0].state == "received"


def test_work_claimed_under_a_lost_lease_is_not_written_under_the_next_one(store: Store, lease: Lease) -> None:
    """A process that was stopped takes a new lease; its threads go on with what the old one had claimed."""
    [name] = record(store, letter())
    _, filed = file_one(store)
    claim(store, lease)
    [row] = take(store, lease)
    fresh = lose(store, lease)
    with pytest.raises(Fenced), store.write(fresh) as tx:
        file_one_in(tx)
        documents.finish(tx, fresh, [done(name)], {}, "c0")
    assert count(store, delivery) == 1, "what it had decided is rolled back as well"
    with pytest.raises(Fenced):
        begin(store, fresh, filed)
    with pytest.raises(Fenced), store.write(fresh) as tx:
        deliveries.save_progress(tx, fresh, filed, "create", {"id": "1"})
    end(store, fresh, [row], number="17")
    assert read_all(store, delivery, id=filed)[0].state == "waiting"
    assert count(store, occurrence, kind="delivery.delivered") == 0


def file_one_in(tx) -> None:
    from tests.ledger.material import forward, open_case

    deliveries.add(tx, [forward(tx, open_case(tx, "2"))])


def test_a_worker_that_could_not_beat_in_time_sends_nothing_but_keeps_what_it_still_holds(
    store: Store, lease: Lease
) -> None:
    names = record(store, letter())
    assert [one.id for one in claim(store, lease)] == names
    lease.confirmed -= 4.5
    with pytest.raises(Fenced):
        lease.check()
    assert DEAD_AFTER_MS > 4500, "it stops before others may take its work"
    # While the ledger calls it alive nobody else can end or free its rows, so its own word is taken.
    _finish(store, lease, *names)
    assert count(store, document, state="done") == 1


def test_a_heartbeat_does_not_wait_for_the_workers_own_transactions(store: Store, lease: Lease, url: str) -> None:
    if url.startswith("sqlite"):
        pytest.skip("an SQLite file has one writer at a time")
    with store.write(lease):
        leases.beat(store, lease)


def _bury_in_turns(meet, url):
    store = open_store(url)
    meet()
    return [name for _ in range(30) for name in leases.bury(store)]


def _claim_against_the_fence(meet, url, lease_id):
    """Writes as long as it is let; the ids of what it finished."""
    store, lease = open_store(url), Lease(lease_id)
    meet()
    names = []
    try:
        while mine := claim(store, lease, 3):
            _finish(store, lease, *(one.id for one in mine))
            names += [one.id for one in mine]
    except Fenced:
        pass
    return names


def test_claiming_and_fencing_at_once_leaves_no_row_with_a_dead_worker(store: Store, url: str, lease: Lease) -> None:
    record(store, *(letter(str(number)) for number in range(90)))
    silence(store, lease)
    finished, buried = race(_either, (url, lease.id), (url, None))
    rows = read_all(store, document)
    assert buried == [lease.id]
    assert {row.id for row in rows if row.state == "done"} == set(finished)
    assert [row for row in rows if row.worker] == []


def _either(meet, url, lease_id):
    return _claim_against_the_fence(meet, url, lease_id) if lease_id else _bury_in_turns(meet, url)


def test_two_buriers_bury_once(store: Store, url: str, lease: Lease) -> None:
    record(store, letter())
    claim(store, lease)
    silence(store, lease)
    one, other = race(_bury_in_turns, (url,), (url,))
    assert one + other == [lease.id]
    assert read_all(store, document)[0].lost == 1


def _hold(say, listen, url):
    store = open_store(url)
    lease = leases.take_lease(store, "worker")
    rows = take(store, lease, limit=1)
    begin(store, lease, rows[0].id)
    say((lease.id, [one.id for one in claim(store, lease, 5)], rows[0].id))
    listen()


def test_kill_9_of_a_process_that_holds_claims_frees_them_by_the_databases_clock(store: Store, url: str) -> None:
    record(store, *(letter(str(number)) for number in range(5)))
    file_one(store)
    with victim(_hold, url) as (process, pipe):
        holder, names, filed = hear(pipe)
        os.kill(process.pid, signal.SIGKILL)
        assert leases.bury(store) == [], "five seconds are not over"
        wait_until(lambda: leases.bury(store) == [holder], longest=15)
    again = claim(store, leases.take_lease(store, "worker"))
    assert sorted(one.id for one in again) == sorted(names)
    assert read_all(store, delivery, id=filed)[0].state == "unknown"


def _work_stopped(say, listen, url):
    """Beats, claims, is stopped, and tries to finish what it had; says how that ended."""
    store = open_store(url)
    lease = leases.take_lease(store, "worker")
    mine = [one.id for one in claim(store, lease)]
    say((lease.id, mine))
    listen()
    for step in (lambda: lease.check(), lambda: _finish(store, lease, *mine), lambda: leases.beat(store, lease)):
        try:
            step()
            say("written")
        except Fenced:
            say("fenced")


def test_a_stopped_worker_whose_lease_ran_out_cannot_write_when_it_goes_on(store: Store, url: str) -> None:
    names = record(store, letter())
    with victim(_work_stopped, url) as (process, pipe):
        stopped, mine = hear(pipe)
        assert mine == names
        os.kill(process.pid, signal.SIGSTOP)
        wait_until(lambda: leases.bury(store) == [stopped], longest=15)
        successor = leases.take_lease(store, "worker")
        assert [one.id for one in claim(store, successor)] == names
        _finish(store, successor, *names)
        os.kill(process.pid, signal.SIGCONT)
        pipe.send("go on")
        assert [hear(pipe) for _ in range(3)] == ["fenced"] * 3
    assert count(store, occurrence, kind="document.opened") == 1


def _stop_inside(say, listen, url):
    store = open_store(url)
    lease = leases.take_lease(store, "worker")
    try:
        with store.write(lease) as tx:
            [mine] = documents.claim(tx, lease, 1)
            say((lease.id, mine.id))
            listen()
        say("committed")
    except Exception:
        say("rolled back")


def test_a_worker_stopped_inside_a_transaction_keeps_nobody_waiting_for_ever(store: Store, url: str) -> None:
    """PostgreSQL ends its session after six seconds. (An SQLite file has one writer: the others wait for it.)"""
    if url.startswith("sqlite"):
        pytest.skip("a stopped writer of an SQLite file holds it: several processes need PostgreSQL")
    record(store, letter())
    with victim(_stop_inside, url) as (process, pipe):
        stopped, name = hear(pipe)
        os.kill(process.pid, signal.SIGSTOP)
        wait_until(lambda: leases.bury(store) == [stopped], longest=20)
        assert [one.id for one in claim(store, leases.take_lease(store, "worker"))] == [name]
        os.kill(process.pid, signal.SIGCONT)
        pipe.send("go on")
        assert hear(pipe) == "rolled back"


def test_a_document_that_lost_its_worker_twice_is_claimed_alone(store: Store, lease: Lease) -> None:
    bad, *good = record(store, *(letter(str(number)) for number in range(3)))
    set_values(store, document, bad, lost=2)
    assert [one.id for one in claim(store, lease)] == good
    assert [one.id for one in claim(store, lease)] == [bad]


def test_a_document_that_lost_its_worker_three_times_goes_to_a_person(store: Store, lease: Lease) -> None:
    [bad] = record(store, letter())
    for _ in range(3):
        assert [one.id for one in claim(store, lease)] == [bad]
        lease = lose(store, lease)
    assert claim(store, lease) == []
    [row], [item] = read_all(store, document), read_all(store, desk)
    assert (row.state, row.reason, row.worker) == ("quarantined", "worker_died", None)
    assert (item.subject, item.reason) == (bad, "worker_died")


def test_a_delivery_that_lost_its_worker_three_times_goes_to_a_person(store: Store, lease: Lease) -> None:
    _, filed = file_one(store)
    for _ in range(3):
        assert [row.id for row in take(store, lease)] == [filed]
        lease = lose(store, lease)
    [row], [item] = read_all(store, delivery), read_all(store, desk)
    assert (row.state, row.reason, item.subject, item.kind) == ("held", "worker_died", filed, "delivery")


def test_asking_for_an_outcome_may_kill_workers_three_times_only(store: Store, lease: Lease) -> None:
    _, filed = file_one(store)
    take(store, lease)
    begin(store, lease, filed)
    for state in ("unknown", "unknown", "held"):
        lease = lose(store, lease)
        assert read_all(store, delivery)[0].state == state
        with store.write(lease) as tx:
            deliveries.claim_unknown(tx, lease, "gkh", 9)
    assert read_all(store, desk)[0].subject == filed


def test_a_graceful_end_hands_back_without_a_loss(store: Store, lease: Lease) -> None:
    [name] = record(store, letter())
    claim(store, lease)
    leases.release(store, lease)
    with pytest.raises(Fenced):
        claim(store, lease)
    [again] = claim(store, leases.take_lease(store, "worker"))
    assert (again.id, read_all(store, document)[0].lost) == (name, 0)


def test_a_document_that_does_not_open_never_holds_up_its_batch(store: Store, lease: Lease) -> None:
    bad, good = record(store, letter("1"), letter("2"))
    set_values(store, document, bad, body=read_all(store, document, id=good)[0].body)
    assert [one.id for one in claim(store, lease)] == [good]
    [item] = read_all(store, desk)
    assert (item.subject, item.reason) == (bad, "does_not_open")


def test_a_document_of_a_newer_key_waits_for_a_process_that_has_it(store: Store, lease: Lease) -> None:
    newer = Store(store.engine, Vault({"k1": b"1" * 32, "k2": b"2" * 32}, "k2", b"s" * 32))
    [name] = record(newer, letter())
    assert claim(store, lease) == []
    set_values(store, document, name, due_at=0)
    assert [one.id for one in claim(newer, lease)] == [name]
    assert count(store, desk) == 0


def test_dead_workers_rows_go_after_an_hour(store: Store, lease: Lease) -> None:
    set_values(store, worker, lease.id, beat_at=0)
    leases.bury(store)
    leases.bury(store)
    assert count(store, worker) == 0


def test_after_a_claim_whose_commit_broke_off_the_lease_is_renounced(store: Store, lease: Lease) -> None:
    names = record(store, letter())

    def break_off(_connection: object) -> None:
        raise ConnectionError

    event.listen(store.engine, "commit", break_off)
    with pytest.raises(ConnectionError), store.write(lease):
        pass
    assert not lease.fenced, "what ends claims can be tried again"
    with pytest.raises(ConnectionError), store.write(lease, claims=True) as tx:
        documents.claim(tx, lease, 1)
    event.remove(store.engine, "commit", break_off)
    assert lease.fenced
    successor = lose(store, lease)
    assert [one.id for one in claim(store, successor)] == names
