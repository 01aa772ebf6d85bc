"""Promises 6, 8, 9: one effect per delivery, answers that overtake receipts, lanes and their order."""

import os
import signal

import pytest

from canonical.ids import make_id
from ledger import deliveries, documents, lanes, leases
from ledger.documents import Ending
from ledger.store import Fenced, Lease, Store
from ledger.tables import assignment, delivery, desk, document, lane, obligation, occurrence
from tests.ledger.material import (
    PHONE,
    begin,
    claim,
    count,
    end,
    file_one,
    forward,
    letter,
    lose,
    open_case,
    read_all,
    record,
    say,
    set_values,
    take,
    tell,
)
from tests.ledger.racing import hear, open_store, race, victim
from workers.resolve import resend
from workers.resolve_effects import NotPossible


def _add(store, *rows):
    with store.write() as tx:
        return deliveries.add(tx, list(rows))


def _find_due(store, state="waiting"):
    with store.write() as tx:
        lanes.ensure(tx, {"gkh": True, "vk": True})
    with store.read() as tx:
        return deliveries.find_due_systems(tx, state)


# Promise 6


def test_reprocessing_adds_no_second_delivery(store: Store) -> None:
    with store.write() as tx:
        ids = open_case(tx, "1")
        assert len(deliveries.add(tx, [forward(tx, ids)])) == 1
        assert deliveries.add(tx, [forward(tx, ids), forward(tx, ids)]) == set()
    assert count(store, delivery) == 1


def _add_same(meet, url, ids):
    store = open_store(url)
    meet()
    with store.write() as tx:
        return len(deliveries.add(tx, [forward(tx, ids)]))


def test_two_processes_that_decide_the_same_make_one_delivery(store: Store, url: str) -> None:
    with store.write() as tx:
        ids = open_case(tx, "1")
    assert sorted(race(_add_same, (url, ids), (url, ids))) == [0, 1]


def test_only_an_explicit_resend_makes_a_second_effect_and_it_is_kept_who_asked(store: Store, lease: Lease) -> None:
    _, name = file_one(store)
    rows = take(store, lease)
    begin(store, lease, name)
    end(store, lease, rows, number="17")
    again = resend(store, lambda system, intent: True, name, "anna").made[0]
    first, second = read_all(store, delivery)
    assert (second.id, second.generation, second.state, second.plan) == (again, 1, "waiting", None)
    assert first.state == "delivered"
    [said] = read_all(store, occurrence, kind="delivery.resent")
    assert said.actor == "anna"


def test_the_body_is_stored_encrypted_before_the_first_attempt_and_reused(store: Store, lease: Lease) -> None:
    _, name = file_one(store)
    take(store, lease)
    begin(store, lease, name)
    [row] = read_all(store, delivery)
    assert row.state == "sending"
    assert PHONE.encode() not in row.plan
    assert store.vault.open("delivery", name, row.plan) == f"plan of {PHONE}".encode()
    end(store, lease, [row], state="waiting", due_at=1)
    [again] = take(store, lease)
    assert (again.plan, again.attempts) == (row.plan, 2)


def _send_and_die(say, listen, url):
    store = open_store(url)
    lease = leases.take_lease(store, "worker")
    [row] = take(store, lease)
    begin(store, lease, row.id)
    with store.write(lease) as tx:
        deliveries.save_progress(tx, lease, row.id, "create", {"draft": "42"})
    say(lease.id)
    listen()


def test_sending_found_after_a_crash_is_unknown_and_keeps_what_its_calls_took(store: Store, url: str) -> None:
    _, name = file_one(store)
    with victim(_send_and_die, url) as (process, pipe):
        holder = hear(pipe)
        os.kill(process.pid, signal.SIGKILL)
    lose(store, Lease(holder))
    [row] = read_all(store, delivery)
    assert (row.state, row.worker) == ("unknown", None)
    assert store.vault.open_json("delivery.progress", name, row.progress) == {"create": {"draft": "42"}}
    lease = leases.take_lease(store, "worker")
    assert take(store, lease) == [], "an unknown outcome is asked about, not sent again"
    assert _find_due(store, "unknown") == ["gkh"]
    with store.write(lease) as tx:
        assert [found.id for found in deliveries.claim_unknown(tx, lease, "gkh", 9)] == [name]


