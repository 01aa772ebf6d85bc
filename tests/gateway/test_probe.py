"""`tsur probe`: what it makes of the replies of a system."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.commands import register
from tests.adapters.mappings import appeals, write
from tests.adapters.scripted import Answered, Asked, serving
from tests.adapters.test_polling import item, to_json

register(app)
CURSOR = "{by: cursor, start: 2026-01-01, get: l, query: {a: {fill: cursor}}, next: NEXT, more: more, refuse: error}"
PAGES = "{by: page, start: 2026-01-01, get: l, query: {p: {fill: page}}, pages: {size: 100}}"


def answer(asked: Asked) -> Answered:
    if asked.path != "/l":
        return Answered(status=404)
    page = int(asked.query.get("p", 0))
    items = [item(2 * page + n) for n in range(2 if page < 2 else 0)]
    return to_json(items, more=True, last="1")


def probe(part: str, folder: Path, monkeypatch: pytest.MonkeyPatch, code: int = 0) -> dict[str, tuple[bool, bool, str]]:
    """Step → (ok, doubt, detail)."""
    (folder / "systems").mkdir()
    (folder / "systems" / "town.yaml").write_text(write(part))
    monkeypatch.setenv("TSUR_MAPPINGS_DIR", str(folder))
    with serving(answer) as base:
        monkeypatch.setenv("BASE", base)
        done = CliRunner().invoke(app, ["probe", "town", "--json"])
    assert done.stdout and done.exit_code == code, done.output
    return {step["step"]: (step["ok"], step["doubt"], step["detail"]) for step in json.loads(done.stdout)}


@pytest.mark.parametrize(("where", "doubt"), [("nxt", True), ("last", False)])
def test_a_probe_says_what_each_path_gave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, doubt: bool
) -> None:
    """A wrong `next` reads the first page for ever, and all looks well."""
    steps = probe(appeals(CURSOR.replace("NEXT", where)), tmp_path, monkeypatch)
    assert steps["`next` of `appeal`"][:2] == (True, doubt)
    assert steps["`more` of `appeal`"] == (True, False, "tells true")
    assert "only an error proves it" in steps["`refuse` of `appeal`"][2]


def test_a_probe_finds_pages_smaller_than_they_were_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short page is taken for the last one: all that follows would never be read."""
    steps = probe(appeals(PAGES), tmp_path, monkeypatch)
    assert steps["`pages.size` of `appeal`"][1:] == (
        True, "is 100, but a page of 2 was not the last: write `size: 2`, or name `total`",
    )  # fmt: skip


def test_one_kind_that_answers_does_not_hide_another_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = """
  reply:
    source: {format: json, each: items}
    changes: {by: snapshot, start: 2026-01-01, get: away}
    id: id
    fields: {text: text, reference.number: id}
"""
    steps = probe(appeals(PAGES) + answers, tmp_path, monkeypatch, code=1)
    assert steps["list of `appeal` from the configured start"][0]
    assert steps["list of `reply` from the configured start"][::2] == (False, "town: reply: HTTP 404")
