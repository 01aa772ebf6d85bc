"""The desk as an operator uses it: real commands on a real ledger, on the active configuration."""

import ast
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from canonical.appeal import Appeal
from canonical.place import Place
from gateway.cli import app
from gateway.commands import register
from gateway.commands.words import KINDS, REASONS, explain
from ledger import cases, configs, desk_list
from ledger import tables as t
from tests.gateway.town import RECIPIENT, Town
from workers.resolve import DECISIONS

ROOT = Path(__file__).parents[2]
SYSTEMS = ROOT / "tests" / "adapters" / "systems"
Tsur = Callable[..., Result]
register(app)


@pytest.fixture
def tsur(town: Town) -> Tsur:
    """Runs `tsur …` beside the town; `ok=False` when it must fail."""
    files = {f"systems/{name}.yaml": (SYSTEMS / f"{name}.yaml").read_text() for name in ("portal", RECIPIENT)}
    files |= {name: (ROOT / "mappings" / name).read_text() for name in ("topics.yaml", "places.yaml")}
    files["routes.yaml"] = "version: 1\nfallback: {to: triage}\n"
    with town.store.write() as tx:
        configs.activate(tx, files, "test")

    def run(*words: str, ok: bool = True, answer: str = "") -> Result:
        result = CliRunner().invoke(app, words, input=answer)
        assert (result.exit_code == 0) == ok, result.output
        return result

    return run


def read(result: Result) -> object:
    return json.loads(result.stdout)


def kinds(tsur: Tsur, *words: str) -> Sequence[str]:
    return [item["kind"] for item in json.loads(tsur("desk", "list", "--json", *words).stdout)["items"]]


def test_the_list_is_urgent_first_and_filtered(town: Town, tsur: Tsur) -> None:
    town.quarantine(b"{}")
    older, newer = town.open_case("Иванов", filed=True), town.open_case("Петров")
    urgent = town.open_case("Сидоров", routed=False)
    with town.store.write() as tx:
        tx.run(t.desk.update().where(t.desk.c.subject == urgent).values(urgency=0))
    town.suggest(newer, older)
    assert kinds(tsur) == ["triage", "suggestion", "quarantine"]
    assert kinds(tsur, "--kind", "quarantine") == ["quarantine"]
    assert kinds(tsur, "--reason", "no_route") == ["triage"]
    assert "3 item(s) wait" in tsur("desk", "list").stdout


def test_residents_are_masked_until_a_reason_is_given_and_audited(town: Town, tsur: Tsur) -> None:
    older = town.open_case("Вануйто Степан", text="Вануйто пишет: нет тепла, звоните 89220000001, кв. 15", filed=True)
    item = town.suggest(town.open_case("Сидоров"), older)
    masked = tsur("desk", "show", item).stdout
    assert "нет тепла" in masked
    assert not any(secret in masked for secret in ("Вануйто", "89220000001", "79220000001", "кв. 15"))
    assert "--reason" in tsur("desk", "show", item, "--unmask", ok=False).output
    assert "Вануйто Степан" in tsur("desk", "show", item, "--unmask", "--reason", "call back", "--by", "anna").stdout
    seen = [row for row in town.all_notes() if row.kind == "desk.unmasked"]
    assert [(row.actor, json.loads(row.detail)["why"]) for row in seen] == [("anna", "call back")]


def test_a_contradicting_point_is_shown_with_the_appeal(town: Town, tsur: Tsur) -> None:
    case = town.open_case("Иванов", routed=False)
    with town.store.write() as tx:
        row = town.one(t.appeal, tx, case_id=case)
        place = Place(settlement="Надым", contradiction="the point is 295 km from Надым")
        content = Appeal(text="Яма", created_at=datetime(2026, 2, 1, tzinfo=UTC), place=place)
        cases.change(tx, t.appeal, row.id, body=cases.seal_appeal(tx, row.id, content))
        item = town.one(t.desk, tx, subject=case).id
    assert "contradiction" in (shown := tsur("desk", "show", item).stdout)
    assert "the point is 295 km from Надым" in shown


