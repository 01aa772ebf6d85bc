"""Files on SMEV's file server: up and down in spite of broken transfers, and never another file than was hashed."""

import hashlib
from typing import Any
from urllib.request import urlopen

import pytest
from lxml import etree

from adapters.errors import Refused, Unavailable
from tests.adapters.contract.subject import caught, wait_for
from tests.adapters.test_smev import Ministry, Portal, drain, ministry, portal, signer
from tests.adapters.test_smev_signed import Signed, signed

__all__ = ["ministry", "portal", "signed", "signer"]
LARGE = b"%PDF-1.4 " + bytes(range(256)) * 4000  # about 1 MB: several pieces, several tears


def ftp(subject: Any, **more: Any) -> dict[str, Any]:
    """`attachments:` under which nothing fits inside a message."""
    with urlopen(f"{subject.stand.url(subject.system)}/ftp", timeout=5) as reply:
        address = reply.read().decode()
    return {"most": "10", "ftp": {"address": address}} | more


def give(subject: Any, content: bytes) -> None:
    """What the gateway's store has under the digests of the deliveries."""
    for number in (1, 2):
        subject.stored[f"{number}" * 8] = content + str(number).encode()


def facts(content: bytes) -> tuple[int, str]:
    return len(content), hashlib.sha256(content).hexdigest()


def sent_files(subject: Any, number: str) -> list[tuple[int, str]]:
    files = subject.book()["files"][number]
    return sorted((one["size"], one["sha256"]) for one in files)


def transfers(subject: Any, direction: str) -> int:
    return int(subject.book()["counts"].get(f"ftp {direction}", 0))


@pytest.mark.parametrize("torn", [0, 2])
def test_a_file_that_does_not_fit_goes_by_ftp_and_is_resumed(ministry: Ministry, torn: int) -> None:
    give(ministry, LARGE)
    ministry.control(ftp_torn={"next": torn, "match": "STOR"})
    receipt = ministry.build(attachments=ftp(ministry)).deliver(ministry.delivery(f"f-up-{torn}", files=2))
    assert sent_files(ministry, receipt.number) == sorted([facts(LARGE + b"1"), facts(LARGE + b"2")])


def test_what_one_attempt_began_the_next_delivery_attempt_ends(ministry: Ministry) -> None:
    """Also in another process: the folder's name comes of the delivery, and no MessageID grows stale meanwhile."""
    give(ministry, LARGE)
    ministry.control(ftp_torn={"share": 1, "match": "STOR"}, ftp_torn_at=300_000)
    error = caught(lambda: ministry.build(attachments=ftp(ministry)).deliver(ministry.delivery("f-later", files=1)))
    assert isinstance(error, Unavailable)
    assert "f-later" not in ministry.recorded
    ministry.control(ftp_torn={"share": 1, "match": "STOR"}, ftp_torn_at=300_000)  # what is left fits now
    receipt = ministry.build(attachments=ftp(ministry)).deliver(ministry.delivery("f-later", files=1))
    assert sent_files(ministry, receipt.number) == [facts(LARGE + b"1")]


def test_a_small_file_stays_inside_and_the_large_one_goes_aside(ministry: Ministry) -> None:
    ministry.stored |= {"1" * 8: b"%PDF small", "2" * 8: LARGE}
    adapter = ministry.build(attachments=ftp(ministry, most="1000"))
    receipt = adapter.deliver(ministry.delivery("f-both", files=2))
    (filing,) = ministry.book_of("f-both")
    assert sorted(filing["facts"]["files"].values()) == [len(b"%PDF small"), len(LARGE)]
    assert sent_files(ministry, receipt.number) == sorted([facts(b"%PDF small"), facts(LARGE)])


@pytest.mark.parametrize("address", ["127.0.0.1:9", "the stand's"])
def test_an_unreachable_server_is_named_and_the_delivery_waits(ministry: Ministry, address: str) -> None:
    rules = ftp(ministry)
    rules["ftp"] |= {} if address == "the stand's" else {"address": address}
    ministry.control(ftp_outage=True)
    error = caught(lambda: ministry.build(attachments=rules).deliver(ministry.delivery("f-away", files=1)))
    assert isinstance(error, Unavailable)
    assert "attachments.ftp.address" in str(error)
    assert ministry.effects("f-away") == 0


def test_a_file_larger_than_the_server_takes_is_for_a_person(ministry: Ministry) -> None:
    rules = ftp(ministry)
    rules["ftp"] |= {"most": "100"}
    give(ministry, LARGE)
    error = caught(lambda: ministry.build(attachments=rules).deliver(ministry.delivery("f-huge", files=1)))
    assert isinstance(error, Refused)
    assert (error.code, "ftp.most" in str(error)) == ("AttachmentSizeLimitExceeded", True)


def appeal_with_file(portal: Portal, id: str, size: int = 400_000) -> None:
    files = [{"name": "skan.pdf", "size": size}]
    portal.ask(
        "/_control/channel/send", {"appeals": [{"id": id, "channel": portal.system, "text": "Яма", "files": files}]}
    )


def the_one(adapter: Any, id: str) -> Any:
    found: list[Any] = []
    wait_for(lambda: found.extend(drain(adapter)) or any(id.encode() in one.body for one in found))
    return next(one for one in found if id.encode() in one.body)


