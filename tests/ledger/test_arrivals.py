"""Promises 1 and 2: acknowledged after the commit; one row per arrival."""

import random
import time
from datetime import UTC, datetime

import pytest

from canonical.ids import LONGEST_ID
from ledger import documents
from ledger.store import Store
from ledger.tables import desk, document
from tests.ledger.material import BODY, claim, count, letter, lose, read_all, record
from tests.ledger.racing import open_store, race


def _record(meet, url, letters):
    store = open_store(url)
    meet()
    return record(store, *letters)


def _record_behind(meet, url, letters):
    """On a host whose clock is an hour behind."""
    now = time.time_ns
    time.time_ns = lambda: now() - 3_600 * 10**9
    return _record(meet, url, letters)


# Promise 1: what is acknowledged is committed


def test_what_record_returned_is_readable_by_another_connection_as_raw_bytes(store: Store, url: str) -> None:
    [name] = record(store, letter(body=b"\x00\xff raw \xd1"))
    other = open_store(url)
    with other.read() as tx:
        row = tx.run(document.select().where(document.c.id == name)).one()
        assert tx.vault.open("document", row.id, row.body) == b"\x00\xff raw \xd1"


def test_a_failure_before_the_commit_leaves_nothing_to_acknowledge(store: Store) -> None:
    with pytest.raises(RuntimeError), store.write() as tx:
        documents.record(tx, [("vk", letter())])
        raise RuntimeError("the process died")
    assert count(store, document) == 0


# Promise 2: one row per arrival


def test_a_redelivery_is_counted_not_repeated(store: Store) -> None:
    first = record(store, letter(revision="e1"))
    assert record(store, letter(revision="e1"), letter(revision="e1")) == [None, None]
    [row] = read_all(store, document)
    assert (row.id, row.copies) == (first[0], 2)


def test_the_same_id_of_another_system_or_kind_is_another_arrival(store: Store) -> None:
    record(store, letter(revision="e1"))
    assert record(store, letter(revision="e1"), system="ok") != [None]
    assert record(store, letter(revision="e1").model_copy(update={"kind": "reply"})) != [None]


def test_without_a_revision_a_reopening_is_three_documents(store: Store) -> None:
    for body in (b"A", b"A", b"B", b"B", b"A", b"A"):
        record(store, letter(body=body))
    assert [row.revision for row in read_all(store, document)] == ["#1", "#2", "#3"]
    assert [row.copies for row in read_all(store, document)] == [1, 1, 1]


def test_a_reopening_inside_one_batch_is_three_documents(store: Store) -> None:
    ids = record(store, *(letter(body=body) for body in (b"A", b"B", b"A", b"A")))
    assert [name is not None for name in ids] == [True, True, True, False]


def test_source_time_and_content_together_are_a_revision(store: Store) -> None:
    at = datetime(2026, 2, 1, tzinfo=UTC)
    record(store, letter(body=b"A", sent_at=at), letter(body=b"B", sent_at=at))
    assert record(store, letter(body=b"A", sent_at=at)) == [None]


def test_a_source_that_tells_revisions_only_sometimes_is_read_all_the_same(store: Store) -> None:
    at = datetime(2026, 2, 1, tzinfo=UTC)
    record(store, letter(body=b"A", revision="2026-02-01"), letter(body=b"B", sent_at=at), letter(body=b"C"))
    assert record(store, letter(body=b"C")) == [None]
    assert count(store, document) == 3


def test_what_is_known_and_what_follows_it_in_one_batch_keep_their_order(store: Store) -> None:
    record(store, letter(body=b"A"))
    ids = record(store, letter(body=b"A"), letter("new"), letter(body=b"B"), letter(body=b"A"), letter(body=b"A"))
    assert [name is not None for name in ids] == [False, True, True, True, False]
    counted = sorted((row.revision, row.copies) for row in read_all(store, document) if row.external_id != "new")
    assert counted == [("#1", 1), ("#2", 0), ("#3", 1)]


def test_a_sources_own_revision_never_meets_one_that_we_counted(store: Store) -> None:
    assert None not in record(store, letter(body=b"A"), letter(body=b"B", revision="#1"))