def test_an_item_is_joined_and_taken_back(town: Town, tsur: Tsur) -> None:
    older, newer = town.open_case("Иванов", filed=True), town.open_case("Петров")
    item, before = town.suggest(newer, older), town.photograph()
    assert "would be join: 1 item(s)" in tsur("desk", "decide", item, "join", "--preview").stdout
    assert town.photograph() == before
    said = tsur("desk", "decide", item, "join", "--by", "anna").stdout
    batch = said.split()[-1].strip("`")
    assert town.one(t.cases, id=newer).state == "closed"
    tsur("desk", "decide", "--undo", batch)
    assert town.photograph() == before
    assert "may have been undone already" in tsur("desk", "decide", "--undo", batch, ok=False).output


def test_many_are_decided_by_filter_after_a_question(town: Town, tsur: Tsur) -> None:
    town.quarantine(b"{}", b"[]", b"1")
    tsur("desk", "decide", "--kind", "quarantine", "discard:test", ok=False, answer="n\n")
    assert len(town.all(t.document, state="quarantined")) == 3
    told = json.loads(tsur("desk", "decide", "--kind", "quarantine", "discard:test", "--yes", "--json").stdout)
    assert (told["done"], told["counts"]) == (3, {"documents discarded": 3})
    tsur("desk", "decide", "--undo", told["batch"])
    assert len(town.all(t.document, state="quarantined")) == 3
    assert town.find_holes() == {}


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("desk", "decide", "join"), "say which"),
        (("desk", "decide", "q_nothing", "join"), "tsur desk list"),
        (("desk", "decide", "--kind", "triage", "joined"), "choose route, topic, close"),
        (("desk", "show", "q_nothing"), "tsur desk list"),
        (("stop", "n_nothing"), "tsur trace"),
        (("pause", "tepl"), "did you mean `teplo`"),
        (("explain", "nothing"), "nothing in the ledger"),
        (("event", "close", "e_nothing"), "tsur event list"),
        (("quarantine", "replay", "d_nothing"), "tsur quarantine list"),
    ],
)
def test_a_mistake_names_its_remedy(town: Town, tsur: Tsur, words: Sequence[str], remedy: str) -> None:
    town.open_case("Иванов", routed=False)
    assert remedy in tsur(*words, ok=False).output


def test_quarantine_is_replayed_in_order_of_arrival(town: Town, tsur: Tsur) -> None:
    ids = town.quarantine(b"<oops", b"<broken/>")
    told = json.loads(tsur("quarantine", "replay", "--preview", "--json").stdout)
    assert [one["id"] for one in told] == ids
    assert all("unreadable" in one["now"] for one in told)
    assert len(town.all(t.document, state="quarantined")) == 2
    assert json.loads(tsur("quarantine", "replay", "--json").stdout) == {"replayed": 2}
    assert [row.id for row in town.all(t.document, state="received")] == ids
    assert town.all(t.desk, open=True) == []


def test_what_was_in_quarantine_is_shown_beside_its_translation(town: Town, tsur: Tsur) -> None:
    (name,) = town.quarantine("<Обращение><Ид>7</Ид><Текст>Яма у дома</Текст></Обращение>".encode())
    masked = tsur("quarantine", "show", name).stdout
    assert "with the active mapping" in masked
    assert "Яма" not in masked
    assert "Яма" in tsur("quarantine", "show", name, "--unmask", "--reason", "mapping fails").stdout


def test_events_group_cases_and_systems_pause(town: Town, tsur: Tsur) -> None:
    town.open_case("А", "Б", filed=True)
    town.open_case("В")
    for topic, zone, said in (("heatin", "71952000", "did you mean `heating`"), ("heating", "7195", "no municipality")):
        assert said in tsur("event", "open", "--topic", topic, "--oktmo", zone, ok=False).stderr
    tsur("event", "open", "--topic", "heating", "--oktmo", "71952000")
    (event,) = json.loads(tsur("event", "list", "--json").stdout)
    assert (event["cases"], event["appeals"]) == (2, 3)
    tsur("event", "close", event["id"])
    assert "1 delivery(ies) wait" in tsur("pause", RECIPIENT).stdout
    assert town.one(t.lane, system=RECIPIENT).paused
    tsur("resume", "all")
    assert not town.one(t.lane, system=RECIPIENT).paused


