"""Every way of polling, against lists that grow, shrink, shift and lie."""

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from lxml import etree

from adapters.errors import Refused, Unavailable
from adapters.positions import ROUNDS
from tests.adapters.contract.polls import read_all
from tests.adapters.mappings import appeals, build
from tests.adapters.scripted import Answered, Asked, serving

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def item(number: int | str, at: datetime = NOW, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "text": f"text {number}", "at": at.isoformat(), **more}


def to_json(items: list[Any], **more: Any) -> Answered:
    return Answered(body=json.dumps({"items": items, **more}).encode(), headers={"Content-Type": "application/json"})


def ids(documents: list[Any]) -> list[str]:
    return [document.external_id for document in documents]


class Town:
    """A list by time; `asked` are the questions."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.asked: list[Asked] = []
        self.now = NOW  # their clock
        self.broken = 0  # so many replies are still to be cut off

    def __call__(self, asked: Asked) -> Answered:
        self.asked.append(asked)
        made = self.answer(asked)
        if self.broken:
            self.broken -= 1
            made.body = made.body[: len(made.body) // 2]
        made.headers["Date"] = format_datetime(self.now, usegmt=True)
        return made

    def answer(self, asked: Asked) -> Answered:
        return to_json(self.items)


# window


WINDOW = """
      by: window
      start: 2026-06-01T10:00
      zone: Asia/Yekaterinburg
      overlap: 10m
      get: list
      query: {since: {fill: since, format: DD.MM.YYYY HH:mm}, until: {fill: until, format: iso_z}, page: {fill: page}}
      pages: {first: 1, size: 2}"""


class Windowed(Town):
    def answer(self, asked: Asked) -> Answered:
        page = int(asked.query.get("page", 1))
        return to_json(self.items[(page - 1) * 2 : page * 2])


def test_a_window_is_asked_again_by_its_overlap_and_written_in_their_form() -> None:
    town, clock = Windowed(), [NOW]
    town.items = [item(n) for n in range(3)]
    with serving(town) as base:
        adapter = build(appeals(WINDOW), base, now=lambda: clock[0])
        found, cursor = read_all(adapter)
        assert ids(found) == ["0", "1", "2"]
        clock[0] = town.now = NOW + timedelta(hours=1)
        read_all(adapter, cursor)
    first, second, *again, later, _, _, _ = town.asked
    assert [asked.query for asked in again] == [first.query, second.query], "until a round brings nothing new"
    assert first.query == {"since": "01.06.2026 10:00", "until": "2026-06-01T12:00:00Z", "page": "1"}
    assert second.query == first.query | {"page": "2"}
    assert later.query["since"] == "01.06.2026 16:50", "12:00 UTC less ten minutes, in their zone"
    assert later.query["until"] == "2026-06-01T13:00:00Z"


class Shifting(Windowed):
    """Lists by the time of change; what is changed leaves its page while the pages are read."""

    left: frozenset[str] = frozenset({"0", "3"})

    def answer(self, asked: Asked) -> Answered:
        made = super().answer(asked)
        if going := [one for one in self.items if one["id"] in self.left]:
            self.items.remove(going[0])
        return made


def test_a_document_that_slips_into_a_page_that_was_read_is_not_missed() -> None:
    town = Shifting()
    town.items = [item(n) for n in range(8)]
    with serving(town) as base:
        adapter = build(appeals(WINDOW), base, now=lambda: NOW)
        found, cursor = read_all(adapter)
        again, _ = read_all(adapter, cursor)
    assert {"1", "2", "4", "5", "6", "7"} <= set(ids(found))
    assert len(ids(found)) == len(set(ids(found)))
    assert set(cursor["appeal"]) == {"since"}, "what was read of a window is forgotten with it"
    assert again


def test_a_window_that_never_rests_is_left_after_some_rounds() -> None:
    town, counted = Windowed(), itertools.count()
    town.answer = lambda asked: to_json([item(next(counted)) for _ in range(2 if asked.query["page"] == "1" else 1)])  # type: ignore[method-assign]
    with serving(town) as base:
        _, cursor = read_all(build(appeals(WINDOW), base, now=lambda: NOW))
    assert len(town.asked) == 2 * ROUNDS
    assert set(cursor["appeal"]) == {"since"}


@pytest.mark.parametrize(("kind", "since"), [("zone: Asia/Tokyo", "01.06.2026 20:50"), ("", "01.06.2026 16:50")])
def test_a_window_without_a_zone_is_written_in_that_of_its_kind_or_mapping(kind: str, since: str) -> None:
    """Written in UTC for a system of local times, an appeal would be five hours away."""
    town = Windowed()
    part = appeals(WINDOW.replace("      zone: Asia/Yekaterinburg\n", ""), more=kind)
    with serving(town) as base:
        adapter = build(part, base, now=lambda: NOW)
        _, cursor = read_all(adapter)
        read_all(adapter, cursor)
    assert [asked.query["since"] for asked in town.asked] == ["01.06.2026 10:00", since]


def test_the_source_own_clock_ends_a_window() -> None:
    town = Windowed()
    town.now = NOW - timedelta(minutes=30)  # slow: what changes now is dated half an hour ago
    with serving(town) as base:
        _, cursor = read_all(build(appeals(WINDOW), base, now=lambda: NOW))
        read_all(build(appeals(WINDOW), base, now=lambda: NOW), cursor)
    assert town.asked[-1].query["since"] == "01.06.2026 16:20", "11:30 less ten minutes"


def test_a_window_never_goes_back_before_its_start() -> None:
    town = Windowed()
    with serving(town) as base:
        adapter = build(appeals(WINDOW), base, now=lambda: datetime(2026, 6, 1, 5, 5, tzinfo=UTC))
        town.now = datetime(2026, 6, 1, 5, 5, tzinfo=UTC)
        _, cursor = read_all(adapter)
        read_all(adapter, cursor)
    assert {asked.query["since"] for asked in town.asked} == {"01.06.2026 10:00"}


def test_a_long_past_is_read_in_steps() -> None:
    town = Windowed()
    changes = WINDOW.replace("overlap: 10m", "overlap: 1h\n      step: 3h").replace("2026-06-01T10:00", "2026-06-01")
    with serving(town) as base:
        read_all(build(appeals(changes), base, now=lambda: NOW))
    untils = [asked.query["until"] for asked in town.asked]
    assert untils[0] == "2026-05-31T22:00:00Z"
    assert untils[-1] == "2026-06-01T12:00:00Z"
    assert len(untils) == 8, "each step gains its length less the overlap"


def test_total_pages_rule_over_counting() -> None:
    town = Windowed()
    town.answer = lambda asked: to_json([item(asked.query["page"])], pages=3)  # type: ignore[method-assign]
    changes = WINDOW.replace("size: 2}", "size: 2, total: pages}")
    with serving(town) as base:
        found, _ = read_all(build(appeals(changes), base, now=lambda: NOW))
    assert ids(found) == ["1", "2", "3"]


def test_pages_are_counted_before_the_kind_chooses() -> None:
    town = Windowed()
    town.items = [item(1, kind="x"), item(2, kind="y"), item(3, kind="y")]
    changes = WINDOW.replace("size: 2}", "size: 2, each: items}")
    with serving(town) as base:
        adapter = build(appeals(changes, more="when: {path: kind, is: y}"), base, now=lambda: NOW)
        found, _ = read_all(adapter)
    assert ids(found) == ["2", "3"]


def test_a_window_whose_reply_stays_unreadable_is_not_passed_over() -> None:
    """The tries may take longer than the overlap: what lay between would be lost."""
    town, clock = Windowed(), [NOW]
    with serving(town) as base:
        adapter = build(appeals(WINDOW), base, now=lambda: clock[0])
        _, cursor = read_all(adapter)
        town.items, town.broken = [item(1)], 3
        for hour in (1, 2):
            clock[0] = town.now = NOW + timedelta(hours=hour)
            with pytest.raises(Unavailable):
                adapter.poll(cursor)
        clock[0] = town.now = NOW + timedelta(hours=3)
        kept, cursor = read_all(adapter, cursor)
        found, _ = read_all(adapter, cursor)
    assert [bool(document.fault) for document in kept] == [True]
    assert town.asked[-1].query["since"] == town.asked[1].query["since"] == "01.06.2026 16:50"
    assert ids(found) == ["1"]


def test_a_list_that_cannot_be_read_says_where_and_why() -> None:
    """«absent» alone, or «three times in a row», tells an engineer nothing."""
    town = Town()
    town.answer = lambda asked: Answered(body=b'{"itms": []}', headers={})  # type: ignore[method-assign]
    with serving(town) as base:
        adapter = build(appeals("{by: snapshot, start: 2026-01-01, get: list}"), base, now=lambda: NOW)
        for _ in range(2):
            with pytest.raises(Unavailable, match=r"appeal: unreadable reply: absent.*\(at items\)"):
                adapter.poll(None)
        (kept,) = adapter.poll(None).documents
    assert kept.fault.startswith("unreadable 3 times in a row: absent") and kept.fault.endswith("(at items)")


# cursor


class Cursored(Town):
    """Numbered updates; `offset` is the first wanted."""

    def answer(self, asked: Asked) -> Answered:
        after = int(asked.query.get("offset", 0))
        return to_json([one for one in self.items if int(one["id"]) >= after][:2])


CURSOR = """
      by: cursor
      start: 2026-01-01
      get: updates
      query: {offset: {fill: cursor}, limit: {fill: size}}
      next: {path: items.-1.id, plus: 1}
      size: 2"""


def test_a_cursor_made_of_the_last_number() -> None:
    town = Cursored()
    town.items = [item(n) for n in range(10, 15)]
    with serving(town) as base:
        adapter = build(appeals(CURSOR), base)
        found, cursor = read_all(adapter)
        assert ids(found) == ["10", "11", "12", "13", "14"]
        assert "offset" not in town.asked[0].query
        assert town.asked[0].query["limit"] == "2"
        town.items.append(item(15))
        found, _ = read_all(adapter, cursor)
        assert ids(found) == ["15"]
        assert town.asked[-2].query["offset"] == "15"


def test_a_cursor_in_a_header_and_its_first_value() -> None:
    def answer(asked: Asked) -> Answered:
        at = asked.query["after"]
        made = to_json([item(at)] if at != "c2" else [])
        made.headers["X-Next"] = {"c0": "c1", "c1": "c2", "c2": "c2"}[at]
        return made

    changes = (
        "{by: cursor, start: 2026-01-01, get: u, query: {after: {fill: cursor}}, next: {header: X-Next}, first: c0}"
    )
    with serving(answer) as base:
        found, cursor = read_all(build(appeals(changes), base))
    assert ids(found) == ["c0", "c1"]
    assert cursor["appeal"]["cursor"] == "c2"


def test_a_cursor_that_is_not_told_stays() -> None:
    with serving(lambda asked: to_json([item(1)])) as base:
        adapter = build(appeals(CURSOR.replace("{path: items.-1.id, plus: 1}", "next")), base)
        batch = adapter.poll({"appeal": {"cursor": "c7"}})
    assert batch.cursor == {"appeal": {"cursor": "c7"}}
    assert not batch.more


def test_a_list_by_post_with_a_body() -> None:
    town = Town()
    changes = """
      by: cursor
      start: 2026-01-01
      post: [api, search]
      json: {filter: {after: {fill: cursor}, key: {secret: KEY}, states: [new, "2"]}, limit: {fill: size}}
      headers: {X-Mode: full}
      first: "0"
      next: next"""
    with serving(town) as base:
        read_all(build(appeals(changes), base))
    (asked,) = town.asked
    assert (asked.method, asked.path, asked.headers["x-mode"]) == ("POST", "/api/search", "full")
    wanted = {"filter": {"after": "0", "key": "key-1", "states": ["new", "2"]}, "limit": "100"}
    assert json.loads(asked.body) == wanted


def test_numbers_and_flags_of_a_json_body() -> None:
    town = Town()
    changes = """
      by: page
      start: 2026-01-01
      post: s
      json: {page: {fill: page, type: integer}, deep: [{const: "0.5", type: number}, {const: "true", type: boolean}]}
      pages: {first: 1}"""
    with serving(town) as base:
        read_all(build(appeals(changes), base))
    assert json.loads(town.asked[0].body) == {"page": 1, "deep": [0.5, True]}


@pytest.mark.parametrize("told", ["c-7", "1_000", "٣", "9" * 5000])
def test_a_cursor_that_is_no_number_names_its_place(told: str) -> None:
    """What the system told is in no error: it may be a resident's word."""
    changes = """
      by: cursor
      start: 2026-01-01
      post: s
      json: {after: {fill: cursor, type: integer}}
      first: "0"
      next: next"""
    with serving(lambda asked: to_json([item(1)], next=told)) as base:
        adapter = build(appeals(changes), base)
        batch = adapter.poll(None)
        assert ids(batch.documents) == ["1"], "what came before is not lost"
        with pytest.raises(Unavailable) as raised:
            adapter.poll(batch.cursor)
    assert "`fill: cursor` is `type: integer`" in str(raised.value)
    assert "appeal" in str(raised.value)
    assert told not in str(raised.value)