def test_the_latest_is_the_highest_revision_though_another_hosts_clock_made_its_id(store: Store) -> None:
    record(store, letter(body=b"A"), letter(body=b"B"))
    with store.write() as tx:  # a host whose clock is behind recorded B: its id sorts before A's
        tx.run(document.update().where(document.c.revision == "#2").values(id="d_00000000000000000000000"))
    assert record(store, letter(body=b"A")) != [None]


def test_an_unreadable_arrival_is_kept_and_shown_to_a_person(store: Store) -> None:
    [name] = record(store, letter(fault="the signature does not fit"))
    [item] = read_all(store, desk)
    assert (item.subject, item.reason, item.open) == (name, "unreadable", True)


def test_an_id_that_no_index_takes_goes_to_a_person_and_the_others_are_recorded(store: Store) -> None:
    rng = random.Random(7)
    long = "".join(rng.choices("абвгдежзик0123456789", k=9000))  # does not compress below an index's limit
    for _ in range(2):
        record(store, letter(long), letter(long + "2"), letter("5", revision=long), letter("6"))
    rows = read_all(store, document)
    assert sorted((row.external_id[:3], row.state) for row in rows) == sorted(
        [(long[:3], "quarantined"), (long[:3], "quarantined"), ("5", "received"), ("6", "received")]
    )
    assert {row.copies for row in rows} == {1}
    assert all(f"{LONGEST_ID} characters" in row.detail for row in rows if row.state == "quarantined")


def test_two_processes_record_the_same_arrival_once(store: Store, url: str) -> None:
    same = [letter(str(number), revision="e") for number in range(20)]
    one, other = race(_record, (url, same), (url, same))
    assert all((a is None) != (b is None) for a, b in zip(one, other, strict=True))
    assert {row.copies for row in read_all(store, document)} == {1}


def test_two_processes_record_the_same_batch_in_opposite_order_once(store: Store, url: str) -> None:
    same = [letter(str(number), revision="e") for number in range(50)]
    one, other = race(_record_patiently, (url, same), (url, same[::-1]))
    assert one + other == 50 == count(store, document)


def _record_patiently(meet, url, letters):
    """A sender that repeats until it is acknowledged, as all do."""
    store = open_store(url)
    meet()
    for _ in range(3):
        try:
            return sum(name is not None for name in record(store, *letters))
        except Exception:
            continue
    raise AssertionError("never acknowledged")


def test_two_processes_with_different_content_of_one_id_lose_neither(store: Store, url: str) -> None:
    record(store, *(letter(str(number), b"A") for number in range(20)))
    one, other = race(
        _record,
        (url, [letter(str(number), b"B") for number in range(20)]),
        (url, [letter(str(number), b"C") for number in range(20)]),
    )
    assert None not in one + other
    assert count(store, document) == 60


def test_the_key_outlives_the_body(store: Store) -> None:
    [name] = record(store, letter(revision="e1"))
    with store.write() as tx:
        tx.run(document.update().where(document.c.id == name).values(body=None, state="done"))
    assert record(store, letter(revision="e1")) == [None]


def test_a_claimed_document_is_the_one_that_arrived(store: Store, lease) -> None:
    record(store, letter(content_type="text/plain"))
    [mine] = claim(store, lease)
    assert (mine.body, mine.content_type) == (BODY, "text/plain")
    assert (mine.system, mine.kind, mine.attempts) == ("vk", "appeal", 1)
    lose(store, lease)


def test_the_longest_names_that_adapters_let_through_fit(store: Store) -> None:
    """Signs of four bytes that do not compress: the most that an index is asked to hold."""
    draw = random.Random(89)
    longest = ["".join(chr(draw.randrange(0x1F300, 0x1F600)) for _ in range(LONGEST_ID)) for _ in range(2)]
    assert record(store, letter(longest[0], revision=longest[1]), system="s" * 40) != [None]


def test_what_arrives_later_has_the_higher_id_whatever_the_clock_of_its_host(store: Store, url: str) -> None:
    (first,) = record(store, letter(body=b"A"))
    ((second, third),) = race(_record_behind, (url, [letter(body=b"B"), letter("2")]))
    (fourth,) = record(store, letter(body=b"C"))
    assert first < second < third < fourth