def test_receipts_of_calls_add_up_in_their_own_commits(store: Store, lease: Lease) -> None:
    _, name = file_one(store)
    take(store, lease)
    begin(store, lease, name)
    for call in ("create", "upload"):
        with store.write(lease) as tx:
            deliveries.save_progress(tx, lease, name, call, {"id": call})
    [row] = read_all(store, delivery)
    assert store.vault.open_json("delivery.progress", name, row.progress) == {
        "create": {"id": "create"}, "upload": {"id": "upload"},
    }  # fmt: skip


def test_a_receipt_registers_the_filing(store: Store, lease: Lease) -> None:
    ids, name = file_one(store)
    rows = take(store, lease)
    begin(store, lease, name)
    end(store, lease, rows, number="17")
    [row] = read_all(store, assignment)
    assert (row.id, row.state, row.number) == (ids["assignment"], "sent", "17")


def test_an_answer_meets_its_obligation_when_delivered_not_before(store: Store, lease: Lease) -> None:
    with store.write() as tx:
        ids = open_case(tx, "1")
        deliveries.add(tx, [row := tell(tx, ids)])
    rows = take(store, lease, "vk")
    begin(store, lease, row["id"])
    assert read_all(store, obligation)[0].state == "owed"
    end(store, lease, rows)
    [owed] = read_all(store, obligation)
    assert (owed.state, owed.delivery_id) == ("met", row["id"])


def test_a_person_stops_a_waiting_delivery_but_not_one_a_worker_holds(store: Store, lease: Lease) -> None:
    _, first = file_one(store, "1")
    take(store, lease)
    _, second = file_one(store, "2")
    with store.write() as tx:
        say(tx, second, "cancel")
    with pytest.raises(NotPossible, match="being sent right now"), store.write() as tx:
        say(tx, first, "cancel")
    states = {row.id: row.state for row in read_all(store, delivery)}
    assert states == {first: "waiting", second: "cancelled"}


def test_what_a_person_decided_is_not_overwritten_by_the_worker_that_was_asking(store: Store, lease: Lease) -> None:
    _, name = file_one(store)
    take(store, lease)
    begin(store, lease, name)
    lease = lose(store, lease)
    with store.write(lease) as tx:
        asked = deliveries.claim_unknown(tx, lease, "gkh", 9)
    with store.write() as tx:
        say(tx, name, "cancel")
    end(store, lease, asked, number="17")
    assert read_all(store, delivery)[0].state == "cancelled"
    assert read_all(store, assignment)[0].number is None


def test_sending_begins_only_from_waiting(store: Store, lease: Lease) -> None:
    _, name = file_one(store)
    take(store, lease)
    begin(store, lease, name)
    with pytest.raises(Fenced):
        begin(store, lease, name)


# Promise 8


def _park(store, lease, name):
    with store.write(lease) as tx:
        documents.finish(tx, lease, [Ending(name, "parked", due_at=tx.now + 60_000)], {name: "gkh"}, "c0")


def test_a_parked_answer_is_looked_at_again_on_the_receipt(store: Store, lease: Lease) -> None:
    _, filed = file_one(store)
    [name] = record(store, letter("n17"), system="gkh")
    claim(store, lease)
    with store.read() as tx:
        assert deliveries.is_in_flight(tx, "gkh")
        assert not deliveries.is_in_flight(tx, "vk")
    _park(store, lease, name)
    assert claim(store, lease) == []
    rows = take(store, lease)
    begin(store, lease, filed)
    end(store, lease, rows, number="n17")
    assert [one.id for one in claim(store, lease)] == [name]
    with store.read() as tx:
        assert not deliveries.is_in_flight(tx, "gkh")