def test_a_list_by_post_with_xml() -> None:
    town = Town()
    changes = """
      by: window
      start: 2026-06-01T10:00
      post: s
      xml: {Запрос: {"@версия": "2", С: {fill: since, format: DD.MM.YYYY}, Ключ: {secret: KEY}, Вид: [жалоба, вопрос]}}
      encoding: windows-1251"""
    with serving(town) as base:
        read_all(build(appeals(changes), base, now=lambda: NOW))
    (asked,) = town.asked
    assert asked.headers["content-type"] == "application/xml; charset=windows-1251"
    root = etree.fromstring(asked.body)
    assert "Запрос".encode("cp1251") in asked.body
    assert root.get("версия") == "2"
    told = [(child.tag, child.text) for child in root]
    assert told == [("С", "01.06.2026"), ("Ключ", "key-1"), ("Вид", "жалоба"), ("Вид", "вопрос")]


def test_a_list_by_post_with_a_form() -> None:
    town = Town()
    changes = "{by: cursor, start: 2026-01-01, post: s, form: {after: {fill: cursor}, key: {secret: KEY}}, next: next}"
    with serving(town) as base:
        read_all(build(appeals(changes), base))
    assert town.asked[0].body == b"key=key-1"


# page


def test_the_page_reached_is_remembered() -> None:
    town = Town()
    town.answer = lambda asked: to_json(town.items[int(asked.query["from"]) :][:2])  # type: ignore[method-assign]
    changes = "{by: page, start: 2026-01-01, get: l, query: {from: {fill: offset}}, pages: {first: 1, size: 2}}"
    town.items = [item(n) for n in range(3)]
    with serving(town) as base:
        adapter = build(appeals(changes), base)
        found, cursor = read_all(adapter)
        assert ids(found) == ["0", "1", "2"]
        town.items.append(item(3))
        found, cursor = read_all(adapter, cursor)
        assert ids(found) == ["2", "3"], "the half-filled page again, the full one never more"
        found, cursor = read_all(adapter, cursor)
        assert ids(found) == []


