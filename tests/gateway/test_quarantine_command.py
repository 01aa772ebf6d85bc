"""`tsur quarantine show`: a document by the mapping of then and by the mapping of now."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from canonical.document import Document
from gateway import cli
from gateway.commands import register
from ledger import configs, documents, lanes
from tests.gateway.town import RECIPIENT, Town

register(cli.app)
SYSTEMS = Path(__file__).parents[2] / "tests" / "adapters" / "systems"
BODY = json.dumps({"key": "7", "stamp": "2026-03-01T05:00:00Z", "words": "Качели сломаны", "who": "Ямкин"}).encode()
MAPPING = """version: 1
system: portal
title: Портал
adapter: rest
roles: [channel]
mode: live
zone: UTC
connect: {base_url: {env: PORTAL_URL}}
in:
  appeal:
    source: {format: json}
    webhook: {verify: {by: none}}
    id: key
    fields:
      text: words
      created_at: {path: stamp, formats: [iso]}
      applicant.name: who?
unseen: ["in.*"]
"""


def run(*words: str) -> str:
    done = CliRunner().invoke(cli.app, ["quarantine", *words])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def name(town: Town) -> str:
    """It arrived while the mapping looked for the text under another name, and that was mended since."""
    other = {f"systems/{RECIPIENT}.yaml": (SYSTEMS / f"{RECIPIENT}.yaml").read_text()}
    wrong = MAPPING.replace("text: words", "text: body")
    with town.store.write() as tx:
        configs.activate(tx, other | {"systems/portal.yaml": wrong}, "test")
        arrived = Document(kind="appeal", external_id="7", revision="1", body=BODY, fault="text: absent")
        (made,) = documents.record(tx, [("portal", arrived)])
    with town.store.write() as tx:
        configs.activate(tx, other | {"systems/portal.yaml": MAPPING}, "test")
    assert made is not None
    return made


def test_both_mappings_are_shown_with_what_they_make_of_it(name: str) -> None:
    said = run("show", name)
    assert "unreadable: text: absent (at body)" in said
    assert "readable, 1 reading(s)" in said
    assert "-      text: body" in said
    assert "+      text: words" in said
    (text,) = [line.split() for line in said.splitlines() if line.startswith("text ")]
    assert text == ["text", "words", "***", "-", "***", "yes"]
    assert "Качели" not in said
    assert "Ямкин" not in said


def test_for_programs_too(name: str) -> None:
    told = json.loads(run("show", name, "--json"))
    assert told["then"]["verdict"].startswith("unreadable")
    assert told["now"] == "readable, 1 reading(s)"
    assert "+      text: words" in told["change"]
    fields = {line[0]: line[5] for line in told["fields"]}
    assert fields == {"text": "yes", "created_at": "yes", "applicant.name": "yes"}


@pytest.mark.parametrize("words", [("list",), ("replay",), ("replay", "--preview")])
def test_a_mistyped_filter_is_no_empty_quarantine(town: Town, name: str, words: tuple[str, ...]) -> None:
    with town.store.write() as tx:
        lanes.ensure(tx, {"portal": True})
    for filter_, meant in (("--system=portl", "portal"), ("--kind=apeal", "appeal")):
        done = CliRunner().invoke(cli.app, ["quarantine", *words, filter_])
        assert done.exit_code == 1 and f"did you mean `{meant}`?" in done.output
    assert "no system" not in run(*words, "--system", "portal", "--reason", "unmapped")
