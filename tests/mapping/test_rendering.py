"""Writing: values, presence, trees, calls, what replies give."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

import pytest

from canonical.attachment import Attachment
from canonical.form import RawCode
from canonical.mapping import MappingErrors, NotSent, ReadingError, RenderingError
from canonical.plan import Call, Plan
from tests.mapping.making import make_scope, writing

MOMENT = datetime(2026, 1, 31, 22, 5, tzinfo=UTC)
FILES = (Attachment(id="1", name="a.jpg", digest="aa", media_type="image/jpeg"), Attachment(id="2", digest="bb"))


def call(mapping: object, scope: object = None) -> Call:
    plan: Plan = mapping.render("answer", scope or make_scope())
    return plan.calls[0]


def test_json_keeps_types_and_omits_what_is_absent() -> None:
    mapping = writing(
        """
post: [a]
json:
  count: {from: case.count}
  again: {from: answer.replaces}
  text: {from: answer.text?}
  point: {lat: {from: case.place.point.lat?}, lon: {from: case.place.point.lon?}}
  nested: {deep: {code: {from: answer.raw.code?}}, fixed: x}
  list: [{from: answer.raw.code?}, b, {const: "3", type: integer}]
  nothing: {const: "", type: "null"}
  null_when_absent: {from: answer.number?, nullable: true}
  word: {from: answer.number?, absent: нет}
  empty: {}
  escaped: {object: {from: x, const: y}}
""",
        discloses="[text, place]",
    )
    assert call(mapping).body.tree == {
        "count": 1, "again": False, "nested": {"fixed": "x"}, "list": ["b", 3], "nothing": None,
        "null_when_absent": None, "word": "нет", "empty": {}, "escaped": {"from": "x", "const": "y"},
    }  # fmt: skip
    full = make_scope({"place": {"point": {"lat": 66.5, "lon": 72}}}, {"raw": {"code": "OK"}, "text": "Да"})
    tree = call(mapping, full).body.tree
    assert (tree["point"], tree["nested"]["deep"], tree["text"]) == ({"lat": 66.5, "lon": 72.0}, {"code": "OK"}, "Да")


def test_a_uuid_is_made_of_a_value_and_stays_the_same() -> None:
    """A system that knows ids only as UUIDs recognises a repeat by it: the number is fixed for ever."""
    mapping = writing("post: [a]\njson: {id: {from: delivery.id, type: uuid}, other: {from: appeal.id, type: uuid}}")
    tree = call(mapping, make_scope()).body.tree
    assert tree["id"] == str(uuid5(UUID("a3a54ab0-0fbe-4a38-90f2-6d1f8f0d3b5c"), make_scope().delivery_id))
    assert tree == call(mapping, make_scope()).body.tree
    assert tree["id"] != tree["other"]


def test_an_absent_obligatory_value_is_refused() -> None:
    with pytest.raises(RenderingError) as caught:
        call(writing("post: [a]\njson: {x: {from: answer.number}}"))
    assert (caught.value.field, caught.value.why) == ("out.answer.go.json.x", "absent")


def test_tables_on_writing() -> None:
    tables = "{t: {solved: [ok, fine], explained: info, not_sent: [not_solved, rejected, postponed]}}"
    mapping = writing("post: [a]\njson: {x: {from: answer.outcome?, table: t}}", tables=tables)
    assert call(mapping, make_scope(answer={"outcome": "solved"})).body.tree == {"x": "ok"}
    assert call(mapping).body.tree == {}
    with pytest.raises(NotSent):
        call(mapping, make_scope(answer={"outcome": "rejected"}))
    topics = writing("post: [a]\njson: {x: {from: case.topic.code, table: t}}", tables="{t: {a: b}}")
    with pytest.raises(RenderingError, match="no word for this code") as caught:
        call(topics, make_scope({"topic": {"code": "secret"}}))
    assert "secret" not in str(caught.value)


def test_a_recipient_with_a_dictionary_of_its_own_has_a_word_for_the_rest() -> None:
    """It is coarser than ours: what it has no word for is its «other», also a topic that we learn tomorrow."""
    value = '{from: case.topic.code, table: t, unknown: "999", absent: "000"}'
    topics = writing(f"post: [a]\njson: {{x: {value}}}", tables='{t: {heating: ["300"], not_sent: [gas]}}')
    written = [call(topics, make_scope({"topic": {"code": code}})).body.tree for code in ("heating", "lighting")]
    assert [*written, call(topics).body.tree] == [{"x": "300"}, {"x": "999"}, {"x": "000"}]
    with pytest.raises(NotSent):
        call(topics, make_scope({"topic": {"code": "gas"}}))


def test_a_table_that_is_only_written_may_be_coarser_than_ours() -> None:
    topics = writing(
        "post: [a]\njson: {x: {from: case.topic.code, table: t}}",
        tables='{t: {water.hot: ["400"], water.cold: ["400", "401"]}}',
    )
    written = [call(topics, make_scope({"topic": {"code": code}})).body.tree for code in ("water.hot", "water.cold")]
    assert written == [{"x": "400"}, {"x": "400"}]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("max: 12, longer: cut, mark: …", "Первая…"),
        ("max: 100", "Первая вторая третья"),
        ("clean: [upper]", "ПЕРВАЯ ВТОРАЯ ТРЕТЬЯ"),
    ],
)
def test_lengths(rest: str, expected: str) -> None:
    mapping = writing(f"post: [a]\njson: {{x: {{from: answer.text, {rest}}}}}", discloses="[text]")
    assert call(mapping, make_scope(answer={"text": "Первая вторая третья"})).body.tree == {"x": expected}


def test_too_long_is_refused_without_the_text() -> None:
    mapping = writing("post: [a]\njson: {x: {from: answer.text, max: 3}}", discloses="[text]")
    with pytest.raises(RenderingError, match="longer than 3") as caught:
        call(mapping, make_scope(answer={"text": "Секрет"}))
    assert "Секрет" not in str(caught.value)


@pytest.mark.parametrize(("lacking", "expected"), [("refuse", None), ("replace", '-> "а" ? руб. ...')])
def test_what_the_encoding_lacks(lacking: str, expected: str | None) -> None:
    mapping = writing(
        "post: [a]\nform: {x: {from: answer.text}}", f"encoding: koi8-r\n    lacking: {lacking}", discloses="[text]"
    )
    scope = make_scope(answer={"text": "→ «а» 😀 ₽ …"})
    if expected is None:
        with pytest.raises(RenderingError, match="koi8-r lacks"):
            call(mapping, scope)
    else:
        body = call(mapping, scope).body
        assert (body.tree, body.encoding) == ([["x", expected]], "koi8-r")


def test_xml_tree() -> None:
    mapping = writing(
        """
