"""Reading: paths, presence, tables, lists, conditions, identity."""

import orjson
import pytest

from canonical.answer import Satisfaction
from canonical.mapping import Mapping, ReadingError, load
from tests.mapping.making import HEAD, reading


def read_text(mapping: Mapping, **document: object) -> str:
    (made,) = mapping.read("satisfaction", orjson.dumps({"n": 1, **document}))
    assert isinstance(made, Satisfaction)
    return made.text


@pytest.mark.parametrize(
    ("path", "document", "expected"),
    [
        ("a.b", {"a": {"b": "x"}}, "x"),
        ("a.1.b", {"a": [{"b": "x"}, {"b": "y"}]}, "y"),
        ("a.0", {"a": {"0": "x"}}, "x"),
        ("'\"a.b\".c'", {"a.b": {"c": "x"}}, "x"),
        ("Дата создания", {"Дата создания": "x"}, "x"),
        ("a.b", {"a": {"b": 5}}, "5"),
        ("a.b", {"a": {"b": 5.0}}, "5"),
        ("a.b", {"a": {"b": 0.25}}, "0.25"),
        ("a.b", {"a": {"b": True}}, "true"),
        ("a.b?", {"a": {"b": None}}, ""),
        ("a.b?", {"a": {"b": " \n"}}, ""),
        ("a.b?", {"a": ["b"]}, ""),
        ("a.b?", {"a": "b"}, ""),
        ("a.7?", {"a": [1]}, ""),
        ("a.99999999999?", {"a": [1]}, ""),
    ],
)
def test_paths(path: str, document: dict[str, object], expected: str) -> None:
    assert read_text(reading(f"text: {path}"), **document) == expected


@pytest.mark.parametrize(("given", "why"), [({}, "absent"), ({"a": {}}, "absent"), ({"a": {"b": ["x"]}}, "a list or")])
def test_what_must_be_there(given: dict[str, object], why: str) -> None:
    with pytest.raises(ReadingError) as caught:
        read_text(reading("text: a.b"), **given)
    assert (caught.value.field, caught.value.path) == ("text", "a.b")
    assert why in caught.value.why


def test_first_of_several_and_joined() -> None:
    first = reading("text: {path: [a?, b?]}")
    assert [read_text(first, a="", b="y"), read_text(first, a="x", b="y"), read_text(first)] == ["y", "x", ""]
    joined = reading('text: {path: ["a.*.t", b], join: "; "}')
    assert read_text(joined, a=[{"t": "x"}, {}, {"t": " y "}], b=3) == "x; y; 3"
    assert read_text(joined, b="z") == "z"
    with pytest.raises(ReadingError):
        read_text(joined)


def test_fallback_and_condition() -> None:
    mapping = reading("text: {path: a?, absent: нет, when: {path: k, is: [x, y]}}")
    assert [read_text(mapping, a="t", k="y"), read_text(mapping, a="t", k="z"), read_text(mapping, k="x")] == [
        "t", "нет", "нет",
    ]  # fmt: skip
    negative = reading("text: {path: a, absent: нет, when: {path: k, not: x}}")
    assert [read_text(negative, a="t"), read_text(negative, a="t", k="x")] == ["t", "нет"]
    both = reading("text: {path: a, absent: нет, when: [{path: k}, {path: l, absent: true}]}")
    assert [read_text(both, a="t", k=1), read_text(both, a="t", k=1, l=[1])] == ["t", "нет"]


def test_an_unknown_word_is_kept_and_counted() -> None:
    counted = []
    text = f"""{HEAD}
tables: {{state: {{answered: Готово, in_work: [В работе, Едем]}}}}
in:
  answer:
    source: {{format: json}}
    id: n
    fields: {{reference.number: n, state: {{path: s?, table: state}}, raw.text: t?}}
"""
    mapping = load(text, "x", lambda kind, field: counted.append((kind, field)))
    (known,) = mapping.read("answer", orjson.dumps({"n": 1, "s": " Едем "}))
    (unknown,) = mapping.read("answer", orjson.dumps({"n": 1, "s": "Ой", "t": "что-то"}))
    (absent,) = mapping.read("answer", orjson.dumps({"n": 1}))
    assert (known.state, known.raw.code) == ("in_work", " Едем ")
    assert (unknown.state, unknown.raw.code, unknown.raw.text) == (None, "Ой", "что-то")
    assert (absent.state, absent.raw) == (None, None)
    assert counted == [("answer", "state")]


