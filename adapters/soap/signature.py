"""X.509 signatures of WS-Security (OASIS X.509 Certificate Token Profile 1.0; XMLDSig; exclusive c14n), RSA."""

import base64
import binascii
import hashlib
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

from adapters.settings import Missing, resolve
from adapters.soap.security import BASE64, WSSE, WSU, add_timestamp
from adapters.soap.settings import Certificate

DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
X509 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
ID = f"{{{WSU}}}Id"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"
#: By our name: signature method, digest method, hash.
ALGORITHMS: dict[str, tuple[str, str, type[hashes.HashAlgorithm]]] = {
    "rsa-sha256": (f"{_MORE}rsa-sha256", f"{_ENC}sha256", hashes.SHA256),
    "rsa-sha512": (f"{_MORE}rsa-sha512", f"{_ENC}sha512", hashes.SHA512),
    "rsa-sha1": (f"{DS}rsa-sha1", f"{DS}sha1", hashes.SHA1),  # only for old services that we call
}
_DIGESTS = {f"{_ENC}sha256": "sha256", f"{_ENC}sha512": "sha512"}
_METHODS = {f"{_MORE}rsa-sha256": hashes.SHA256, f"{_MORE}rsa-sha512": hashes.SHA512}


_WARN_DAYS = 30


class BadSignature(ValueError):
    """The message says which check failed, without a value."""


def canonicalize(element: Any, prefixes: Sequence[str] = ()) -> bytes:
    """Exclusive, without comments. `prefixes`: treated inclusively, which needs the declarations around the element."""
    if prefixes:
        element = etree.fromstring(etree.tostring(element, with_tail=False), _PARSER)
    made: bytes = etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=list(prefixes) or None,
        with_tail=False,
    )  # fmt: skip
    return made


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


class CertificateSeal:
    """Signs an envelope. Raises settings.Missing for a key or a certificate that cannot be used."""

    def __init__(self, rules: Certificate, secret: Callable[[str], str]) -> None:
        self.rules = rules
        password = resolve(rules.password, secret).encode() if rules.password else None
        self.key = _load_key(Path(rules.key), password)
        self.certificate = load_certificates(Path(rules.cert))[0]
        if self.certificate.public_key() != self.key.public_key():
            raise Missing(f"the key {rules.key} is not the one of the certificate {rules.cert}")

    def apply(self, security: Any, envelope: Any, now: datetime) -> None:
        token = etree.SubElement(security, f"{{{WSSE}}}BinarySecurityToken", EncodingType=BASE64, ValueType=X509)
        token.text = base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()
        parts = []
        if "timestamp" in self.rules.sign:
            parts.append(add_timestamp(security, now, self.rules.ttl))
        if "body" in self.rules.sign:
            parts.append(envelope.find(f"{{{etree.QName(envelope).namespace}}}Body"))
        self._sign(security, _identify(token), parts)

    def warn(self, now: datetime) -> str:
        left = (self.certificate.not_valid_after_utc - now).days
        if left >= _WARN_DAYS:
            return ""
        return f"our certificate {self.rules.cert} ends in {left} days" if left >= 0 else f"{self.rules.cert} has ended"

    def _sign(self, security: Any, token: str, parts: Sequence[Any]) -> None:
        method, digest_method, digest = ALGORITHMS[self.rules.algorithm]
        signature = etree.SubElement(security, f"{{{DS}}}Signature", nsmap={"ds": DS})
        info = etree.SubElement(signature, f"{{{DS}}}SignedInfo")
        etree.SubElement(info, f"{{{DS}}}CanonicalizationMethod", Algorithm=EXCLUSIVE)
        etree.SubElement(info, f"{{{DS}}}SignatureMethod", Algorithm=method)
        for part in parts:
            reference = etree.SubElement(info, f"{{{DS}}}Reference", URI=f"#{_identify(part)}")
            transforms = etree.SubElement(reference, f"{{{DS}}}Transforms")
            etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=EXCLUSIVE)
            etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm=digest_method)
            made = hashlib.new(digest().name, canonicalize(part)).digest()
            etree.SubElement(reference, f"{{{DS}}}DigestValue").text = base64.b64encode(made).decode()
        value = self.key.sign(canonicalize(info), PKCS1v15(), digest())
        etree.SubElement(signature, f"{{{DS}}}SignatureValue").text = base64.b64encode(value).decode()
        told = etree.SubElement(
            etree.SubElement(signature, f"{{{DS}}}KeyInfo"), f"{{{WSSE}}}SecurityTokenReference"
        )  # fmt: skip
        etree.SubElement(told, f"{{{WSSE}}}Reference", URI=f"#{token}", ValueType=X509)


