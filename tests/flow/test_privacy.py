"""Names, phones, e-mails, addresses and texts pass through everything, failures included, and are written nowhere.

They are looked for in the logs, the metrics, health, what the desk lists and the bytes of the SQLite file.
"""

import json
import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import select

from ledger.tables import appeal, delivery
from stand.accounts import account
from tests.flow.house import Appeal, House, open_house

PEOPLE = [
    ("Явтысая Евдокия Хасавовна", "+7 900 555-81-13", "evdokia.yavtysaya@residents.example"),
    ("Пырирко Аркадий Сэротэттович", "+7 900 555-82-24", "pyrirko.arkady@residents.example"),
    ("Ламбина Милитриса Фёдоровна", "+7 900 555-83-35", "lambina@residents.example"),
    ("Худи Варлаам Тэтакович", "+7 900 555-84-46", "khudi.varlaam@residents.example"),
]
STREET = "Оленеводческая"
#: No word of it occurs anywhere else.
TEXT = "Вездеход раскурочил палисадник, хризантемы погибли, соседка Агриппина рыдает"
#: Who it was: what even a person at the desk does not see without giving a reason.
CONTACTS = [
    *(word for name, _, _ in PEOPLE for word in name.split() if len(word) > 4),
    *(phone.replace(" ", "").replace("-", "")[2:] for _, phone, _ in PEOPLE),
    *(phone[3:] for _, phone, _ in PEOPLE), *(mail for _, _, mail in PEOPLE), "residents.example",
]  # fmt: skip
SECRETS = [*CONTACTS, STREET, "раскурочил", "хризантемы", "Агриппина"]


def forms(secret: str) -> set[bytes]:
    """How it may be spelled in a file: by encoding, by JSON's and by URLs' escapes, in another case."""
    spelled = {secret, secret.lower(), secret.upper(), secret.casefold().replace("ё", "е")}
    escaped = {json.dumps(word).strip('"') for word in spelled} | {quote(word) for word in spelled}
    encoded = {word.encode(name) for word in spelled for name in ("utf-8", "cp1251", "utf-16-le")}
    return encoded | {word.encode() for word in escaped}


def find_secrets(content: bytes, secrets: list[str] = SECRETS) -> list[str]:
    return [secret for secret in secrets if any(form in content for form in forms(secret))]


def make(number: int, channel: str, id: str) -> Appeal:
    name, phone, email = PEOPLE[number % len(PEOPLE)]
    address = f"Надым, улица {STREET} {number + 1}"
    return {"id": id, "channel": channel, "text": f"{TEXT}. Дом {number + 1}. {name}, {phone}", "name": name,
            "phone": phone, "email": email, "address": address}  # fmt: skip


def knock(house: House, channel: str, body: bytes) -> int:
    headers = {"X-Portal-Token": account("PORTAL_INTAKE_TOKEN"), "X-Line-Pass": account("HOTLINE_INTAKE_TOKEN")}
    return house.web.post(f"/in/{channel}", content=body, headers=headers).status_code


def send_what_cannot_be_read(house: House) -> None:
    """Broken in every stage of reading, each with a resident in it."""
    name, phone, email = PEOPLE[0]
    who = f"<Заявитель><Фамилия>{name}</Фамилия><Телефон>{phone}</Телефон><Почта>{email}</Почта></Заявитель>"
    bad = [
        f"<Обращение><Номер>{name}</Номер><Текст>{TEXT}",
        f"<Обращение><Номер>x1</Номер><Дата>{name} {TEXT}</Дата><Текст>{TEXT}</Текст>{who}</Обращение>",
        f'<!DOCTYPE a [<!ENTITY e "{TEXT}">]><Обращение><Номер>x2</Номер><Текст>&e;</Текст>{who}</Обращение>',
        f"<{name.split()[0]}>{TEXT}</{name.split()[1]}>",
        f"<Обращение><Номер>x3</Номер><Дата>2026-02-01T03:05:00+05:00</Дата><Координаты широта='{phone}' "
        f"долгота='{name}'/><Текст>{TEXT}</Текст>{who}</Обращение>",
    ]  # fmt: skip
    for text in bad:
        assert knock(house, "portal", text.encode()) == 200
        assert knock(house, "portal", text.encode("cp1251")) == 200
    assert knock(house, "hotline", f"nomer=x4&data={name}&tekst={TEXT}&fio={name}".encode()) == 200
    assert knock(house, "city_app", f"{name} {phone}".encode()) == 401
    house.web.get(f"/in/{quote(name)}?phone={quote(phone)}")
    # Readable, but its channel will not know the appeal.
    known_to_nobody = f"<Обращение><Номер>ghost</Номер><Дата>2026-02-01T03:05:00+05:00</Дата><Текст>{TEXT}</Текст>{who}"
    assert knock(house, "portal", f"{known_to_nobody}</Обращение>".encode()) == 200