@pytest.mark.parametrize("torn", [0, 2])
def test_a_file_on_the_server_goes_into_the_store(portal: Portal, torn: int) -> None:
    portal.control(aside=True, ftp_torn={"next": torn, "match": "RETR"})
    appeal_with_file(portal, f"f-down-{torn}")
    document = the_one(portal.build(attachments=ftp(portal)), f"f-down-{torn}")
    assert not document.fault
    (file,) = etree.fromstring(document.body).iterfind("{urn:tsur:smev:files}Files/{urn:tsur:smev:files}File")
    kept = portal.stored[file.get("digest")]
    assert (kept[:4], len(kept), file.get("type")) == (b"%PDF", int(file.get("size")), "application/pdf")
    assert len(kept) > 300_000


def test_a_server_that_is_away_leaves_the_message_in_the_queue(portal: Portal) -> None:
    portal.control(aside=True, ftp_outage=True, visibility=0.2)
    appeal_with_file(portal, "f-wait")
    adapter = portal.build(attachments=ftp(portal))
    assert isinstance(caught(lambda: drain(adapter)), Unavailable)
    portal.control(ftp_outage=False)
    assert not the_one(adapter, "f-wait").fault


@pytest.mark.parametrize("how", ["spoilt", "no server", "gone"])
def test_a_file_that_cannot_be_trusted_or_got_is_for_a_person(portal: Portal, how: str) -> None:
    portal.control(aside=True, ftp_spoilt=how == "spoilt", ftp_gone=how == "gone")
    appeal_with_file(portal, f"f-{how}")
    settings = {} if how == "no server" else {"attachments": ftp(portal)}
    document = the_one(portal.build(**settings), f"f-{how}")
    said = {"spoilt": "its Hash", "gone": "is not on SMEV's file server", "no server": "attachments.ftp"}
    assert said[how] in document.fault
    assert b"FSAttachmentsList" in document.body


@pytest.mark.parametrize("aside", [False, True])
def test_signatures_of_files_are_checked_where_that_is_asked_for(signed: Signed, aside: bool) -> None:
    """Both taken out of the signed element by the stand, as SMEV does it."""
    signed.control(file_only=1, aside=aside)
    adapter = signed.build(attachments=ftp(signed, check=True, most="5mb"))
    adapter.deliver(signed.delivery(f"f-checked-{aside}"))
    document = the_one(adapter, "urn:tsur:smev:files")
    assert not document.fault
    (file,) = signed.mapping.read("answer", document.body)[0].attachments
    assert signed.stored[file.digest].startswith(b"%PDF")


def test_our_signature_of_a_file_aside_is_proven_by_the_exchange(signed: Signed) -> None:
    give(signed, LARGE)
    receipt = signed.build(attachments=ftp(signed, sign=True)).deliver(signed.delivery("f-signed", files=1))
    (message,) = [one for one in signed.book()["effects"] if one.get("id") == receipt.number]
    assert message["signed_files"] == message["files"] == 1


@pytest.mark.parametrize("torn", [0, 1])
def test_an_upload_that_ended_unsaid_is_found_whole(ministry: Ministry, torn: int) -> None:
    """At once, and at the end of one that was resumed: nothing is sent a second time, nothing is appended twice."""
    give(ministry, LARGE)
    ministry.control(ftp_torn={"next": torn, "match": "STOR"}, ftp_mute=1)
    before = transfers(ministry, "STOR")
    receipt = ministry.build(attachments=ftp(ministry)).deliver(ministry.delivery(f"f-mute-{torn}", files=1))
    assert sent_files(ministry, receipt.number) == [facts(LARGE + b"1")]
    assert transfers(ministry, "STOR") == before + torn + 1


def test_a_download_that_ended_unsaid_is_whole(portal: Portal) -> None:
    portal.control(aside=True, ftp_mute=1)
    appeal_with_file(portal, "f-mute-down")
    before = transfers(portal, "RETR")
    document = the_one(portal.build(attachments=ftp(portal)), "f-mute-down")
    assert not document.fault
    (file,) = etree.fromstring(document.body).iterfind("{urn:tsur:smev:files}Files/{urn:tsur:smev:files}File")
    assert len(portal.stored[file.get("digest")]) == int(file.get("size"))
    assert transfers(portal, "RETR") == before + 1


@pytest.mark.parametrize("sizeless", [False, True])
def test_a_file_longer_than_we_take_is_for_a_person(portal: Portal, sizeless: bool) -> None:
    """Also when the server does not say beforehand how long it is: it would be fetched again and again."""
    portal.control(aside=True, ftp_sizeless=sizeless)
    appeal_with_file(portal, f"f-long-{sizeless}")
    rules = ftp(portal)
    rules["ftp"] |= {"most": "100kb"}
    document = the_one(portal.build(attachments=rules), f"f-long-{sizeless}")
    assert "raise `ftp.most`" in document.fault
    assert b"FSAttachmentsList" in document.body


def test_a_server_that_tells_no_sizes_gives_its_files(portal: Portal) -> None:
    portal.control(aside=True, ftp_sizeless=True)
    appeal_with_file(portal, "f-sizeless")
    assert not the_one(portal.build(attachments=ftp(portal)), "f-sizeless").fault
