"""Why a signature is refused, in the contract's own words, and what is wrong on our own side."""

from enum import StrEnum


class Fault(StrEnum):
    """SignatureVerificationFault of the message-exchange contract 1.1–1.3."""

    poor_envelope = "PoorSOAPEnvelopeFormat"
    no_signature = "NoSignatureFound"
    wrong_target = "IncorrectSignatureTarget"
    invalid = "SignatureIsInvalid"
    no_certificate = "CertificateIsNotFound"
    expired = "CertificateIsExpired"


class SignatureFault(Exception):
    """What was received is not signed as it must be. `code` is the contract's name of the reason."""

    def __init__(self, code: Fault, detail: str) -> None:
        super().__init__(f"{code.value}: {detail}")
        self.code = code
        self.detail = detail


class SigningError(Exception):
    """We cannot sign or check: a missing engine, a wrong key or certificate file. The text names the remedy."""


class TransformError(ValueError):
    """A document that the SMEV transform refuses. The text names the place and the reason."""