# snapshot


SNAPSHOT = "{by: snapshot, start: 2026-05-01, get: list}"


def test_a_snapshot_tells_only_what_changed_and_every_change() -> None:
    town = Town()
    town.items = [item(1), item(2)]
    with serving(town) as base:
        adapter = build(appeals(SNAPSHOT), base)
        found, cursor = read_all(adapter)
        assert ids(found) == ["1", "2"]
        seen = []
        for text in ("A", "B", "B", "A"):
            town.items[0]["text"] = text
            found, cursor = read_all(adapter, cursor)
            seen += [json.loads(document.body)["text"] for document in found]
        assert seen == ["A", "B", "A"], "a reopening looks like the past"


def test_a_snapshot_in_pages() -> None:
    town = Town()
    town.items = [item(n) for n in range(5)]
    town.answer = lambda asked: to_json(town.items[int(asked.query["p"]) * 2 :][:2])  # type: ignore[method-assign]
    changes = "{by: snapshot, start: 2026-05-01, get: list, query: {p: {fill: page}}, pages: {size: 2}}"
    with serving(town) as base:
        adapter = build(appeals(changes), base)
        found, cursor = read_all(adapter)
        assert ids(found) == ["0", "1", "2", "3", "4"]
        town.items[4]["text"] = "changed"
        town.items.insert(0, item(9))  # all others move on by one
        found, cursor = read_all(adapter, cursor)
        assert sorted(ids(found)) == ["4", "9"]


