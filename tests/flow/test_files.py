"""Files on their way while workers die and links break: whole, once, and nobody's answer is lost for a file.

One gateway for the whole file. Every kill is a kill -9 of the worker that holds the file; the stands' own books say
what was sent and what arrived, by digest.
"""

from collections import Counter
from collections.abc import Iterator
from signal import SIGKILL
from typing import Any

import pytest
from sqlalchemy import func, select

from ledger.tables import attachment
from tests.flow.house import Appeal, House, open_house

CHANNEL, RECIPIENT = "city_app", "nadym"
RECIPIENTS = ("nadym", "ministry", "teplo")
#: How the stand names the call that brings a file.
UPLOAD = "PUT /nadym/api/fayly"
#: A problem each: whatever is alike is joined, and this is not about duplicates.
PROBLEMS = {
    "fetched": "Во дворе не горит ни один фонарь, дети идут в школу в темноте. Надым, улица Зверева, дом 11",
    "uploading": "Яма на дороге у рынка, машины бьют колёса. Надым, Ленинградский проспект, дом 5",
    "unheard": "Сломаны качели на детской площадке. Надым, улица Полярная, дом 8",
    "gone": "Тротуар не чистят от снега неделю. Надым, улица Строителей, дом 3",
    "fails": "Мусорные баки переполнены. Надым, улица Рыжкова, дом 4",
    "cut": "Бродячие собаки у остановки. Надым, улица Комсомольская, дом 17",
    "slow": "Не горят фонари у школы. Надым, улица Топчева, дом 6",
    "late": "В подъезде сильный запах газа, людям плохо! Надым, улица Заводская, дом 1",
    "redirect": "Упало дерево у забора. Надым, набережная Оруджева, дом 9",
    "huge": "Не работает светофор на перекрёстке. Надым, улица Кедровая, дом 2",
    "page": "Разбит павильон остановки. Надым, улица Пионерская, дом 7",
}
#: Appeals whose files could not be had, of all tests so far: the books keep them.
LACKING: set[str] = set()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("files")) as house:
        yield house


@pytest.fixture(autouse=True)
def well(house: House) -> Iterator[None]:
    yield
    house.switch("all", clear=True)


def write(house: House, name: str, *files: tuple[str, int]) -> str:
    named = [{"name": file, "size": size} for file, size in files]
    appeal: Appeal = {"id": f"file-{name}", "channel": CHANNEL, "text": PROBLEMS[name], "files": named}
    house.send(appeal)
    return str(appeal["id"])


def sent(house: House, *ids: str) -> Counter[str]:
    return Counter(one["sha256"] for id in ids for one in house.book(CHANNEL)["attached"][id])


def received(house: House) -> Counter[str]:
    """By digest, of all recipients; a content twice under one filing is counted twice."""
    books = [house.book(name).get("files", {}) for name in RECIPIENTS]
    return Counter(one["sha256"] for files in books for named in files.values() for one in named)


def ends(house: House) -> dict[str, int]:
    """How the files ended, by reason; those that came by `stored`."""
    said = func.coalesce(attachment.c.reason, attachment.c.state)
    with house.store.read() as tx:
        rows = tx.run(select(attachment.c.state, said, func.count()).group_by(attachment.c.state, said))
        return {reason if state == "refused" else state: number for state, reason, number in rows}


def assert_whole(house: House, before: Counter[str], *ids: str) -> None:
    """Each of these was answered once, and each file of theirs arrived once and as it was sent."""
    house.settle(len(house.sent))
    for id in ids:
        assert len(house.finals(CHANNEL, id)) == 1, id
    assert received(house) - before == sent(house, *ids)
    tally = house.judge()
    assert (tally.problems, tally.whole, tally.lost, tally.duplicates) == ([], True, 0, 0)


def test_a_worker_killed_while_it_fetches_fetches_again(house: House) -> None:
    before = received(house)
    house.switch(CHANNEL, links={"slow": True, "pause": 0.03})
    id = write(house, "fetched", ("dvor.jpg", 120_000), ("akt.pdf", 3000))
    # The bigger one takes four seconds to drip through.
    house.wait(lambda: house.counts("links asked") >= 2, "links asked")
    assert house.unfinished()["files"] > 0, "the blow came too late"
    old = house.pid("worker-1")
    house.signal(SIGKILL, "worker-1")
    house.wait(lambda: house.counts("links asked") >= 3, "asked again")
    assert house.pid("worker-1") != old
    house.switch(CHANNEL, links={})
    assert_whole(house, before, id)


