"""A list or call that could not be read as a whole is split into its documents by a mended mapping."""

import json

from sqlalchemy import select

from adapters.documents import to_unsplit
from gateway.commands.then_and_now import read_again
from ledger import cases, documents
from ledger.tables import appeal, document
from tests.workers.talk import TALK, Talk
from tests.workers.test_named_late import names, replay, set_mapping

LISTED = TALK.replace("source: {format: json}", "source: {format: json, each: letters}").replace(
    "    thread: {quiet: 2m}\n", ""
)
RATED = """  satisfaction:
    source: {format: json}
    when: {path: stars}
    webhook: {verify: {by: none}}
    id: id
    fields: {reference.number: about, score: {path: stars, type: integer}}
"""


def letter(name: str, text: str) -> dict[str, str]:
    return {"id": name, "rev": f"{name}:{text}", "text": text, "at": "2026-03-01T05:00:00Z"}


def arrive(talk: Talk, body: object) -> str:
    """The mapping of then looked for the letters under another name."""
    with talk.runtime.store.write() as tx:
        kept = to_unsplit("appeal", json.dumps(body).encode(), "application/json", "unreadable: absent (at mail)")
        (name,) = documents.record(tx, [("talk", kept)])
    return str(name)


def test_its_documents_are_found_when_it_is_replayed(talk: Talk) -> None:
    name = arrive(talk, {"letters": [letter("m-1", "Скользко"), letter("m-2", "Темно"), {"text": "без номера"}]})
    set_mapping(talk, LISTED)
    with talk.runtime.store.read() as tx:
        row = tx.run(select(document).where(document.c.id == name)).one()
        body = tx.vault.open("document", row.id, row.body)
    mapping = talk.runtime.site().systems["talk"].mapping
    assert read_again(mapping, row, body)[0] == "readable, 3 document(s)"
    replay(talk, name)
    assert names(talk)[1] == ["m-1", "m-2"]
    with talk.runtime.store.read() as tx:
        ended = {r.external_id.partition(":")[0]: r.disposition or r.state for r in tx.run(select(document))}
    assert ended["whole/sha256"] == "split"
    assert ended["sha256"] == "quarantined", "the one without an id waits by itself"
    assert talk.holes() == {}


def test_what_came_since_is_later_than_what_an_old_list_holds(talk: Talk) -> None:
    """Nothing tells the times but the order of arrival: the old text must not win."""
    name = arrive(talk, {"letters": [letter("m-1", "Скользко")]})
    set_mapping(talk, LISTED)
    talk.say("m-1", "Скользко, но уже посыпали", chat=None)
    talk.decide()
    replay(talk, name)
    with talk.runtime.store.read() as tx:
        (row,) = tx.run(select(appeal)).all()
        assert cases.open_appeal(tx, row).text == "Скользко, но уже посыпали"
    assert talk.holes() == {}


def test_a_list_that_stays_unreadable_goes_back_to_quarantine(talk: Talk) -> None:
    name = arrive(talk, {"post": []})
    set_mapping(talk, LISTED)
    replay(talk, name)
    with talk.runtime.store.read() as tx:
        row = tx.run(select(document).where(document.c.id == name)).one()
    assert (row.state, row.reason) == ("quarantined", "unreadable")
    assert "(at letters)" in row.detail


def test_a_call_of_a_kind_that_the_mapping_learned_later_is_read_as_that(talk: Talk) -> None:
    name = arrive(talk, {"id": "s-1", "about": "m-1", "stars": 4})
    set_mapping(talk, LISTED.replace("unseen:", RATED + "unseen:"))
    replay(talk, name)
    with talk.runtime.store.read() as tx:
        found = {row.external_id: row.kind for row in tx.run(select(document))}
    assert found["s-1"] == "satisfaction"
