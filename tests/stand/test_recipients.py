"""The recipients: how each takes a filing, and how its answer comes."""

import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qs

import httpx
from lxml import etree

from tests.stand.driver import Driver, Listener, wait_until

NADYM = ("gateway", "nadym-stand-password")
PLAIN = {"declined": 0, "postponed": 0, "interim": 0}


def filing(text: str = "Нет тепла", external: str = "d1") -> bytes:
    tree = f"<Заявка><ВнешнийНомер>{external}</ВнешнийНомер><Текст>{text}</Текст></Заявка>"
    return f'<?xml version="1.0" encoding="windows-1251"?>{tree}'.encode("windows-1251")


def list_nadym(driver: Driver) -> list[Any]:
    reply = driver.get("/nadym/api/zayavki", auth=NADYM)
    assert reply.headers["content-type"] == "text/xml; charset=windows-1251"
    return list(etree.fromstring(reply.content))


def test_nadym_answers_in_its_own_words_and_encoding(driver: Driver) -> None:
    driver.control("nadym", shares=PLAIN)
    reply = driver.post("/nadym/api/zayavki", content=filing(), auth=NADYM)
    assert reply.status_code == 201
    assert etree.fromstring(reply.content).findtext("Номер") == "1"
    (line,) = wait_until(lambda: [line for line in list_nadym(driver) if line.findtext("Статус") == "Выполнено"])
    assert line.findtext("ВнешнийНомер") == "d1"
    assert line.findtext("Результат") in {"Решено", "Разъяснено", "Не решено"}


def test_nadym_numbers_begin_again_in_january(driver: Driver) -> None:
    for year, external in ((2026, "d1"), (2026, "d2"), (2027, "d3")):
        driver.control("nadym", year=year)
        driver.post("/nadym/api/zayavki", content=filing(external=external), auth=NADYM)
    numbers = [(line.findtext("Год"), line.findtext("Номер")) for line in list_nadym(driver)]
    assert numbers == [("2026", "1"), ("2026", "2"), ("2027", "1")]


def test_nadym_can_be_asked_and_counts_doubles(driver: Driver) -> None:
    for _ in range(2):
        driver.post("/nadym/api/zayavki", content=filing(), auth=NADYM)
    found = driver.get("/nadym/api/zayavki", params={"vneshniy": "d1"}, auth=NADYM)
    assert len(etree.fromstring(found.content)) == 2
    missing = driver.get("/nadym/api/zayavki", params={"vneshniy": "d9"}, auth=NADYM)
    assert len(etree.fromstring(missing.content)) == 0
    assert driver.book("nadym")["counts"]["duplicates"] == 1


def test_odd_ways_are_taken_by_switch(driver: Driver) -> None:
    ways = {"declined": "declined", "postponed": "answered", "interim": "answered", "asking": "asking"}
    for way in ways:
        driver.control("nadym", shares=PLAIN | {way: 1})
        driver.post("/nadym/api/zayavki", content=filing(external=way), auth=NADYM)
    wait_until(lambda: {way: state(driver, way) for way in ways} == ways)
    stages = [stage["state"] for stage in driver.book("nadym")["filings"]["postponed"][0]["stages"]]
    assert stages == ["registered", "postponed", "answered"]
    declined = list_nadym(driver)[0]
    assert declined.find("Причина").get("код") in {"12", "07"}


def state(driver: Driver, external: str) -> str:
    return str(driver.book("nadym")["filings"][external][0]["state"])


def test_a_question_ends_with_the_reply(driver: Driver) -> None:
    driver.control("nadym", shares=PLAIN | {"asking": 1})
    driver.post("/nadym/api/zayavki", content=filing(), auth=NADYM)
    wait_until(lambda: state(driver, "d1") == "asking")
    number = driver.book("nadym")["filings"]["d1"][0]["number"]
    more = f"<Дополнение><Заявка>{number}</Заявка><ВнешнийНомер>d2</ВнешнийНомер><Текст>Второй</Текст></Дополнение>"
    assert driver.post("/nadym/api/dopolneniya", content=more.encode(), auth=NADYM).status_code == 201
    wait_until(lambda: state(driver, "d1") == "answered")
    found = driver.get("/nadym/api/dopolneniya", params={"vneshniy": "d2"}, auth=NADYM)
    assert etree.fromstring(found.content).findtext("Заявка") == number


