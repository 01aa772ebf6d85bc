"""A recipient that asks by the state of its filing: the resident gets the question, and the clock stands still."""

import time
from typing import Any

from ledger.tables import cases
from tests.workers.quay import CHANNEL, RECIPIENT, Quay
from workers.decide import decide_batch
from workers.receive import poll_system

ASKING = {"asking": 1.0, "declined": 0.0, "postponed": 0.0, "interim": 0.0}


def read_list(quay: Quay) -> None:
    poll_system(quay.runtime, RECIPIENT)
    while decide_batch(quay.runtime):
        pass


def hear_question(quay: Quay, wanted: Any) -> None:
    until = time.monotonic() + 20
    while not wanted():
        read_list(quay)
        assert time.monotonic() < until, "no question came"
        time.sleep(0.05)


def test_the_resident_is_asked_and_the_clock_stands_still(quay: Quay) -> None:
    quay.switch(RECIPIENT, shares=ASKING, delay=[1, 1.5])
    quay.write("a1")
    quay.send()
    read_list(quay)  # registered: in one and the same minute as the question, and their list knows no seconds
    hear_question(quay, lambda: quay.sent("ask"))
    (row,) = quay.all(cases)
    assert (row.state, bool(row.paused_at)) == ("asking", True)
    quay.send(CHANNEL)
    questions = [told for told in quay.book(CHANNEL)["answers"]["a1"] if told["kind"] == "question"]
    assert [told["text"].split(",")[0] for told in questions] == ["Уточните"]
    assert quay.holes() == {}
