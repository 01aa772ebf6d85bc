"""What an integration engineer sees: translations, routes, probes of a real stand, and a scaffold that runs."""

import ast
import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from canonical.appeal import Appeal
from canonical.mapping import check
from gateway.cli import app
from gateway.commands import register
from ledger import cases, configs
from ledger import tables as t
from stand.server import Stand, start
from tests.gateway.town import Town

ROOT = Path(__file__).parents[2]
SYSTEMS = ROOT / "tests" / "adapters" / "systems"
ROUTES = """version: 1
rules:
  heat: {when: {topic: heating}, to: teplo}
  lights: {when: {topic: lighting}, to: nadym}
  rest: {to: ministry}
"""
TOPICS = """version: 1
topics:
  heating: {title: heating, words: [батаре*]}
  lighting: {title: lighting, words: [фонар*]}
"""
APPEAL: dict[str, Any] = {
    "event": "appeal.created", "event_id": "created:a1",
    "appeal": {"id": "a1", "text": "Не горят фонари", "created_at": "2026-02-01T03:05:00+05:00",
               "category": "lighting", "author": {"name": "Ледков Степан", "phone": "8 (900) 000-12-34"},
               "place": {"address": "Надым, Зверева 11"}},
}  # fmt: skip
Tsur = Callable[..., Result]
register(app)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The mappings of the stands' systems, with three rules."""
    made = tmp_path / "mappings"
    (made / "systems").mkdir(parents=True)
    for path in SYSTEMS.glob("*.yaml"):
        (made / "systems" / path.name).write_text(path.read_text())
    (made / "routes.yaml").write_text(ROUTES)
    (made / "topics.yaml").write_text(TOPICS)
    return made


@pytest.fixture
def document(tmp_path: Path) -> str:
    path = tmp_path / "appeal.json"
    path.write_text(json.dumps(APPEAL))
    return str(path)


@pytest.fixture
def tsur(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tsur:
    monkeypatch.setenv("TSUR_MAPPINGS_DIR", str(folder))
    monkeypatch.setenv("TSUR_STATE_DIR", str(tmp_path / "state"))

    def run(*words: str, ok: bool = True) -> Result:
        result = CliRunner().invoke(app, words)
        assert (result.exit_code == 0) == ok, result.output
        return result

    return run


def test_a_document_is_traced_field_by_field(tsur: Tsur, document: str) -> None:
    (told,) = json.loads(tsur("translate", "--system", "city_app", document, "--json").stdout)
    fields = {field["field"]: field for field in told["fields"]}
    assert fields["text"]["path"].startswith("appeal.text")
    assert fields["text"]["raw"] == "Не горят фонари"
    assert fields["text"]["result"] == told["canonical"][0]["text"]
    assert fields["created_at"]["steps"] == ["time: 2026-01-31 22:05:00+00:00"]


def test_the_way_out_is_what_the_recipient_would_get(tsur: Tsur, document: str) -> None:
    (told,) = json.loads(tsur("translate", "--system", "city_app", document, "--to", "nadym", "--json").stdout)
    ((call,),) = told["calls"]
    assert "Не горят фонари" in json.dumps(call, ensure_ascii=False)
    assert "Ледков" not in json.dumps(call, ensure_ascii=False)


def test_the_way_out_of_a_document_with_files_is_shown(tsur: Tsur) -> None:
    """Nothing is fetched for it: what names a file by its digest gets a stand-in."""
    sample = ROOT / "mappings" / "examples" / "city_app-appeal.json"
    words = ("translate", "--mappings", str(ROOT / "mappings"), "--system", "city_app", str(sample))
    (told,) = json.loads(tsur(*words, "--to", "nadym", "--json").stdout)
    steps = {name: call for one in told["calls"][0] for name, call in one.items()}
    assert steps["upload.1"]["put"] == ["api", "fayly", "digest-of-file-1"]


def test_what_cannot_be_read_names_its_field(tsur: Tsur, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    appeal = {key: value for key, value in APPEAL["appeal"].items() if key != "created_at"}
    broken.write_text(json.dumps(APPEAL | {"appeal": appeal}))
    assert "created_at" in tsur("translate", "--system", "city_app", str(broken), ok=False).output
    broken.write_text("<oops")
    assert "city_app: document" in tsur("translate", "--system", "city_app", str(broken), ok=False).output


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("--system", "city_ap"), "did you mean `city_app`"),
        (("--system", "nadym", "--kind", "appeal"), "it reads answer"),
        (("--system", "city_app", "--to", "nadym", "--intent", "ask"), "it sends forward"),
    ],
)
def test_a_mistake_names_what_there_is(tsur: Tsur, document: str, words: tuple[str, ...], remedy: str) -> None:
    assert remedy in tsur("translate", *words, document, ok=False).output


