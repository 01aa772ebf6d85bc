"""The ПОС in both modes."""

import base64
from typing import Any

import httpx
import pytest

from tests.stand.driver import Driver, wait_until

REGION = "/pos/appeal-service/region-appeal-system/appeals"
FILING = {
    "description": "Не ходит паром",
    "createdAt": "2026-02-01T03:05:00.000Z",
    "applicant": {"name": "Мария", "email": "m@example.org"},
    "organizationInfo": {"ogrn": "1000000000000"},
    "regionId": 89,
}


def log_in(driver: Driver, password: str = "pos-stand-password") -> httpx.Response:
    basic = "Basic " + base64.b64encode(f"region-89:{password}".encode()).decode()
    form = {"username": "region-89", "password": password, "scope": "any", "grant_type": "password"}
    return driver.post("/pos/user-service/oauth/token", data=form, headers={"Authorization": basic})


@pytest.fixture
def bearer(driver: Driver) -> dict[str, str]:
    return {"Authorization": "Bearer " + log_in(driver).json()["access_token"]}


def test_a_wrong_password_and_a_bad_token_are_refused(driver: Driver) -> None:
    assert log_in(driver, "guess").status_code == 401
    assert driver.get(REGION, headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_token_ends_with_the_status_switched(driver: Driver, bearer: dict[str, str]) -> None:
    assert driver.get(REGION, headers=bearer).status_code == 200
    driver.control("pos", token_seconds=0, token_status=403)
    assert driver.get(REGION, headers=bearer).status_code == 403


def test_dictionaries(driver: Driver, bearer: dict[str, str]) -> None:
    inbox = "/pos/inbox-service"
    assert driver.get(f"{inbox}/regions/all", headers=bearer).json()[0]["id"] == 89
    subject = driver.get(f"{inbox}/subjects/region/89", headers=bearer).json()["content"][2]
    assert driver.get(f"{inbox}/subjects/region/89/all", headers=bearer).json()[2] == subject
    own = driver.get(f"{inbox}/subsubjects/subject/{subject['id']}/region/89", headers=bearer).json()
    everything = driver.get(f"{inbox}/subsubjects/search", params={"regionId": 89}, headers=bearer).json()["content"]
    assert own == [each for each in everything if each["subject"]["id"] == subject["id"]]


def test_a_file_comes_back_as_it_went(driver: Driver, bearer: dict[str, str]) -> None:
    content = bytes(range(256))
    kept = driver.post("/pos/inbox-service/filestorage", files={"file": ("a.bin", content)}, headers=bearer).json()
    assert driver.get(f"/pos/inbox-service/filestorage/{kept['id']}", headers=bearer).content == content


def test_external_mode_files_and_follows(driver: Driver, bearer: dict[str, str]) -> None:
    driver.control("pos", shares={"declined": 0, "postponed": 0, "interim": 0})
    created = driver.post("/pos/inbox-service/external-appeal-system/appeals", json=FILING, headers=bearer).json()
    assert created["history"][0]["createdBy"]["surname"] == "Внешняя Система Приема Сообщений"
    where = f"/pos/appeal-service/external-appeal-system/appeals/{created['posId']}"
    status = wait_until(lambda: is_final(driver.get(where, headers=bearer).json()))
    assert status["history"][-1]["answer"]["comment"]
    assert [entry["status"] for entry in status["history"]][:2] == ["MODERATION_NEW", "MODERATION_ACCEPT"]


def is_final(status: dict[str, Any]) -> dict[str, Any] | None:
    return status if status["status"] == "SEND_RESPONSE" else None


def test_external_mode_can_be_asked_by_an_own_id(driver: Driver, bearer: dict[str, str]) -> None:
    for _ in range(2):
        where = "/pos/inbox-service/external-appeal-system/appeals"
        assert driver.post(where, json=FILING | {"id": "d1"}, headers=bearer).json()["id"] == "d1"
    where = "/pos/appeal-service/external-appeal-system/appeals"
    found = driver.get(where, params={"id": "d1"}, headers=bearer).json()["content"]
    assert [message["posId"] for message in found] == [800_000_001, 800_000_002]
    assert driver.book("pos")["counts"]["external duplicates"] == 1


def test_external_mode_names_what_is_missing(driver: Driver, bearer: dict[str, str]) -> None:
    where = "/pos/inbox-service/external-appeal-system/appeals"
    reply = driver.post(where, json=FILING | {"description": ""}, headers=bearer)
    assert (reply.status_code, reply.json()) == (400, {"message": "Не заполнено: description"})


def feed(driver: Driver, count: int = 3) -> None:
    texts = [{"id": f"p{n}", "channel": "pos", "text": f"Яма {n}", "category": "1001"} for n in range(count)]
    assert driver.feed(*texts).status_code == 202


def test_region_mode_pages_by_time(driver: Driver, bearer: dict[str, str]) -> None:
    feed(driver)
    pages = [driver.get(REGION, params={"page": n, "size": 2}, headers=bearer).json() for n in (0, 1)]
    messages = pages[0]["content"] + pages[1]["content"]
    assert [message["description"] for message in messages] == ["Яма 0", "Яма 1", "Яма 2"]
    assert (pages[0]["totalPages"], messages[0]["subjectId"]) == (2, 10)
    later = driver.get(REGION, params={"updatedFrom": "2100-01-01T00:00:00Z"}, headers=bearer).json()
    assert later["content"] == []
    assert driver.book("pos")["counts"]["acknowledged"] == 3


def answer(driver: Driver, bearer: dict[str, str], pos_id: int, key: str, kind: str = "SOLVED") -> httpx.Response:
    entry = {"status": "SEND_RESPONSE", "answer": {"answerType": kind, "comment": "Засыпали"}, "externalId": key}
    return driver.post(f"{REGION}/{pos_id}/history", json=entry, headers=bearer)


def test_region_mode_takes_answers_and_can_be_asked(driver: Driver, bearer: dict[str, str]) -> None:
    feed(driver, 1)
    assert answer(driver, bearer, 700_000_001, "d1").status_code == 201
    assert answer(driver, bearer, 700_000_001, "d1", "ODD").status_code == 400
    found = driver.get(f"{REGION}/700000001/history", params={"externalId": "d1"}, headers=bearer).json()
    assert found == {"content": [{"id": 2}]}
    counts = driver.book("pos")["counts"]
    assert (counts["answered"], counts["duplicates"], counts["refused"]) == (1, 0, 1)


def test_a_resident_can_be_discontent_once(driver: Driver, bearer: dict[str, str]) -> None:
    driver.control("pos", reopens=1)
    feed(driver, 1)
    before = driver.get(f"{REGION}/700000001", headers=bearer).json()
    answer(driver, bearer, 700_000_001, "d1")
    after = driver.get(f"{REGION}/700000001", headers=bearer).json()
    assert after["status"] == "MODERATION_ACCEPT"
    assert after["updatedAt"] > before["updatedAt"]
    answer(driver, bearer, 700_000_001, "d2")
    assert driver.get(f"{REGION}/700000001", headers=bearer).json()["status"] == "SEND_RESPONSE"


def test_what_we_filed_can_echo(driver: Driver, bearer: dict[str, str]) -> None:
    driver.control("pos", echo_filings=True)
    driver.post("/pos/inbox-service/external-appeal-system/appeals", json=FILING, headers=bearer)
    (message,) = driver.get(REGION, headers=bearer).json()["content"]
    assert message["description"] == FILING["description"]
