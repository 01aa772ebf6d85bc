"""Contracts as the usual toolkits write them: .NET, WCF, CXF, 1C, bare documents, RPC. Each is connected by YAML alone.

What our messages are is judged by zeep, which reads the same WSDL with code of its own.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree
from typer.testing import CliRunner

from adapters.bodies import to_tree
from adapters.soap.contract import Contract, open_contract
from adapters.soap.message import build_request
from adapters.soap.shelf import BadContract
from gateway.checking import check_files
from gateway.cli import app
from gateway.commands import soap

soap.register(app)
SERVICES = Path(__file__).parent / "services"
NAMES = sorted(path.name for path in SERVICES.iterdir())
POLICY = {"routes.yaml": "version: 1\nfallback: {to: triage}\n"}


def read(name: str) -> dict[str, str]:
    """The service's files, as they stand below a mappings folder."""
    folder = SERVICES / name
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {f"systems/{name}/{path.relative_to(folder).as_posix()}": path.read_text("utf-8") for path in paths}


def open_service(name: str, **chosen: str) -> Contract:
    return open_contract(read(name), f"systems/{name}/{name}.wsdl", **chosen)


def list_operations() -> list[tuple[str, str]]:
    return [(name, operation) for name in NAMES for operation in open_service(name).operations]


def make_skeleton(name: str, operation: str) -> str:
    words = ["soap", "inspect", str(SERVICES / name / f"{name}.wsdl"), "--operation", operation, "--system", name]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0, told.output
    return told.stdout


def find(name: str, text: str) -> list[str]:
    files = read(name) | POLICY | {f"systems/{name}.yaml": text}
    return [f"{one.code}: {one.what}" for one in check_files(files, SERVICES)]


@pytest.mark.parametrize(("name", "operation"), list_operations())
def test_a_skeleton_passes_the_check_with_and_without_what_is_optional(name: str, operation: str) -> None:
    text = make_skeleton(name, operation)
    assert find(name, text) == []
    head, out, rest = text.partition("\nout:")
    whole = re.sub(r"^( +)# ", r"\1", rest, flags=re.MULTILINE)
    assert find(name, head + out + whole) == []


def test_a_skeleton_takes_no_address_that_may_not_be_called() -> None:
    """Many WSDLs name plain http, which would fail at the first call."""
    text = make_skeleton("wcf", "Submit")
    (line,) = [line for line in text.split("\n") if "base_url" in line]
    assert "else" not in line and "# the WSDL says http://" in line and "plain_http" in line


BODIES = [
    ("asmx", "RequestsSoap", "AddRequest", {
        "request": {
            "Urgency": "High", "Text": "Темно", "Registered": None, "Files": {"File": [{"Name": "a"}, {"Name": "b"}]},
        },
        "key": "0f8fad5b-d9cb-469f-a165-70867728950e",
    }),
    ("wcf", "ws", "Submit", {"request": {"Text": "Темно", "Id": "0f8fad5b-d9cb-469f-a165-70867728950e"}}),
    ("wcf", "basic", "Notify", {"tags": {"string": ["a", "b"]}, "id": "0f8fad5b-d9cb-469f-a165-70867728950e"}),
    ("cxf", "AppealsPort", "createAppeal", {"arg0": {"@urgent": "true", "text": "Темно", "fias": "7", "id": "1"}}),
    ("cxf", "AppealsPort", "findByIds", {"ids": ["1", "2"]}),
    ("rpc", "P", "add", {"count": "2", "person": {"phones": ["1", "2"], "name": "Вэнго"}, "text": "Темно"}),
    ("onec", "ОбращенияSoap", "Принять", {
        "Обращение": {"Текст": "Темно", "Номер": "1", "Дата": "2026-01-01T00:00:00", "Реквизиты": None},
        "Вложение": "0J8=",
    }),
]  # fmt: skip


@pytest.mark.parametrize(("name", "port", "operation", "content"), BODIES, ids=[f"{b[0]}-{b[2]}" for b in BODIES])
def test_a_message_is_the_one_that_zeep_makes(name: str, port: str, operation: str, content: dict[str, Any]) -> None:
    contract = open_service(name, port=port)
    ours = build_request(contract, contract.operation(operation), to_tree("", fill_nil(content)))
    client = zeep.Client(str(SERVICES / name / f"{name}.wsdl"), port_name=port)
    theirs = client.create_message(client.service, operation, **to_python(content))
    assert show(ours) == show(theirs)


