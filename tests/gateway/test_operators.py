"""What operators rely on: a name in the audit, urgent things first."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway import operators
from gateway.cli import app
from gateway.commands import register
from gateway.commands.active import name_person
from gateway.operators import hash_token
from ledger import cases, configs, deliveries, desk, desk_list
from ledger import tables as t
from tests.gateway.town import Town

register(app)


def test_a_user_without_a_name_is_named_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_111)  # of no line in /etc/passwd, as in a container
    assert name_person(None) == "uid 4000111"
    assert name_person("anna") == "anna"


def test_who_forgets_is_told(town: Town) -> None:
    town.open_case("Житель", filed=True)
    done = CliRunner().invoke(app, ["db", "forget", town.all(t.appeal)[0].id, "--by", "anna"])
    assert done.exit_code == 0, done.output
    assert [note.actor for note in town.all_notes() if note.kind == "appeal.forgotten"] == ["anna"]


def test_who_restores_is_told(town: Town) -> None:
    assert CliRunner().invoke(app, ["db", "restored", "--by", "boris"]).exit_code == 0
    assert "boris" in {note.actor for note in town.all_notes()}


def test_an_urgent_delivery_comes_first_at_the_desk(town: Town) -> None:
    town.open_case("Житель")
    with town.store.write() as tx:
        forward = town.one(t.delivery, intent="forward", tx=tx)
        row = deliveries.make_row(tx, "teplo", "withdraw", subject="g", cause="c", case_id=forward.case_id, urgency=0)
        deliveries.add(tx, [row])
        desk.put(tx, [(forward.id, "teplo", "refused", None), (row["id"], "teplo", "refused", None)], kind="delivery")
        shown = desk_list.list_open(tx, desk_list.Filter())
    assert [(item.subject, item.urgency) for item in shown] == [(row["id"], 0), (forward.id, 2)]


def test_a_restored_backup_forgets_again(town: Town, tmp_path: Path) -> None:
    """The backup is older than what a resident asked for."""
    town.open_case("Житель", filed=True)
    name = town.all(t.appeal)[0].id
    database = tmp_path / "state" / "ledger.db"
    town.store.close()
    backup = {path.name: path.read_bytes() for path in database.parent.glob("ledger.db*")}
    run = CliRunner().invoke
    assert run(app, ["db", "forget", name, "--by", "anna"]).exit_code == 0
    assert town.one(t.appeal).body is None
    town.store.close()
    for path in database.parent.glob("ledger.db*"):
        path.unlink()
    for file, content in backup.items():
        (database.parent / file).write_bytes(content)
    assert town.one(t.appeal).body is not None
    assert run(app, ["db", "restored", "--by", "boris"]).exit_code == 0
    assert town.one(t.appeal).body is None
    assert [note.actor for note in town.all_notes() if note.kind == "appeal.forgotten"] == ["boris"]
    assert town.find_holes() == {}


def test_nobody_is_listed_who_is_not_there(town: Town, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["db", "forget", "a_none"])
    assert (done.exit_code, "tsur trace" in done.output) == (1, True)
    assert not (tmp_path / "state" / "forgotten.jsonl").exists()


ANNA = "anna: {role: operator, token: %s, municipalities: [71952]}"
BORIS = "boris: {role: administrator, token: %s, municipalities: all}"
VERA = "vera: {role: viewer, login: vera, municipalities: all}"
Run = Callable[..., Result]


@pytest.fixture
def run(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("anna", "desk", …)`: as this operator; the active configuration is empty."""
    lines = [ANNA % f'"{hash_token("anna-token")}"', BORIS % f'"{hash_token("boris-token")}"', VERA]
    path = tmp_path / "state" / "operators.yaml"
    path.write_text("version: 1\noperators:\n  " + "\n  ".join(lines) + "\n", "utf-8")
    path.chmod(0o644)
    with town.store.write() as tx:
        configs.activate(tx, {}, "test")
    monkeypatch.setattr(operators, "find_login", lambda: "vera")

    def as_operator(name: str, *words: str) -> Result:
        token = {} if name == "vera" else {"TSUR_OPERATOR_TOKEN": f"{name}-token"}
        return CliRunner().invoke(app, words, env={"TSUR_OPERATOR_TOKEN": None} | token)

    return as_operator


def place(town: Town, case: str, oktmo: str | None) -> str:
    """The desk item of a case that nobody could route, in this municipality."""
    with town.store.write() as tx:
        cases.change(tx, t.cases, case, oktmo=oktmo)
    return str(town.one(t.desk, subject=case).id)