def test_what_is_older_than_the_start_is_not_taken() -> None:
    town = Town()
    town.items = [item(1, NOW - timedelta(days=90)), item(2)]
    with serving(town) as base:
        adapter = build(appeals(SNAPSHOT, more="sent_at: {path: at, formats: iso}"), base)
        found, _ = read_all(adapter)
    assert ids(found) == ["2"]


def test_an_error_that_looks_like_an_empty_list() -> None:
    with serving(lambda asked: Answered(body=b'{"items": [], "error": {"code": "DB"}}')) as base:
        adapter = build(appeals(SNAPSHOT.replace("get:", "refuse: error.code, get:")), base)
        with pytest.raises(Unavailable, match="DB"):
            adapter.poll(None)


def test_one_document_without_an_id_does_not_hide_the_others() -> None:
    town = Town()
    town.items = [item(1), {"text": "no id"}, item(3)]
    with serving(town) as base:
        found, _ = read_all(build(appeals(SNAPSHOT), base))
    assert [bool(document.fault) for document in found] == [False, True, False]


# a list, then each by itself


class Detailed(Town):
    missing: frozenset[str] = frozenset()

    def __init__(self) -> None:
        super().__init__()
        self.garbled: dict[str, int] = {}  # id → so many replies are still no JSON

    def answer(self, asked: Asked) -> Answered:
        if asked.path == "/list":
            entries = [{"key": one["id"], "changed": one.get("changed")} for one in self.items]
            return Answered(body=json.dumps({"content": entries}).encode())
        id = asked.path.rpartition("/")[2]
        if id in self.missing:
            return Answered(404)
        if self.garbled.get(id):
            self.garbled[id] -= 1
            return Answered(body=b'{"id": ')
        return Answered(body=json.dumps(next(one for one in self.items if one["id"] == id)).encode())