def login(driver: Driver) -> dict[str, str]:
    reply = driver.post("/ministry/auth/login", json={"login": "gateway", "password": "ministry-stand-password"})
    return {"X-Session": reply.json()["session"]["id"]}


def file_at_ministry(driver: Driver, session: dict[str, str], external: str = "d1") -> Any:
    draft = driver.post("/ministry/api/drafts", json={"external_id": external, "text": "Нет врача"}, headers=session)
    where = f"/ministry/api/drafts/{draft.json()['draft']['id']}"
    driver.post(where + "/files", params={"name": "a.jpg"}, content=b"jpeg", headers=session)
    return [driver.post(where + "/submit", headers=session).json()["request"]["number"] for _ in range(2)]


def test_ministry_files_in_three_steps(driver: Driver) -> None:
    session = login(driver)
    first, again = file_at_ministry(driver, session)
    assert first == again
    counts = driver.book("ministry")["counts"]
    assert (counts["filings"], counts["drafts"], counts["duplicates"]) == (1, 1, 0)
    found = driver.get("/ministry/api/requests", params={"external_id": "d1"}, headers=session).json()
    assert found == {"items": [{"draft": "d1", "number": first, "files": 1}]}


def test_ministry_says_inside_a_200_that_the_session_ended(driver: Driver) -> None:
    session = login(driver)
    driver.control("ministry", session_seconds=0)
    reply = driver.get("/ministry/api/events", headers=session)
    assert (reply.status_code, reply.json()["error"]["code"]) == (200, "SESSION_EXPIRED")


def test_ministry_tells_events_by_cursor(driver: Driver) -> None:
    driver.control("ministry", shares=PLAIN, file_only=1)
    session = login(driver)
    file_at_ministry(driver, session)
    file_at_ministry(driver, session, "d2")
    wait_until(lambda: driver.book("ministry")["counts"]["final"] == 2)
    events: list[Any] = []
    cursor, more = "c0", True
    while more:
        page = driver.get("/ministry/api/events", params={"after": cursor, "limit": 4}, headers=session).json()
        events, cursor, more = events + page["events"], page["next"], page["more"]
    assert len(events) == 6
    file = events[-1]["files"][0]
    assert "text" not in events[-1]
    pdf = driver.get(f"/ministry/api/files/{file['id']}", headers=session).content
    assert pdf.startswith(b"%PDF") and len(pdf) == file["size"]


def give_token(driver: Driver) -> httpx.Response:
    grant = {"grant_type": "client_credentials", "client_id": "gateway", "client_secret": "teplo-stand-secret"}
    return driver.post("/teplo/oauth/token", data=grant)


def file_at_teplo(driver: Driver, external: str = "d1") -> httpx.Response:
    bearer = {"Authorization": "Bearer " + give_token(driver).json()["access_token"]}
    return driver.post("/teplo/zayavka", data={"ext_id": external, "text": "Холодно"}, headers=bearer)


def test_teplo_pushes_its_answer_signed(driver: Driver, listener: Listener) -> None:
    driver.control("teplo", shares=PLAIN, early=0)
    assert file_at_teplo(driver).json() == {"id": 1, "status": "accepted"}
    wait_until(lambda: len(listener.arrived) == 3)
    last = listener.arrived[-1]
    signed = last.headers["x-teplo-time"].encode() + b"\n" + last.body
    assert last.headers["x-teplo-sign"] == hmac.new(b"teplo-stand-signing-key", signed, hashlib.sha256).hexdigest()
    form = {name: values[0] for name, values in parse_qs(last.body.decode()).items()}
    assert (form["ext_id"], form["state"], last.path) == ("d1", "answered", "/in/teplo")


def test_teplo_may_answer_before_its_receipt(driver: Driver, listener: Listener) -> None:
    driver.control("teplo", early=1)
    assert file_at_teplo(driver).status_code == 201
    assert b"state=answered" in listener.arrived[0].body


def test_teplo_wants_a_fresh_token(driver: Driver) -> None:
    driver.control("teplo", token_seconds=0)
    assert file_at_teplo(driver).status_code == 401
