"""The main job's kill test on SMEV lanes: appeals come from SMEV's queue, go to a body behind SMEV, and its answers go
back, while processes die and the exchange fails. Judged by the stands' own books; what was sent twice shows there under
whatever MessageID it went.
"""

from pathlib import Path
from signal import SIGKILL
from typing import Any

from tests.flow.house import Appeal, House, assert_whole, open_house

STANDS = ("smev_ministry", "smev_portal")
TOWNS = ("Надым", "Салехард", "Тарко-Сале", "Яр-Сале", "Мужи", "Губкинский")
STREETS = ("Северная", "Полярная", "Речная", "Школьная", "Тундровая", "Оленья")
COUNT = 36
#: Seconds after which the exchange gives a message again that was taken and not acknowledged.
VISIBILITY_S = 1.5


def make_appeals() -> list[Appeal]:
    """Different places and words, so that each is a case of its own."""
    return [
        {
            "id": f"smev-{number:02}",
            "channel": "smev_portal",
            "text": f"Нет мобильной связи и интернета: {town}, {street} {number + 1}, не дозвониться {number} дней.",
            "address": f"{town}, ул. {street}, {number + 1}",
            "files": [{"name": "skrin.png", "size": 3000 + number}] if number % 9 == 0 else [],
        }
        for number, (town, street) in enumerate((town, street) for town in TOWNS for street in STREETS)
    ]


def run_through(house: House, *blows: tuple[int, list[str]]) -> None:
    """At each blow (responses and answers that the exchange has taken or given until then) these are killed."""
    for name in STANDS:
        house.switch(name, visibility=VISIBILITY_S)
    house.switch("smev_ministry", delay=[0.2, 1.5])
    house.send(*make_appeals())
    for seen, names in blows:
        house.wait(lambda seen=seen: count_calls(house) >= seen, f"{seen} messages through SMEV")  # type: ignore[misc]
        assert house.answered() < COUNT, "the blow came too late to hit anything"
        house.signal(SIGKILL, *names)
    house.settle(COUNT)
    assert_whole(house.judge(), COUNT)
    assert_each_once(house)


def count_calls(house: House) -> int:
    return sum(one["effect"] in ("message", "acknowledged") for name in STANDS for one in read_effects(house, name))


def read_effects(house: House, name: str) -> list[dict[str, Any]]:
    effects: list[dict[str, Any]] = house.stands.get(f"/_book/{name}", params={"effects": 1}).json()["effects"]
    return effects


def assert_each_once(house: House) -> None:
    ministry, portal = (house.book(name) for name in STANDS)
    assert len(ministry["filings"]) > COUNT / 2, "hardly anything went to the body behind SMEV"
    assert all(len(same) == 1 for same in ministry["filings"].values())
    finals = [told for each in portal["answers"].values() for told in each if told["kind"] == "final"]
    assert len({told["appeal"] for told in finals}) == COUNT
    assert len({(told["appeal"], told["text"]) for told in finals}) == len(finals)
    for name, book in zip(STANDS, (ministry, portal), strict=True):
        assert book["counts"].get("files doubled", 0) == 0
        done = [one["id"] for one in read_effects(house, name) if one["effect"] == "acknowledged"]
        assert len(done) == len(set(done))


def test_a_worker_killed_in_the_middle_of_exchanges_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        run_through(house, (5, ["worker-1"]), (40, ["worker-1"]), (80, ["worker-1"]), (120, ["worker-1"]))


def test_all_killed_at_once_while_the_exchange_fails(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        for name in STANDS:
            house.switch(
                name, commit_then_reset={"share": 0.1}, reset={"share": 0.05}, fail={"share": 0.05, "status": 503},
                malformed={"share": 0.05}, smev_fault={"share": 0.05, "name": "SMEVFailure"},
                forge={"share": 0.05, "match": "Send"}, aside=True, ftp_torn={"share": 0.2},
                ftp_torn_at=1000,
            )  # fmt: skip
        everything = ["web", "worker-1", "sweeper", "redis"]
        run_through(house, (30, everything), (100, everything))
        faults = sum(number for what, number in house.stage.read_books()["smev_ministry"].items() if "fault" in what)
        assert faults > 3, "the exchange did not fail at all"
        passed_on = house.book("smev_ministry")["files"].values()
        assert passed_on, "no file came from the file server and went on"
        assert all(len(files) == 1 for files in passed_on)
