"""One case on one page: no text becomes markup, nothing of a resident stands in it, all that counts is said."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from gateway import case_words
from gateway.alike import mark_alike
from gateway.bootstrap import read_files
from gateway.case_page import LONGEST_TEXT
from gateway.cli import app
from gateway.commands import register
from ledger import audit, cases, configs
from ledger import tables as t
from router.duplicates.nearness import Nearness
from tests.gateway.town import Town

MAPPINGS = Path(__file__).parents[2] / "mappings"
EVIDENCE = {"same_person": False, "place": "house", "town": "same", "score": 0.71, "text": 0.1,
            "signals": {"thing": 1.0}, "topics": ["lighting", "lighting"], "hours": 2.0,
            "why": "the same problem at the same place"}  # fmt: skip
HOSTILE = "</div><script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>\x00\u202e"
register(app)
Draw = Callable[[str], str]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def run(*words: str, ok: bool = True) -> Result:
    result = CliRunner().invoke(app, words)
    assert (result.exit_code == 0) == ok, result.output
    return result


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    def explain(name: str) -> str:
        file = tmp_path / "case.html"
        run("explain", name, "--html", str(file))
        assert file.stat().st_mode & 0o077 == 0
        return file.read_text("utf-8")

    return explain


def join(town: Town, *texts: str) -> str:
    """A case of two residents, the second joined by the router with its scores."""
    case = town.open_case("Вануйто Степан", "Сидорова Анна", filed=True)
    with town.store.write() as tx:
        rows = town.all(t.appeal, tx, case_id=case)
        for row, text in zip(rows, texts, strict=True):
            content = cases.open_appeal(tx, row).model_copy(update={"text": text})
            cases.change(tx, t.appeal, row.id, body=cases.seal_appeal(tx, row.id, content))
        cases.change(tx, t.appeal, rows[1].id, join_kind="same_problem")
        cases.change(tx, t.cases, case, config=configs.activate(tx, read_files(MAPPINGS), "test"))
        told: dict[str, Any] = {"case": case, "how": "same_problem", "other": rows[0].id} | EVIDENCE
        audit.record(tx, [audit.note(tx, "appeal.joined", rows[1].id, **told)])
    return case


def test_texts_stand_beside_each_other_with_what_they_share_marked(town: Town, draw: Draw) -> None:
    case = join(town, "На улице Мира 5 не горит фонарь", "Разбит фонарь у дома Мира, 5, темно")
    town.answer(case, "Вануйто, фонарь починили.")
    page = draw(case)
    assert page.count('<div class="pair">') == 1
    assert re.findall(r'<mark class="thing" title[^>]*>([^<]+)', page) == ["фонарь", "фонарь"]
    assert len(re.findall(r'<mark class="address" title', page)) == 2
    for said in ("та же проблема в том же месте", "0.71", "присоединить с 0.55", "один дом", "починили",
                 "получили жителей: 2", "teplo", "отвечено"):  # fmt: skip
        assert said in page
    assert "Вануйто" not in page and "Сидоров" not in page


def test_every_rule_is_there_with_its_reason(town: Town, draw: Draw) -> None:
    case = join(town, "Холодные батареи, нет отопления", "Нет отопления")
    page, told = draw(case), orjson.loads(run("explain", case, "--json").stdout)
    assert len(told["route"]["rules"]) > 3
    for rule in told["route"]["rules"]:
        assert rule["rule"] in page
    assert page.count('<tr class="won">') == 1


def test_the_printed_reasoning_is_whole(town: Town) -> None:
    case = join(town, "Нет отопления на Мира 5", "Мира 5, нет отопления")
    town.answer(case)
    shown = run("explain", case).stdout
    for said in ("score: 0.71", "score 0.55 joins, 0.2 is suggested", "why: the same problem", "teplo", "T-",
                 "residents told", "joined"):  # fmt: skip
        assert said in shown


def test_what_recipients_were_not_told_is_counted(town: Town, draw: Draw) -> None:
    case = join(town, "Нет отопления на Мира 5", "Мира 5, нет отопления")
    with town.store.write() as tx:
        rows = town.all(t.appeal, tx, case_id=case)
        told = {"recipient": "teplo", "intent": "join"}
        audit.record(tx, [audit.note(tx, "recipient.untold", row.id, **told) for row in rows])
    assert "teplo takes no join: 2 time(s)" in run("explain", case).stdout
    named = orjson.loads(run("explain", case, "--json").stdout)["untold"]
    assert {one["appeal"] for one in named} == {row.id for row in rows}
    page = draw(case)
    assert re.search(r"<td>teplo</td>.*?<td>2</td></tr>", page)


def test_hostile_texts_stay_text(town: Town, draw: Draw) -> None:
    case = join(town, HOSTILE + " фонарь", HOSTILE * 2 + "фонарь")
    town.answer(case, HOSTILE)
    page, tags = draw(case), Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.seen.isdisjoint({"script", "img", "link", "iframe", "a"})
    assert tags.attributes.isdisjoint({"onerror", "src", "href", "style"})
    assert "&lt;script&gt;" in page and "\x00" not in page and "\u202e" not in page
    assert "default-src 'none'" in page


def test_a_very_long_text_is_cut_and_counted(town: Town, draw: Draw) -> None:
    page = draw(join(town, "я" * LONGEST_TEXT * 5, "ы " * LONGEST_TEXT))
    assert f"и ещё знаков: {LONGEST_TEXT * 4}" in page
    assert len(page) < LONGEST_TEXT * 10


def test_a_page_that_cannot_be_written_is_told(town: Town, tmp_path: Path) -> None:
    case = join(town, "Нет тепла", "Нет тепла")
    assert "No such file" in run("explain", case, "--html", str(tmp_path / "none" / "x.html"), ok=False).output


@pytest.mark.parametrize(("one", "other", "common"), [
    ("ул. Мира, д. 5: яма", "яма на улице Мира", True), ("ул. Мира, д. 5: яма", "ул. Мира, д. 7: яма", False),
    ("ул. Мира, д. 5а: яма", "яма, Мира 5", True),
])  # fmt: skip
def test_another_house_is_no_place_in_common(one: str, other: str, common: bool) -> None:
    for marks in mark_alike(one, other):
        assert ("address" in {mark.kind for mark in marks}) == common
        assert "thing" in {mark.kind for mark in marks} or "fault" in {mark.kind for mark in marks}


def test_every_nearness_has_a_word() -> None:
    assert set(case_words.NEAR) == {near.name for near in Nearness}
