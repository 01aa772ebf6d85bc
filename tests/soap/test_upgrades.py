"""`tsur soap`: skeletons pass the check, and an upgrade is told by what it breaks for the mappings in use."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.soap.contract import open_contract
from gateway.bootstrap import read_files
from gateway.checking import check_files
from gateway.cli import app
from gateway.commands import soap
from tests.soap.samples import FILES, INSPECTION, MAPPINGS

soap.register(app)
OLD = MAPPINGS / INSPECTION


OPENED, AT = '<xs:element name="Opened"', 'name="At" type="xs:dateTime"'
NUMBER = '<xs:element name="Number" type="xs:string"/>\n        <xs:element name="RegisteredAt"'


def tsur(*words: object) -> Result:
    return CliRunner().invoke(app, ["soap", *map(str, words), "--mappings", str(MAPPINGS)])


def upgrade(folder: Path, file: str, *changes: tuple[str, str]) -> Path:
    """The contract with changes of one file."""
    made = shutil.copytree(OLD.parent, folder / "new")
    text = (made / file).read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (made / file).write_text(text, "utf-8")
    return made / OLD.name


@pytest.mark.parametrize("operation", open_contract(FILES, INSPECTION).operations)
def test_every_skeleton_passes_the_check(operation: str, tmp_path: Path) -> None:
    made = shutil.copytree(MAPPINGS, tmp_path / "mappings")
    told = tsur("inspect", OLD, "--operation", operation, "--system", "fresh")
    (made / "systems" / "fresh.yaml").write_text(told.output, "utf-8")
    assert check_files(read_files(made), made) == []


def test_inspect_lists_operations() -> None:
    told = json.loads(tsur("inspect", OLD, "--json").output)
    assert [one["name"] for one in told["operations"]] == ["RegisterAppeal", "AddToAppeal", "FindAppeal", "ListChanges"]
    assert told["pin"] == open_contract(FILES, INSPECTION).pin
    assert "RegisterAppeal(RegisterAppeal) → RegisterAppealResponse" in tsur("inspect", OLD).output
    assert tsur("inspect", OLD, "--operation", "Nobody").exit_code == 1
    twelve = json.loads(tsur("inspect", OLD, "--port", "Inspection12", "--json").output)
    assert twelve["soap"] == "1.2"


def test_inspect_opens_nothing_else(tmp_path: Path) -> None:
    bad = upgrade(tmp_path, "inspection.wsdl", ('schemaLocation="inspection.xsd"', 'schemaLocation="/etc/passwd"'))
    told = tsur("inspect", bad)
    assert told.exit_code == 1
    assert "is not opened" in told.output


def test_nothing_changed(tmp_path: Path) -> None:
    same = upgrade(tmp_path, "inspection.xsd", ('<xs:element name="Name"', '<!-- said --><xs:element name="Name"'))
    told = tsur("diff", OLD, same)
    assert (told.exit_code, told.output) == (0, "0 break(s) in inspection\n")


@pytest.mark.parametrize(
    ("file", "change", "says"),
    [
        ("inspection.wsdl", ('operation name="FindAppeal">', 'operation name="SeekAppeal">'), "`FindAppeal`"),
        ("inspection.xsd", (OPENED, f'<xs:element name="Region" type="xs:string"/>{OPENED}'),
         "Appeal/Region: the WSDL demands it"),
        ("inspection.xsd", ('name="urgent" type="xs:boolean"', 'name="urgent" type="xs:boolean" use="required"'),
         "Appeal/@urgent: the WSDL demands it"),
        ("inspection.xsd", ('maxLength value="4000"', 'maxLength value="100"'), "maxLength was 4000 and is 100"),
        ("inspection.xsd", ('name="Residents" type="xs:positiveInteger"', 'name="Residents" type="xs:string"'),
         "the type was positiveInteger and is string"),
        ("inspection.xsd", ('name="Address" type', 'name="Place" type'), "Appeal/Address: no such element"),
        ("inspection.xsd", ('value="NEW"/>', 'value="NEW"/><xs:enumeration value="LOST"/>'), "in no table: LOST"),
        ("inspection.xsd", (AT, 'name="At" type="xs:date"'), "was dateTime and is date"),
        ("inspection.xsd", (AT, f'{AT} minOccurs="0"'), "may be absent"),
        ("inspection.xsd", ('name="Text" type="xs:string"', 'name="Word" type="xs:string"'), "no element `Text`"),
        ("inspection.wsdl", ('name="Ordinal" type="xs:int"', 'name="Place" type="xs:int"'), "no element `Ordinal`"),
        ("inspection.wsdl", (NUMBER, NUMBER.replace("/>", ' maxOccurs="9"/>', 1)), "several times"),
    ],
)  # fmt: skip
def test_what_breaks(file: str, change: tuple[str, str], says: str, tmp_path: Path) -> None:
    told = tsur("diff", OLD, upgrade(tmp_path, file, change))
    assert told.exit_code == 1, told.output
    assert says in told.output
    assert told.output.startswith("systems/inspection.yaml:")
    found = json.loads(tsur("diff", OLD, tmp_path / "new" / OLD.name, "--json").output)
    assert found["systems"] == ["inspection"]
    assert any(says in f"{one['where']}: {one['what']}" for one in found["breaks"])


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("inspection.xsd", ('maxLength value="4000"', 'maxLength value="9000"')),
        ("inspection.xsd", (OPENED, f'<xs:element name="Region" type="xs:string" minOccurs="0"/>{OPENED}')),
        ("inspection.xsd", ('name="Address" type="xs:string" minOccurs="0"', 'name="Address" type="xs:string"')),
        ("inspection.xsd", ('name="Attachment" type="Attachment"', 'name="Photo" type="Attachment"')),
        ("inspection.xsd", ('<xs:enumeration value="QUESTION"/>', "")),
        ("inspection.xsd", ('name="PostponedTo" type="xs:date" minOccurs="0"', 'name="PostponedTo" type="xs:date"')),
        ("inspection.wsdl", ('name="RegisteredAt" type="xs:dateTime"', 'name="RegisteredAt" type="xs:date"')),
    ],
)  # fmt: skip
def test_what_nobody_uses_or_what_only_widens_may_change(file: str, change: tuple[str, str], tmp_path: Path) -> None:
    told = tsur("diff", OLD, upgrade(tmp_path, file, change))
    assert told.exit_code == 0, told.output


def test_a_contract_that_nobody_pins(tmp_path: Path) -> None:
    other = upgrade(tmp_path, "inspection.xsd", ("4000", "4001"))
    told = tsur("diff", other, OLD)
    assert told.exit_code == 1
    assert "no mapping pins" in told.output


def test_inspect_reads_only_what_is_imported(tmp_path: Path) -> None:
    made = shutil.copytree(OLD.parent, tmp_path / "new")
    (made / "odd.xsd").write_bytes(b"\xff\xfe")
    assert tsur("inspect", made / OLD.name).exit_code == 0
    (made / "inspection.xsd").rename(made / "aside.xsd")
    (made / "inspection.xsd").symlink_to(tmp_path / "outside.xsd")
    (tmp_path / "outside.xsd").write_text((made / "aside.xsd").read_text("utf-8"), "utf-8")
    told = tsur("inspect", made / OLD.name)
    assert told.exit_code == 1
    assert "as a file *.wsdl or *.xsd" in told.output
