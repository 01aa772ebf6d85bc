"""Whatever arrives, it ends in a clear error, at the desk or in quarantine with a reason, and nobody else suffers.

One gateway for the whole file. Beside each piece of bad input an ordinary appeal is sent; it must be answered.
"""

import hashlib
import hmac
import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import psutil
import pytest
from sqlalchemy import select

from ledger.tables import appeal, assignment, delivery, desk, document
from stand.accounts import account
from tests.flow.house import ROOT, Appeal, House, open_house, read_examples

#: Handled by the heating company, whose answers some tests withhold: not for ordinary appeals.
SLOW = {"heating", "hot_water", "water", "housing", "gas", "07", "20", "08", "09", "10", "Отопление", "Горячая вода",
        "Холодная вода", "Содержание домов", "Газ"}  # fmt: skip
#: A rule for the echo: what is filed through the ПОС comes back in its own list.
TO_THE_POS = "rules:\n  to_the_pos: {when: {words: [ночной кинотеатр]}, to: pos, priority: 200}\n"
numbers = count(1)
#: The stand registers what it is given and says nothing more: the test speaks for it.
SILENT = {"declined": 0.0, "postponed": 0.0, "interim": 0.0, "silent": 1.0}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("bad-input")
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    routes = folder / "mappings" / "routes.yaml"
    routes.write_text(routes.read_text("utf-8").replace("rules:\n", TO_THE_POS, 1), "utf-8")
    with open_house(folder, mappings=folder / "mappings") as house:
        yield house


@pytest.fixture(scope="module")
def ordinary() -> Iterator[Appeal]:
    lines = (each for each in read_examples() if each["channel"] != "pos" and each.get("category", "07") not in SLOW)
    return ({**each, "id": f"ordinary-{number}"} for number, each in enumerate(lines))


@pytest.fixture(autouse=True)
def neighbour(house: House, ordinary: Iterator[Appeal]) -> Iterator[None]:
    """Somebody with nothing to do with it writes meanwhile, and is answered, once. All else is accounted for."""
    other = next(ordinary)
    house.send(other)
    yield
    house.switch("all", clear=True)
    house.wait(lambda: house.finals(other["channel"], other["id"]), "the neighbour's answer")
    assert len(house.finals(other["channel"], other["id"])) == 1
    # A channel writes down what it was told a moment before the ledger has its receipt.
    house.wait(lambda: house.judge().whole, "the books and the ledger agree")
    assert house.judge().duplicates == 0
    assert house.web.get("/health/ready").status_code == 200


def make(channel: str, text: str, **more: Any) -> Appeal:
    return {"id": f"{channel}-bad-{next(numbers)}", "channel": channel, "text": text, **more}


def sign(body: bytes, at: float | None = None, key: str | None = None) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    secret = (key or account("CITY_APP_SIGNING_KEY")).encode()
    digest = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json", "X-App-Timestamp": stamp, "X-App-Signature": f"sha256={digest}",
    }  # fmt: skip


def knock(house: House, body: bytes, **proof: Any) -> httpx.Response:
    return house.web.post("/in/city_app", content=body, headers=sign(body, **proof))


def knock_portal(house: House, body: bytes, token: str = "PORTAL_INTAKE_TOKEN") -> httpx.Response:
    headers = {"Content-Type": "text/xml", "X-Portal-Token": account(token)}
    return house.web.post("/in/portal", content=body, headers=headers)


def show(name: str, text: str = "Во дворе темно") -> bytes:
    """The city's application's own form of an appeal."""
    body = {
        "event": "appeal.created", "event_id": f"created:{name}",
        "appeal": {"id": name, "text": text, "created_at": "2026-02-01T03:05:00+05:00"},
    }  # fmt: skip
    return json.dumps(body, ensure_ascii=False).encode()


