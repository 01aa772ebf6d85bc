"""What translating one document costs, against the same work written by hand in Python, in the same run.

    .venv/bin/python bench/mapping.py [--documents 20000] [--json]

Absolute figures vary by machine; the ratio is what to watch.
"""

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import Any

import orjson

from canonical.appeal import Appeal
from canonical.clean_contact import to_e164
from canonical.delivery import AppealView, CaseView, Intent, Scope
from canonical.mapping import load

MAPPING = """
version: 1
system: bench
adapter: rest
roles: [channel, recipient]
zone: Asia/Yekaterinburg
tables:
  topic: {roads: ["1010"], yards: ["1020"], lighting: ["1030"]}
  kind: {appeal: [official], message: [simple]}
in:
  appeal:
    source: {format: json}
    id: id
    fields:
      text: {path: text, clean: [spaces]}
      created_at: {path: created, formats: [iso]}
      legal_kind: {path: kind, table: kind, unknown: message}
      topic.code: {path: category.code?, table: topic}
      topic.raw.text: category.name?
      place.text: address.text?
      place.oktmo: address.oktmo?
      place.municipality: address.municipality?
      place.settlement: address.settlement?
      place.street: address.street?
      place.house: address.house?
      place.flat: address.flat?
      place.point.lat: address.lat?
      place.point.lon: address.lon?
      applicant.person_id: author.id?
      applicant.surname: author.surname?
      applicant.given_name: author.name?
      applicant.patronymic: author.patronymic?
      applicant.phone: {path: author.phone?, clean: [phone]}
      applicant.email: {path: author.email?, clean: [email]}
      organisation.ogrn: organisation.ogrn?
      organisation.name: organisation.name?
      due_at: {path: due?, formats: [iso]}
      status.code: status?
      thread: thread?
      attachments:
        - each: files?
          fields: {id: id, name: name?}
out:
  forward:
    discloses: [text, place]
    steps:
      - create:
          put: [cases, {from: delivery.id}]
          json:
            source: {system: {from: appeal.system}, id: {from: appeal.external_id}}
            description: {from: case.text, max: 10000}
            topic: {code: {from: case.topic.code?, table: topic}}
            location: {address: {from: case.place.text?}}
            registered_at: {from: appeal.created_at, formats: [iso]}
"""


def make_document() -> bytes:
    """About 2 KB, 25 fields."""
    text = "Во дворе третью неделю не горит фонарь, дети идут в школу в темноте. " * 14
    document = {
        "id": "a-1",
        "text": text,
        "created": "2026-02-01T03:05:00+05:00",
        "kind": "official",
        "category": {"code": 1030, "name": "Освещение"},
        "address": {
            "text": "улица Проверочная, 5", "oktmo": "71952000", "municipality": "Надымский район",
            "settlement": "Надым", "street": "Проверочная", "house": "5", "flat": "7", "lat": 65.53, "lon": 72.51,
        },
        "author": {
            "id": 77, "surname": "Проверкин", "name": "Тест", "patronymic": "Тестович",
            "phone": "8 (900) 000-00-01", "email": "Test@Example.org",
        },
        "organisation": {"ogrn": "1000000000000", "name": "Управа"},
        "due": "2026-03-03T03:05:00+05:00",
        "status": "NEW",
        "thread": "t-1",
        "files": [{"id": "f-1", "name": "a.jpg"}, {"id": "f-2", "name": "b.jpg"}],
    }  # fmt: skip
    return orjson.dumps(document)


TOPICS = {"1010": "roads", "1020": "yards", "1030": "lighting"}
KINDS = {"official": "appeal", "simple": "message"}


def read_by_hand(body: bytes) -> Appeal:
    """The same translation as a careful person writes it, without the checks a mapping makes."""
    given = orjson.loads(body)
    address, author, category = given["address"], given["author"], given["category"]
    code = str(category["code"])
    return Appeal.model_validate(
        {
            "text": " ".join(given["text"].split()),
            "created_at": datetime.fromisoformat(given["created"]).astimezone(UTC),
            "legal_kind": KINDS.get(given["kind"], "message"),
            "topic": {"code": TOPICS.get(code), "raw": {"code": code, "text": category.get("name")}},
            "place": {
                "text": address.get("text"), "oktmo": address.get("oktmo"),
                "municipality": address.get("municipality"), "settlement": address.get("settlement"),
                "street": address.get("street"), "house": address.get("house"), "flat": address.get("flat"),
                "point": {"lat": address["lat"], "lon": address["lon"]},
            },
            "applicant": {
                "person_id": str(author["id"]), "surname": author.get("surname"), "given_name": author.get("name"),
                "patronymic": author.get("patronymic"), "phone": to_e164(author["phone"]),
                "email": author["email"].strip().lower(),
            },
            "organisation": {"ogrn": given["organisation"].get("ogrn"), "name": given["organisation"].get("name")},
            "due_at": datetime.fromisoformat(given["due"]).astimezone(UTC),
            "status": {"code": given["status"]},
            "thread": given.get("thread"),
            "attachments": [{"id": one["id"], "name": one.get("name")} for one in given["files"]],
        }
    )  # fmt: skip


def measure(work: Callable[[], Any], times: int) -> float:
    """Microseconds of one call: the best of five rounds."""
    best = float("inf")
    for _ in range(5):
        start = perf_counter_ns()
        for _ in range(times):
            work()
        best = min(best, (perf_counter_ns() - start) / times / 1000)
    return best


def run(documents: int) -> dict[str, float]:
    mapping, body = load(MAPPING, "bench.yaml"), make_document()
    (appeal,) = mapping.read("appeal", body)
    if not isinstance(appeal, Appeal) or appeal != read_by_hand(body):
        raise SystemExit("the two translations differ")
    view = AppealView(id="a", system="bench", external_id="1", created_at=appeal.created_at)
    case = CaseView(id="c", state="routed", text=appeal.text, topic=appeal.topic, place=appeal.place)
    scope = Scope(delivery_id="d", intent=Intent.forward, system="bench", case=case, appeal=view)
    times = max(1, documents // 5)
    mapped = measure(lambda: mapping.read("appeal", body), times)
    by_hand = measure(lambda: read_by_hand(body), times)
    return {
        "document_bytes": len(body),
        "read_us": round(mapped, 1),
        "by_hand_us": round(by_hand, 1),
        "ratio": round(mapped / by_hand, 2),
        "split_us": round(measure(lambda: mapping.split("appeal", body), times), 1),
        "render_us": round(measure(lambda: mapping.render("forward", scope), times), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = run(options.documents)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:>16}  {value}")


if __name__ == "__main__":
    main()
