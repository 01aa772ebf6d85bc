"""Checks a signature on the bytes received and hands out the very element that it covers.

Where signature and element sit is given by the contract, never searched for by Id, so a signed element that was moved
elsewhere is of no use. What the digest does not see (comments, blank texts beside processing instructions) is taken
out of the element as well, so that nobody reads another text than was signed.
"""

import base64
import binascii
import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from adapters.smev.signing.algorithms import C14N, DIGEST_URI, DS, SIGNATURE_URI, TRANSFORM
from adapters.smev.signing.certificate import Certificate, read_certificate
from adapters.smev.signing.faults import Fault, SignatureFault, TransformError
from adapters.smev.signing.parsing import parse
from adapters.smev.signing.provider import Provider
from adapters.smev.signing.transform import transform
from adapters.smev.signing.trust import Trust

Path = tuple[str, ...]
XOP = "http://www.w3.org/2004/08/xop/include"
_holds_unseen = etree.XPath("boolean(.//comment() | .//processing-instruction())")
_BITS_BY_SIGNATURE = {uri: bits for bits, uri in SIGNATURE_URI.items()}
_BITS_BY_DIGEST = {uri: bits for bits, uri in DIGEST_URI.items()}


@dataclass(frozen=True, slots=True)
class Place:
    """`container`: from the root's children down to the element that holds ds:Signature. `targets`: what it may sign,
    each from the container's parent down; `*` is any one element."""

    container: Path
    targets: tuple[Path, ...]


@dataclass(frozen=True)
class Verified:
    """`element` belongs to the parsed document; `digested`: the bytes that were digested."""

    element: Any
    certificate: Certificate
    digested: bytes = field(repr=False)


def verify(document: bytes, place: Place, trust: Trust, provider: Provider, now: datetime | None = None) -> Verified:
    """Raises SignatureFault; SigningError when the provider cannot work."""
    return Received(document).verify(place, trust, provider, now)


class Received:
    """A document as it arrived, parsed once. `root` may be read for routing; what counts comes from `verify`."""

    def __init__(self, document: bytes) -> None:
        try:
            self.root = parse(document)
        except TransformError as error:
            raise SignatureFault(Fault.poor_envelope, str(error)) from None

    def verify(self, place: Place, trust: Trust, provider: Provider, now: datetime | None = None) -> Verified:
        """Raises SignatureFault."""
        container = self._only(self.root, place.container)
        signature = self._signature(container)
        found = [one for path in place.targets for one in _descend(container.getparent(), path)]
        return self.check(signature, found, trust, provider, now)

    def check(
        self, signature: Any, allowed: Sequence[Any], trust: Trust, provider: Provider, now: datetime | None = None
    ) -> Verified:
        """The same for a ds:Signature and the elements it may sign."""
        if _holds_unseen(signature):
            raise SignatureFault(Fault.poor_envelope, "a processing instruction or comment inside ds:Signature")
        info = _child(signature, "SignedInfo")
        bits, digest_bits, digest, reference = _read_info(info)
        target = self._target(reference, allowed, signature)
        try:
            digested = transform(target)
        except TransformError as error:
            raise SignatureFault(Fault.invalid, str(error)) from None
        certificate = read_signer(signature)
        if certificate.public.bits != bits:
            raise SignatureFault(Fault.invalid, "the certificate's key has another size than SignatureMethod says")
        trust.check(certificate, provider, now or datetime.now(UTC))
        if not hmac.compare_digest(provider.digest(digest_bits, digested), digest):
            raise SignatureFault(Fault.invalid, f"element `{reference}` was changed: its digest differs{_hint(target)}")
        canonical = etree.tostring(info, method="c14n", exclusive=True, with_comments=False)
        if not provider.verify(certificate.public, canonical, _decode(_child(signature, "SignatureValue"))):
            raise SignatureFault(Fault.invalid, f"SignatureValue does not fit certificate {certificate.label}")
        _prune(target)
        return Verified(target, certificate, digested)

    def _target(self, reference: str, allowed: Sequence[Any], signature: Any) -> Any:
        if self._ids()[reference] > 1:
            raise SignatureFault(Fault.wrong_target, f"several elements have the Id `{reference}`")
        for element in allowed:
            if element.get("Id") == reference and element not in signature.iterancestors():
                return element
        raise SignatureFault(Fault.wrong_target, f"`{reference}` is not an element that this signature has to cover")

    def _ids(self) -> Counter[str]:
        """Everything that anybody might take for an Id."""
        return Counter(
            value
            for element in self.root.iter(etree.Element)
            for name, value in element.items()
            if name.rpartition("}")[2].lower() == "id"
        )

    def _only(self, root: Any, path: Path) -> Any:
        found = _descend(root, path)
        if not found:
            raise SignatureFault(Fault.no_signature, f"no element `{_local(path[-1])}` in its place")
        if len(found) > 1:
            raise SignatureFault(Fault.poor_envelope, f"several elements `{_local(path[-1])}`")
        return found[0]

    def _signature(self, container: Any) -> Any:
        found = container.findall(f"{{{DS}}}Signature")
        if len(found) != 1 or len(container) != 1:
            code = Fault.no_signature if not found else Fault.poor_envelope
            raise SignatureFault(code, f"{len(found)} ds:Signature in `{_local(container.tag)}` where one belongs")
        return found[0]


