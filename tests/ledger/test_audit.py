"""Promise 12: occurrences are sealed in a chain; whoever changes one is found out."""

from pathlib import Path

import pytest
from sqlalchemy import delete, update

from ledger import audit
from ledger.anchor import Anchor
from ledger.store import Store
from ledger.tables import occurrence, seal
from tests.ledger.material import count_rows, read_all
from tests.ledger.racing import hear, open_store, race, victim

KEY = b"a" * 32


def _note(store: Store, *subjects: str) -> None:
    with store.write() as tx:
        audit.record(tx, [audit.note(tx, "case.opened", subject, "anna", "c0", rule="r1") for subject in subjects])


@pytest.fixture
def sealed(store: Store) -> Store:
    """Three batches of two."""
    for number in range(3):
        _note(store, f"c{number}a", f"c{number}b")
        assert audit.seal_new(store, KEY) == 2
    return store


def test_an_untouched_chain_is_whole(sealed: Store) -> None:
    verdict = audit.verify(sealed, KEY)
    assert (verdict.whole, verdict.batches, verdict.rows, verdict.unsealed) == (True, 3, 6, 0)


def test_the_unsealed_tail_is_stated(sealed: Store) -> None:
    _note(sealed, "c9")
    assert audit.verify(sealed, KEY).unsealed == 1


@pytest.mark.parametrize("column", ["kind", "subject", "actor", "config", "detail", "at"])
def test_a_changed_row_is_found(sealed: Store, column: str) -> None:
    value = 1 if column == "at" else "forged"
    with sealed.write() as tx:
        tx.run(update(occurrence).where(occurrence.c.subject == "c1a").values({column: value}))
    assert audit.verify(sealed, KEY).broken == 2


def test_a_deleted_row_is_found(sealed: Store) -> None:
    with sealed.write() as tx:
        tx.run(delete(occurrence).where(occurrence.c.subject == "c0b"))
    assert audit.verify(sealed, KEY).broken == 1


def test_a_row_slipped_into_a_sealed_batch_is_found(sealed: Store) -> None:
    with sealed.write() as tx:
        tx.run(delete(occurrence).where(occurrence.c.seq == 3))
        row = audit.note(tx, "case.opened", "forged") | {"seq": 3}
        tx.run(occurrence.insert(), [row])
    assert audit.verify(sealed, KEY).broken == 2


def test_a_row_put_into_a_gap_is_found(sealed: Store) -> None:
    """Where no number was given, before the first batch or between two, no row may appear later."""
    with sealed.write() as tx:
        tx.run(occurrence.insert(), [audit.note(tx, "case.opened", "forged") | {"seq": 0}])
    assert audit.verify(sealed, KEY).broken == 1


def test_a_deleted_batch_is_found(sealed: Store) -> None:
    with sealed.write() as tx:
        tx.run(delete(seal).where(seal.c.number == 2))
        tx.run(delete(occurrence).where(occurrence.c.seq.in_([3, 4])))
    assert not audit.verify(sealed, KEY).whole


@pytest.fixture
def anchored(store: Store, tmp_path: Path) -> Anchor:
    """Three batches of two, sealed by one machine."""
    anchor = Anchor(tmp_path / "audit.anchor")
    for number in range(3):
        _note(store, f"c{number}a", f"c{number}b")
        assert audit.seal_new(store, KEY, anchor=anchor) == 2
    return anchor


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_seals_taken_back_to_have_other_rows_sealed_are_found(store: Store, anchored: Anchor, kept: int) -> None:
    """Without the key nobody can make seals; the sealer must not make them for whoever took its own away."""
    with store.write() as tx:
        tx.run(delete(seal).where(seal.c.number > kept))
        tx.run(update(occurrence).where(occurrence.c.subject == "c2b").values(actor="forged"))
    with pytest.raises(audit.TakenBack, match="seal 3 is not in the ledger"):
        audit.seal_new(store, KEY, anchor=anchored)
    assert audit.verify(store, KEY, anchored).gone == 3
    audit.seal_new(store, KEY)  # and also when another machine, which never saw them, seals in their place
    assert audit.verify(store, KEY, anchored).gone == 3


def test_a_last_batch_that_was_removed_with_its_seal_is_found(store: Store, anchored: Anchor) -> None:
    with store.write() as tx:
        tx.run(delete(seal).where(seal.c.number == 3))
        tx.run(delete(occurrence).where(occurrence.c.subject.startswith("c2")))
    assert audit.verify(store, KEY).whole
    assert not audit.verify(store, KEY, anchored).whole


def test_an_anchor_that_is_behind_holds(store: Store, anchored: Anchor) -> None:
    """The machine died between the ledger's commit and the file."""
    _note(store, "c9")
    assert audit.seal_new(store, KEY) == 1
    _note(store, "c10")
    assert audit.seal_new(store, KEY, anchor=anchored) == 1
    assert audit.verify(store, KEY, anchored).whole and (anchored.read() or (0,))[0] == 5


def test_a_restored_ledger_begins_at_an_older_seal(store: Store, anchored: Anchor) -> None:
    with store.write() as tx:
        tx.run(delete(seal).where(seal.c.number == 3))
        tx.run(delete(occurrence).where(occurrence.c.seq > 4))
    anchored.forget()
    _note(store, "c9")
    assert audit.seal_new(store, KEY, anchor=anchored) == 1
    assert audit.verify(store, KEY, anchored).whole


def test_a_chain_made_with_another_key_is_found(sealed: Store) -> None:
    assert audit.verify(sealed, b"b" * 32).broken == 1


def test_digests_are_salted(sealed: Store) -> None:
    assert len({row.salt for row in read_all(sealed, seal)}) == 3


def _seal_in_turns(meet, url):
    store = open_store(url)
    meet()
    total = 0
    for number in range(12):
        _note(store, f"x{number}")
        total += audit.seal_new(store, KEY)
    return total


def test_two_sealers_at_once_make_one_chain(store: Store, url: str) -> None:
    sealed = sum(race(_seal_in_turns, (url,), (url,)))
    rest = audit.seal_new(store, KEY)
    verdict = audit.verify(store, KEY)
    assert verdict.whole
    assert sealed + rest == 24 == verdict.rows == count_rows(store, occurrence)


def _write_slowly(say, listen, url):
    store = open_store(url)
    with store.write() as tx:
        audit.record(tx, [audit.note(tx, "case.opened", "slow")])
        say("written")
        listen()
    say("committed")


def test_a_slow_writers_row_never_lands_in_a_sealed_batch(store: Store, url: str) -> None:
    """PostgreSQL gives out its number before it commits; later numbers are not sealed past it."""
    if url.startswith("sqlite"):
        pytest.skip("an SQLite file has one writer at a time")
    _note(store, "before")
    with victim(_write_slowly, url) as (_, pipe):
        hear(pipe)
        _note(store, "after")
        assert audit.seal_new(store, KEY) == 0
        pipe.send("commit")
        hear(pipe)
    assert audit.seal_new(store, KEY) == 3
    assert audit.verify(store, KEY).whole