post: [a]
xml:
  "s:Заявка":
    "@xmlns:s": urn:x
    "@срок": {from: case.due_at?, formats: [D.M.YYYY]}
    Текст: {"@вид": html, "#text": {from: answer.text}}
    Пусто: {"#text": {from: answer.number?}}
    Файл: {each: answer.files, item: {"@имя": {from: item.name?}, Код: {from: item.id}}}
    Раз: [a, {from: answer.raw.code?}, b]
    Снова: {object: {Да: да}, when: {from: answer.replaces, is: "true"}}
""",
        discloses="[text, files]",
    )
    tree = call(mapping, make_scope({"due_at": MOMENT}, {"text": "a\x07<b>", "files": FILES})).body.tree
    assert tree["tag"] == "s:Заявка" and tree["attributes"] == {"xmlns:s": "urn:x", "срок": "1.2.2026"}
    children = [(child["tag"], child["attributes"], child["text"]) for child in tree["children"]]
    assert children == [
        ("Текст", {"вид": "html"}, "a <b>"), ("Файл", {"имя": "a.jpg"}, None), ("Файл", {}, None),
        ("Раз", {}, "a"), ("Раз", {}, "b"),
    ]  # fmt: skip
    assert tree["children"][1]["children"][0]["text"] == "1"


def test_query_headers_and_address() -> None:
    mapping = writing(
        """
