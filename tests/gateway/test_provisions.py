"""What mappings name and a machine lacks is told before the start: `tsur check --here`, and `tsur doctor`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.commands import register
from gateway.provisions import look_at_provisions
from gateway.settings import read_settings

register(app)
MAPPING = """version: 1
system: town
adapter: rest
roles: [channel, recipient]
zone: UTC
connect:
  base_url: {env: TOWN_URL}
  auth: {by: bearer, token: {secret: TOWN_TOKEN}}
  headers: {X-Mode: {env: TOWN_MODE, else: full}}
  tls: {cert: our.pem, key: our.key}
in:
  appeal:
    source: {format: json}
    webhook: {verify: {by: token, header: X-Key, secret: [{secret: NEW_KEY}, {secret: OLD_KEY}]}}
    id: id
    fields: {text: text, created_at: {path: at, formats: iso}}
out:
  answer:
    discloses: [text]
    find: none
    steps: [{tell: {put: [a, {secret: ROOM}], json: {text: {from: answer.text}}}}]
  forward:
    discloses: [text]
    find: none
    steps: [{file: {put: [c], json: {text: {from: case.text}}, receipt: n}}]
examples:
  - {intent: answer, given: {answer.text: Да}, expect: {tell: {put: [a, {secret: ROOM}], json: {text: Да}}}}
unseen: ["in.*", "out.forward.*"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "mappings"
    (made / "systems").mkdir(parents=True)
    (made / "systems" / "town.yaml").write_text(MAPPING)
    (made / "routes.yaml").write_text("version: 1\nfallback: {to: town}\n")
    return made


def find(folder: Path, *words: str, code: int) -> dict[str, int]:
    """What is told → line."""
    done = CliRunner().invoke(app, ["check", str(folder), "--json", *words])
    assert done.exit_code == code, done.output
    return {one["what"]: one["line"] for one in json.loads(done.stdout)}


def test_a_machine_that_lacks_everything_is_told_so_on_demand_only(folder: Path) -> None:
    assert find(folder, code=0) == {}, "where configurations are checked, nobody keeps secrets"
    assert find(folder, "--here", code=1) == {
        "the variable TOWN_URL is not set here": 7, "the secret TOWN_TOKEN is not set here": 8,
        "`cert`: our.pem cannot be read here": 10, "`key`: our.key cannot be read here": 10,
        "the secret NEW_KEY is not set here": 14, "the secret OLD_KEY is not set here": 14,
        "the secret ROOM is not set here": 21,
    }  # fmt: skip


def test_what_is_in_place_is_not_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("our.pem", "our.key", "NEW_KEY", "OLD_KEY", "ROOM"):
        (tmp_path / name).write_text("x")
    monkeypatch.setenv("TSUR_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("TOWN_URL", "https://town.example")
    monkeypatch.setenv("TOWN_TOKEN", "")
    assert list(find(folder, "--here", code=1)) == ["the secret TOWN_TOKEN is not set here"], "an empty one is none"
    (told,) = look_at_provisions({"systems/town.yaml": MAPPING}, read_settings())
    assert (told.state, told.said) == ("warn", "town: the secret TOWN_TOKEN is not set here")
    monkeypatch.setenv("TOWN_TOKEN", "t")
    assert find(folder, "--here", code=0) == {}
