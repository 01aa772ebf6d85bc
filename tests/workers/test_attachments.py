"""Files on their way: faults of links, files that come late, and what a person decides of them. Real stands."""

import re
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import read_files
from ledger import files, life
from ledger.tables import attachment
from tests.workers.quay import CHANNEL, RECIPIENT, Quay
from workers.activation import activate
from workers.fetch import PATIENCE

ROOT = Path(__file__).parents[2]


def test_a_photo_goes_with_its_filing_once(quay: Quay) -> None:
    quay.write("a1", "dvor.jpg", "akt.pdf", "plan.png")
    assert [row.state for row in quay.sent("forward")] == ["waiting"]
    quay.send()
    assert quay.received() == [], "the filing waits for its files"
    assert quay.fetch() == 3
    assert [(row.state, row.media_type) for row in quay.files()] == [
        ("stored", "image/jpeg"), ("stored", "application/pdf"), ("stored", "image/png")
    ]  # fmt: skip
    quay.send()
    assert sorted(quay.received()) == sorted(quay.attached("a1"))
    assert quay.holes() == {}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [({"gone": True}, "link_dead"), ({"page": True}, "wrong_type"), ({"huge": True}, "too_large")],
)
def test_what_cannot_be_had_is_told_and_goes_to_the_desk(quay: Quay, fault: Any, reason: str) -> None:
    quay.spoil(**fault)
    quay.write("a1", "dvor.jpg")
    quay.fetch()
    assert (quay.file().state, quay.file().reason) == ("refused", reason)
    assert [(item.reason, item.system) for item in quay.items()] == [(reason, CHANNEL)]
    quay.send()
    assert [row.state for row in quay.sent("forward")] == ["delivered"], "it waits no longer"
    assert quay.received() == []
    assert quay.holes() == {}


@pytest.mark.parametrize("status", [404, 410])
def test_a_link_that_is_not_there_any_more_is_not_tried_again(quay: Quay, status: int) -> None:
    quay.switch(fail={"share": 1, "match": "/files/", "status": status})
    quay.write("a1", "dvor.jpg")
    quay.fetch()
    assert (quay.file().state, quay.file().reason) == ("refused", "link_dead")


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_system_that_is_down_is_asked_again(quay: Quay, status: int) -> None:
    quay.switch(fail={"next": 2, "match": "/files/", "status": status})
    quay.write("a1", "dvor.jpg")
    for attempt in (1, 2):
        quay.fetch()
        assert (quay.file().state, quay.file().reason, quay.file().attempts) == ("waiting", "unavailable", attempt)
    quay.fetch()
    assert quay.file().state == "stored"
    assert quay.items() == []


def test_a_link_that_ended_is_dead(quay: Quay) -> None:
    quay.spoil(seconds=0.0001)
    quay.write("a1", "dvor.jpg")
    quay.fetch()
    assert (quay.file().state, quay.file().reason) == ("refused", "link_dead")


def test_a_reset_in_the_middle_leaves_nothing_and_is_tried_again(quay: Quay) -> None:
    quay.spoil(cut=2)
    quay.write("a1", "dvor.jpg", size=300_000)
    for _ in range(2):
        quay.fetch()
        assert quay.file().state == "waiting"
        assert list(quay.runtime.shelf.names()) == []
        assert list(quay.runtime.shelf.folder.rglob("t_*")) == [], "no half file is left"
    quay.fetch()
    quay.send()
    assert quay.received() == quay.attached("a1")


def test_a_slow_link_is_fetched_whole(quay: Quay) -> None:
    quay.spoil(slow=True, pause=0.01)
    quay.write("a1", "dvor.jpg", size=40_000)
    quay.fetch()
    assert quay.file().state == "stored"
    quay.send()
    assert quay.received() == quay.attached("a1")


@pytest.mark.parametrize(
    "where",
    ["http://127.0.0.1:1/a.jpg", "http://169.254.169.254/latest", "https://10.0.0.1/a", "file:///etc/passwd", "/admin"],
)
def test_a_redirect_into_our_network_is_not_followed(quay: Quay, where: str) -> None:
    quay.spoil(redirect=where)
    quay.write("a1", "dvor.jpg")
    quay.fetch()
    assert (quay.file().state, quay.file().reason) == ("refused", "not_allowed")


