"""SMEV 3 signatures: the transform, XMLDSig and PKCS#7 with GOST R 34.10-2012 and Streebog.

Everything a neighbour needs is here:

    provider = open_provider("engine")                      # or "python", or "command:/path/to/tool --its options"
    signer = Signer.open(key_path, certificate_path, provider)
    signature = signer.sign(element)                        # lxml ds:Signature for an element with an Id attribute
    container.append(signature)

    trust = Trust.open(directory)                           # PEM files: end certificates and CAs
    verified = verify(document, place, trust, provider, now)  # bytes as received, before anybody parses them
    verified.element, verified.certificate                  # the very element that was signed

    der = detached_sign(content, signer)                    # PKCS#7 of an attachment
    certificate = detached_verify(content, der, trust, provider, now)

`Place` says where the signature sits and what it may sign, as paths of Clark names:

    Place(container=("{soap}Body", "{types}SendRequestRequest", "{types}CallerInformationSystemSignature"),
          targets=(("{types}SenderProvidedRequestData",),))

`container` goes down from the document's root (the Envelope); each `targets` path goes down from the container's
parent; `*` is any one element. PersonalSignature: `targets=(("{basic}MessagePrimaryContent", "*"),)`.
A document with several signatures is parsed once: `Received(document)` and then `received.verify(place, …)`.

Refusals are `SignatureFault` with `.code`, one of the contract's names: PoorSOAPEnvelopeFormat, NoSignatureFound,
IncorrectSignatureTarget, SignatureIsInvalid, CertificateIsNotFound, CertificateIsExpired. What is wrong on our own
side (no engine, a wrong key file) is `SigningError`, with the remedy in its text.
"""

from adapters.smev.signing.certificate import Certificate
from adapters.smev.signing.cms import detached_sign, detached_verify
from adapters.smev.signing.faults import Fault, SignatureFault, SigningError, TransformError
from adapters.smev.signing.provider import Provider, open_provider
from adapters.smev.signing.sealing import choose_provider, open_seal
from adapters.smev.signing.signature import Signer
from adapters.smev.signing.transform import transform, transform_document
from adapters.smev.signing.trust import Trust, warn_of_expiry
from adapters.smev.signing.verification import Place, Received, Verified, verify

__all__ = [
    "Certificate",
    "Fault",
    "Place",
    "Provider",
    "Received",
    "SignatureFault",
    "Signer",
    "SigningError",
    "TransformError",
    "Trust",
    "Verified",
    "choose_provider",
    "detached_sign",
    "detached_verify",
    "open_provider",
    "open_seal",
    "transform",
    "transform_document",
    "verify",
    "warn_of_expiry",
]