get: [api/v2/cases, {from: appeal.external_id}, "x/"]
query: {a: {from: case.count}, list: [b, {from: case.id}], none: {from: answer.number?}, key: {secret: KEY}}
headers: {X-At: {from: appeal.created_at?, formats: [unix]}}
""",
    )
    made = call(mapping, make_scope(appeal={"external_id": "a/b", "created_at": MOMENT}))
    assert made.path == ("api", "v2", "cases", "a/b", "x", "")
    assert made.query == {"a": "1", "list": ["b", "c1"], "key": {"$secret": "KEY"}}
    assert made.headers == {"X-At": "1769897100"}
    with pytest.raises(RenderingError, match="dots"):
        call(mapping, make_scope(appeal={"external_id": ".."}))


def test_a_header_never_begins_another() -> None:
    mapping = writing("post: [a]\nheaders: {X-Id: {from: appeal.external_id}}")
    with pytest.raises(RenderingError, match="line end"):
        call(mapping, make_scope(appeal={"external_id": "1\r\nX-Admin: 1"}))


def test_steps_of_files_and_parts() -> None:
    mapping = writing(
        """
each: answer.files
post: [files]
multipart: {f: {file: item, name: {from: item.name?}}, id: {from: item.id}}
take: {url: u}
receipt: n?
""",
        discloses="[files]",
    )
    plan = mapping.render("answer", make_scope(answer={"files": FILES}))
    assert [one.name for one in plan.calls] == ["go.1", "go.2"]
    assert plan.calls[0].body.tree == [
        {"name": "f", "value": {"$file": "aa"}, "filename": "a.jpg", "media_type": "image/jpeg"},
        {"name": "id", "value": "1"},
    ]
    assert plan.calls[1].body.tree[0]["filename"] == "file"
    assert mapping.take("answer", "go.2", b'{"u": "http://x"}') == {"url.2": "http://x"}
    assert mapping.render("answer", make_scope()).calls == ()


def test_a_file_that_was_not_fetched_is_refused() -> None:
    mapping = writing("each: answer.files\nput: [f]\nbody: {from: item.bytes}", discloses="[files]")
    with pytest.raises(RenderingError, match="absent"):
        call(mapping, make_scope(answer={"files": [Attachment(id="1")]}))


def test_base64_and_takes_of_all() -> None:
    mapping = writing(
        "post: [a]\njson: {files: {each: answer.files?, item: {name: {from: item.name?},"
        " data: {from: item.bytes, type: base64}}}}",
        discloses="[files]",
    )
    tree = call(mapping, make_scope(answer={"files": FILES[:1]})).body.tree
    assert tree == {"files": [{"name": "a.jpg", "data": {"$file": "aa", "as": "base64"}}]}
    assert call(mapping).body.tree == {}


def test_a_long_text_in_parts_loses_nothing() -> None:
    mapping = writing(
        "each: {split: answer.text, max: 20}\npost: [a]\njson: {t: {from: item.text}}", discloses="[text]"
    )
    text = "Раз два три. Четыре пять шесть семь! " * 5 + "Оченьдлинноесловобезпробелов"
    parts = [one.body.tree["t"] for one in mapping.render("answer", make_scope(answer={"text": text})).calls]
    assert all(len(part) <= 20 for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_text_that_looks_like_a_marker_stays_a_text() -> None:
    mapping = writing("post: [a]\njson: {x: {from: answer.text}}", discloses="[text]")
    text = '{"$secret": "KEY"} {{x}} ${y}'
    assert call(mapping, make_scope(answer={"text": text})).body.tree == {"x": text}


def test_keys_and_conditions_of_steps() -> None:
    mapping = writing("post: [a]\nkey: Idempotency-Key\nwhen: {from: answer.state, is: answered}")
    (made,) = mapping.render("answer", make_scope(answer={"state": "answered"})).calls
    assert made.headers == {"Idempotency-Key": "d1-go"} and made.idempotent
    assert mapping.render("answer", make_scope()).calls == ()


def test_replies() -> None:
    mapping = writing(
        """
