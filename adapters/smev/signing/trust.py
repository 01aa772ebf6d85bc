"""Which certificates may sign: a directory of PEM files, end certificates and the CAs that issue them.

A CA of the directory is an anchor by itself; it must be in the directory that an end certificate is issued by.
Revocation lists are not asked for: remove a revoked certificate, or its CA, from the directory.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from adapters.smev.signing.certificate import Certificate, read_certificate
from adapters.smev.signing.faults import Fault, SignatureFault, SigningError
from adapters.smev.signing.keys import read_pem
from adapters.smev.signing.provider import Provider

_WARN_DAYS = (1, 7, 30)
_KEPT = 1000


@dataclass
class Trust:
    certificates: tuple[Certificate, ...]
    _issued: dict[bytes, Certificate] = field(default_factory=dict, repr=False)  # proven: certificate → its issuer

    @classmethod
    def open(cls, directory: Path) -> "Trust":
        """Reads every `*.pem`, `*.crt`, `*.cer` once. Raises SigningError naming the file that is wrong."""
        if not directory.is_dir():
            raise SigningError(f"{directory}: no such directory; put the trusted certificates there as PEM")
        paths = sorted(path for path in directory.iterdir() if path.suffix in (".pem", ".crt", ".cer"))
        return cls(tuple(one for path in paths for one in read_certificates(path)))

    def check(self, certificate: Certificate, provider: Provider, now: datetime) -> None:
        """Raises SignatureFault: CertificateIsNotFound or CertificateIsExpired."""
        issuer = self._find_issuer(certificate, provider)
        for one in (certificate, issuer):
            if not one.not_before <= now <= one.not_after:
                raise SignatureFault(Fault.expired, f"certificate {one.label} is not valid at {now:%Y-%m-%d %H:%M}Z")

    def _find_issuer(self, certificate: Certificate, provider: Provider) -> Certificate:
        """The certificate itself when it is in the directory."""
        if not certificate.may_sign:
            raise SignatureFault(Fault.no_certificate, f"certificate {certificate.label} is not meant for signatures")
        if any(one.der == certificate.der for one in self.certificates):
            return certificate
        if certificate.der not in self._issued:
            if len(self._issued) >= _KEPT:
                self._issued.clear()
            self._issued[certificate.der] = self._prove(certificate, provider)
        return self._issued[certificate.der]

    def _prove(self, certificate: Certificate, provider: Provider) -> Certificate:
        for issuer in self.certificates:
            fits = issuer.subject == certificate.issuer and issuer.may_issue
            if fits and issuer.public.bits == certificate.signature_bits:  # noqa: SIM102 - the costly check stands last
                if provider.verify(issuer.public, certificate.signed_part, certificate.signature):
                    return issuer
        raise SignatureFault(
            Fault.no_certificate, f"certificate {certificate.label} is neither trusted nor issued by a trusted CA"
        )


def read_certificates(path: Path) -> list[Certificate]:
    """Every certificate of a PEM file. Raises SigningError."""
    try:
        found = [read_certificate(encoded) for name, encoded in read_pem(path.read_bytes()) if name == "CERTIFICATE"]
    except OSError as error:
        raise SigningError(f"{path}: {error.strerror}; give a readable certificate file") from None
    except (ValueError, IndexError):
        raise SigningError(f"{path}: not a certificate with GOST R 34.10-2012") from None
    if not found:
        raise SigningError(f"{path}: no `BEGIN CERTIFICATE` (PEM)")
    return found


def warn_of_expiry(certificates: Iterable[Certificate], now: datetime) -> list[str]:
    """What health says: a line for each certificate that ends within 30, 7 or 1 days, or has ended."""
    return [line for one in certificates if (line := _warn(one, now))]


def _warn(certificate: Certificate, now: datetime) -> str:
    left = certificate.not_after - now
    if left < timedelta(0):
        return f"certificate {certificate.label} has expired; replace it"
    for days in _WARN_DAYS:
        if left <= timedelta(days=days):
            return f"certificate {certificate.label} ends within {days} days; order the next one"
    return ""