BREAK = """
CREATE TRIGGER no_document BEFORE INSERT ON document WHEN NEW.external_id = 'privacy-web'
BEGIN SELECT RAISE(ABORT, 'no such thing today'); END;
CREATE TRIGGER no_appeal BEFORE INSERT ON appeal WHEN NEW.external_id = 'privacy-worker'
BEGIN SELECT RAISE(ABORT, 'no such thing today'); END;
"""
MEND = "DROP TRIGGER no_document; DROP TRIGGER no_appeal;"


def change_schema(house: House, script: str) -> None:
    with sqlite3.connect(house.stage.folder / "state" / "ledger.db", timeout=60) as connection:
        connection.executescript(script)
    connection.close()


def fail_inside(house: House) -> None:
    """Exceptions in the web and in a worker, with a resident's row at hand."""
    change_schema(house, BREAK)
    house.send(make(20, "city_app", "privacy-web"), make(21, "hotline", "privacy-worker"))
    house.wait(lambda: "webhook.failed" in house.read_log("web"), "an exception in the web")
    house.wait(lambda: "decide.failed" in house.read_log("worker-1"), "an exception in the worker")
    change_schema(house, MEND)


def is_appeal(house: House, name: str) -> bool:
    with house.store.read() as tx:
        return tx.run(select(appeal.c.id).where(appeal.c.external_id == name)).first() is not None


def moves(house: House) -> bool:
    """Some delivery can still leave; one that needs a refused forward cannot, it waits for a person with it."""
    on_its_own = delivery.c.state.in_(("waiting", "sending", "unknown")), delivery.c.needs.is_(None)
    with house.store.read() as tx:
        return tx.run(select(delivery.c.id).where(*on_its_own)).first() is not None


def test_no_resident_is_in_logs_metrics_lists_or_readable_in_the_ledger(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        house.switch("teplo", names_resident=True)
        house.switch("nadym", names_resident=True, fail={"next": 1, "status": 422, "match": "POST /nadym/api/zayavki"})
        house.switch("ministry", fail={"next": 1, "status": 400, "match": "POST /ministry/api/drafts"}, malformed=1)
        ordinary = [
            make(number, channel, f"privacy-{channel}-{number}")
            for number, channel in enumerate(["pos", "city_app", "hotline", "portal"] * 3)
        ]
        house.send(*ordinary)
        send_what_cannot_be_read(house)
        fail_inside(house)
        house.wait(lambda: is_appeal(house, "privacy-web"), "the appeal after the web was mended")
        house.wait(lambda: is_appeal(house, "privacy-worker"), "the appeal after the worker was mended")
        house.wait(lambda: house.unfinished()["documents"] == 0 and not moves(house), "quiet")
        assert_nothing_shown(house)
        # They did pass through: the recipients know them, and the failures happened.
        filed = json.dumps([house.book(name) for name in ("nadym", "ministry", "teplo")], ensure_ascii=False)
        assert find_secrets(filed.encode()), "nothing passed through"
        reasons = {item["reason"] for item in json.loads(house.tsur("desk", "list", "--json"))["items"]}
        assert {"unreadable", "refused:422", "refused:400"} <= reasons


def assert_nothing_shown(house: House) -> None:
    listed = json.loads(house.tsur("desk", "list", "--limit", "500", "--json"))["items"]
    assert listed
    appeals = [house.tsur("trace", name) for name in ("privacy-web", "privacy-worker")]
    shown = {
        "/metrics": house.web.get("/metrics").text, "/health": house.web.get("/health").text,
        "desk list": house.tsur("desk", "list"), "desk list --json": json.dumps(listed, ensure_ascii=False),
        "quarantine list": house.tsur("quarantine", "list"),
        "quarantine list --json": house.tsur("quarantine", "list", "--json"),
        "trace": "".join(appeals), "reconcile": house.tsur("reconcile"), "audit": house.tsur("audit", "verify"),
    }  # fmt: skip
    for where, text in shown.items():
        assert text, where
        assert find_secrets(text.encode()) == [], where
    for item in listed:
        # What it is about must be seen to decide it; whose it is need not.
        assert find_secrets(house.tsur("desk", "show", item["id"]).encode(), CONTACTS) == [], item["reason"]
    logs = house.log_files()
    assert {"web.log", "worker-1.log", "sweeper.log"} <= {path.name for path in logs}
    state = house.stage.folder / "state"
    ledger = [state / "ledger.db", state / "ledger.db-wal"]
    for path in [*logs, *ledger]:
        assert find_secrets(path.read_bytes()) == [], path.name
    assert sum(path.stat().st_size for path in ledger) > 100_000
