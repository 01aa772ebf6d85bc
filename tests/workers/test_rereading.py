"""After an upgrade: what an older release indexed is made anew, once, and then found by all its keys."""

import pytest
from sqlalchemy import delete, select, update

from ledger import candidates, configs, lanes, people
from ledger.tables import appeal, candidate, schedule
from router.duplicates import VERSION, Features
from tests.workers.talk import Talk
from workers.activation import activate
from workers.housekeeping import TICKS
from workers.rereading import reread

DARK = "Не горит фонарь у дома 5 по улице Светлой, темно"


@pytest.fixture
def town(talk: Talk) -> Talk:
    """One appeal in a ledger that compares."""
    with talk.runtime.store.write() as tx:
        files = configs.load(tx, configs.read_active(tx) or "")
        activate(tx, files | {"duplicates.yaml": "version: 1\nenabled: yes\n"}, "test")
    talk.say("1", DARK, chat=None)
    talk.decide()
    return talk


def grow_old(talk: Talk) -> None:
    """As an older release left it: other hashes, no key of the street."""
    with talk.runtime.store.write() as tx:
        for row in tx.run(select(appeal)).all():
            tx.run(update(appeal).where(appeal.c.id == row.id).values(features=b"\x03" + row.features[1:]))
        tx.run(delete(candidate))
        tx.run(update(schedule).values(due_at=0))


def read(talk: Talk) -> tuple[Features, set[int]]:
    with talk.runtime.store.read() as tx:
        row = tx.run(select(appeal)).one()
        keys = set(tx.run(select(candidate.c.key).where(candidate.c.appeal_id == row.id)).scalars())
        return Features.load(row.features), keys


def test_older_features_are_made_anew(town: Talk) -> None:
    before = read(town)
    assert before[0].houses
    grow_old(town)
    assert read(town) == (read(town)[0], set())
    assert not read(town)[0].houses
    reread(town.runtime)
    assert read(town) == before


def test_an_appeal_that_does_not_open_holds_no_other_up(town: Talk) -> None:
    town.say("2", DARK, chat=None)
    town.decide()
    grow_old(town)
    with town.runtime.store.write() as tx:
        first, second = tx.run(select(appeal).order_by(appeal.c.id)).all()
        tx.run(update(appeal).where(appeal.c.id == first.id).values(body=first.body[:-1] + bytes([first.body[-1] ^ 1])))
    reread(town.runtime)
    with town.runtime.store.read() as tx:
        assert [row.id for row in candidates.find_outdated(tx, VERSION, 0, "", 10)] == [first.id]
        assert set(tx.run(select(candidate.c.appeal_id)).scalars()) == {second.id}


def test_what_is_of_this_version_is_left_alone(town: Talk) -> None:
    with town.runtime.store.read() as tx:
        assert candidates.find_outdated(tx, VERSION, 0, "", 10) == []
        assert len(candidates.find_outdated(tx, VERSION + 1, 0, "", 10)) == 1
        assert candidates.find_outdated(tx, VERSION + 1, tx.now + 60_000, "", 10) == []


def test_who_was_forgotten_meanwhile_stays_forgotten(town: Talk) -> None:
    grow_old(town)
    with town.runtime.store.write() as tx:
        (row,) = candidates.find_outdated(tx, VERSION, 0, "", 10)
        people.remove(tx, row)
        candidates.renew(tx, row, b"\x04", [1])
        assert tx.run(select(appeal.c.features)).scalar_one() is None
        assert tx.run(select(candidate)).first() is None
    reread(town.runtime)


@pytest.mark.parametrize("applied", [True, False])
def test_a_tick_that_is_new_is_planned_where_others_are(town: Talk, applied: bool) -> None:
    gone = schedule.c.name == "reread" if applied else schedule.c.name != ""
    with town.runtime.store.write() as tx:
        tx.run(delete(schedule).where(gone))
        lanes.add_ticks(tx, TICKS)
        assert ("reread" in tx.run(select(schedule.c.name)).scalars().all()) is applied
