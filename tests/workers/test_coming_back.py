"""A problem that comes back after «done»: the case opens again and counts, nobody gets the old answer once more."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from canonical.answer import Answer, Outcome, Reference
from canonical.appeal import Appeal
from canonical.states import AssignmentState
from gateway.bootstrap import read_files
from ledger import leases
from ledger import tables as t
from ledger.reconcile import reconcile
from ledger.store import Lease, Store
from tests.workers.test_same_batch import HARNESS, decide, make_appeal, store
from workers import returning
from workers.site import Site, compile_site

__all__ = ["store"]
RETURN = """  return:
    discloses: [text]
    find: none
    steps: [{back: {post: [cases], json: {text: {from: case.text}}}}]
"""


def make_site(takes_back: bool) -> Site:
    from adapters.contract import Tools

    files = read_files(HARNESS) | {"duplicates.yaml": "version: 1\nenabled: yes\n"}
    if takes_back:
        recipient = files["systems/recipient.yaml"]
        files["systems/recipient.yaml"] = recipient.replace("  forward:\n", RETURN + "  forward:\n")
    return compile_site("test", files, Tools(secret=lambda name: name, read_file=lambda digest: b""))


@pytest.fixture(params=[True, False], ids=["takes it back", "takes nothing back"])
def site(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("CHANNEL_URL", "RECIPIENT_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    made = make_site(request.param)
    yield made
    made.close()


def settle(store: Store, lease: Lease, site: Site) -> None:
    decide(store, lease, site, ("channel", "appeal", "first", make_appeal()))
    (filed,) = find(store, t.delivery, intent="forward")
    said = Answer(
        reference=Reference(delivery=filed.id), state=AssignmentState.answered, outcome=Outcome.solved, text="Готово."
    )
    decide(store, lease, site, ("recipient", "answer", "n-1", said))


def write_again(after: timedelta) -> Appeal:
    return make_appeal().model_copy(update={"created_at": datetime.now(UTC) + after})


def find(store: Store, table: Any, **values: Any) -> list[Any]:
    with store.read() as tx:
        return list(tx.run(select(table).where(*(table.c[k] == v for k, v in values.items())).order_by(table.c.id)))


def count_told(store: Store) -> dict[str, int]:
    owners = {row.id: row.external_id for row in find(store, t.appeal)}
    told = [owners[row.appeal_id] for row in find(store, t.delivery, intent="answer")]
    return {name: told.count(name) for name in owners.values()}


def test_what_comes_back_is_looked_at_again(store: Store, site: Site) -> None:
    lease = leases.take_lease(store, "worker")
    settle(store, lease, site)
    decide(store, lease, site, ("channel", "appeal", "again", write_again(timedelta(hours=5))))
    old, *fresh = find(store, t.cases)
    assert old.reopened == 1
    assert count_told(store) == {"first": 1, "again": 0}
    if site.sends("recipient", "return"):
        assert old.state == "in_work" and not fresh
        assert len(find(store, t.delivery, intent="return")) == 1
        assert {row.state for row in find(store, t.obligation)} == {"owed"}
    else:
        assert old.state == "answered" and [row.state for row in fresh] == ["routed"]
        assert len(find(store, t.delivery, intent="forward")) == 2
    with store.read() as tx:
        assert reconcile(tx).whole


def test_what_crossed_the_answer_gets_it(store: Store, site: Site) -> None:
    lease = leases.take_lease(store, "worker")
    settle(store, lease, site)
    decide(store, lease, site, ("channel", "appeal", "again", write_again(timedelta(minutes=5))))
    (old,) = find(store, t.cases)
    assert old.reopened == 0 and old.state == "answered"
    assert count_told(store) == {"first": 1, "again": 1}


def test_writing_twice_in_one_batch_reopens_once(store: Store, site: Site) -> None:
    lease = leases.take_lease(store, "worker")
    settle(store, lease, site)
    late = [("channel", "appeal", name, write_again(timedelta(hours=5))) for name in ("again", "and again")]
    decide(store, lease, site, *late)
    old, *fresh = find(store, t.cases)
    assert old.reopened == 1 and len(fresh) == (0 if site.sends("recipient", "return") else 1)
    assert count_told(store) == {"first": 1, "again": 0, "and again": 0}


def test_thanks_are_no_complaint() -> None:
    told = SimpleNamespace(heard_at=0)
    for text, complains in (("Спасибо, фонарь починили!", False), ("Спасибо за ответ, но фонарь не горит.", True)):
        written = make_appeal().model_copy(update={"text": text, "created_at": datetime.now(UTC)})
        assert returning.comes_back(written, told) is complains