def fill_nil(content: Any) -> Any:
    """What we write as an empty element, zeep writes as None."""
    if isinstance(content, dict):
        return {key: fill_nil({} if value is None else value) for key, value in content.items()}
    return content


def to_python(content: Any) -> Any:
    if isinstance(content, dict):
        return {key.removeprefix("@"): to_python(value) for key, value in content.items()}
    return {"true": True, "0J8=": "П".encode()}.get(content, content) if isinstance(content, str) else content


def show(envelope: Any) -> list[Any]:
    """The body, without prefixes."""
    (body,) = envelope.findall("{*}Body")
    return [(one.tag, dict(one.attrib), (one.text or "").strip()) for one in body.iter("*")][1:]


def test_what_nobody_needs_holds_up_nothing() -> None:
    told = CliRunner().invoke(app, ["soap", "inspect", str(SERVICES / "rpc" / "rpc.wsdl")]).output
    assert "add(add) → addResponse" in told
    assert "hello: cannot be used" in told
    with pytest.raises(BadContract, match=r"`hello` cannot be used.*encoded"):
        open_service("rpc").operation("hello")


def test_inspect_shows_ports_faults_and_headers() -> None:
    told = CliRunner().invoke(app, ["soap", "inspect", str(SERVICES / "bare" / "bare.wsdl")]).output
    assert "another port: Others/Other11: SOAP 1.1, https://srv/others; --service Others --port Other11" in told
    assert "header: Session, Trace" in told
    assert (
        "faults: AppealException"
        in CliRunner().invoke(app, ["soap", "inspect", str(SERVICES / "cxf" / "cxf.wsdl")]).output
    )
    assert "# faults: {code: AppealException/code, " in make_skeleton("cxf", "createAppeal")


@pytest.mark.parametrize(("change", "said"), [
    (("            Phone: ", "            # Phone: "), "demands one of Phone, Mail, Confirmed"),
    (("            Complaint:\n              Text", "            # Complaint:\n            # Text"), "of Complaint"),
])  # fmt: skip
def test_a_choice_and_a_substitute_are_held_against_the_schema(change: tuple[str, str], said: str) -> None:
    text = make_skeleton("bare", "Put")
    assert change[0] in text
    assert any(said in one for one in find("bare", text.replace(*change))), find("bare", text.replace(*change))


def test_a_derived_type_is_named_and_known() -> None:
    text = make_skeleton("wcf", "Submit")
    whole = re.sub(r"^( +)# ", r"\1", text.partition("\nout:")[2], flags=re.MULTILINE)
    whole = text.partition("\nout:")[0] + "\nout:" + whole
    assert '"@xsi:type": PhotoExtra' in whole
    for change, said in (
        (('"@xsi:type": PhotoExtra', '"@xsi:type": Photo'), "no such type"),
        (('"@xsi:type": PhotoExtra', "#"), "is abstract"),
        (("    B: ", "    Bee: "), "no such element"),
    ):
        assert any(said in one for one in find("wcf", whole.replace(*change)))


def test_a_data_set_may_hold_its_schema() -> None:
    contract = open_service("asmx")
    reply = etree.fromstring(
        '<GetAnswersResponse xmlns="http://tempuri.org/"><GetAnswersResult>'
        '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"/><boolean>true</boolean></GetAnswersResult>'
        "</GetAnswersResponse>"
    )
    contract.validator.check(reply)


def test_words_of_a_table_are_held_against_the_enumeration() -> None:
    head, out, rest = make_skeleton("asmx", "AddRequest").partition("\nout:")
    whole = re.sub(r"^( +)# ", r"\1", rest, flags=re.MULTILINE)
    asked = re.sub(r'Urgency: "Low".*', "Urgency: {from: case.urgency, table: urgency}", whole)
    rows = "\ntables:\n  urgency: {normal: [Low], urgent: [High], WORD}"
    assert find("asmx", head + rows.replace("WORD", "not_sent: [life]") + out + asked) == []
    (wrong,) = find("asmx", head + rows.replace("WORD", "life: [Urgent]") + out + asked)
    assert "request/Urgency: `Urgent` is none of the words that are allowed: Low, High" in wrong
    (wrong,) = find("asmx", head + out + whole.replace('"Low"', '{const: "Lowly"}'))
    assert "`Lowly` is none of the words" in wrong