def test_a_parked_answer_is_looked_at_again_when_due_and_goes_to_a_person_at_last(store: Store, lease: Lease) -> None:
    [name] = record(store, letter("n17"), system="gkh")
    claim(store, lease)
    _park(store, lease, name)
    set_values(store, document, name, due_at=1)
    with store.write() as tx:
        assert documents.unpark_due(tx) == 1
    claim(store, lease)
    _park(store, lease, name)
    set_values(store, document, name, received_at=1)
    with store.write() as tx:
        documents.unpark_due(tx)
    [row], [item] = read_all(store, document), read_all(store, desk)
    assert (row.state, item.subject, item.reason) == ("quarantined", name, "unknown_reference")


# Promise 9


def test_only_the_head_of_an_order_key_is_claimable(store: Store, lease: Lease) -> None:
    with store.write() as tx:
        ids = open_case(tx, "1")
        rows = [forward(tx, ids), *(forward(tx, ids, intent="supplement", cause=f"e{n}") for n in range(2))]
        deliveries.add(tx, rows)
    for row in rows:
        mine = take(store, lease)
        assert [one.id for one in mine] == [row["id"]]
        assert take(store, leases.take_lease(store, "worker")) == []
        begin(store, lease, row["id"])
        assert take(store, lease) == []
        end(store, lease, mine)


def test_a_quarantined_head_holds_only_what_depends_on_it(store: Store, lease: Lease) -> None:
    with store.write() as tx:
        ids = open_case(tx, "1")
        first = forward(tx, ids)
        filed = first["id"]
        needing = deliveries.make_row(tx, "gkh", "join", subject="a2", cause="x", case_id=ids["case"], needs=filed)
        free = deliveries.make_row(tx, "gkh", "status", subject="a3", cause="x", case_id=ids["case"])
        deliveries.add(tx, [first, needing, free])
    mine = take(store, lease)
    begin(store, lease, first["id"])
    end(store, lease, mine, state="refused", reason="refused:400", detail="no such street")
    assert [row.id for row in take(store, lease)] == [], "the join is the head, and it needs the filing"
    with store.write() as tx:
        say(tx, first["id"], "cancel")
    assert [row.id for row in take(store, lease)] == [free["id"]]
    assert {r.id: r.state for r in read_all(store, delivery)}[needing["id"]] == "cancelled"


def test_an_answer_never_waits_for_a_status(store: Store, lease: Lease) -> None:
    with store.write() as tx:
        ids = open_case(tx, "1")
        status = deliveries.make_row(
            tx,
            "vk",
            "status",
            subject=ids["appeal"],
            cause="s",
            case_id=ids["case"],
            addressee=ids["appeal"] + "/status",
        )
        deliveries.add(tx, [status, answer := tell(tx, ids)])
    set_values(store, delivery, status["id"], state="unknown")
    assert [row.id for row in take(store, lease, "vk")] == [answer["id"]]


def test_a_released_head_waits_for_what_left_meanwhile(store: Store, lease: Lease) -> None:
    with store.write() as tx:
        ids = open_case(tx, "1")
        first, second = forward(tx, ids, state="held"), forward(tx, ids, intent="supplement")
        deliveries.add(tx, [first, second])
    mine = take(store, lease)
    assert [row.id for row in mine] == [second["id"]]
    with store.write() as tx:
        say(tx, first["id"], "send")
    assert take(store, lease) == []
    begin(store, lease, second["id"])
    end(store, lease, mine)
    assert [row.id for row in take(store, lease)] == [first["id"]]


def test_urgency_orders_every_claim(store: Store, lease: Lease) -> None:
    names = {urgency: file_one(store, str(urgency), urgency=urgency)[1] for urgency in (2, 0, 1)}
    assert [row.id for row in take(store, lease, limit=2)] == [names[0], names[1]]
    letters = record(store, letter("a"), letter("b"))
    set_values(store, document, letters[0], urgency=2)
    assert [one.id for one in claim(store, lease)] == letters[::-1]