def test_integers_and_numbers_as_people_write_them() -> None:
    score = reading("text: t?")
    made = [score.read("satisfaction", orjson.dumps({"n": 1, "s": given}))[0].score for given in ("4", 4, 4.0, " 4 ")]
    assert made == [4, 4, 4, 4]
    for wrong in ("четыре", "4.5", [], {"a": 1}, "9" * 30, "²"):
        with pytest.raises(ReadingError, match="score"):
            score.read("satisfaction", orjson.dumps({"n": 1, "s": wrong}))


def test_ids_of_several_parts_never_collide() -> None:
    mapping = load(
        f"{HEAD}in: {{reply: {{source: {{format: json}}, id: [y, n], fields: {{reference.number: n, text: t}}}}}}", "x"
    )
    ids = {
        mapping.split("reply", orjson.dumps({"y": y, "n": n}))[0].external_id for y, n in [("a/b", "c"), ("a", "b/c")]
    }
    assert ids == {"a%2Fb/c", "a/b%2Fc"}


def test_a_document_without_id_is_kept_with_its_fault() -> None:
    mapping = reading("text: t?", "{format: json, each: items}")
    good, bad = mapping.split("satisfaction", b'{"items": [{"n": 1}, {"t": "secret text"}]}')
    assert good.fault is None and good.external_id == "1"
    assert bad.external_id.startswith("sha256:") and bad.fault == "id: absent (at n)"
    assert b"secret" in bad.body


def test_what_when_does_not_choose_is_no_document_of_this_kind() -> None:
    mapping = reading("text: t?", "{format: json, each: .}", "when: {path: k, is: a}")
    assert [item.external_id for item in mapping.split("satisfaction", b'[{"n":1,"k":"a"},{"n":2,"k":"b"}]')] == ["1"]
    assert mapping.read("satisfaction", b'{"n": 2, "k": "b"}') == []


def test_a_header_charset_counts_only_where_nothing_is_declared() -> None:
    body = '{"n": 1, "t": "Яма"}'.encode("cp1251")
    undeclared, declared = reading("text: t"), reading("text: t", "{format: json, encoding: windows-1251}")
    (item,) = undeclared.split("satisfaction", body, "application/json; Charset=windows-1251")
    assert undeclared.read("satisfaction", item.body)[0].text == "Яма"
    assert declared.read("satisfaction", body)[0].text == "Яма"
    assert declared.split("satisfaction", body, "application/json; charset=utf-8")[0].body == body
    with pytest.raises(ReadingError, match="not utf-8: name its `encoding`"):
        undeclared.read("satisfaction", body)


def test_xml_of_any_namespace_and_encoding() -> None:
    mapping = reading('text: {path: [a/b, "a/@c?"], join: "-"}', "{format: xml, each: Envelope/Body/r}")
    body = (
        '<?xml version="1.0" encoding="utf-16"?><s:Envelope xmlns:s="urn:s"><s:Body xmlns="urn:x" xmlns:q="urn:q">'
        "<r><n>1</n><a q:c='z'><b>x<i>y</i></b></a></r>"
        "<r><n>2</n><a><b><![CDATA[<&]]></b></a></r></s:Body></s:Envelope>"
    ).encode("utf-16")
    items = mapping.split("satisfaction", body)
    assert [item.external_id for item in items] == ["1", "2"]
    assert [mapping.read("satisfaction", item.body)[0].text for item in items] == ["xy-z", "<&"]


def test_xml_in_windows_1251_keeps_what_the_encoding_lacks() -> None:
    mapping = reading("text: t", "{format: xml, encoding: windows-1251, each: d/r}")
    (item,) = mapping.split("satisfaction", "<d><r><n>1</n><t>№ &#128512;</t></r></d>".encode("cp1251"))
    assert mapping.read("satisfaction", item.body)[0].text == "№ 😀"