def test_a_file_that_is_late_follows_by_itself_once(quay: Quay) -> None:
    quay.switch(fail={"next": 1, "match": "/files/", "status": 503})
    quay.write("a1", "dvor.jpg")
    quay.fetch()
    quay.give_up_waiting()
    quay.send()
    assert quay.received() == []
    with quay.runtime.store.read() as tx:
        assert files.count_states(tx) == {"waiting": 1, "stored": 0, "refused": 0, "late": 1}
    quay.fetch()
    quay.fetch()
    assert [row.cause for row in quay.sent("supplement")] == [f"files:{quay.file().id}"]
    quay.send()
    quay.send()
    assert quay.received() == quay.attached("a1")
    assert quay.holes() == {}


def test_a_late_file_for_whom_takes_no_supplement_is_a_persons(quay: Quay) -> None:
    configured = read_files(ROOT / "mappings")
    bare = re.sub(r"(?ms)^  supplement:.*?(?=^\w)", "", configured["systems/nadym.yaml"])
    with quay.runtime.store.write() as tx:
        activate(tx, configured | {"systems/nadym.yaml": bare}, "test")
    quay.write("a1", "dvor.jpg")
    quay.give_up_waiting()
    quay.send()
    quay.fetch()
    assert (quay.file().state, quay.file().late, quay.sent("supplement")) == ("stored", True, [])
    assert [(item.reason, item.system) for item in quay.items()] == [("no_way_to_follow", RECIPIENT)]
    quay.decide("without")
    assert quay.holes() == {}


def test_what_never_comes_ends_at_the_desk(quay: Quay) -> None:
    quay.switch(fail={"share": 1, "match": "/files/", "status": 503})
    quay.write("a1", "dvor.jpg")
    with quay.runtime.store.write() as tx:
        tx.run(attachment.update().values(attempts=PATIENCE - 1))
    quay.fetch()
    assert (quay.file().state, quay.file().reason) == ("refused", "unavailable_for_long")
    assert [item.reason for item in quay.items()] == ["unavailable_for_long"]


def test_a_person_has_a_file_fetched_again(quay: Quay) -> None:
    quay.spoil(gone=1)
    quay.write("a1", "dvor.jpg")
    quay.fetch()
    quay.send()
    report = quay.decide("retry")
    assert (report.faults, report.counts) == ([], {"files fetched again": 1})
    assert (quay.file().state, quay.file().late, quay.items()) == ("waiting", True, [])
    quay.fetch()
    quay.send()
    assert quay.received() == quay.attached("a1")
    assert "cannot be undone" in quay.undo(report.batch).faults[0][1]
    assert quay.holes() == {}


def test_before_the_filing_has_left_a_file_fetched_again_goes_with_it(quay: Quay) -> None:
    quay.spoil(gone=1)
    quay.write("a1", "dvor.jpg")
    quay.fetch()
    quay.decide("retry")
    assert not quay.file().late
    quay.fetch()
    quay.send()
    assert (quay.received(), quay.sent("supplement")) == (quay.attached("a1"), [])


def test_a_file_that_is_refused_again_is_asked_about_again(quay: Quay) -> None:
    quay.spoil(gone=2)
    quay.write("a1", "dvor.jpg")
    quay.fetch()
    quay.decide("retry")
    quay.fetch()
    assert [item.reason for item in quay.items()] == ["link_dead"]
    assert quay.decide("without:the resident has no other").done == 1
    assert quay.items() == []
    assert quay.holes() == {}
    assert "only a file that is there" in _fault(quay, "share")


def _fault(quay: Quay, decision: str) -> str:
    quay.spoil(gone=True)
    quay.write("a2", "dvor.jpg", text="Другая яма, на улице Полярной, 9")
    quay.fetch()
    return quay.decide(decision).faults[0][1]


