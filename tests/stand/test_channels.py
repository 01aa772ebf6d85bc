"""The channels that call: what they send, how often, and what they take back."""

import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qs

import pytest
from lxml import etree

from tests.stand.driver import Driver, Listener, wait_until

APPEAL = {
    "id": "a1",
    "text": "Третий день нет тепла <b>в подъезде</b>",
    "name": "Иванова Мария Петровна",
    "phone": "+7 900 000-12-34",
    "address": "Салехард, Ленина 5",
    "category": "heating",
    "created_at": "2026-01-31T22:05:00Z",
}
APP = {"Authorization": "Bearer city-app-stand-token"}


def send(driver: Driver, listener: Listener, channel: str, **more: Any) -> Any:
    appeal = APPEAL | {"channel": channel} | more
    assert driver.feed(appeal).status_code == 202
    wait_until(lambda: driver.book(channel)["sent"][appeal["id"]]["acknowledged"])
    return listener.arrived[-1]


def test_city_app_signs_time_and_body(driver: Driver, listener: Listener) -> None:
    arrived = send(driver, listener, "city_app")
    signed = arrived.headers["x-app-timestamp"].encode() + b"." + arrived.body
    digest = hmac.new(b"city-app-stand-signing-key", signed, hashlib.sha256).hexdigest()
    assert arrived.path == "/in/city_app"
    assert arrived.headers["x-app-signature"] == "sha256=" + digest


def test_hotline_sends_a_form_as_operators_type_it(driver: Driver, listener: Listener) -> None:
    arrived = send(driver, listener, "hotline")
    form = {name: values[0] for name, values in parse_qs(arrived.body.decode()).items()}
    assert (form["data"], form["tel"]) == ("1.02.2026 3:05", "8 (900) 000-12-34")
    assert arrived.headers["x-line-pass"] == "hotline-stand-intake"


def test_portal_sends_xml_with_markup_escaped(driver: Driver, listener: Listener) -> None:
    arrived = send(driver, listener, "portal")
    tree = etree.fromstring(arrived.body)
    assert tree.findtext("Текст") == APPEAL["text"]
    assert tree.findtext("Заявитель/Отчество") == "Петровна"
    assert tree.findtext("Дата") == "2026-02-01T03:05:00+05:00"


def test_a_channel_sends_again_until_acknowledged(driver: Driver, listener: Listener) -> None:
    listener.statuses = [503, 400]
    send(driver, listener, "hotline")
    assert driver.book("hotline")["sent"]["a1"] == {"attempts": 3, "acknowledged": 1, "status": 200}


def test_a_channel_can_send_what_was_acknowledged_once_more(driver: Driver, listener: Listener) -> None:
    driver.control("portal", sending={"resend": 1})
    send(driver, listener, "portal")
    wait_until(lambda: driver.book("portal")["sent"]["a1"]["acknowledged"] == 2)
    assert listener.arrived[0].body == listener.arrived[1].body


def test_a_channel_gives_up_when_told_to(driver: Driver, listener: Listener) -> None:
    listener.status = 401
    driver.control("city_app", wrong_proof=True, sending={"attempts": 2})
    driver.feed(APPEAL | {"channel": "city_app"})
    wait_until(lambda: driver.book("city_app")["sent"]["a1"]["attempts"] == 2)
    assert driver.book("city_app")["sent"]["a1"]["acknowledged"] == 0


def test_a_signature_is_as_old_as_the_skewed_clock(driver: Driver, listener: Listener) -> None:
    before = int(send(driver, listener, "city_app").headers["x-app-timestamp"])
    driver.control("city_app", clock_skew=-3600)
    after = int(send(driver, listener, "city_app", id="a2").headers["x-app-timestamp"])
    assert 3500 < before - after < 3700