def _descend(element: Any, path: Path) -> list[Any]:
    found = [element]
    for name in path:
        found = [child for one in found for child in one.iterchildren(etree.Element) if name in ("*", child.tag)]
    return found


def _read_info(info: Any) -> tuple[int, int, bytes, str]:
    """(signature bits, digest bits, digest, Id) of a SignedInfo of exactly the form that the contract allows."""
    _expect_algorithm(_child(info, "CanonicalizationMethod"), C14N)
    method = _child(info, "SignatureMethod").get("Algorithm")
    reference = _child(info, "Reference")
    transforms = list(_child(reference, "Transforms"))
    if [one.get("Algorithm") for one in transforms] != [C14N, TRANSFORM]:
        raise SignatureFault(Fault.invalid, "the transforms are not exclusive c14n and then SMEV's")
    for one in transforms:
        _expect_algorithm(one, one.get("Algorithm"))
    digest_method = _child(reference, "DigestMethod").get("Algorithm")
    if method not in _BITS_BY_SIGNATURE or digest_method not in _BITS_BY_DIGEST:
        raise SignatureFault(Fault.invalid, "a signature or digest algorithm other than GOST R 34.10-2012, 34.11-2012")
    uri = reference.get("URI") or ""
    if not uri.startswith("#") or len(uri) == 1:
        raise SignatureFault(Fault.wrong_target, "the Reference does not name an element of this document")
    digest = _decode(_child(reference, "DigestValue"))
    return _BITS_BY_SIGNATURE[method], _BITS_BY_DIGEST[digest_method], digest, uri[1:]


def _expect_algorithm(element: Any, algorithm: str) -> None:
    if element.get("Algorithm") != algorithm or len(element):
        raise SignatureFault(Fault.invalid, f"`{_local(element.tag)}` with another algorithm or with parameters")


def read_signer(signature: Any) -> Certificate:
    """The one certificate inside a ds:Signature; nobody has trusted it yet. Raises SignatureFault."""
    found = signature.findall(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate")
    if len(found) != 1:
        raise SignatureFault(Fault.no_certificate, f"{len(found)} X509Certificate where one belongs")
    try:
        return read_certificate(_decode(found[0]))
    except (ValueError, IndexError) as error:
        raise SignatureFault(Fault.no_certificate, f"X509Certificate is not readable: {error}") from None


def _child(parent: Any, name: str) -> Any:
    found = parent.findall(f"{{{DS}}}{name}")
    if len(found) != 1:
        raise SignatureFault(Fault.invalid, f"{len(found)} `{name}` where one belongs")
    return found[0]


def _decode(element: Any) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureFault(Fault.invalid, f"`{_local(element.tag)}` is not base64") from None


def _prune(element: Any) -> None:
    """Takes processing instructions out, with the blank texts beside them, as the digest did."""
    instructions = list(element.iter(etree.ProcessingInstruction))
    for node in instructions:
        before, parent = node.getprevious(), node.getparent()
        text = parent.text if before is None else before.tail
        kept = "".join(part for part in (text, node.tail) if part and part.strip(" \t\r\n"))
        node.tail = None
        parent.remove(node)
        if before is None:
            parent.text = kept or None
        else:
            before.tail = kept or None


def _hint(element: Any) -> str:
    if element.find(f".//{{{XOP}}}Include") is None:
        return ""
    return "; it holds an xop:Include, so check the whole MTOM package as it came"


def _local(name: str) -> str:
    return name.rpartition("}")[2]