def test_trace_tells_of_files(quay: Quay) -> None:
    quay.write("a1", "dvor.jpg")
    quay.fetch()
    with quay.runtime.store.read() as tx:
        case = life.find_case(tx, quay.file().id)
        assert case is not None
        told = {moment.what: moment.detail for moment in life.tell(tx, case)}
    assert "stored, attempt 1, image/jpeg" in told["file"]
    assert "file.stored" in told


def test_reconcile_misses_a_content_that_is_gone_but_not_one_that_was_forgotten(quay: Quay) -> None:
    quay.write("a1", "dvor.jpg")
    store, shelf = quay.runtime.store, quay.runtime.shelf
    assert files.find_missing(store, shelf) == [], "a file that is awaited is not missed"
    quay.fetch()
    assert files.find_missing(store, shelf) == []
    row = quay.file()
    shelf.remove(row.digest)
    assert files.find_missing(store, shelf) == [row.id]
    with store.write() as tx:
        files.forget(tx, [row.owner])
    assert files.find_missing(store, shelf) == []
    assert quay.holes() == {}


MINISTRY = "ministry"
PLAIN = {"shares": {"declined": 0, "postponed": 0, "interim": 0}, "delay": [0.01, 0.02], "file_only": 1.0}


def answer_two(quay: Quay, late: bool = False) -> None:
    """Two residents of one case; the answer to the first one's filing is a file."""
    quay.switch(MINISTRY, **PLAIN)
    quay.write("a1", town="Салехард", text="Яма на дороге у дома 5 по улице Ленина в Салехарде")
    quay.write("a2", town="Салехард", text="Не чистят снег у школы на улице Мира в Салехарде")
    quay.join("a2", "a1")
    quay.send(MINISTRY)
    quay.hear(MINISTRY)
    assert len(quay.sent("answer")) == 2
    if late:
        quay.give_up_waiting()
        quay.send(CHANNEL)
    quay.fetch(MINISTRY)
    assert quay.file().late is late
    quay.send(CHANNEL)


def got(quay: Quay, name: str) -> int:
    return len(quay.book(CHANNEL)["files"].get(name, []))


@pytest.mark.parametrize("late", [False, True])
def test_a_file_of_an_answer_is_for_one_resident_until_a_person_shares_it(quay: Quay, late: bool) -> None:
    answer_two(quay, late)
    assert (got(quay, "a1"), got(quay, "a2")) == (1, 0)
    assert [(item.reason, item.evidence) for item in quay.items()] == [("not_shared", "1")]
    report = quay.decide("share")
    assert (report.faults, report.counts) == ([], {"files shared": 1, "answer to be sent": 1})
    quay.send(CHANNEL)
    quay.send(CHANNEL)
    assert (got(quay, "a1"), got(quay, "a2")) == (1, 1)
    assert quay.holes() == {}


def test_what_was_shared_is_taken_back_before_it_left(quay: Quay) -> None:
    answer_two(quay)
    batch = quay.decide("share").batch
    assert quay.file().shareable
    assert quay.undo(batch).faults == []
    quay.send(CHANNEL)
    assert (got(quay, "a2"), quay.file().shareable, len(quay.items())) == (0, False, 1)
    assert quay.decide("without").done == 1
    quay.send(CHANNEL)
    assert got(quay, "a2") == 0
    assert quay.holes() == {}


def test_what_a_resident_attached_goes_to_the_official_alone(quay: Quay) -> None:
    quay.switch(MINISTRY, **(PLAIN | {"file_only": 0.0}))
    quay.write("a1", "pasport.jpg", town="Салехард", text="Яма на дороге у дома 5 по улице Ленина в Салехарде")
    quay.write("a2", "spravka.jpg", town="Салехард", text="Не чистят снег у школы на улице Мира в Салехарде")
    quay.join("a2", "a1")
    quay.fetch()
    quay.send(MINISTRY)
    quay.hear(MINISTRY)
    quay.send(CHANNEL)
    assert len(quay.sent("answer")) == 2
    assert (got(quay, "a1"), got(quay, "a2")) == (0, 0)
    assert set(quay.received(MINISTRY)) <= set(quay.attached("a1", "a2"))
    assert quay.attached("a1")[0] in quay.received(MINISTRY)