def test_a_route_says_why_the_others_did_not_win(tsur: Tsur, document: str, tmp_path: Path) -> None:
    (told,) = json.loads(tsur("route", "--system", "city_app", document, "--json").stdout)
    assert (told["to"], told["rule"], told["topic"]) == (["nadym"], "lights", "lighting")
    why = {rule["rule"]: (rule["won"], rule["why"]) for rule in told["rules"]}
    assert why["lights"][0]
    assert why["heat"] == (False, "topic is lighting, not heating")
    assert "lights" in (printed := tsur("route", "--system", "city_app", document).stdout)
    assert f"({told['due_by']}: {told['due_in']})" in printed
    own = tmp_path / "own.json"
    own.write_text('{"text": "x", "created_at": "2026-02-01T00:00:00Z", "due_at": "2026-03-01T00:00:00Z"}', "utf-8")
    told = tsur("route", "--system", "city_app", "--canonical", str(own)).stdout
    assert "2026-03-01T05:00+05:00 (the source's own deadline)" in told


def test_a_point_that_contradicts_its_place_is_told_with_the_route(tsur: Tsur, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_text('{"text": "x", "created_at": "2026-02-01T00:00:00Z", "place": {"point": {"lat": 0, "lon": 0}}}')
    words = ("route", "--system", "city_app", "--canonical", str(own))
    assert "the point is outside the country" in tsur(*words).stdout
    assert json.loads(tsur(*words, "--json").stdout)[0]["place"]["contradiction"] == "the point is outside the country"


def test_a_case_is_explained_by_the_rules_it_was_decided_with(town: Town, tsur: Tsur, folder: Path) -> None:
    files = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.yaml")}
    older, newer = town.open_case("Иванов", text="Холодные батареи"), town.open_case("Петров")
    town.suggest(newer, older)
    with town.store.write() as tx:
        then = configs.activate(tx, files, "test")
        configs.activate(tx, files | {"routes.yaml": "version: 1\nrules:\n  all: {to: ministry}\n"}, "test")
        name = town.one(t.cases, tx, id=older).appeal_id
        content = Appeal(text="Холодные батареи", created_at=datetime(2026, 2, 1, tzinfo=UTC))
        cases.change(tx, t.appeal, name, body=cases.seal_appeal(tx, name, content), system="portal")
        cases.change(tx, t.cases, older, config=then)
    told = json.loads(tsur("explain", name, "--json").stdout)
    assert (told["route"]["rule"], told["route"]["to"]) == ("heat", ["teplo"])
    assert [(one["other"], one["evidence"]["score"]) for one in told["compared"]] == [(name, 0.71)]
    assert "suggested, open" in tsur("explain", older).stdout


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    with start(gateway="http://127.0.0.1:9") as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


def test_a_probe_asks_and_never_writes(tsur: Tsur, stand: Stand, tmp_path: Path) -> None:
    for system in ("ministry", "nadym", "pos", "teplo"):
        steps = json.loads(tsur("probe", system, "--json").stdout)
        assert all(step["ok"] for step in steps), steps
        assert steps[0]["step"] == "reach and log in"
    assert not (tmp_path / "state" / "ledger.db").exists()


def test_a_probe_says_what_is_missing(tsur: Tsur, stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(next(name for name in os.environ if name.startswith("MINISTRY") and "PASS" in name))
    assert "MINISTRY" in tsur("probe", "ministry", ok=False).output


def test_the_matrix_tells_adapters_and_systems(tsur: Tsur) -> None:
    told = json.loads(tsur("adapters", "--json").stdout)
    assert told["adapters"]["rest"]["can"]["delivers"]
    assert "polls" in told["systems"]["nadym"]["can"]


def test_a_new_adapter_runs_as_it_is(tsur: Tsur, tmp_path: Path) -> None:
    for room in ("adapters", "stand"):
        shutil.copytree(ROOT / room, tmp_path / room)
    told = tsur("new-adapter", "open_311", "--root", str(tmp_path)).output
    assert "changed adapters/registry.py" in told
    assert "changed stand/site.py" in told
    mapping = tmp_path / "mappings/systems/open_311.yaml"
    assert check(mapping.read_text(), str(mapping), mapping.parent) == []
    for path in ("adapters/open_311/__init__.py", "tests/adapters/test_open_311.py", "adapters/registry.py"):
        ast.parse((tmp_path / path).read_text())
    assert "there already" in tsur("new-adapter", "open_311", "--root", str(tmp_path), ok=False).output
    assert "use a-z" in tsur("new-adapter", "Open-311", "--root", str(tmp_path), ok=False).output
    assert "use --root" in tsur("new-adapter", "sprut", "--root", str(tmp_path / "tests"), ok=False).output


def test_schemas_and_the_reference_come_from_the_code(tsur: Tsur, tmp_path: Path) -> None:
    assert json.loads(tsur("schema", "appeal").stdout)["properties"]["text"]
    assert "answer" in json.loads(tsur("schema").stdout)
    assert "did you mean `appeal`" in tsur("schema", "apeal", ok=False).output
    page = str(tmp_path / "docs" / "mapping-reference.md")
    tsur("reference", page)
    tsur("reference", page, "--check")
    Path(page).write_text("old")
    assert f"tsur reference {page}" in tsur("reference", page, "--check", ok=False).output.replace("\n", "")


def test_a_document_in_the_systems_own_encoding(tsur: Tsur, tmp_path: Path) -> None:
    """A recipient's list stands in a file as it came: in windows-1251. The check, the configuration and the trace
    mind its bytes no more than the gateway itself does."""
    own = tmp_path / "own"
    shutil.copytree(ROOT / "mappings", own)
    sample = own / "examples" / "nadym-list.xml"
    with pytest.raises(UnicodeDecodeError):
        sample.read_text("utf-8")
    assert "no findings" in tsur("check", str(own)).output
    words = ("translate", "--mappings", str(own), "--system", "nadym", "--kind", "answer", str(sample), "--json")
    (told,) = json.loads(tsur(*words).stdout)
    assert told["canonical"][0]["text"] == "Свет есть."
    tsur("db", "upgrade")
    tsur("apply", str(own))
    sample.write_bytes(sample.read_bytes().replace("Выполнено".encode("cp1251"), "В работе".encode("cp1251")))
    assert "example-differs" in tsur("check", str(own), ok=False).output


def test_a_configuration_in_another_encoding_says_where(tsur: Tsur, folder: Path) -> None:
    path = folder / "systems" / "nadym.yaml"
    path.write_bytes(path.read_text().replace("title: ", "title: Ямал ", 1).encode("cp1251"))
    line = path.read_bytes()[: path.read_bytes().index("Ямал".encode("cp1251"))].count(b"\n") + 1
    found = json.loads(tsur("check", str(folder), "--json", ok=False).stdout)
    assert [(one["file"], one["line"], one["code"]) for one in found] == [("systems/nadym.yaml", line, "not-utf-8")]
    tsur("db", "upgrade")
    assert "save the file as UTF-8" in tsur("apply", str(folder), ok=False).output


def test_findings_in_json(tsur: Tsur, folder: Path) -> None:
    (folder / "routes.yaml").write_text("version: 1\nrules: {}\nfallbak: {}\n")
    found = json.loads(tsur("check", str(folder), "--json", ok=False).stdout)
    assert ("routes.yaml", 3) in {(one["file"], one["line"]) for one in found}
    assert {"file", "line", "column", "code", "what", "remedy"} == set(found[0])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("deadline.yaml", "stray-file: nothing reads this file; did you mean `deadlines.yaml`?"),
        ("systems/town.yml", "stray-file: nothing reads this file; name it `town.yaml`"),
    ],
)
def test_a_file_that_nobody_reads_is_found(folder: Path, name: str, code: str) -> None:
    (folder / name).write_text("version: 1\n")
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert f"{name}:1:1: {code}" in result.output and result.exit_code == 1


def test_what_is_no_readable_file_is_a_finding(folder: Path) -> None:
    (folder / "systems" / "town.yaml").mkdir()
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert "systems/town.yaml:1:1: unreadable-file: cannot be read: Is a directory" in result.output
    assert result.exit_code == 1
