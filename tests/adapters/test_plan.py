"""Plans: markers, addresses, bodies in every form, and what the replies give."""

import base64
import json
from email.parser import BytesParser
from email.policy import HTTP
from functools import partial
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl

import pytest
from lxml import etree

from adapters.errors import Refused, Unavailable, Unknown
from adapters.plan import finished
from canonical.delivery import Delivery
from canonical.plan import Body, Call, Plan
from ledger.deliveries import Outcome
from tests.adapters.contract.subject import caught
from tests.adapters.mappings import build, compile_part
from tests.adapters.scripted import Answered, Asked, serving
from tests.mapping.making import make_scope
from workers.attempt import ask
from workers.site import Site

OUT = """
out:
  forward:
    discloses: []
    settle: 5
    find: {get: find, query: {ext: {from: delivery.id}}, take: {draft: "draft?"}, receipt: "number?"}
    steps:
      - create: {post: create, json: {ext: {from: delivery.id}}, take: {draft: draft}, refuse: error}
      - note: {post: note, idempotent: true, json: {ext: {from: delivery.id}}}
      - submit: {post: submit, json: {ext: {from: delivery.id}}, receipt: number, refuse: error}
"""


class Town:
    """Answers by path; keeps what was asked."""

    def __init__(self, **replies: Any) -> None:
        self.replies, self.asked = replies, list[Asked]()

    def __call__(self, asked: Asked) -> Answered:
        self.asked.append(asked)
        said = self.replies.get(asked.path.split("/")[1], {"draft": "d1", "number": 7})
        return Answered(said) if isinstance(said, int) else Answered(body=json.dumps(said).encode())


def deliver(*calls: Call, progress: Any = None, find: Call | None = None, town: Any = None, **tools: Any) -> Any:
    """The town's requests and the receipt."""
    town = town or Town()
    with serving(town) as base:
        adapter = build(OUT, base, **tools)
        plan = Plan(calls=calls, find=find)
        delivery = Delivery(id="1", system="town", intent="forward", plan=plan, progress=progress or {})
        return town.asked, adapter.deliver(delivery)


def send(**call: Any) -> Asked:
    asked, _ = deliver(Call(**({"name": "note", "method": "POST", "path": ("x",)} | call)), **FILES)
    first: Asked = asked[0]
    return first


FILES: Any = {"read_file": {"f00d": b"\xff\xd8 jpeg", "cafe": b"pdf"}.__getitem__}


def test_segments_cannot_climb_out_of_their_place() -> None:
    asked = send(path=("a b", "../../etc", "x/y?z#w", "%2e", "Ж", 7, "a:b"))
    assert asked.raw_path == "/a%20b/..%2F..%2Fetc/x%2Fy%3Fz%23w/%252e/%D0%96/7/a%3Ab"


@pytest.mark.parametrize("segment", ["..", ".", ""])
def test_segments_that_change_the_address_are_refused(segment: str) -> None:
    assert isinstance(caught(lambda: send(path=("a", segment, "b"))), Refused)


def test_a_last_empty_segment_is_a_slash() -> None:
    assert send(path=("a", "")).raw_path == "/a/"


def test_query_values_are_escaped_and_repeated() -> None:
    asked = send(query={"q": "a&b=c", "n": None, "id": ["1", "2"], "flag": True, "half": 1.5})
    assert asked.raw_path == "/x?q=a%26b%3Dc&id=1&id=2&flag=true&half=1.5"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "я", "\x00"])
def test_headers_that_could_carry_more_than_themselves_are_refused(value: str) -> None:
    assert isinstance(caught(lambda: send(headers={"X-A": value})), Refused)


def test_markers_everywhere() -> None:
    call = Call(
        name="note",
        method="POST",
        path=("drafts", {"$take": "draft"}),
        query={"key": {"$secret": "KEY"}},
        headers={"X-Draft": {"$take": "draft"}},
        body=Body(format="json", tree={"a": [{"$take": "draft"}, {"b": {"$file": "cafe", "as": "base64"}}], "n": 5}),
    )
    (asked,), _ = deliver(call, progress={"create": {"draft": "d/9"}}, **FILES)
    assert asked.raw_path == "/drafts/d%2F9?key=key-1"
    assert asked.headers["x-draft"] == "d/9"
    assert json.loads(asked.body) == {"a": ["d/9", {"b": base64.b64encode(b"pdf").decode()}], "n": 5}


def test_a_text_that_looks_like_a_marker_is_a_text() -> None:
    asked = send(body=Body(format="json", tree={"text": '{"$secret": "KEY"}', "list": ["$take", "$file"]}))
    assert json.loads(asked.body) == {"text": '{"$secret": "KEY"}', "list": ["$take", "$file"]}