def faulty(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def assert_quarantined(house: House, system: str, name: str, reason: str, says: str = "") -> str:
    house.wait(lambda: name in house.quarantined(system), f"{name} in quarantine")
    found, detail = house.quarantined(system)[name]
    assert found == reason, detail
    assert says in detail
    return detail


# malformed


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "nothing"),
        (b"{", "cut off"),
        (b"\x00\xff\xfe\x01", "no text at all"),
        (b"[" * 100_000, "too deep"),
        (b'{"event": "appeal.created", "event_id": "e", "appeal": []}', "another shape"),
        (b'{"event": "appeal.created", "event_id": "e", "appeal": {"id": {"a": 1}}}', "no name"),
        (b'{"event": "appeal.exploded"}', "an event that nobody knows"),
        ("Темно во дворе".encode("cp1251"), "another encoding"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_malformed_webhook_is_kept_in_quarantine(house: House, body: bytes, why: str) -> None:
    reply = knock(house, body)
    assert reply.status_code == 200  # it was recorded: sending it again would not make it better
    assert_quarantined(house, "city_app", faulty(body), "unreadable")
    assert knock(house, body).status_code == 200
    with house.store.read() as tx:
        copies = tx.run(select(document.c.copies).where(document.c.external_id.endswith(faulty(body)))).scalars().all()
    assert copies == [1]  # the same bytes again are one document


def test_a_body_cut_in_half_on_its_way_is_refused_or_kept_by_how_it_is_proven(house: House) -> None:
    signed = make("city_app", "На Зверева 11 не горит ни один фонарь у подъездов", category="lighting")
    known_by_token = make("portal", "Скользко на крыльце поликлиники в посёлке Аксарка", address="Аксарка")
    before = set(house.quarantined("portal"))
    house.switch("city_app", broken=True)
    house.switch("portal", broken=True)
    house.send(signed, known_by_token)
    house.wait(lambda: house.book("city_app")["sent"].get(signed["id"], {}).get("status") == 401, "a refusal")
    house.wait(lambda: set(house.quarantined("portal")) - before, "the half in quarantine")
    house.switch("all", clear=True)
    house.wait(lambda: house.finals("city_app", signed["id"]), "answer after the sender came again")
    house.send(known_by_token)
    house.wait(lambda: house.finals("portal", known_by_token["id"]), "answer to the whole one")
    assert (len(house.finals("city_app", signed["id"])), len(house.finals("portal", known_by_token["id"]))) == (1, 1)


def test_another_encoding_than_agreed_is_told_without_the_content(house: House) -> None:
    body = "<Обращение><Номер>enc-1</Номер><Текст>Сосульки над входом</Текст></Обращение>".encode("cp1251")
    assert knock_portal(house, body).status_code == 200
    said = assert_quarantined(house, "portal", faulty(body), "unreadable")
    assert "Сосульки" not in said
    form = b"nomer=enc-2&data=1.02.2026+3:05&tekst=" + b"%D2%E5%EC%ED%EE"  # cp1251
    headers = {"X-Line-Pass": account("HOTLINE_INTAKE_TOKEN"), "Content-Type": "application/x-www-form-urlencoded"}
    assert house.web.post("/in/hotline", content=form, headers=headers).status_code == 200
    house.wait(lambda: len(house.quarantined("hotline")) > 0, "the form in quarantine")
    assert [reason for reason, _ in house.quarantined("hotline").values()] == ["unreadable"]


# too large


def test_more_than_the_systems_limit_is_cut_and_kept(house: House) -> None:
    body = show("large-1", "я" * 600_000)
    assert len(body) > 1024**2
    assert knock(house, body).status_code == 200
    assert_quarantined(house, "city_app", faulty(body[: 1024**2]), "unreadable", "longer than 1048576 bytes")


def test_more_than_anybody_may_send_is_refused(house: House) -> None:
    reply = house.web.post("/in/city_app", content=(b"x" * (1 << 20) for _ in range(66)))
    assert reply.status_code == 413
    with house.store.read() as tx:
        assert tx.run(select(document.c.id).where(document.c.size > 60 << 20)).all() == []


def test_a_flood_of_long_bodies_by_nobody_takes_no_more_memory_than_one(house: House) -> None:
    """Sixteen at once, none of them proven: the room is for one, the others may come again."""
    web, codes = psutil.Process(house.pid("web")), list[int]()
    before = web.memory_info().rss

    def pour() -> None:
        for_all.wait()
        content = (b"x" * (1 << 20) for _ in range(60))
        codes.append(httpx.post(f"{house.stage.gateway}/in/city_app", content=content, timeout=120).status_code)

    for_all = threading.Barrier(16)
    callers = [threading.Thread(target=pour) for _ in range(16)]
    for caller in callers:
        caller.start()
    peak = before
    while any(caller.is_alive() for caller in callers):
        peak = max(peak, web.memory_info().rss)
        assert house.web.get("/health/live").status_code == 200
    assert len(codes) == 16
    assert set(codes) <= {401, 503}
    assert peak - before < 400 << 20, "the room of 64 MiB, and its copies"


def test_whoever_does_not_call_by_post_leaves_nothing(house: House) -> None:
    before = house.documents("portal")
    for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
        reply = house.web.request(method, "/in/portal", headers={"X-Portal-Token": account("PORTAL_INTAKE_TOKEN")})
        assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
    assert house.documents("portal") <= before + 1  # the neighbour's


def test_a_caller_that_hangs_up_in_the_middle_leaves_no_half(house: House) -> None:
    body = "<Обращение><Номер>half-way</Номер></Обращение>".encode()
    host, port = house.stage.gateway.removeprefix("http://").split(":")
    head = f"POST /in/portal HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
    token = f"X-Portal-Token: {account('PORTAL_INTAKE_TOKEN')}\r\n\r\n"
    with socket.create_connection((host, int(port))) as caller:
        caller.sendall((head + token).encode() + body[: len(body) // 2])
    whole = make("portal", "У крыльца амбулатории в Катравоже лёд", address="Катравож")
    house.send(whole)
    house.wait(lambda: house.finals("portal", whole["id"]), "answer to somebody who came after it")
    assert faulty(body[: len(body) // 2]) not in house.quarantined("portal")


@pytest.mark.parametrize("channel", ["city_app", "hotline", "portal"])
def test_a_text_of_10_mb_by_webhook_waits_for_a_person(house: House, channel: str) -> None:
    before = set(house.quarantined(channel))
    long = make(channel, "Темно. " * 900_000)  # 10.8 MB in UTF-8
    house.send(long)
    house.wait(lambda: set(house.quarantined(channel)) - before, "the long one in quarantine")
    (name,) = set(house.quarantined(channel)) - before
    assert "longer than" in house.quarantined(channel)[name][1]
    assert house.book(channel)["sent"][long["id"]]["attempts"] == 1  # acknowledged: it need not be sent again


def test_a_text_of_10_mb_that_we_fetch_stops_nobody_who_writes_after_it(house: House) -> None:
    long = make("pos", "Темно. " * 900_000, address="Надым, Зверева 8", category="2002")
    after = make("pos", "На Заводской 3 второй месяц не вывозят снег", address="Надым, Заводская 3", category="1002")
    house.send(long)
    house.send(after)
    house.wait(lambda: house.finals("pos", after["id"]), "answer to the one who wrote after it")
    assert len(house.finals("pos", after["id"])) == 1
    house.wait(lambda: house.finals("pos", long["id"]) or house.quarantined("pos"), "the long one")


# not proven


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-App-Timestamp": "1", "X-App-Signature": "sha256=" + "0" * 64},
        {"X-App-Timestamp": "now", "X-App-Signature": "sha256=zz"},
        {"X-App-Signature": "md5=0"},
    ],
    ids=["unsigned", "old", "unreadable", "another way"],
)
def test_an_unproven_webhook_is_refused_and_not_kept(house: House, headers: dict[str, str]) -> None:
    before = house.documents("city_app")
    reply = house.web.post("/in/city_app", content=show("forged"), headers=headers)
    assert (reply.status_code, reply.text) == (401, "not verified\n")
    house.wait(lambda: '"system":"city_app"' in house.read_log("web").replace(" ", ""), "a word in the log")
    with house.store.read() as tx:
        assert tx.run(select(document.c.id).where(document.c.external_id == "forged")).first() is None
    assert house.documents("city_app") <= before + 1  # the neighbour's


def test_a_wrong_key_a_wrong_token_and_an_unknown_system_are_refused(house: House) -> None:
    assert knock(house, show("forged"), key="wrong").status_code == 401
    body = "<Обращение><Номер>forged</Номер></Обращение>".encode()
    assert knock_portal(house, body, token="PORTAL_TOKEN").status_code == 401
    reply = house.web.post("/in/nowhere", content=b"{}")
    assert (reply.status_code, reply.text) == (404, "no system 'nowhere' listens here\n")
    assert house.web.post("/in/nadym", content=b"{}").status_code == 404  # it is polled
    assert house.web.get("/in/").status_code == 404
    with house.store.read() as tx:
        assert tx.run(select(document.c.id).where(document.c.external_id == "forged")).first() is None


def test_a_replayed_webhook_is_one_appeal_and_an_old_one_is_refused(house: House) -> None:
    each = make("city_app", "Детская площадка у дома Комсомольская 9 засыпана снегом", category="yards")
    house.send(each)
    house.wait(lambda: house.finals("city_app", each["id"]), "answer")
    body = show(each["id"], each["text"])
    headers = sign(body)
    for _ in range(3):  # the very same bytes and proof, as a thief or a nervous sender has them
        assert house.web.post("/in/city_app", content=body, headers=headers).status_code == 200
    assert knock(house, body, at=time.time() - 600).status_code == 401
    house.wait(lambda: not any(house.unfinished().values()), "quiet")
    with house.store.read() as tx:
        rows = tx.run(select(document.c.copies).where(document.c.external_id == each["id"])).scalars().all()
        assert rows == [3]
        assert len(tx.run(select(appeal.c.id).where(appeal.c.external_id == each["id"])).all()) == 1
    assert len(house.finals("city_app", each["id"])) == 1


def test_a_clock_that_is_wrong_is_told_apart_from_a_wrong_key_and_loses_nothing(house: House) -> None:
    each = make("hotline", "у дома Строителей 5 стая собак", address="Надым, Строителей 5", category="06")
    skewed = make("city_app", "Яма на въезде во двор Топчева 4", address="Надым, Топчева 4", category="roads")
    house.switch("city_app", clock_skew=3600)
    house.send(each, skewed)
    house.wait(lambda: house.book("city_app")["sent"].get(skewed["id"], {}).get("status") == 401, "a refusal")
    assert "check both clocks" in house.read_log("web")
    house.switch("city_app", clock_skew=200)  # within the window
    house.wait(lambda: house.finals("city_app", skewed["id"]), "answer")
    house.wait(lambda: house.finals("hotline", each["id"]), "answer")
    assert len(house.finals("city_app", skewed["id"])) == 1


# strange content


@pytest.mark.parametrize("channel", ["pos", "city_app", "hotline", "portal"])
def test_an_empty_text_waits_for_a_person(house: House, channel: str) -> None:
    before = set(house.quarantined(channel))
    house.send(make(channel, "" if channel != "portal" else " \n "))
    house.wait(lambda: set(house.quarantined(channel)) - before, "the empty one in quarantine")
    (name,) = set(house.quarantined(channel)) - before
    reason, detail = house.quarantined(channel)[name]
    assert reason == "empty_text"
    assert "neither a text nor a file" in detail


def test_a_code_that_no_table_has_costs_nobody_the_answer(house: House) -> None:
    strange = [
        make("city_app", "Не работает лифт в доме Зверева 50", address="Надым, Зверева 50", category="elevators-2027"),
        make("pos", "На улице Ямальской 7 упало дерево", address="Салехард, Ямальская 7", category="987654"),
        make("portal", "Забор у школы 3 покосился", address="Ноябрьск, Мира 5", category="Заборы & <ограды>"),
        make("hotline", "Нет автобуса по утрам, остановка Аэропорт", address="Надым", category="0x1F"),
    ]
    house.send(*strange)
    for each in strange:
        house.wait(lambda one=each: house.finals(one["channel"], one["id"]), f"answer to {each['id']}")  # type: ignore[misc]
        assert len(house.finals(each["channel"], each["id"])) == 1


NAUGHTY = [
    "'; DROP TABLE appeal; --", "<script>alert(1)</script> темно", "{{7*7}} ${7*7} %s %n %x {0} {} \\",
    "../../etc/passwd", "\u202eонмет\u202c", "🧊❄️🏚️ холодно", "а\u0301\u0302\u0303" * 200, "\ufeffтемно\u200b\u00ad",
    "NULL", "null", "true", "1/0", "-1", "1e309", "=cmd|'/c calc'!A1", "&lt;&amp;&#0;&nbsp;", "a\rb\nc\td", "ﷺ" * 50,
    "\U0010ffff", "]]>", "<!--", "${jndi:ldap://127.0.0.1/a}", "Content-Length: 0\r\n\r\nGET / HTTP/1.1",
    "%00%0d%0a", "я" * 20_000,
]  # fmt: skip
#: Not everything that JSON can say can be said in XML.
CONTROLS = ["a\x00b темно", "\x1b[31mкрасно\x1b[0m", "\x07\x08", "\ud83d половина знака"]


def test_naughty_texts_are_answered_like_all_others(house: House) -> None:
    texts = [(channel, text) for channel in ("pos", "city_app", "hotline", "portal") for text in NAUGHTY]
    texts += [("city_app", text) for text in CONTROLS[:2]] + [("pos", CONTROLS[1])]
    sent = [make(channel, text) for channel, text in texts]
    house.send(*sent)

    def left() -> set[str]:
        books = {name: house.book(name)["answers"] for name in ("pos", "city_app", "hotline", "portal")}
        return {each["id"] for each in sent if each["id"] not in books[each["channel"]]}

    empty = {each["id"] for each in sent if each["text"] in ("<!--",)}  # nothing is left of it without its markup
    house.wait(lambda: left() <= empty, "every naughty text answered")
    for each in sent:
        assert len(house.finals(each["channel"], each["id"])) == (each["id"] not in left())


def test_half_a_sign_in_json_is_readable_or_in_quarantine(house: House) -> None:
    body = show("half", "@").replace(b'"@"', rb'"\ud83d \u0000 \ud83d"')
    assert knock(house, body).status_code == 200
    house.wait(lambda: not any(house.unfinished().values()), "quiet")
    with house.store.read() as tx:
        states = tx.run(select(document.c.state, document.c.reason).where(document.c.external_id == "half")).all()
    assert faulty(body) in house.quarantined("city_app") or [tuple(row) for row in states] == [
        ("quarantined", "empty_text")
    ]


# XML


@contextmanager
def trap() -> Iterator[tuple[str, list[str]]]:
    """A server that nobody may call: (its address, the paths that were asked for)."""
    asked: list[str] = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Trap)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_an_xml_bomb_is_not_blown_up(house: House) -> None:
    entities = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    text = "<Обращение><Номер>bomb</Номер><Дата>2026-02-01T03:05:00+05:00</Дата><Текст>&b11;</Текст></Обращение>"
    body = f'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY b0 "темно">{entities}]>{text}'.encode()
    assert knock_portal(house, body).status_code == 200
    said = assert_quarantined(house, "portal", faulty(body), "unreadable")
    assert "темно" not in said


def test_external_entities_are_never_fetched(house: House, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("совершенно секретно", "utf-8")
    with trap() as (url, asked):
        for number, place in enumerate((secret.as_uri(), f"{url}/entity")):
            for head in (f'<!ENTITY e SYSTEM "{place}">', f'<!ENTITY % p SYSTEM "{place}"> %p;'):
                use = "&e;" if "ENTITY e" in head else "темно"
                body = (
                    f"<!DOCTYPE b [{head}]><Обращение><Номер>xxe-{number}</Номер>"
                    f"<Дата>2026-02-01T03:05:00+05:00</Дата><Текст>{use}</Текст></Обращение>"
                ).encode()
                assert knock_portal(house, body).status_code == 200
                assert "секрет" not in assert_quarantined(house, "portal", faulty(body), "unreadable")
        outside = f'<!DOCTYPE b SYSTEM "{url}/dtd"><Обращение><Номер>xxe-9</Номер></Обращение>'.encode()
        assert knock_portal(house, outside).status_code == 200
        house.wait(lambda: not any(house.unfinished().values()), "quiet")
    assert asked == []
    books = json.dumps([house.book(name) for name in ("nadym", "ministry", "teplo")], ensure_ascii=False)
    assert "совершенно секретно" not in books


# recipients


@pytest.mark.parametrize(
    ("name", "text", "address"),
    [
        ("ministry", "В школе нет учителя физики с сентября", "Тазовский, Геофизиков 3"),
        ("nadym", "У дома Полярная 2 не чистят тротуар от снега", "Надым, Полярная 2"),
        ("teplo", "Холодные батареи в квартире, Рыжкова 6", "Надым, Рыжкова 6"),
    ],
)
def test_a_200_with_an_error_inside_is_no_receipt(house: House, name: str, text: str, address: str) -> None:
    """Nothing was done there: it is done in the end, or a person is told why not; never believed done."""
    house.switch(name, error_body={"next": 1, "match": "POST /" + name + {"nadym": "/api", "ministry": "/api/drafts",
                                                                           "teplo": "/zayavka"}[name]})  # fmt: skip
    each = make("city_app", text, address=address)
    house.send(each)
    house.wait(lambda: house.book(name)["counts"].get("fault: error_body", 0), "the fault")

    def refused() -> list[Any]:
        waits = desk.c.subject == delivery.c.id, desk.c.open.is_(True), delivery.c.system == name
        with house.store.read() as tx:
            return list(tx.run(select(desk.c.id, desk.c.reason, delivery.c.detail).where(*waits)))

    house.wait(lambda: house.finals("city_app", each["id"]) or refused(), "an answer or the desk")
    if waiting := refused():
        ((item, reason, detail),) = waiting
        assert reason.startswith("refused:")
        assert "refused" in detail
        house.switch(name, clear=True)
        house.tsur("desk", "decide", item, "send", "--yes", "--by", "tester")
        house.wait(lambda: house.finals("city_app", each["id"]), f"the answer after a person's word: {reason}")
    assert len(house.finals("city_app", each["id"])) == 1


def tell(house: House, **pairs: str) -> httpx.Response:
    """The heating company's webhook, rightly signed."""
    body, stamp = urlencode(pairs).encode(), str(int(time.time()))
    key = account("TEPLO_SIGNING_KEY").encode()
    digest = hmac.new(key, stamp.encode() + b"\n" + body, hashlib.sha256).hexdigest()
    headers = {"X-Teplo-Time": stamp, "X-Teplo-Sign": digest, "Content-Type": "application/x-www-form-urlencoded"}
    return house.web.post("/in/teplo", content=body, headers=headers)


def test_an_answer_to_a_case_that_nobody_knows_waits_for_a_person(house: House) -> None:
    reply = tell(
        house, event="stray-1", id="900900", ext_id="dno-such", state="answered", result="solved",
        text="Готово", time=str(int(time.time())),
    )  # fmt: skip
    assert reply.status_code == 200
    assert_quarantined(house, "teplo", "stray-1", "unknown_reference", "names no filing of ours")


def test_an_answer_in_a_word_that_no_table_has_waits_for_a_person(house: House) -> None:
    house.switch("teplo", shares=SILENT)
    each = make(
        "hotline", "Нет тепла в подъезде, Геологоразведчиков 8", address="Надым, Геологоразведчиков 8", category="07"
    )
    house.send(each)
    house.wait(lambda: find_filing(house, "Геологоразведчиков 8"), "the filing")
    ext_id, number = find_filing(house, "Геологоразведчиков 8")
    now = str(int(time.time()))
    assert tell(house, event="odd-1", id=number, ext_id=ext_id, state="evaporated", time=now).status_code == 200
    assert_quarantined(house, "teplo", "odd-1", "unknown_code", "in no table")
    assert house.finals("hotline", each["id"]) == []
    tell(house, event="odd-2", id=number, ext_id=ext_id, state="answered", result="solved", text="Тепло дано", time=now)
    house.wait(lambda: house.finals("hotline", each["id"]), "answer")
    assert house.finals("hotline", each["id"]) == ["Тепло дано"]


def test_late_news_of_the_same_second_does_not_take_an_answer_back(house: House) -> None:
    """Their times have no fractions, and a webhook that is sent again comes after its successor."""
    house.switch("teplo", shares=SILENT)
    each = make("city_app", "Гудят трубы отопления, Кедровая 12", address="Надым, Кедровая 12", category="heating")
    house.send(each)
    house.wait(lambda: find_filing(house, "Кедровая 12"), "the filing")
    ext_id, number = find_filing(house, "Кедровая 12")
    ours = {"id": number, "ext_id": ext_id, "time": str(int(time.time()))}
    tell(house, event="late-3", state="answered", result="solved", text="Насос заменён", **ours)
    house.wait(lambda: house.finals("city_app", each["id"]), "answer")
    tell(house, event="late-2", state="in_work", **ours)
    house.wait(lambda: not any(house.unfinished().values()), "quiet")
    with house.store.read() as tx:
        states = tx.run(select(assignment.c.state).where(assignment.c.number == number)).scalars().all()
    assert states == ["answered"]


def find_filing(house: House, words: str) -> tuple[str, ...]:
    for ext_id, filings in house.book("teplo")["filings"].items():
        if words in json.dumps(filings[0]["facts"], ensure_ascii=False):
            return ext_id, str(filings[0]["number"])
    return ()


def test_our_own_filing_in_their_list_is_not_a_new_appeal(house: House) -> None:
    house.switch("pos", echo_filings=True, echo_updates=True)
    each = make("city_app", "Откройте ночной кинотеатр в посёлке Тазовский", address="Тазовский, Ленина 1")
    house.send(each)
    house.wait(lambda: house.finals("city_app", each["id"]), "answer")

    def echoes() -> list[Any]:
        wanted = document.c.system == "pos", document.c.kind == "appeal", document.c.disposition == "echo"
        with house.store.read() as tx:
            return list(tx.run(select(document.c.id).where(*wanted)))

    house.wait(echoes, "the echo")
    house.wait(lambda: not any(house.unfinished().values()), "quiet")
    with house.store.read() as tx:
        given = tx.run(select(assignment.c.number).where(assignment.c.recipient == "pos")).scalars().all()
        assert len(given) == 1
        assert tx.run(select(appeal.c.id).where(appeal.c.system == "pos", appeal.c.external_id == given[0])).all() == []
    assert len(house.finals("city_app", each["id"])) == 1
    assert house.book("pos")["counts"]["external filings"] == 1


def test_an_answer_that_names_one_resident_is_held_for_the_others(house: House) -> None:
    house.switch("teplo", shares=SILENT)
    where = {"address": "Надым, Набережная имени Оруджева 14"}
    first = make("hotline", "Третьи сутки холодные батареи, Набережная Оруджева 14, замерзаем всем подъездом",
                 name="Вылкина Серафима Петровна", phone="+7 900 000-77-01", category="07", **where)  # fmt: skip
    second = make("city_app", "Холодные батареи третьи сутки на Набережной Оруджева 14, замерзаем всем подъездом",
                  name="Окотэтто Прокопий Ильич", phone="+7 900 000-77-02", category="heating", **where)  # fmt: skip
    house.send(first)
    house.wait(lambda: find_filing(house, "Оруджева 14"), "the filing")
    house.send(second)
    house.wait(lambda: joined(house, second["id"]), "the second joined")
    ext_id, number = find_filing(house, "Оруджева 14")
    said = "Уважаемая Серафима Петровна Вылкина, отопление восстановлено."
    tell(house, event="named-1", id=number, ext_id=ext_id, state="answered", result="solved", text=said,
         time=str(int(time.time())))  # fmt: skip
    house.wait(lambda: house.finals("hotline", first["id"]), "the answer to her whom it names")
    assert house.finals("hotline", first["id"]) == [said]
    listed = json.loads(house.tsur("desk", "list", "--reason", "names_another_resident", "--json"))
    assert [item["system"] for item in listed["items"]] == ["city_app"]
    house.wait(lambda: not any(house.unfinished().values()), "quiet")
    told = house.told("city_app", second["id"])
    assert {each["kind"] for each in told} <= {"notice", "interim"}, told  # that it was received, never her answer
    assert "Вылкин" not in json.dumps(told, ensure_ascii=False)
    assert "Вылкин" not in house.tsur("desk", "show", listed["items"][0]["id"])


def joined(house: House, name: str) -> bool:
    with house.store.read() as tx:
        how = tx.run(select(appeal.c.join_kind).where(appeal.c.external_id == name)).scalar()
    return how is not None
