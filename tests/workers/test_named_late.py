"""A document whose id only a mended mapping can read goes by that id, which is the one that its channel knows."""

import json

from sqlalchemy import select

from adapters.documents import to_document, to_faulty
from canonical.ids import LONGEST_ID
from gateway.bootstrap import read_files
from ledger import documents
from ledger.tables import appeal, document
from tests.workers.talk import HARNESS, TALK, Talk
from workers.activation import activate

BODY = json.dumps({"id": "m-7", "rev": "1", "text": "Скамейка сломана", "at": "2026-03-01T05:00:00Z"}).encode()


def arrive(talk: Talk) -> str | None:
    """By webhook: the mapping splits what was sent."""
    mapping = talk.runtime.site().systems["talk"].mapping
    with talk.runtime.store.write() as tx:
        arrived = [("talk", to_document("appeal", item, "")) for item in mapping.split("appeal", BODY)]
        (name,) = documents.record(tx, arrived)
    return name


def set_mapping(talk: Talk, text: str) -> None:
    with talk.runtime.store.write() as tx:
        activate(tx, read_files(HARNESS) | {"systems/talk.yaml": text}, "test")


def replay(talk: Talk, name: str | None) -> None:
    with talk.runtime.store.write() as tx:
        assert documents.replay(tx, [str(name)]) == 1
    talk.decide()


def names(talk: Talk) -> tuple[list[str], list[str]]:
    """External ids of documents and of appeals."""
    with talk.runtime.store.read() as tx:
        return [
            sorted(tx.run(select(table.c.external_id).where(table.c.system == "talk")).scalars())
            for table in (document, appeal)
        ]  # type: ignore[return-value]


def test_after_the_mapping_was_mended_it_has_its_own_id(talk: Talk) -> None:
    set_mapping(talk, TALK.replace("    id: id\n", "    id: number\n"))
    name = arrive(talk)
    (unnamed,), none = names(talk)
    assert unnamed.startswith("sha256:")
    assert none == []
    set_mapping(talk, TALK)
    replay(talk, name)
    assert tuple(names(talk)) == (["m-7"], ["m-7"])
    arrive(talk)  # it comes once more
    talk.decide()
    assert names(talk)[1] == ["m-7"]
    assert talk.holes() == {}


def test_one_that_came_again_under_its_own_id_is_no_second_appeal(talk: Talk) -> None:
    set_mapping(talk, TALK.replace("    id: id\n", "    id: number\n"))
    name = arrive(talk)
    set_mapping(talk, TALK)
    assert arrive(talk) is not None
    talk.decide()
    replay(talk, name)
    assert names(talk)[1] == ["m-7"]
    assert talk.holes() == {}


def test_an_id_that_no_index_takes_stays_unread(talk: Talk) -> None:
    long = json.dumps({**json.loads(BODY), "id": "7" * (LONGEST_ID + 1)}).encode()
    with talk.runtime.store.write() as tx:
        documents.record(tx, [("talk", to_faulty("appeal", long, "", "id: longer than that"))])
        (name,) = tx.run(select(document.c.id)).scalars()
    set_mapping(talk, TALK)
    replay(talk, name)
    (unnamed,), (appeal_name,) = names(talk)
    assert unnamed == appeal_name
    assert unnamed.startswith("sha256:")