def test_a_delivery_that_is_not_due_waits(store: Store, lease: Lease) -> None:
    _, name = file_one(store)
    set_values(store, delivery, name, due_at=2**52)
    assert take(store, lease) == []
    assert _find_due(store) == []


def _deliver_in_turns(meet, url):
    store = open_store(url)
    lease = leases.take_lease(store, "worker")
    meet()
    names = []
    while rows := take(store, lease, limit=5):
        begin(store, lease, *(row.id for row in rows))
        end(store, lease, rows)
        names += [row.id for row in rows]
    return names


def test_two_processes_deliver_every_delivery_once(store: Store, url: str) -> None:
    names = [file_one(store, str(number))[1] for number in range(60)]
    one, other = race(_deliver_in_turns, (url,), (url,))
    assert sorted(one + other) == sorted(names)
    assert {row.attempts for row in read_all(store, delivery)} == {1}


def test_due_systems_are_found_one_probe_per_lane(store: Store, lease: Lease) -> None:
    file_one(store)
    assert _find_due(store) == ["gkh"]
    take(store, lease)
    assert _find_due(store) == []


def test_the_breaker_pauses_a_lane_and_resumes_by_itself(store: Store) -> None:
    with store.write() as tx:
        lanes.ensure(tx, {"gkh": True})
        for _ in range(lanes.TRIP_AFTER):
            lanes.fail(tx, "gkh", "503")
        row = lanes.load(tx)["gkh"]
        assert not lanes.is_open(row, tx.now)
        assert lanes.is_open(row, row.retry_at)
        lanes.succeed(tx, "gkh")
        assert lanes.is_open(lanes.load(tx)["gkh"], tx.now)


def test_a_mapping_says_when_its_lane_rests_and_how_long(store: Store) -> None:
    rules = lanes.Breaker(failures=2, pause_ms=1000, longest_ms=3000)
    with store.write() as tx:
        lanes.ensure(tx, {"gkh": True})
        rests = []
        for _ in range(5):
            lanes.fail(tx, "gkh", "503", breaker=rules)
            rests.append((lanes.load(tx)["gkh"].retry_at or tx.now) - tx.now)
        assert rests == [0, 1000, 2000, 3000, 3000]
        lanes.fail(tx, "gkh", "429", 60, rules)
        assert lanes.load(tx)["gkh"].retry_at == tx.now + 60_000


def test_each_lane_keeps_its_own_state_and_all_can_be_paused(store: Store) -> None:
    with store.write() as tx:
        lanes.ensure(tx, {"gkh": True, "vk": True})
        lanes.pause(tx, "gkh", True, "anna")
        assert [row.paused for row in read_rows(tx)] == [True, False]
        lanes.pause(tx, None, True, "anna")
        assert [row.paused for row in read_rows(tx)] == [True, True]


def read_rows(tx):
    return tx.run(lane.select().order_by(lane.c.system)).all()


def _claim_tick(meet, url, name):
    store = open_store(url)
    lease = leases.take_lease(store, "worker")
    meet()
    with store.write(lease) as tx:
        return lanes.claim_tick(tx, lease, name)


def test_two_processes_take_one_tick_once(store: Store, url: str) -> None:
    with store.write() as tx:
        lanes.plan_ticks(tx, ["poll:gkh"])
    assert sorted(race(_claim_tick, (url, "poll:gkh"), (url, "poll:gkh"))) == [False, True]


def test_a_cursor_is_saved_with_the_documents_it_stands_behind(store: Store) -> None:
    with pytest.raises(RuntimeError), store.write() as tx:
        documents.record(tx, [("gkh", letter())])
        lanes.save_cursor(tx, "gkh", "poll", {"since": make_id("x")})
        raise RuntimeError("the process died")
    with store.read() as tx:
        assert lanes.read_cursor(tx, "gkh", "poll") is None
    assert count(store, document) == 0
