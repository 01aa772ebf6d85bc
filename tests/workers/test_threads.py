"""Parts of one conversation are one appeal, whatever dies meanwhile (design: thread)."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from ledger import cases, documents, leases, life
from ledger.clock import now_ms
from ledger.store import DECIDE
from ledger.tables import appeal, document, worker
from tests.workers.talk import Talk
from workers.sweeper import sweep


def test_parts_are_one_appeal_when_silence_falls(talk: Talk) -> None:
    talk.hear("Здравствуйте", "холодно")
    talk.hear("Ленина 5")
    talk.say("photo", "", photos=[{"id": "f1"}])
    talk.decide()
    assert talk.texts() == {}
    talk.fall_silent()
    talk.decide()
    assert talk.texts() == {"Здравствуйте": "Здравствуйте\nхолодно\nЛенина 5"}
    assert sorted(talk.dispositions().values()) == [("opened", "Здравствуйте"), *[("part", "Здравствуйте")] * 3]
    assert talk.sent("forward") == 1
    assert talk.holes() == {}


def test_each_part_prolongs_the_window_but_not_for_ever(talk: Talk) -> None:
    talk.hear("раз")
    with talk.runtime.store.write() as tx:  # nine windows and a half ago
        tx.run(update(document).values(received_at=tx.now - 1_140_000, due_at=tx.now + 30_000))
    before = now_ms()
    talk.hear("два")
    with talk.runtime.store.read() as tx:
        dues = set(tx.run(select(document.c.due_at)).scalars())
    assert len(dues) == 1
    assert 50_000 < dues.pop() - before < 70_000


def test_chats_and_people_stay_apart_and_what_has_no_chat_stands_alone(talk: Talk) -> None:
    talk.hear("а", "б", chat="c1")
    talk.hear("в", chat="c2")
    talk.hear("г", chat="c1", **{"from": "8"})
    talk.hear("д", chat=None)
    assert talk.texts() == {"д": "д"}
    talk.fall_silent()
    talk.decide()
    assert talk.texts() == {"а": "а\nб", "в": "в", "г": "г", "д": "д"}


def test_what_arrives_at_once_is_parted_as_it_was_written(talk: Talk) -> None:
    old = datetime.now(UTC) - timedelta(hours=5)
    talk.say("раз", "раз", at=old.isoformat())
    talk.say("два", "два", at=(old + timedelta(seconds=60)).isoformat())
    talk.say("три", "три", at=(old + timedelta(hours=1)).isoformat())
    talk.decide()
    talk.fall_silent()
    talk.decide()
    assert talk.texts() == {"раз": "раз\nдва", "три": "три"}


def test_danger_to_life_waits_for_nothing(talk: Talk) -> None:
    talk.hear("Добрый день")
    sweep(talk.runtime, 0, b"a" * 32)
    talk.decide()
    assert talk.texts() == {}
    talk.hear("пахнет газом")
    sweep(talk.runtime, 0, b"a" * 32)
    talk.decide()
    assert talk.texts() == {"Добрый день": "Добрый день\nпахнет газом"}


def test_edits_and_deletions_within_the_window_change_the_whole(talk: Talk) -> None:
    talk.hear("холодно", "Ленина 5", "лишнее")
    talk.say("Ленина 5", "Ленина 7")
    talk.say("лишнее", "лишнее", rev="gone", gone=True)
    talk.decide()
    talk.fall_silent()
    talk.decide()
    assert talk.texts() == {"холодно": "холодно\nЛенина 7"}
    said = talk.dispositions()
    assert said["Ленина 5:Ленина 7"] == ("edited", "холодно")
    assert said["gone"] == ("deleted", "холодно")
    assert talk.holes() == {}


def test_edits_and_deletions_after_it_are_revisions_of_the_whole(talk: Talk) -> None:
    talk.hear("холодно", "Ленина 5")
    talk.fall_silent()
    talk.decide()
    talk.say("Ленина 5", "Ленина 7")
    talk.decide()
    assert talk.texts() == {"холодно": "холодно\nЛенина 7"}
    assert talk.sent("supplement") == 1
    talk.say("Ленина 5", rev="gone", gone=True)
    talk.decide()
    assert talk.texts() == {"холодно": "холодно"}
    talk.say("холодно", "холодно", rev="gone too", gone=True)
    talk.decide()
    with talk.runtime.store.read() as tx:
        (row,) = tx.run(select(appeal)).all()
        assert row.deleted
        assert cases.open_appeal(tx, row).text == "холодно"
        told = "\n".join(f"{one.what} {one.detail}" for one in life.tell(tx, row.case_id))
    assert "rev gone: deleted" in told
    assert "rev Ленина 5:Ленина 5: part" in told
    assert "deleted by its author" in told
    assert talk.holes() == {}


def test_what_was_deleted_before_anybody_was_told_opens_nothing(talk: Talk) -> None:
    talk.hear("ошибка")
    talk.say("ошибка", rev="gone", gone=True)
    talk.decide()
    talk.fall_silent()
    talk.decide()
    assert talk.texts() == {}
    assert {said[0] for said in talk.dispositions().values()} == {"deleted"}
    assert talk.sent("forward") == 0


def test_a_worker_that_dies_with_parts_in_hand_loses_and_doubles_nothing(talk: Talk) -> None:
    talk.hear("раз", "два", "три")
    talk.fall_silent()
    store, dead = talk.runtime.store, leases.take_lease(talk.runtime.store, "worker")
    with store.write(dead) as tx:
        assert len(documents.claim(tx, dead, 1)) == 3  # the limit never parts them
    with store.write() as tx:
        tx.run(update(worker).where(worker.c.id == dead.id).values(beat_at=now_ms() - 60_000))
    assert leases.bury(store) == [dead.id]
    talk.decide()
    assert talk.texts() == {"раз": "раз\nдва\nтри"}
    assert talk.holes() == {}


def test_a_part_that_arrives_while_its_window_is_decided_begins_a_new_one(talk: Talk) -> None:
    talk.hear("раз")
    talk.fall_silent()
    talk.say("два", "два")
    talk.decide()
    assert talk.texts() == {"раз": "раз"}
    talk.fall_silent()
    talk.decide()
    assert talk.texts() == {"раз": "раз", "два": "два"}


def test_an_edit_that_overtakes_the_decision_waits_for_it(talk: Talk) -> None:
    talk.hear("раз", "два")
    talk.fall_silent()
    other = leases.take_lease(talk.runtime.store, "worker")
    with talk.runtime.store.write(other) as tx:
        documents.claim(tx, other, 8)
    talk.say("два", "три")
    talk.decide()
    assert talk.dispositions()["два:три"] == ("parked", None)
    leases.release(talk.runtime.store, other)
    talk.decide()
    with talk.runtime.store.write() as tx:
        tx.run(update(document).where(document.c.state == "parked").values(due_at=tx.now - 1))
        documents.unpark_due(tx)
    talk.decide()
    assert talk.texts() == {"раз": "раз\nтри"}


def test_receipts_and_patience_leave_open_windows_alone(talk: Talk) -> None:
    talk.hear("раз")
    with talk.runtime.store.write() as tx:
        tx.run(update(document).values(received_at=tx.now - documents.PARK_MS - 1, due_at=tx.now + 1000))
        assert documents.wake_parked(tx, ["talk"]) == 0
        assert documents.unpark_due(tx) == 0
    assert talk.dispositions() == {"раз:раз": ("parked", None)}


def test_followers_without_a_leader_wait_for_silence_anew(talk: Talk) -> None:
    talk.hear("раз", "два")
    talk.fall_silent()
    with talk.runtime.store.write(lock=DECIDE) as tx:
        tx.run(update(document).where(document.c.reason == "thread").values(state="quarantined", reason="worker_died"))
    sweep(talk.runtime, 0, b"a" * 32)
    talk.decide()
    talk.fall_silent()
    talk.decide()
    assert talk.texts() == {"два": "два"}


def test_a_part_that_waits_is_found_by_trace(talk: Talk) -> None:
    talk.hear("раз")
    with talk.runtime.store.read() as tx:
        name = tx.run(select(document.c.id)).scalar_one()
        assert life.find_case(tx, name) is None
        (told,) = life.tell_document(tx, name)
    assert "waits for the rest of its conversation" in told.detail