def test_a_value_that_no_call_took_is_refused() -> None:
    assert "draft" in str(caught(lambda: send(path=({"$take": "draft"},))))


def test_what_the_machine_lacks_is_for_later() -> None:
    assert isinstance(caught(lambda: send(query={"a": {"$secret": "NOWHERE"}})), Unavailable)
    assert isinstance(caught(lambda: send(body=Body(format="bytes", tree={"$file": "dead"}))), Unavailable)


def test_xml_in_another_encoding() -> None:
    tree = {
        "tag": "Заявка",
        "attributes": {"ид": "7"},
        "text": None,
        "children": [{"tag": "Текст", "text": "<b>Яма & «лёд»</b>"}, {"tag": "{urn:x}n", "text": 5, "children": []}],
    }
    asked = send(body=Body(format="xml", tree=tree, encoding="windows-1251"))
    assert asked.headers["content-type"] == "application/xml; charset=windows-1251"
    assert "Яма".encode("cp1251") in asked.body
    root = etree.fromstring(asked.body)
    assert root.findtext("Текст") == "<b>Яма & «лёд»</b>"
    assert root.findtext("{urn:x}n") == "5"


def test_xml_namespaces_are_declared_as_in_xml() -> None:
    inner = {"tag": "p:b", "attributes": {"p:c": "1", "d": "2"}, "text": "x"}
    tree = {"tag": "a", "attributes": {"xmlns": "urn:a", "xmlns:p": "urn:p"}, "children": [inner, {"tag": "e"}]}
    root = etree.fromstring(send(body=Body(format="xml", tree=tree)).body)
    assert [node.tag for node in root.iter()] == ["{urn:a}a", "{urn:p}b", "{urn:a}e"]
    assert dict(root[0].attrib) == {"{urn:p}c": "1", "d": "2"}


def test_a_prefix_that_nobody_declared_is_refused() -> None:
    assert isinstance(caught(lambda: send(body=Body(format="xml", tree={"tag": "p:a"}))), Refused)


def test_what_xml_cannot_carry_is_refused() -> None:
    error = caught(lambda: send(body=Body(format="xml", tree={"tag": "a", "text": "bell \x07"})))
    assert isinstance(error, Refused)
    assert "bell" not in str(error)


def test_forms_in_another_encoding() -> None:
    pairs = [["text", "Яма & лёд=2+2"], ["n", 5], ["n", None], ["list", ["a", "b"]]]
    asked = send(body=Body(format="form", tree=pairs, encoding="windows-1251"))
    found = parse_qsl(asked.body.decode(), encoding="windows-1251")
    assert found == [("text", "Яма & лёд=2+2"), ("n", "5"), ("list", "a"), ("list", "b")]
    assert send(body=Body(format="form", tree=[["a", "ё"]])).body == b"a=%D1%91"


def test_what_the_encoding_lacks_is_refused() -> None:
    for form, tree in (("form", [["a", "☃"]]), ("text", "☃"), ("json", {"a": "☃"})):
        assert isinstance(caught(partial(send, body=Body(format=form, tree=tree, encoding="cp1251"))), Refused)


def test_multipart() -> None:
    tree = [
        {"name": "title", "value": "Фото ямы"},
        {"name": "file", "value": {"$file": "f00d"}, "filename": 'я"мa\r\n.jpg', "media_type": "image/jpeg"},
        {"name": "other", "value": {"$file": "cafe"}, "filename": None, "media_type": None},
    ]
    asked = send(body=Body(format="multipart", tree=tree))
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    title, photo, other = BytesParser(policy=HTTP).parsebytes(head + asked.body).iter_parts()
    assert title.get_payload(decode=True) == "Фото ямы".encode()
    assert photo.get_payload(decode=True) == b"\xff\xd8 jpeg"
    assert photo.get_content_type() == "image/jpeg"
    assert b'filename="\xd1\x8f%22\xd0\xbca%0D%0A.jpg"' in asked.body or b"%0D%0A.jpg" in asked.body
    assert other.get_filename() == "file"


def test_names_in_multipart_are_in_the_encoding_of_the_form() -> None:
    tree = [{"name": "файл", "value": {"$file": "f00d"}, "filename": "яма №1.jpg", "media_type": "image/jpeg"}]
    body = send(body=Body(format="multipart", tree=tree, encoding="koi8-r")).body
    assert 'name="файл"; filename="яма &#8470;1.jpg"'.encode("koi8-r") in body


def test_bytes_and_text() -> None:
    asked = send(body=Body(format="bytes", tree={"$file": "f00d"}))
    assert (asked.body, asked.headers["content-type"]) == (b"\xff\xd8 jpeg", "application/octet-stream")
    asked = send(body=Body(format="bytes", tree={"$file": "f00d"}), headers={"Content-Type": "image/jpeg"})
    assert asked.headers["content-type"] == "image/jpeg"
    assert send(body=Body(format="text", tree="Яма", encoding="cp1251")).body == "Яма".encode("cp1251")