def test_an_operator_of_one_municipality_sees_only_its_cases(town: Town, run: Run) -> None:
    own, other, nowhere = (town.open_case(name, routed=False) for name in ("А", "Б", "В"))
    mine, theirs, lost = place(town, own, "71952000"), place(town, other, "71956000"), place(town, nowhere, None)
    listed = json.loads(run("anna", "desk", "list", "--json").stdout)
    assert [item["id"] for item in listed["items"]] == [mine]
    assert [row["number"] for row in listed["counts"]] == [1]
    for item, subject in ((theirs, other), (lost, nowhere)):
        for words in (("desk", "show", item), ("desk", "decide", item, "close:spam"), ("trace", subject)):
            refused = run("anna", *words)
            assert (refused.exit_code, subject in refused.output) == (1, words[0] == "trace"), refused.output
    assert run("anna", "quarantine", "list").exit_code == 1
    assert len(json.loads(run("boris", "desk", "list", "--json").stdout)["items"]) == 3


def test_a_decision_of_all_is_a_decision_of_all_ones_own(town: Town, run: Run) -> None:
    own, other = (town.open_case(name, routed=False) for name in ("А", "Б"))
    place(town, own, "71952000")
    place(town, other, "71956000")
    done = run("anna", "desk", "decide", "close:spam", "--kind", "triage", "--yes", "--json")
    assert done.exit_code == 0, done.output
    assert (town.one(t.cases, id=own).state, town.one(t.cases, id=other).state) == ("closed", "triage")
    assert town.one(t.desk, subject=own).decided_by == "anna"
    batch = json.loads(run("boris", "desk", "decide", "close:spam", "--kind", "triage", "--yes", "--json").stdout)
    undone = run("anna", "desk", "decide", "--undo", batch["batch"])
    assert (undone.exit_code, "other municipalities" in undone.output) == (1, True)
    assert run("boris", "desk", "decide", "--undo", batch["batch"]).exit_code == 0
    assert town.find_holes() == {}


def test_deliveries_and_answers_belong_to_their_case(town: Town, run: Run) -> None:
    case = town.open_case("А", filed=True)
    town.answer(case, state="held", reason="confirm_fan_out")
    with town.store.write() as tx:
        cases.change(tx, t.cases, case, oktmo="71952000")
        forward = town.one(t.delivery, intent="forward", tx=tx)
        desk.put(tx, [(forward.id, "teplo", "refused", None)], kind="delivery")
    kinds = {item["kind"] for item in json.loads(run("anna", "desk", "list", "--json").stdout)["items"]}
    assert kinds == {"fan_out", "delivery"}


def test_a_name_is_proved_not_told(run: Run) -> None:
    assert json.loads(run("anna", "operators", "whoami", "--json").stdout)["name"] == "anna"
    assert "you are anna" in run("anna", "desk", "decide", "x", "join", "--by", "boris").output
    assert "is nobody's" in run("eve", "desk", "list").output
    assert json.loads(run("vera", "operators", "whoami", "--json").stdout)["role"] == "viewer"


@pytest.mark.parametrize(
    ("name", "words", "needs"),
    [
        ("vera", ("desk", "decide", "x", "join"), "operator"),
        ("vera", ("desk", "show", "x", "--unmask", "--reason", "r"), "operator"),
        ("anna", ("pause", "all"), "administrator"),
        ("anna", ("db", "forget", "a"), "administrator"),
        ("anna", ("keys", "rotate"), "administrator"),
        ("anna", ("golive", "teplo"), "administrator"),
    ],
)
def test_each_role_has_its_bounds(run: Run, name: str, words: tuple[str, ...], needs: str) -> None:
    refused = run(name, *words)
    assert (refused.exit_code, f"this needs {needs}" in refused.output) == (1, True), refused.output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version: 1\noperators:\n  a: {role: boss, login: a, municipalities: all}\n", ":3:7: unknown-choice"),
        ("version: 1\noperators:\n  a: {role: viewer, municipalities: all}\n", "neither `login` nor `token`"),
        ("version: 1\noperators:\n  a: {login: a}\n", "has no `municipalities`"),
        ("version: 1\noperators:\n  a: {login: a, municipalities: [Надым]}\n", "no ОКТМО code"),
        ("version: 1\noperators:\n  a: {token: qwerty, municipalities: all}\n", "no hash of a token"),
        ("version: 1\noperators:\n  a: {login: x, municipalities: all}\n  b: {login: x, municipalities: all}\n", "two"),
        ("version: 1\n", "nobody is named"),
    ],
)
def test_a_file_with_a_mistake_admits_nobody(run: Run, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "state" / "operators.yaml").write_text(text, "utf-8")
    refused = run("boris", "desk", "list")
    assert (refused.exit_code, says in refused.output) == (1, True), refused.output


def test_a_file_that_others_may_write_admits_nobody(run: Run, tmp_path: Path) -> None:
    (tmp_path / "state" / "operators.yaml").chmod(0o666)
    assert "chmod 644" in run("boris", "desk", "list").output


def test_a_token_and_its_hash_are_made_together() -> None:
    first, second = CliRunner().invoke(app, ["operators", "token"]).output.splitlines()
    assert second == f'token: "{hash_token(first.partition("=")[2])}"'
