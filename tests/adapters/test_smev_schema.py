"""The vendored contract: pinned, complete, read by zeep too, and strict about what we send."""

from pathlib import Path

import pytest
import zeep
from lxml import etree

from adapters.errors import Refused
from adapters.smev import schema
from adapters.smev.names import Names, make

VERSIONS = ("1.1", "1.2", "1.3")
OPERATIONS = {"SendRequest", "SendResponse", "GetRequest", "GetResponse", "GetStatus", "Ack"}


@pytest.mark.parametrize("version", VERSIONS)
def test_zeep_finds_every_operation(version: str) -> None:
    client = zeep.Client(str(schema.FOLDER / f"exchange-{version}.wsdl"))
    optional = set() if version == "1.3" else {"GetIncomingQueueStatistics"}
    assert set(client.service._operations) == OPERATIONS | optional


@pytest.mark.parametrize("version", VERSIONS)
def test_what_does_not_fit_is_refused_without_its_value(version: str) -> None:
    names = Names(version)
    target = make(names.basic, "AckTargetMessage", text="Промёрзла труба", Id="A", accepted="true")
    with pytest.raises(Refused) as caught:
        schema.validate(make(names.types, "AckRequest", target), version, "smev: Ack")
    assert "AckTargetMessage" in str(caught.value)
    assert "Промёрзла" not in str(caught.value)


def test_every_file_is_pinned() -> None:
    files = {path.name for path in schema.FOLDER.iterdir()} - {"SHA256SUMS"}
    assert files == set(schema.read_pins())
    for name in files:
        etree.fromstring(schema.read_pinned(name))


def test_a_changed_schema_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = schema.read_pinned("types-1.2.xsd") + b"<!-- -->"
    (tmp_path / "types-1.2.xsd").write_bytes(changed)
    monkeypatch.setattr(schema, "FOLDER", tmp_path)
    with pytest.raises(schema.Tampered, match="reinstall"):
        schema.read_pinned("types-1.2.xsd")


def test_the_business_schema_that_is_shipped_is_the_one_that_the_stand_obeys() -> None:
    root = Path(__file__).parents[2]
    shipped = (root / "docs" / "appeal-exchange-1.0.xsd").read_bytes()
    assert shipped == (root / "stand" / "smev" / "appeal-exchange-1.0.xsd").read_bytes()
