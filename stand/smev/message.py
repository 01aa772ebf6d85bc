"""What the exchange itself writes: metadata, requests, responses, statuses."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from stand.smev.names import SOAP, Names, element, local, space, text_of

#: AttachmentHeaderList and RefAttachmentHeaderList, then FSAttachmentsList; each may be None.
Headers = tuple[Any, Any, Any]
NO_FILES: Headers = (None, None, None)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request or response as its sender provided it. `data`: the signed element."""

    names: Names
    sender: str  # mnemonic
    data: Any
    content: Any  # the business root, or the RequestStatus … of a response
    files: Mapping[str, bytes] = field(default_factory=dict)  # attachment's id or uuid → content

    @property
    def id(self) -> str:
        return text_of(self.data, "MessageID")

    @property
    def node(self) -> str:
        return text_of(self.data, "NodeID")

    @property
    def type(self) -> tuple[str, str]:
        """Namespace and local name of the content."""
        return space(self.content), local(self.content)


def make_uuid() -> str:
    return str(uuid.uuid1())


def write_now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def write_envelope(content: Any) -> Any:
    made = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    etree.SubElement(made, f"{{{SOAP}}}Body").append(content)
    return made


def write_metadata(names: Names, kind: str, id: str, sender: str, status: str) -> Any:
    """As published replies of 1.2 are: without DestinationName and SupplementaryData, which its schema demands."""
    return element(
        names.types,
        "MessageMetadata",
        element(names.types, "MessageId", text=id),
        element(names.types, "MessageType", text=kind),
        element(names.types, "Sender", element(names.types, "Mnemonic", text=sender)),
        element(names.types, "SendingTimestamp", text=write_now()),
        element(names.types, "Status", text=status),
        Id="METADATA",
    )


def write_request(names: Names, id: str, content: Any, sender: str, reply_to: str, files: Headers = NO_FILES) -> Any:
    data = element(
        names.types,
        "SenderProvidedRequestData",
        element(names.types, "MessageID", text=id),
        element(names.types, "ReferenceMessageID", text=id),
        element(names.types, "TransactionCode", text=id),
        element(names.basic, "MessagePrimaryContent", content),
        *files[:2],
        Id="SIGNED_BY_CONSUMER",
    )
    metadata = write_metadata(names, "REQUEST", id, sender, "underProcessing")
    return element(names.types, "Request", data, metadata, files[2], element(names.types, "ReplyTo", text=reply_to),
                   Id="SIGNED_BY_SMEV")  # fmt: skip


def write_response(names: Names, request: Sent, content: Any, sender: str, files: Headers = NO_FILES) -> Any:
    """`content`: a business root, RequestRejected, RequestStatus or AsyncProcessingStatus."""
    own = space(content) == names.types
    id = make_uuid()
    data = element(
        names.types,
        "SenderProvidedResponseData",
        element(names.types, "MessageID", text=id),
        element(names.types, "To", text=f"{request.sender}/{request.id}"),
        content if own else element(names.basic, "MessagePrimaryContent", content),
        *files[:2],
        Id="SIGNED_BY_PROVIDER",
    )
    original = element(names.types, "OriginalMessageId", text=request.id)
    metadata = write_metadata(names, "RESPONSE", id, sender, "responseIsDelivered")
    return element(names.types, "Response", original, data, metadata, files[2], Id="SIGNED_BY_SMEV")


def write_status(names: Names, original: str, category: str, details: str, code: str = "") -> Any:
    """An AsyncProcessingStatus; with a code, why the message was rejected."""
    said = element(names.basic, "Code", text=code), element(names.basic, "Description", text=details)
    return element(
        names.types,
        "AsyncProcessingStatus",
        element(names.types, "OriginalMessageId", text=original),
        element(names.types, "StatusCategory", text=category),
        element(names.types, "StatusDetails", text=details),
        element(names.types, "SmevFault", *said) if code else None,
    )