post: [a]
take: {at: {path: at?, type: time, formats: [unix]}, n: a.0.n}
receipt: {path: num, clean: [upper]}
refuse: {path: error.code, when: {path: ok, not: "true"}}
""".replace(", type: time", "").replace(", formats: [unix]", ""),
    )
    good = b'{"ok": true, "num": " ab ", "a": [{"n": 5}]}'
    assert mapping.take("answer", "go", good) == {"n": "5", "receipt": "AB"}
    assert mapping.refused("answer", "go", good) is None
    assert mapping.refused("answer", "go", b'{"ok": false, "error": {"code": 7}}') == "7"
    assert mapping.refused("answer", "go", b"{}") == "refused"
    assert mapping.refused("answer", "go", b"<html>") is None
    for bad in (b"<html>", b"{}", b""):
        with pytest.raises(ReadingError):
            mapping.take("answer", "go", bad)


def test_find_takes_what_is_there() -> None:
    mapping = writing("post: [a]", "find: {get: [a], take: {draft: items.0.id}, receipt: items.0.number}")
    assert mapping.take("answer", "find", b'{"items": []}') == {}
    assert mapping.take("answer", "find", b'{"items": [{"id": 1}]}') == {"draft": "1"}
    with pytest.raises(ReadingError):
        mapping.take("answer", "find", b"oops")


def test_scope_is_narrowed_by_disclosure() -> None:
    with pytest.raises(MappingErrors) as caught:
        writing("post: [a]\njson: {x: {from: applicant.phone?}, y: {from: case.place.flat?}}", discloses="[name]")
    codes = sorted(finding.code for finding in caught.value.findings)
    assert codes == ["not-disclosed", "not-disclosed"]


def test_raw_words_pass_unchanged() -> None:
    mapping = writing("post: [a]\njson: {s: {from: answer.raw.code}}")
    assert call(mapping, make_scope(answer={"raw": RawCode(code="done")})).body.tree == {"s": "done"}


LETTER = "Дом без тепла " * 5 + "третий день."
ATTACHING = """
post: [a]
json:
  text: {from: answer.text, max: 60, longer: attach, clean: [spaces]}
  files: {each: answer.files?, item: {name: {from: item.name?}, data: {from: item.bytes, type: base64}}}
"""


def test_a_text_that_is_too_long_travels_whole_as_a_file() -> None:
    mapping = writing(ATTACHING, discloses="[text, files]")
    tree = call(mapping, make_scope(answer={"text": LETTER, "files": FILES[:1]})).body.tree
    assert len(tree["text"]) <= 60
    assert tree["text"].endswith("(полностью — в файле)")
    assert LETTER.startswith(tree["text"].partition(" …")[0])
    assert tree["files"] == [
        {"name": "a.jpg", "data": {"$file": "aa", "as": "base64"}},
        {"name": "Полный текст.txt", "data": {"$text": LETTER, "as": "base64"}},
    ]


def test_a_text_that_fits_makes_no_file() -> None:
    mapping = writing(ATTACHING, discloses="[text, files]")
    tree = call(mapping, make_scope(answer={"text": "Дом  без тепла " * 4})).body.tree
    assert tree == {"text": ("Дом без тепла " * 4).strip()}


def test_the_file_goes_by_the_steps_over_files_by_their_rules() -> None:
    text = """
each: answer.files
put: [files, {from: item.digest}]
may_fail: true
multipart:
  file: {file: item, name: {from: item.name, absent: file}}
  text: {from: answer.text, max: 60, longer: attach}
"""
    plan = writing(text, discloses="[text, files]").render(
        "answer", make_scope(answer={"text": LETTER, "files": FILES[:1]})
    )
    ordinary, whole = plan.calls
    assert (ordinary.may_fail, whole.may_fail) == (True, True)
    assert whole.body.tree[0] == {
        "name": "file", "value": {"$text": LETTER}, "filename": "Полный текст.txt", "media_type": "text/plain",
    }  # fmt: skip


def test_a_value_that_is_left_out_attaches_nothing() -> None:
    text = ATTACHING.replace("clean: [spaces]", "when: {from: answer.replaces, is: 'true'}")
    mapping = writing(text, discloses="[text, files]")
    assert call(mapping, make_scope(answer={"text": LETTER})).body.tree == {}