def test_a_stopped_answer_waits_at_the_desk(town: Town, tsur: Tsur) -> None:
    told = town.answer(town.open_case("А", "Б", filed=True), state="waiting")
    assert "2 unsent answer(s) halted" in tsur("stop", told).stdout
    shown = tsur("desk", "show", told).stdout
    assert "portal: held: 2" in shown
    tsur("desk", "decide", told, "release")
    assert len(town.all(t.delivery, intent="answer", state="waiting")) == 2


def test_what_a_shadow_recorded_waits_after_golive(town: Town, tsur: Tsur) -> None:
    town.open_case("А")
    with town.store.write() as tx:
        tx.run(t.delivery.update().values(state="shadowed"))
    assert "1 delivery(ies) recorded in shadow" in tsur("golive", RECIPIENT).stdout
    tsur("desk", "decide", "--reason", "shadowed", "send", "--yes")
    assert town.one(t.delivery).state == "waiting"


def test_every_reason_on_the_desk_is_said_in_russian() -> None:
    """Codes that the sources ask a person about; a new one needs its words."""
    places = {"ask_person": 3, "ask": 3, "quarantine": 1, "add": 4}  # where the reason stands among the arguments
    calls = [
        node
        for path in (ROOT / "workers").glob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in places
        and (node.func.attr != "add" or ast.unparse(node.func.value) == "desk_list")
    ]  # fmt: skip
    said = [call.args[places[call.func.attr] :][:1] for call in calls if isinstance(call.func, ast.Attribute)]
    found = {one.value for each in said for one in each if isinstance(one, ast.Constant)}
    assert len(found) > 10
    assert found - set(REASONS) == set()
    assert set(desk_list.KINDS) <= set(KINDS)
    assert set(DECISIONS) <= set(KINDS)
    assert explain("delivery", "refused:400") == "отправка остановилась: система отказала (400)"


def test_a_mistyped_kind_is_no_empty_desk(town: Town) -> None:
    shown = CliRunner().invoke(app, ["desk", "list", "--kind", "sugestion"])
    assert (shown.exit_code, "did you mean `suggestion`" in shown.output) == (1, True)


def test_a_mistyped_system_is_no_empty_desk(town: Town, tsur: Tsur) -> None:
    town.open_case("Иванов", routed=False)
    for words in (("list",), ("decide", "send", "--kind", "delivery", "--yes")):
        assert f"did you mean `{RECIPIENT}`?" in tsur("desk", *words, "--system", "tepl", ok=False).output
        tsur("desk", *words, "--system", RECIPIENT)


def test_what_was_recorded_in_shadow_is_found_as_golive_says(town: Town, tsur: Tsur) -> None:
    """The help named a reason that no item has."""
    case = town.open_case("Иванов")
    with town.store.write() as tx:
        desk_list.add(tx, "delivery", case, RECIPIENT, "shadowed")
    words = str(app_help("golive")).split("tsur desk list ")[1].split("`")[0].split()
    assert kinds(tsur, *words) == ["delivery"]
    assert "записано до включения" in tsur("desk", "list").output


def test_who_cannot_be_asked_is_told_how_to_decide(town: Town, tsur: Tsur) -> None:
    town.quarantine(b"{}")
    words = ("desk", "decide", "discard:test", "--kind", "quarantine")
    assert "--yes" in tsur(*words, ok=False).stderr
    assert kinds(tsur) == ["quarantine"]
    tsur(*words, answer="y\n")
    assert kinds(tsur) == []


def app_help(command: str) -> str:
    return " ".join(CliRunner().invoke(app, [command, "--help"]).output.split())