def detail(by: str = "snapshot", changed: str = ", changed: changed") -> str:
    return f"""
      by: {by}
      start: 2026-05-01
      get: list
      list: {{each: content, id: key{changed}}}
      detail: {{get: [one, {{fill: item}}]}}"""


def test_details_are_fetched_once_per_change() -> None:
    town = Detailed()
    town.items = [item(n, changed=1) for n in range(3)]
    with serving(town) as base:
        adapter = build(appeals(detail(), "{format: json}"), base)
        found, cursor = read_all(adapter)
        assert ids(found) == ["0", "1", "2"]
        town.items[1]["changed"] = 2
        town.items[2]["text"] = "changed in silence"
        found, cursor = read_all(adapter, cursor)
        assert ids(found) == ["1"]
    assert [asked.path for asked in town.asked] == ["/list", "/one/0", "/one/1", "/one/2", "/list", "/one/1"]


def test_many_details_are_saved_on_the_way() -> None:
    town = Detailed()
    town.items = [item(n) for n in range(120)]
    with serving(town) as base:
        adapter = build(appeals(detail(changed=""), "{format: json}"), base)
        batch = adapter.poll(None)
        assert len(batch.documents) == 50
        assert batch.more
        rest, _ = read_all(build(appeals(detail(changed=""), "{format: json}"), base), batch.cursor)
    assert sorted(ids([*batch.documents, *rest]), key=int) == [str(n) for n in range(120)]
    assert len(rest) == 70


