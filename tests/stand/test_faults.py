"""Each fault as a client sees it, and whether the effect happened all the same."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stand.driver import Driver

TOKEN = {"X-Portal-Token": "portal-stand-token"}
#: A reset while the request is still being written reads as an early end.
GONE = (httpx.NetworkError, httpx.RemoteProtocolError)
BODY = "<Ответ><Статус>Решено</Статус><Текст>Да</Текст></Ответ>".encode()


@pytest.fixture(autouse=True)
def appeal(driver: Driver) -> None:
    driver.feed({"id": "a1", "channel": "portal", "text": "Сосулька"})


def put(driver: Driver) -> httpx.Response:
    return driver.put("/portal/api/appeals/a1/answer", content=BODY, headers=TOKEN)


def told(driver: Driver) -> int:
    return int(driver.book("portal")["counts"]["answered"])


@pytest.mark.parametrize(
    ("fault", "status", "header"),
    [
        ({"fail": 1}, 503, None),
        ({"fail": {"next": 1, "status": 500, "retry_after": 2}}, 500, "2"),
        ({"too_many": {"next": 1, "retry_after": 3}}, 429, "3"),
        ({"error_body": 1}, 200, None),
    ],
)
def test_nothing_happens_once(driver: Driver, fault: dict[str, Any], status: int, header: str | None) -> None:
    driver.control("portal", **fault)
    reply = put(driver)
    assert (reply.status_code, reply.headers.get("retry-after"), told(driver)) == (status, header, 0)
    assert (put(driver).status_code, told(driver)) == (200, 1)


@pytest.mark.parametrize(("fault", "effects"), [("reset", 0), ("commit_then_reset", 1)])
def test_resets(driver: Driver, fault: str, effects: int) -> None:
    driver.control("portal", **{fault: 1})
    with pytest.raises(GONE):
        put(driver)
    assert told(driver) == effects


def test_commit_then_timeout(driver: Driver) -> None:
    driver.control("portal", commit_then_timeout={"next": 1, "seconds": 1})
    with pytest.raises(httpx.ReadTimeout):
        driver.put("/portal/api/appeals/a1/answer", content=BODY, headers=TOKEN, timeout=0.2)
    assert told(driver) == 1


def test_malformed(driver: Driver) -> None:
    driver.control("portal", malformed=True)
    reply = put(driver)
    assert reply.status_code == 200
    assert reply.content.endswith(b"\xff{<")
    assert told(driver) == 1


def test_latency_only_where_it_matches(driver: Driver) -> None:
    driver.control("portal", latency={"share": 1, "ms": 150, "match": "PUT"})
    begun = time.monotonic()
    driver.get("/portal/api/appeals/a1/answer", headers=TOKEN)
    assert time.monotonic() - begun < 0.1
    put(driver)
    assert time.monotonic() - begun > 0.15


def test_outage_of_one_stand_leaves_the_others(driver: Driver) -> None:
    driver.control("portal", outage=True)
    with pytest.raises(GONE):
        put(driver)
    assert driver.get("/nadym/").status_code == 200
    driver.control("portal", clear=True)
    assert put(driver).status_code == 200


def test_switches_say_what_is_wrong_with_a_wish(driver: Driver) -> None:
    assert driver.control("portal", latencie=1).json()["error"][0]["at"] == "latencie"
    assert driver.control("fax", fail=1).status_code == 404


def test_the_book_is_on_disk_at_once(driver: Driver, tmp_path: Path) -> None:
    put(driver)
    lines = [json.loads(line) for line in (tmp_path / "state" / "portal.jsonl").read_text("utf-8").splitlines()]
    assert [line["effect"] for line in lines] == ["appeal", "answer"]
    assert driver.get("/_book/portal", params={"effects": 1}).json()["effects"] == lines