def test_odd_bodies_are_refused() -> None:
    for body in (
        Body(format="yaml", tree=1),
        Body(format="json", tree={"a": {1, 2}}),
        Body(format="xml", tree={"x": 1}),
    ):
        assert isinstance(caught(partial(send, body=body)), Refused)


# replies


def call(name: str, **more: Any) -> Call:
    return Call(name=name, method="POST", path=(name,), **more)


CREATE, NOTE, SUBMIT = call("create"), call("note"), call("submit")
FIND = Call(name="find", method="GET", path=("find",), missing=True)


def run(
    town: Town, *, progress: Any = None, act: str = "deliver", calls: Any = (CREATE, NOTE, SUBMIT), find: Call = FIND
) -> Any:
    kept: dict[str, Any] = {}
    with serving(town) as base:
        adapter = build(OUT, base, record=lambda id, name, taken: kept.update({name: dict(taken)}))
        plan = Plan(calls=calls, find=find)
        delivery = Delivery(id="1", system="town", intent="forward", plan=plan, progress=progress or {})
        try:
            return getattr(adapter, act)(delivery), kept
        except Exception as error:
            return error, kept


def test_every_call_but_the_last_is_recorded_with_what_it_took() -> None:
    town = Town()
    receipt, kept = run(town)
    assert kept == {"create": {"draft": "d1"}, "note": {}}, "the last is committed with the receipt"
    assert receipt.number == "7"
    assert receipt.at is not None
    assert [asked.path for asked in town.asked] == ["/create", "/note", "/submit"]


def test_goes_on_after_the_progress() -> None:
    town = Town()
    receipt, kept = run(town, progress={"create": {"draft": "d0"}})
    assert list(kept) == ["note"]
    assert [asked.path for asked in town.asked] == ["/note", "/submit"]
    assert receipt.taken == {"draft": "d0", "receipt": "7"}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({"error": "TAKEN"}, Refused),
        ({"something": "else"}, Unknown),
        ([], Unknown),
        (422, Refused),
        (500, Unknown),
        (503, Unavailable),
    ],
)
def test_replies_that_are_no_success(reply: Any, kind: type) -> None:
    error, kept = run(Town(create=reply))
    assert isinstance(error, kind)
    assert not kept


def test_a_page_where_a_number_is_expected_is_no_receipt() -> None:
    error, kept = run(Town(submit={"number": "7" * 256}))
    assert isinstance(error, Unknown)
    assert "more than 255 characters" in str(error)
    assert "submit" not in kept


def test_a_code_goes_out_and_a_sentence_stays() -> None:
    error, _ = run(Town(create={"error": "TAKEN"}))
    assert error.code == "TAKEN"
    error, _ = run(Town(create={"error": "Аристарх Заповедных уже обращался"}))
    assert "Заповедных" not in str(error) + error.code


def test_codes_that_mean_not_now() -> None:
    with serving(Town(create={"error": "BUSY"})) as base:
        adapter = build(OUT, base, more="  codes: {unavailable: BUSY}")
        delivery = Delivery(id="1", system="town", intent="forward", plan=Plan(calls=(CREATE,)))
        assert isinstance(caught(lambda: adapter.deliver(delivery)), Unavailable)


def test_find_knows_a_part_from_the_whole() -> None:
    found, kept = run(Town(find={"draft": "d5"}), act="find")
    assert found is None
    assert kept == {"create": {"draft": "d5"}}
    found, kept = run(Town(find={"draft": "d5", "number": 9}), act="find")
    assert found.number == "9"
    assert list(kept) == ["create", "note", "submit"]


def test_find_does_not_take_an_old_step_for_the_new_one() -> None:
    found, kept = run(Town(find={"draft": "d5"}), act="find", progress={"create": {"draft": "d5"}, "note": {}})
    assert found is None
    assert kept == {}, "the draft was known; submit did not happen"


REGISTERED_FIRST = """
out:
  forward:
    discloses: []
    find: {get: find, query: {ext: {from: delivery.id}}, receipt: "number?"}
    steps:
      - create: {post: create, json: {ext: {from: delivery.id}}, receipt: number}
      - photo: {post: photo, json: {ext: {from: delivery.id}}, find: FIND, take: {photo: id}}
"""


def ask_for_the_photo(asks: str, town: Town, by: Any = None) -> Any:
    """After the registration was recorded and the photo's outcome stayed unknown."""
    kept: dict[str, Any] = {}
    text = REGISTERED_FIRST.replace("FIND", asks)
    with serving(town) as base:
        adapter = build(text, base, record=lambda id, name, taken: kept.update({name: dict(taken)}))
        plan = compile_part(text).render("forward", make_scope())
        progress = {"create": {"receipt": "7"}}
        delivery = Delivery(id="1", system="town", intent="forward", plan=plan, progress=progress)
        return by(adapter, delivery) if by else adapter.find(delivery), kept


