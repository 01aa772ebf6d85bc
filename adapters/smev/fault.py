"""What the contract's faults mean: come again, never, or «you already sent it»."""

from typing import Any

from adapters import outcome
from adapters.errors import AdapterError, Refused, Unavailable
from adapters.smev.names import SOAP, child_of, local_name, text_of

#: Nothing was taken: the same message, with the same id, again later.
RETRY = frozenset({"DestinationOverflow", "SMEVFailure"})
ALREADY_SENT = "MessageIsAlreadySent"
NOT_WAITING = "TargetMessageIsNotFound"
#: Not every installation has it; it says so with one of these.
OPTIONAL = frozenset({"GetIncomingQueueStatistics"})
UNSERVED = frozenset({"UnknownMessageType", "Client", "VersionMismatch"})
#: Permanent ones, and what a person can do.
REMEDIES = {
    "AccessDenied": "ask the operator of SMEV for access to this message type",
    "AttachmentContentMiscoordination": "the attachments do not fit their headers",
    "AttachmentSizeLimitExceeded": "set `attachments.most` to what SMEV permits; larger files go by `attachments.ftp`",
    "BusinessDataTypeIsNotSupported": "check the namespace and root of the mapping's `xml:`",
    "EndOfLifeReached": "the message was too late; set a longer `eol`",
    "IncorrectResponseContentType": "the root of the mapping's `xml:` is not the response of this message type",
    "InvalidContent": "check the mapping's `xml:` against the schema of this message type",
    "InvalidMessageIdFormat": "a UUID of version 1 is expected",
    "QuoteLimitExceeded": "ask the operator of SMEV for more room for files",
    "RecipientIsNotFound": "`To:` must be the ReplyTo of the request",
    "RequestIsNotFound": "SMEV does not know the request that is answered",
    "SenderIsNotRegistered": "register the certificate with the operator of SMEV",
    "SignatureVerificationFault": "check `signing.key` and `signing.certificate`, and their term",
    "StaleMessageId": "check this machine's clock; after making sure that it did not arrive, resend",
    "TargetMessageIsNotFound": "it was acknowledged already",
    "TransactionCodeInvalid": "check `transaction_code`",
    "UnknownMessageType": "check the namespace and root of the mapping",
}


class AlreadySent(Exception):
    """The message arrived with an earlier attempt."""


class NotWaiting(Exception):
    """There is no such message to acknowledge: it was acknowledged before."""


class NotServed(Exception):
    """The installation does not know an operation that it need not have."""


def read_fault(body: Any) -> str | None:
    """The code of a soap:Fault, `A.B` where the detail says more; None: the body is none."""
    fault = body[0] if len(body) and body[0].tag == f"{{{SOAP}}}Fault" else None
    if fault is None:
        return None
    detail = child_of(fault, "detail")
    told = next((node for node in detail if isinstance(node.tag, str)), None) if detail is not None else None
    if told is None:
        return outcome.to_code(text_of(fault, "faultcode").rpartition(":")[2])
    code = text_of(told, "Code") if local_name(told) == "SmevFault" else local_name(told)
    more = text_of(told, "SignatureVerificationFault")
    return outcome.to_code(f"{code}.{more}" if more else code)


def of_fault(where: str, code: str) -> AdapterError | AlreadySent | NotWaiting:
    """An unknown code is for later: every call of ours may be repeated."""
    kind = code.partition(".")[0]
    if kind == ALREADY_SENT:
        return AlreadySent()
    if kind == NOT_WAITING:
        return NotWaiting()
    if kind in REMEDIES:
        return Refused(f"{where}: SMEV refused: {code}; {REMEDIES[kind]}", code)
    return Unavailable(f"{where}: SMEV failed: {code}")
