"""The contract's faults, as the exchange says them."""

from typing import Any

from lxml import etree

from stand.smev.names import SOAP, Names, element

#: Every fault of the contract, with what must stand in it.
CONTENTS: dict[str, tuple[tuple[str, str], ...]] = {
    "BusinessDataTypeIsNotSupported": (("RootElementLocalName", "?"), ("RootElementNamespaceURI", "?")),
    "InvalidContent": (("ValidationError", "?"),),
    "UnknownMessageType": (),
    "TransactionCodeInvalid": (),
    "MessageIsAlreadySent": (),
    "InvalidMessageIdFormat": (),
    "StaleMessageId": (),
    "AttachmentContentMiscoordination": (),
    "AttachmentSizeLimitExceeded": (("PermittedTotalAttachmentSize", "5242880"), ("RealTotalAttachmentSize", "0")),
    "QuoteLimitExceeded": (("RemainedTotalQuoteSize", "0"), ("RealTotalAttachmentSize", "0")),
    "AccessDenied": (),
    "SignatureVerificationFault": (("SignatureVerificationFault", "SignatureIsInvalid"),),
    "SMEVFailure": (),
    "IncorrectResponseContentType": (),
    "RecipientIsNotFound": (),
    "SenderIsNotRegistered": (),
    "RequestIsNotFound": (),
    "TargetMessageIsNotFound": (),
    "DestinationOverflow": (("MessageBrokerAddress", "?"), ("DestinationName", "?")),
    "EndOfLifeReached": (),
}


class Fault(Exception):
    """`told`: contents of the detail's elements, by their names."""

    def __init__(self, name: str, **told: str) -> None:
        super().__init__(name)
        self.name, self.told = name, told


def write_fault(fault: Fault, names: Names) -> Any:
    """soap:Fault. Contract 1.3 has no fault elements: its code stands in a SmevFault."""
    if names.version == "1.3":
        return _soap(fault, element(names.basic, "SmevFault", element(names.basic, "Code", text=fault.name)))
    children = [
        element(names.faults, name, text=fault.told.get(name, sample), **_attributes(name))
        for name, sample in CONTENTS[fault.name]
    ]
    return _soap(fault, element(names.faults, fault.name, *children))


def _attributes(name: str) -> dict[str, str]:
    return {"errorPosition": "1"} if name == "ValidationError" else {}


def _soap(fault: Fault, told: Any) -> Any:
    made = etree.Element(f"{{{SOAP}}}Fault", nsmap={"soap": SOAP})
    etree.SubElement(made, "faultcode").text = "soap:Server"
    etree.SubElement(made, "faultstring").text = fault.name
    etree.SubElement(made, "detail").append(told)
    return made