def test_the_receipt_of_an_earlier_call_proves_nothing_of_the_next() -> None:
    asks = "{get: photos, take: {photo: id?}}"
    assert ask_for_the_photo(asks, Town(find={"number": 7}, photos={})) == (None, {})
    found, kept = ask_for_the_photo(asks, Town(find={"number": 7}, photos={"id": "p1"}))
    assert found.number == "7"
    assert kept == {"photo": {"photo": "p1"}}


def test_a_call_that_cannot_be_asked_about_is_neither_proven_nor_denied() -> None:
    assert isinstance(caught(lambda: ask_for_the_photo("none", Town(find={"number": 7}))), Unavailable)


def test_a_worker_leaves_to_a_person_what_cannot_be_asked_about() -> None:
    def decide(adapter: Any, delivery: Delivery) -> Outcome:
        site = SimpleNamespace(systems={"town": SimpleNamespace(adapter=adapter)})
        row = SimpleNamespace(id="1", system="town", attempts=1, reason="", done_at=None, due_at=0)
        return ask(cast(Site, site), row, delivery)

    town = Town(find={"number": 7})
    outcome, kept = ask_for_the_photo("none", town, decide)
    assert (outcome.state, outcome.reason) == ("held", "outcome_unknown")
    assert not town.asked
    assert kept == {}


@pytest.mark.parametrize("reply", [404, 410, {}])
def test_find_says_no(reply: Any) -> None:
    assert run(Town(find=reply), act="find") == (None, {})


@pytest.mark.parametrize("reply", [404, 410])
def test_a_wrong_address_is_no_absence(reply: int) -> None:
    """Believed, it would permit to send again what arrived."""
    found, kept = run(Town(find=reply), act="find", find=FIND.model_copy(update={"missing": False}))
    assert isinstance(found, Unavailable)
    assert "missing: true" in str(found)
    assert kept == {}


def test_the_mapping_says_what_a_404_means() -> None:
    intent = OUT.replace("find: {get: find,", "find: {missing: true, get: find,")
    scope = make_scope()
    for text, expected in ((OUT, False), (intent, True)):
        plan = compile_part(text).render("forward", scope)
        assert plan.find is not None
        assert plan.find.missing is expected


@pytest.mark.parametrize("reply", [400, 403, 500, 503, []])
def test_find_cannot_tell(reply: Any) -> None:
    found, kept = run(Town(find=reply), act="find")
    if reply == []:
        assert found is None or isinstance(found, Unavailable)
    else:
        assert isinstance(found, Unavailable)
    assert kept == {}


def test_find_of_a_finished_delivery_asks_nobody() -> None:
    town = Town()
    found, _ = run(town, act="find", progress={"create": {}, "note": {}, "submit": {"receipt": "3"}})
    assert found.number == "3"
    assert not town.asked


def test_find_without_a_question_cannot_tell() -> None:
    with serving(Town()) as base:
        adapter = build(OUT, base)
        delivery = Delivery(id="1", system="town", intent="forward", plan=Plan(calls=(CREATE,)))
        assert isinstance(caught(lambda: adapter.find(delivery)), Unavailable)


def test_finished() -> None:
    plan = Plan(calls=(CREATE,))
    assert not finished(Delivery(id="1", system="t", intent="forward", plan=plan))
    assert finished(Delivery(id="1", system="t", intent="forward", plan=plan, progress={"create": {}}))


@pytest.mark.parametrize(("method", "effect"), [("GET", 0), ("POST", 1), ("PUT", 1), ("PATCH", 1), ("DELETE", 1)])
def test_only_effects_ask_whether_they_may(method: str, effect: int) -> None:
    asked: list[int] = []
    one = Call(name="note", method=method, path=("x",))
    with serving(Town()) as base:
        adapter = build(OUT, base, still_mine=lambda: asked.append(1))
        delivery = Delivery(id="1", system="town", intent="forward", plan=Plan(calls=(one,)))
        adapter.deliver(delivery)
    assert len(asked) == effect


def test_a_text_is_sent_as_a_file() -> None:
    asked = send(body=Body(format="bytes", tree={"$text": "Холодно"}))
    assert asked.body.decode("utf-8-sig") == "Холодно"
    assert asked.body.startswith(b"\xef\xbb\xbf")  # any Windows program then reads it as UTF-8
    asked = send(body=Body(format="json", tree={"a": {"$text": "Холодно", "as": "base64"}}))
    assert base64.b64decode(json.loads(asked.body)["a"]).decode("utf-8-sig") == "Холодно"
