"""What leaves is held to the schema in the form in which it leaves, by many threads side by side."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from lxml import etree

from adapters.contract import StoredContent
from adapters.errors import Refused
from adapters.smev import schema
from adapters.smev.envelope import SIGNED_ID, File, write_call
from adapters.smev.names import XOP, Names, make
from stand.smev import gost
from stand.smev.certificate import make_certificate
from stand.smev.signature import Signer
from tests.adapters.test_smev import StandSeal

NAMES = Names("1.2")
PDF = b"%PDF-1.4 plan"
ID = "5ebd6d00-c92e-11f0-8de9-0242ac120002"


@pytest.fixture(scope="module")
def seal() -> StandSeal:
    key = gost.make_key()
    return StandSeal(Signer(key, make_certificate("gateway", key)), set())


def request(files: list[File]) -> Any:
    header = [
        make(
            NAMES.basic, "AttachmentHeader", make(NAMES.basic, "contentId", text=one.id),
            make(NAMES.basic, "MimeType", text=one.media_type),
        ) for one in files
    ]  # fmt: skip
    return make(
        NAMES.types,
        "SenderProvidedRequestData",
        make(NAMES.types, "MessageID", text=ID),
        make(NAMES.types, "ReferenceMessageID", text=ID),
        make(NAMES.types, "TransactionCode", text=ID),
        make(NAMES.basic, "MessagePrimaryContent", make("urn:sample", "Sample")),
        make(NAMES.basic, "AttachmentHeaderList", *header),
        Id=SIGNED_ID,
    )


def list_files(*ids: str) -> list[File]:
    return [File(id, StoredContent(len(PDF), lambda: iter([PDF])), "application/pdf") for id in ids]


@pytest.mark.parametrize("mtom", [True, False])
def test_what_leaves_fits_the_schema(seal: StandSeal, mtom: bool) -> None:
    """Of a package: with the contents put back where XOP took them out."""
    files = list_files("file-1", "file-2")
    written = write_call(NAMES, "SendRequest", request(files), seal, "smev: SendRequest", files, mtom)
    first = written.body.partition(b"\r\n\r\n")[2] if mtom else written.body
    call = etree.fromstring(first)[0][0]
    for include in list(call.iter(f"{{{XOP}}}Include")):
        place = include.getparent()
        assert include.get("href") == f"cid:{place.getprevious().text}@tsur-gateway"
        place.remove(include)
        place.text = base64.b64encode(PDF).decode()
    assert schema.load_schema("1.2").validate(call), schema.load_schema("1.2").error_log
    contents = [base64.b64decode(one.text) for one in call.iter(f"{{{NAMES.basic}}}Content")]
    assert contents == [PDF, PDF]


@pytest.mark.parametrize("mtom", [True, False])
def test_an_id_that_is_no_xml_name_does_not_leave(seal: StandSeal, mtom: bool) -> None:
    files = list_files("file 1")
    with pytest.raises(Refused, match=r"contract 1\.2 at (contentId|Id)"):
        write_call(NAMES, "SendRequest", request(files), seal, "smev: SendRequest", files, mtom)


def test_threads_do_not_mix_up_their_mistakes() -> None:
    def judge(number: int) -> str:
        name = "AckTargetMessage" if number % 2 else "Timestamp"
        told = {"accepted": "perhaps"} if number % 2 else {}
        root = "AckRequest" if number % 2 else "GetStatusRequest"
        with pytest.raises(Refused) as caught:
            schema.validate(make(NAMES.types, root, make(NAMES.basic, name, text="x", **told)), "1.2", "smev")
        assert f" at {name} " in str(caught.value)
        return name

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(judge, range(400))) == {"AckTargetMessage", "Timestamp"}