def test_city_app_makes_one_effect_of_one_key(driver: Driver, listener: Listener) -> None:
    send(driver, listener, "city_app")
    answer = {"appeal_id": "a1", "kind": "final", "outcome": "solved", "text": "Тепло подано."}
    replies = [
        driver.post("/city_app/api/v2/answers", json=answer, headers=APP | {"Idempotency-Key": "k1"}) for _ in range(2)
    ]
    assert [reply.status_code for reply in replies] == [201, 200]
    assert replies[0].json() == replies[1].json()
    assert driver.book("city_app")["counts"]["duplicates"] == 0
    assert [told["text"] for told in driver.book("city_app")["answers"]["a1"]] == ["Тепло подано."]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"appeal_id": "x"}, 404), ({"text": "я" * 4001}, 422), ({"kind": "odd"}, 422), ({"outcome": "odd"}, 422)],
)
def test_city_app_refuses(driver: Driver, listener: Listener, change: dict[str, str], status: int) -> None:
    send(driver, listener, "city_app")
    answer = {"appeal_id": "a1", "kind": "final", "text": "Да."} | change
    reply = driver.post("/city_app/api/v2/answers", json=answer, headers=APP | {"Idempotency-Key": "k"})
    assert reply.status_code == status
    assert driver.book("city_app")["answers"] == {}


def test_a_resident_replies_to_a_question(driver: Driver, listener: Listener) -> None:
    send(driver, listener, "city_app")
    question = {"appeal_id": "a1", "kind": "question", "text": "Какой подъезд?"}
    driver.post("/city_app/api/v2/answers", json=question, headers=APP | {"Idempotency-Key": "k"})
    wait_until(lambda: b"appeal.reply" in listener.arrived[-1].body)


def test_a_resident_rates_the_final_answer(driver: Driver, listener: Listener) -> None:
    driver.control("city_app", rates=1)
    send(driver, listener, "city_app")
    answer = {"appeal_id": "a1", "kind": "final", "outcome": "solved", "text": "Тепло подано."}
    driver.post("/city_app/api/v2/answers", json=answer, headers=APP | {"Idempotency-Key": "k"})
    wait_until(lambda: b'"score": 2' in listener.arrived[-1].body)


def test_hotline_doubles_what_is_told_twice_but_can_be_asked(driver: Driver, listener: Listener) -> None:
    send(driver, listener, "hotline")
    token, answer = (
        {"X-Gorod-Klyuch": "hotline-stand-token"},
        {"nomer": "a1", "status": "3", "otvet": "Да", "ref": "d1"},
    )
    where = {"nomer": "a1", "ref": "d1"}
    assert driver.get("/hotline/otvet", params=where, headers=token).text == "naideno=0"
    for _ in range(2):
        assert driver.post("/hotline/otvet", data=answer, headers=token).status_code == 200
    assert driver.get("/hotline/otvet", params=where, headers=token).text == "naideno=1&id=2"
    assert driver.book("hotline")["counts"]["duplicates"] == 1


def test_portal_keeps_the_answer_in_one_place(driver: Driver, listener: Listener) -> None:
    send(driver, listener, "portal")
    body = "<Ответ><Статус>Решено</Статус><Текст>Сделано</Текст></Ответ>".encode()
    for _ in range(2):
        reply = driver.put(
            "/portal/api/appeals/a1/answer", content=body, headers={"X-Portal-Token": "portal-stand-token"}
        )
        assert reply.status_code == 200
    counts = driver.book("portal")["counts"]
    assert (counts["answered"], counts["repeats"], counts["duplicates"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/city_app/api/v2/answers"), ("POST", "/hotline/otvet"), ("PUT", "/portal/api/appeals/a1/answer")],
)
def test_strangers_cannot_answer(driver: Driver, method: str, path: str) -> None:
    assert driver.request(method, path, content=b"").status_code == 401


def test_the_feed_is_taken_whole_or_not_at_all(driver: Driver) -> None:
    reply = driver.feed(APPEAL | {"channel": "hotline"}, APPEAL | {"channel": "fax"})
    assert reply.status_code == 400
    assert driver.book("hotline")["counts"]["sent"] == 0
