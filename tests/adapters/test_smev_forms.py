"""Everything a message may carry, in every version of the contract: the exchange proves what is signed by libgcrypt."""

from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from adapters.errors import Refused
from adapters.smev import envelope
from adapters.smev.settings import CHANGES, Settings
from tests.adapters.contract.subject import caught, wait_for
from tests.adapters.test_smev import Ministry, ministry, signer
from tests.adapters.test_smev_ftp import ftp
from tests.adapters.test_smev_signed import Signed, signed

__all__ = ["ministry", "signed", "signer"]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The bodies of all calls, as they were held to the schema."""
    calls: list[Any] = []
    held = envelope.validate

    def note(call: Any, version: str, where: str) -> None:
        held(call, version, where)
        calls.append(etree.fromstring(etree.tostring(call)))

    monkeypatch.setattr(envelope, "validate", note)
    yield calls


def names_of(call: Any, element: str) -> list[str]:
    (found,) = call.iter(f"{{*}}{element}")
    return [etree.QName(one).localname for one in found]


def personal(signed: Signed, **signing: Any) -> dict[str, Any]:
    places = {"key": "key.pem", "certificate": "own.pem", "trust": "trust"}
    made = {name: str(signed.folder / place) for name, place in places.items()}
    return made | {"personal": {"key": made["key"], "certificate": made["certificate"]}}


@pytest.mark.parametrize("version", ["1.1", "1.2", "1.3"])
def test_everything_at_once(signed: Signed, sent: list[Any], version: str) -> None:
    routing = {"routing": {"dynamic": ["r1", "r2"], "identifiers": ["X01"]}} if version == "1.3" else {}
    signed.stored |= {"1" * 8: b"%PDF" + bytes(5000), "2" * 8: b"%PDF small"}
    adapter = signed.build(
        contract=version, test_message="true", eol="1d", node="n", transaction_code="7", signing=personal(signed),
        attachments=ftp(signed, most="1000", sign="true"), **routing,
    )  # fmt: skip
    delivery = signed.delivery(f"v-{version}", files=2)
    delivery.plan.calls[0].body.tree["attributes"]["Id"] = "PERSONAL_SIGNATURE"  # type: ignore[union-attr]
    receipt = adapter.deliver(delivery)
    assert signed.effects(f"v-{version}") == 1
    (message,) = [one for one in signed.book()["effects"] if one.get("id") == receipt.number]
    assert message["signed_files"] == message["files"] == 2
    assert names_of(sent[0], "SenderProvidedRequestData") == [
        "MessageID", *(["ReferenceMessageID"] if version == "1.2" else []), "TransactionCode", "NodeID", "EOL",
        "MessagePrimaryContent", "PersonalSignature", "AttachmentHeaderList", "RefAttachmentHeaderList", "TestMessage",
    ]  # fmt: skip
    last = names_of(sent[0], "SendRequestRequest")[-1]
    assert last == ("Routing" if version == "1.3" else "CallerInformationSystemSignature")


def test_a_personal_signature_needs_an_id_at_the_root(signed: Signed) -> None:
    adapter = signed.build(signing=personal(signed))
    error = caught(lambda: adapter.deliver(signed.delivery("v-no-id")))
    assert isinstance(error, Refused)
    assert "PERSONAL_SIGNATURE" in str(error)


def test_a_routing_of_one_call_replaces_the_configured_one(ministry: Ministry, sent: list[Any]) -> None:
    adapter = ministry.build(contract="1.3", routing={"identifiers": ["X01"]})
    delivery = ministry.delivery("v-routed")
    delivery.plan.calls[0].headers["RoutingIdentifier"] = "Y02 Y03"
    adapter.deliver(delivery)
    assert [one.text for one in sent[0].iter("{*}IdentifierValue")] == ["Y02", "Y03"]
    assert not list(sent[0].iter("{*}DynamicRouting"))


def test_headers_of_a_call_replace_what_is_configured(ministry: Ministry, sent: list[Any]) -> None:
    told = {"NodeID": "other", "TransactionCode": "9", "ReferenceMessageID": "5ebd6d00-c92e-11f0-8de9-0242ac120002",
            "EOL": "2100-01-01T00:00:00+05:00", "TestMessage": "true"}  # fmt: skip
    delivery = ministry.delivery("v-headers")
    delivery.plan.calls[0].headers.update(told)
    ministry.build().deliver(delivery)
    (data,) = sent[0].iter("{*}SenderProvidedRequestData")
    assert {name: data.findtext(f"{{*}}{name}") for name in told} == told | {"TestMessage": ""}


@pytest.mark.parametrize("kind", ["message/rfc822", "text/plain; charset=utf-8", "", "image/x_raw"])
def test_a_media_type_that_the_contract_does_not_know_is_just_bytes(
    ministry: Ministry, sent: list[Any], kind: str
) -> None:
    delivery = ministry.delivery(f"v-{len(kind)}", files=1)
    files = tuple(one.model_copy(update={"media_type": kind}) for one in delivery.files)
    ministry.build().deliver(delivery.model_copy(update={"files": files}))
    assert [one.text for one in sent[0].iter("{*}MimeType")] == ["application/octet-stream"]


def test_health_tells_what_waits(ministry: Ministry, sent: list[Any]) -> None:
    adapter = ministry.build(node="n")
    adapter.deliver(ministry.delivery("v-health"))
    wait_for(lambda: "waiting in responses" in adapter.check_health().detail)
    (asked, *_) = [one for one in sent if one.tag.endswith("GetIncomingQueueStatisticsRequest")]
    assert [etree.QName(one).localname for one in asked][:2] == ["NodeID", "Timestamp"]


def test_an_exchange_without_statistics_is_healthy(ministry: Ministry) -> None:
    ministry.control(smev_fault={"share": 1, "name": "UnknownMessageType", "match": "GetIncomingQueueStatistics"})
    assert ministry.build().check_health().ok
    ministry.control(smev_fault={"share": 1, "name": "AccessDenied", "match": "GetIncomingQueueStatistics"})
    assert not ministry.build().check_health().ok


@pytest.mark.parametrize("half", ["namespace", "root"])
def test_a_message_type_is_chosen_by_both_names_or_not_at_all(half: str) -> None:
    with pytest.raises(ValueError, match="both `namespace` and `root`"):
        CHANGES.validate_python({"by": "queue", "take": "requests", half: "urn:x"})


def test_routing_is_of_the_third_version_only(ministry: Ministry) -> None:
    with pytest.raises(ValueError, match=r'contract "1\.3" only'):
        Settings.model_validate(dict(ministry.mapping.settings) | {"routing": {"identifiers": ["X01"]}})
