"""One address for several kinds, handshakes, floods and garbage."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import Request
from adapters.errors import Unverified
from tests.adapters.mappings import build

KINDS = """
in:
  appeal:
    source: {format: json}
    when: {path: event, is: created}
    webhook:
      verify: {by: token, secret: {secret: KEY}, header: X-Key}
      max_bytes: 1kb
      handshake: {path: event, is: [confirmation, ping], body: {secret: KEY}}
      event: {header: X-Event-Id}
      reply: {status: 202, body: '{"taken": true}', type: application/json}
    id: id
    fields: {text: text, created_at: {path: at, formats: iso}}
  reply:
    source: {format: json, each: replies}
    when: {path: kind, is: reply}
    webhook:
      verify: {by: token, secret: {secret: KEY}, header: X-Key}
      max_bytes: 1kb
    id: id
    fields: {reference.number: id, text: text}
  status:
    source: {format: form}
    webhook: {path: states, header: {name: X-Kind, is: [a, b]}, verify: {by: none}}
    id: id
    revision: rev?
    fields: {reference.number: id, text: text}
"""
CREATED = b'{"event": "created", "id": 7, "text": "a", "at": "2026-01-01T00:00:00Z"}'


@pytest.fixture(scope="module")
def adapter() -> Any:
    return build(KINDS, "http://127.0.0.1:9")


def call(body: bytes, path: str = "/in/town", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", path, {}, {"x-key": "key-1", "content-type": "application/json"} | named, body)


def test_the_kind_is_chosen_by_what_is_said(adapter: Any) -> None:
    (appeal,) = adapter.read(call(CREATED)).documents
    assert (appeal.kind, appeal.external_id, appeal.content_type) == ("appeal", "7", "application/json")
    replies = b'{"replies": [{"kind": "reply", "id": "1", "text": "a"}, {"kind": "reply", "id": "2", "text": "b"}]}'
    assert [(one.kind, one.external_id) for one in adapter.read(call(replies)).documents] == [
        ("reply", "1"),
        ("reply", "2"),
    ]


def test_the_kind_is_chosen_by_address_and_header(adapter: Any) -> None:
    (state,) = adapter.read(call(b"id=5&rev=2&text=x", "/in/town/states", x_kind="b")).documents
    assert (state.kind, state.external_id, state.revision) == ("status", "5", "2")
    documents = adapter.read(call(b"id=5", "/in/town/states", x_kind="c")).documents
    assert [document.kind for document in documents] == ["appeal"], "another header: the other kinds are asked"
    assert documents[0].fault


def test_the_first_kind_answers_the_caller(adapter: Any) -> None:
    reception = adapter.read(call(CREATED))
    assert (reception.status, reception.body, reception.content_type) == (202, b'{"taken": true}', "application/json")


def test_the_event_id_is_the_revision_of_what_has_none(adapter: Any) -> None:
    assert adapter.read(call(CREATED, x_event_id="e9")).documents[0].revision == "e9"
    assert adapter.read(call(CREATED)).documents[0].revision is None


@pytest.mark.parametrize("event", ["confirmation", "ping"])
def test_a_handshake_is_answered_and_leaves_nothing(adapter: Any, event: str) -> None:
    reception = adapter.read(call(b'{"event": "%s"}' % event.encode()))
    assert reception.body == b"key-1"
    assert not reception.documents


def test_a_handshake_needs_proof_as_well(adapter: Any) -> None:
    with pytest.raises(Unverified):
        adapter.read(call(b'{"event": "ping"}', x_key="guess"))


def test_what_no_kind_takes_is_kept(adapter: Any) -> None:
    for body in (b'{"event": "liked"}', b"{}", b"[]", b"", b"5", b"null"):
        (document,) = adapter.read(call(body)).documents
        assert document.fault
        assert document.body == body
        assert document.external_id.startswith("whole/sha256:")


@pytest.mark.parametrize("id", ["i" * 256, "i" * 900])
def test_an_id_that_no_index_takes_is_a_fault_of_its_document_alone(adapter: Any, id: str) -> None:
    body = json.dumps({"event": "created", "id": id, "text": "a", "at": "2026-01-01T00:00:00Z"}).encode()
    (document,) = adapter.read(call(body)).documents
    assert document.fault == "id: longer than 255 characters"
    assert document.body
    two = {"replies": [{"kind": "reply", "id": id, "text": "a"}, {"kind": "reply", "id": "2", "text": "b"}]}
    faults = [bool(one.fault) for one in adapter.read(call(json.dumps(two).encode())).documents]
    assert faults == [True, False]


@pytest.mark.parametrize("event", ["e" * 256, "e\0"])
def test_a_revision_that_the_ledger_cannot_hold_is_a_fault(adapter: Any, event: str) -> None:
    assert adapter.read(call(CREATED, x_event_id=event)).documents[0].fault.startswith("revision: ")


def test_a_content_type_is_kept_as_far_as_it_makes_sense(adapter: Any) -> None:
    (document,) = adapter.read(call(CREATED, content_type="a" * 100_000)).documents
    assert len(document.content_type) == 255


def test_the_same_garbage_again_is_the_same_document(adapter: Any) -> None:
    first, second = (adapter.read(call(b"\xff\xff")).documents[0] for _ in range(2))
    assert first == second


@given(st.binary(max_size=2000), st.sampled_from(["/in/town", "/in/town/states", "/", ""]))
@settings(max_examples=300, deadline=None)
def test_no_body_makes_it_fall_over(body: bytes, path: str) -> None:
    adapter = build(KINDS, "http://127.0.0.1:9")
    for kind in ("application/json", "text/xml; charset=nonsense", ""):
        reception = adapter.read(call(body, path, content_type=kind, x_kind="a"))
        assert reception.documents or body.startswith(b"{")


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_makes_it_fall_over(key: str, kind: str) -> None:
    adapter = build(KINDS, "http://127.0.0.1:9")
    try:
        adapter.read(call(CREATED, x_key=key, content_type=kind))
    except Unverified:
        assert key != "key-1"
