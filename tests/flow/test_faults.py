"""Systems are slow, refuse, break off, lie and vanish: every resident is answered, and exactly once.

One gateway for the whole file; each fault meets a share of the demo's appeals of its own.
"""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.demo.feed import CHANNELS, RECIPIENTS
from tests.flow.house import Appeal, House, open_house, read_examples

SHARE = 16
OUTAGE_S = 6.0
#: The call of each recipient that files an appeal, as its stand names it.
FILING = {"nadym": "POST /nadym/api/zayavki", "ministry": "/submit", "teplo": "POST /teplo/zayavka",
          "smev_ministry": "SendRequest"}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("faults")) as house:
        yield house


@pytest.fixture(scope="module")
def shares() -> Iterator[list[Appeal]]:
    lines = read_examples()
    return iter([lines[start : start + SHARE] for start in range(0, len(lines), SHARE)])


def assert_answered_once(house: House, appeals: list[Appeal]) -> None:
    """By the channels' own books; and the ledger agrees with all books."""
    house.settle(len(house.sent))
    for each in appeals:
        assert len(house.finals(each["channel"], each["id"])) == 1, each["id"]
    tally = house.judge()
    assert (tally.problems, tally.whole, tally.lost, tally.duplicates) == ([], True, 0, 0)


FAULTS: dict[str, dict[str, Any]] = {
    "latency": {"latency": {"share": 0.5, "ms": 700}},
    "5xx": {"fail": {"next": 4, "status": 503}},
    "5xx with a time": {"fail": {"next": 2, "status": 502, "retry_after": 2}},
    "429": {"too_many": {"next": 3, "retry_after": 1}},
    "reset": {"reset": 3},
    "commit, then reset": {"commit_then_reset": 3},
    "malformed reply": {"malformed": 3},
}
#: How the stands' books name what struck; latency is not counted.
NAMES = {"5xx": "fail", "5xx with a time": "fail", "429": "too_many", "reset": "reset",
         "commit, then reset": "commit_then_reset", "malformed reply": "malformed"}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_every_system_costs_nobody_the_answer(
    house: House, shares: Iterator[list[Appeal]], fault: str
) -> None:
    appeals, name = next(shares), f"fault: {NAMES.get(fault)}"
    before = house.counts(name)
    house.switch("all", **FAULTS[fault])
    house.send(*appeals)
    if fault == "latency":
        house.wait(lambda: house.finals(appeals[0]["channel"], appeals[0]["id"]), "a slow answer")
    else:
        house.wait(lambda: house.counts(name) > before, "the fault")
    assert_answered_once(house, appeals)
    house.switch("all", clear=True)


def test_a_call_that_is_carried_out_but_never_answered_is_asked_for_not_repeated(
    house: House, shares: Iterator[list[Appeal]]
) -> None:
    """The stand's silence is longer than the call's deadline."""
    appeals = next(shares)
    before = house.counts("fault: commit_then_timeout")
    for name in RECIPIENTS:
        house.switch(name, commit_then_timeout={"next": 1, "seconds": 35, "match": FILING[name]})
    house.send(*appeals)
    # The stand counts it when its silence ends.
    house.wait(lambda: house.counts("fault: commit_then_timeout") > before, "the end of the silence")
    house.switch("all", clear=True)
    assert_answered_once(house, appeals)


def test_an_outage_of_every_system_is_waited_out(house: House, shares: Iterator[list[Appeal]]) -> None:
    appeals = next(shares)
    house.send(*appeals)
    for name in (*RECIPIENTS, *CHANNELS):
        house.switch(name, outage=True)
    before = house.answered()
    threading.Event().wait(OUTAGE_S)
    assert house.counts("fault: outage") > 0
    assert house.answered() == before  # nobody could be told anything
    health = house.web.get("/health").json()
    assert any(system["failures"] > 0 for system in health["systems"].values())
    house.switch("all", clear=True)
    assert_answered_once(house, appeals)
    assert all(system["state"] == "up" for system in house.web.get("/health").json()["systems"].values())