def test_csv_rows_stand_alone() -> None:
    mapping = reading("text: Текст?", '{format: csv, encoding: windows-1251, delimiter: ";"}')
    body = 'n;s;Текст\n1;5;"много; строк\nи кавычки """\n\n2;4\n'.encode("cp1251")
    items = mapping.split("satisfaction", body)
    assert [mapping.read("satisfaction", item.body)[0].text for item in items] == ['много; строк\nи кавычки "', ""]
    bare = reading("text: t?", "{format: csv, columns: [n, s, t]}")
    assert [item.external_id for item in bare.split("satisfaction", b"1;5;x\n2;5;y\n")] == ["1", "2"]


def test_forms_repeat_names() -> None:
    mapping = reading('text: {path: "t.*", join: ","}', "{format: form}")
    assert mapping.read("satisfaction", b"n=1&t=a&t=%D0%B1+c")[0].text == "a,б c"


def test_a_group_without_its_obligatory_part_is_left_out() -> None:
    fields = "{created_at: {path: c, formats: [unix]}, place.point.lat: lat?, place.point.lon: lon?}"
    head = HEAD.replace("roles: []", "roles: [channel]")
    mapping = load(f"{head}in: {{appeal: {{source: {{format: json}}, id: n, fields: {fields}}}}}", "x")
    (half,) = mapping.read("appeal", b'{"n": 1, "c": 1769904300, "lat": 66}')
    (whole,) = mapping.read("appeal", b'{"n": 1, "c": 1769904300, "lat": 66, "lon": "72,5"}')
    assert half.place.point is None
    assert (whole.place.point.lat, whole.place.point.lon) == (66, 72.5)
    with pytest.raises(ReadingError, match=r"place\.point\.lat: too large"):
        mapping.read("appeal", b'{"n": 1, "c": 1769904300, "lat": 660, "lon": 1}')


def test_an_answer_to_nothing_is_an_error() -> None:
    mapping = load(
        f"{HEAD}in: {{reply: {{source: {{format: json}}, id: n, fields: {{reference.number: r?, text: t}}}}}}", "x"
    )
    with pytest.raises(ReadingError, match="reference: none of its parts"):
        mapping.read("reply", b'{"n": 1, "t": "x"}')


def test_settings_are_raw_and_placed() -> None:
    mapping = reading("text: t?", more="changes: {by: page, start: 2026-02-01, size: 3:05}")
    assert mapping.changes == {"satisfaction": {"by": "page", "start": "2026-02-01", "size": "3:05"}}
    line, column = mapping.place("in", "satisfaction", "changes", "size", "nothing below")
    assert (line, column) == (11, 44)
    assert mapping.mode == "shadow"


@pytest.mark.parametrize(
    ("source", "body", "why"),
    [
        ("{format: json}", b'{"n": 1,\n  "t": tru}', "not JSON: line 2, column"),
        ("{format: json}", b"", "not JSON: empty"),
        ("{format: xml}", b"<a>\n<b></a>", "not XML: line 2, column 8"),
        ("{format: xml}", b"", "not XML: empty"),
    ],
)
def test_what_cannot_be_parsed_is_told_with_its_place(source: str, body: bytes, why: str) -> None:
    with pytest.raises(ReadingError, match=why):
        reading("text: t?", source).read("satisfaction", body)


@pytest.mark.parametrize("each", ["d/r?", "d/r"])
def test_a_document_with_another_root_is_no_empty_list(each: str) -> None:
    """An error or a login page would be taken for «nothing new», for ever."""
    mapping = reading("text: t", f"{{format: xml, each: {each}}}")
    with pytest.raises(ReadingError) as caught:
        mapping.split("satisfaction", b"<error><code>5</code></error>")
    assert "the root is `error`" in str(caught.value)


def test_an_empty_list_may_lack_its_elements_and_any_root_is_a_star() -> None:
    mapping = reading("text: t", "{format: xml, each: d/r?}")
    assert mapping.split("satisfaction", b"<d/>") == []
    mapping = reading("text: t", '{format: xml, each: "*/r?"}')
    assert mapping.split("satisfaction", b"<error/>") == []


def test_a_list_that_is_absent_says_what_an_empty_one_needs() -> None:
    mapping = reading("text: t", "{format: json, each: items}")
    with pytest.raises(ReadingError) as caught:
        mapping.split("satisfaction", b"{}")
    assert "end the path with `?`" in caught.value.reason and "(at items)" in caught.value.reason
