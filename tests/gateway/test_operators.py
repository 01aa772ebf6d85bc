"""What operators rely on: a name in the audit, urgent things first."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.commands import register
from gateway.commands.active import name_person
from ledger import deliveries, desk, desk_list
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