def test_a_detail_that_changes_while_the_others_are_fetched_is_fetched_again() -> None:
    town = Detailed()
    town.items = [item(n, changed=1) for n in range(60)]
    with serving(town) as base:
        adapter = build(appeals(detail(), "{format: json}"), base)
        batch = adapter.poll(None)
        town.items[3]["changed"] = 2
        rest, cursor = read_all(adapter, batch.cursor)
        again, _ = read_all(adapter, cursor)
    assert sorted(ids(rest), key=int) == ["3", *(str(n) for n in range(50, 60))]
    assert again == []


def test_a_detail_that_is_denied_is_a_fault() -> None:
    town = Detailed()
    town.items, town.missing = [item(1), item(2)], frozenset({"1"})
    with serving(town) as base:
        found, _ = read_all(build(appeals(detail(), "{format: json}"), base))
    assert [(document.external_id, bool(document.fault)) for document in found] == [("1", True), ("2", False)]


def test_a_detail_that_cannot_be_read_is_asked_for_again_and_holds_nobody_up() -> None:
    town = Detailed()
    town.items, town.garbled = [item(1), item(2)], {"1": 2}
    with serving(town) as base:
        adapter, cursor, found = build(appeals(detail(), "{format: json}"), base), None, []
        for _ in range(4):
            documents, cursor = read_all(adapter, cursor)
            found.append([(document.external_id, bool(document.fault)) for document in documents])
    assert found == [[("2", False)], [], [("1", False)], []]


def test_a_detail_that_stays_unreadable_is_kept_and_still_arrives_when_it_can_be_read() -> None:
    town = Detailed()
    town.items, town.garbled = [item(n) for n in range(60)], {"7": 4}
    with serving(town) as base:
        adapter, cursor, found = build(appeals(detail(), "{format: json}"), base), None, []
        for _ in range(6):
            documents, cursor = read_all(adapter, cursor)
            found.append([(document.external_id, bool(document.fault)) for document in documents])
    first, *later = found
    assert ("7", False) not in first
    assert len(first) == 59
    assert [asked.path for asked in town.asked].count("/one/0") == 1
    assert [each for each in later if each] == [[("7", True)], [("7", True)], [("7", False)]]


def test_a_detail_that_fails_fails_the_call() -> None:
    town = Detailed()
    town.items = [item(1)]
    answer: Callable[[Asked], Answered] = lambda asked: town(asked) if asked.path == "/list" else Answered(503)  # noqa: E731
    with serving(answer) as base, pytest.raises(Unavailable):
        build(appeals(detail(), "{format: json}"), base).poll(None)


# several kinds


TWO = """
in:
  appeal:
    source: {format: json, each: items}
    changes: {by: snapshot, start: 2026-05-01, get: appeals}
    id: id
    fields: {text: text, created_at: {path: at, formats: iso}}
  answer:
    source: {format: json, each: items}
    changes: {by: snapshot, start: 2026-05-01, get: answers, query: {p: {fill: page}}, pages: {size: 1}}
    id: id
    fields: {reference.number: id, text: text}
"""


def test_a_kind_that_fails_does_not_hold_up_the_others() -> None:
    broken = ["/appeals"]
    pages = {"/appeals": [[item(1)]], "/answers": [[item(8)], [item(9)], []]}

    def answer(asked: Asked) -> Answered:
        if asked.path in broken:
            return Answered(403)
        return to_json(pages[asked.path][int(asked.query.get("p", 0))])

    with serving(answer) as base:
        adapter, cursor = build(TWO, base), None
        for _ in range(3):
            found: list[Any] = []
            with pytest.raises(Refused):  # at the end, when the others have told all
                while True:
                    batch = adapter.poll(cursor)
                    found, cursor = found + list(batch.documents), batch.cursor
            assert ids(found) in (["8", "9"], [])
        broken.clear()
        found, _ = read_all(adapter, cursor)
        assert ids(found) == ["1"]


def test_an_unknown_state_in_the_cursor_begins_anew() -> None:
    """A kind that was added to a running system has no state yet."""
    with serving(lambda asked: to_json([item(1)] if asked.query.get("p", "0") == "0" else [])) as base:
        found, _ = read_all(build(TWO, base), {"something": {"page": 3}})
    assert sorted(ids(found)) == ["1", "1"]