def test_a_worker_killed_before_an_upload_arrived_uploads_once(house: House) -> None:
    before = received(house)
    house.switch(RECIPIENT, latency={"share": 1, "ms": 2500, "match": UPLOAD})
    filed = house.counts("filings")
    id = write(house, "uploading", ("yama.jpg", 200_000), ("yama2.png", 50_000))
    house.wait(lambda: house.counts("filings") > filed, "the filing that the files belong to")
    assert received(house) == before, "the blow came too late"
    house.signal(SIGKILL, "worker-1")
    house.switch(RECIPIENT, latency={"share": 0})
    assert_whole(house, before, id)


def test_a_worker_killed_after_an_upload_arrived_unheard_doubles_nothing(house: House) -> None:
    before = received(house)
    house.switch(RECIPIENT, commit_then_timeout={"next": 1, "seconds": 5, "match": UPLOAD})
    id = write(house, "unheard", ("kacheli.jpg", 200_000), ("kacheli2.jpg", 1000))
    house.wait(lambda: received(house) != before, "the first file")
    house.signal(SIGKILL, "worker-1")
    assert_whole(house, before, id)


def test_a_file_of_an_emergency_follows_what_did_not_wait_for_it(house: House) -> None:
    before = received(house)
    house.switch(CHANNEL, latency={"share": 1, "ms": 2500, "match": "/files/"})
    id = write(house, "late", ("gaz.jpg", 50_000))
    house.wait(lambda: PROBLEMS["late"] in str(house.book("ministry")["filings"]), "a filing that waits for nothing")
    assert received(house) == before
    assert_whole(house, before, id)
    filed = next(each for same in house.book("ministry")["filings"].values() for each in same
                 if PROBLEMS["late"] in str(each["facts"]))  # fmt: skip
    assert len(house.book("ministry")["files"][filed["number"]]) == 1


def strike(match: str, **more: Any) -> dict[str, Any]:
    return {"next": 2, "match": match, **more}


def test_every_fault_of_a_link_ends_with_its_reason_and_costs_nobody_the_answer(house: House) -> None:
    """Links are struck by name, so that one house at one time meets them all."""
    before, desk = received(house), Counter(house.desk())
    faults = {name: strike(f"/files/file-{name}/") for name in ("gone", "page", "huge", "cut", "slow")}
    house.switch(CHANNEL, links={**faults, "pause": 0.05}, fail=strike("/files/file-fails/", status=503))
    came = [write(house, name, (f"{name}.jpg", 20_000)) for name in ("fails", "cut", "slow")]
    lost = {"gone": "link_dead", "page": "wrong_type", "huge": "too_large"}
    told = [write(house, name, (f"{name}.jpg", 20_000)) for name in lost]
    assert_whole_but(house, before, came, told)
    texts = str(house.book(RECIPIENT)["filings"])
    assert all(f"Файл «{name}.jpg» получить не удалось" in texts for name in lost), "an official is told of each"
    assert Counter(house.desk()) - desk == Counter(("file", CHANNEL, reason) for reason in lost.values())


def assert_whole_but(house: House, before: Counter[str], came: list[str], told: list[str]) -> None:
    """As `assert_whole`; the files of `told` could not be had, and the books say of these alone that they lack."""
    LACKING.update(told)
    house.settle(len(house.sent))
    assert received(house) - before == sent(house, *came), "what could be had, and nothing else"
    for id in came + told:
        assert len(house.finals(CHANNEL, id)) == 1, id
    tally = house.judge()
    said = {f"{RECIPIENT}: 1 file(s) of {CHANNEL}/{id} did not arrive" for id in LACKING}
    assert (set(tally.problems), tally.lost, tally.duplicates) == (said, 0, 0)


def test_a_redirect_into_our_own_network_is_refused_by_name(house: House) -> None:
    before, desk = received(house), Counter(house.desk())
    house.switch(CHANNEL, links={"redirect": "http://127.0.0.1:1/derevo.jpg"})
    id = write(house, "redirect", ("derevo.jpg", 2000))
    assert_whole_but(house, before, [], [id])
    assert Counter(house.desk()) - desk == Counter([("file", CHANNEL, "not_allowed")])
    assert ends(house)["not_allowed"] == 1