def _identify(element: Any) -> str:
    name = element.get(ID)
    if name is None:
        name = f"id-{uuid.uuid4()}"
        element.set(ID, name)
    return str(name)


def check_signature(signature: Any, certificate: x509.Certificate, elements: dict[str, Any]) -> list[Any]:
    """The very elements that are proven, found among `elements` by Id. Raises BadSignature."""
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise BadSignature("the certificate's key is not RSA of 2048 bits or more")
    info = _one(signature, f"{{{DS}}}SignedInfo")
    prefixes = _read_exclusive(_one(info, f"{{{DS}}}CanonicalizationMethod"))
    method = _METHODS.get(_one(info, f"{{{DS}}}SignatureMethod").get("Algorithm"))
    if method is None:
        raise BadSignature("the signature's method is not RSA with SHA-256 or SHA-512")
    value = _decode(_one(signature, f"{{{DS}}}SignatureValue"))
    try:
        key.verify(value, canonicalize(info, prefixes), PKCS1v15(), method())
    except InvalidSignature:
        raise BadSignature("the signature is wrong") from None
    return [_check_reference(reference, elements) for reference in info.iterchildren(f"{{{DS}}}Reference")]


def _check_reference(reference: Any, elements: dict[str, Any]) -> Any:
    target = elements.get(reference.get("URI", "").removeprefix("#"))
    if target is None or not reference.get("URI", "").startswith("#"):
        raise BadSignature("a signed part is not in the message")
    transform = _one(_one(reference, f"{{{DS}}}Transforms"), f"{{{DS}}}Transform")
    name = _DIGESTS.get(_one(reference, f"{{{DS}}}DigestMethod").get("Algorithm"))
    if name is None:
        raise BadSignature("a digest's method is not SHA-256 or SHA-512")
    made = hashlib.new(name, canonicalize(target, _read_exclusive(transform))).digest()
    if made != _decode(_one(reference, f"{{{DS}}}DigestValue")):
        raise BadSignature("a signed part was changed")
    return target


def _read_exclusive(node: Any) -> list[str]:
    """Prefixes that are treated inclusively."""
    if node.get("Algorithm") != EXCLUSIVE:
        raise BadSignature("another canonicalization than the exclusive one")
    listed = node.find(f"{{{EXCLUSIVE}}}InclusiveNamespaces")
    prefixes = listed.get("PrefixList", "").split() if listed is not None else []
    return ["" if prefix == "#default" else prefix for prefix in prefixes]


def _one(node: Any, tag: str) -> Any:
    found = node.findall(tag)
    if len(found) != 1:
        raise BadSignature(f"{'no' if not found else 'more than one'} {tag.rpartition('}')[2]}")
    return found[0]


def _decode(node: Any) -> bytes:
    try:
        return base64.b64decode("".join((node.text or "").split()), validate=True)
    except (ValueError, binascii.Error):
        raise BadSignature(f"an unreadable {etree.QName(node).localname}") from None


def read_certificate(node: Any) -> x509.Certificate:
    """Of a token or an X509Certificate. Raises BadSignature."""
    try:
        return x509.load_der_x509_certificate(_decode(node))
    except ValueError:
        raise BadSignature("an unreadable certificate") from None


def load_certificates(path: Path) -> list[x509.Certificate]:
    """Of a PEM file. Raises settings.Missing."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Missing(f"the certificate {path} cannot be read ({type(error).__name__})") from None


def _load_key(path: Path, password: bytes | None) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password)
    except (OSError, ValueError, TypeError) as error:
        raise Missing(f"the key {path} cannot be read ({type(error).__name__})") from None
    if not isinstance(key, RSAPrivateKey):
        raise Missing(f"the key {path} is not an RSA key")
    return key


class Trust:
    """`certificates`: of callers, or of authorities that issued theirs directly."""

    def __init__(self, folder: str) -> None:
        paths = sorted(Path(folder).glob("*.pem")) if Path(folder).is_dir() else []
        self.certificates = [one for path in paths for one in load_certificates(path)]
        if not self.certificates:
            raise Missing(f"the folder {folder} of trusted certificates holds no *.pem")

    def check(self, certificate: x509.Certificate, now: datetime) -> None:
        """Raises BadSignature."""
        if not _is_valid(certificate, now):
            raise BadSignature("the certificate is not valid now")
        if not any(certificate == known or _is_issuer(known, certificate, now) for known in self.certificates):
            raise BadSignature("the certificate is not trusted")


def _is_valid(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _is_issuer(known: x509.Certificate, certificate: x509.Certificate, now: datetime) -> bool:
    try:
        authority = known.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        certificate.verify_directly_issued_by(known)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return authority and _is_valid(known, now)
