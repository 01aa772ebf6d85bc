"""`tsur smev`: signatures of SMEV 3 by hand, as an integration engineer needs them."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.output import fail

if TYPE_CHECKING:
    from adapters.smev.signing import Trust, Verified
    from adapters.smev.signing.issuing import Issuer
    from adapters.smev.signing.provider import Provider

File = Annotated[Path, typer.Argument(help="an XML file", exists=True, dir_okay=False)]
ProviderName = Annotated[
    str, typer.Option("--provider", help="engine, python (slow), auto (the first that works) or command:TOOL")
]
_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
smev = typer.Typer(no_args_is_help=True, help="SMEV 3 signatures: transform, sign, verify, test keys.")


def register(app: typer.Typer) -> None:
    app.add_typer(smev, name="smev")


@smev.command("transform")
def transform(file: File) -> None:
    """Write to stdout exactly what a Reference to the file's root element digests."""
    from adapters.smev.signing import TransformError, transform_document

    try:
        sys.stdout.buffer.write(transform_document(file.read_bytes()))
    except TransformError as error:
        raise fail(f"{file}: {error}") from None


@smev.command("sign")
def sign(
    file: File,
    key: Annotated[Path, typer.Option("--key", help="PKCS#8 PEM, or the name that command: knows")],
    certificate: Annotated[Path, typer.Option("--cert", help="PEM")],
    id_: Annotated[
        str, typer.Option("--id", help="the element's Id; unless given, what the caller signs, else the root")
    ] = "",
    alone: Annotated[bool, typer.Option("--alone", help="write only the ds:Signature, not the message")] = False,
    provider: ProviderName = "engine",
) -> None:
    """Write to stdout the message with its signature in place: in the empty container beside the signed element, else
    in a new CallerInformationSystemSignature. A signed root has nothing beside it: then only the ds:Signature."""
    from lxml import etree

    from adapters.smev.signing import Signer, SigningError, TransformError, choose_provider
    from adapters.smev.signing.parsing import parse_large
    from adapters.smev.signing.placing import find_signed, place

    try:
        root = parse_large(file.read_bytes())
        signer = Signer.open(key, certificate, choose_provider(provider))
        element = find_signed(root, id_)
        signature = signer.sign(element)
        whole = not alone and place(element, signature)
        sys.stdout.buffer.write(etree.tostring(root if whole else signature, encoding="utf-8") + b"\n")
    except (TransformError, SigningError) as error:
        raise fail(f"{file}: {error}") from None


@smev.command("verify")
def verify(
    file: File,
    trust: Annotated[Path | None, typer.Option("--trust", help="directory of trusted PEM certificates")] = None,
    at: Annotated[
        datetime | None, typer.Option("--at", help="UTC: check terms as of then, not of now", formats=_TIMES)
    ] = None,
    provider: ProviderName = "engine",
) -> None:
    """Check every signature of the file: which element, which certificate, what failed. Exit code 1 if any fails.

    The file is XML, or the body of an MTOM package as it came. Without --trust each certificate is taken at its word:
    that proves integrity, not who signed. Its term counts all the same.
    """
    from adapters.smev.package import Broken, read_document
    from adapters.smev.signing import Received, SignatureFault, SigningError, Trust, choose_provider
    from adapters.smev.signing.algorithms import DS

    try:
        chosen, known = choose_provider(provider), Trust.open(trust) if trust else None
        received = Received(read_document(file.read_bytes()))
        signatures = list(received.root.iter(f"{{{DS}}}Signature"))
    except (SignatureFault, SigningError, Broken) as error:
        raise fail(f"{file}: {error}") from None
    if not signatures:
        raise fail(f"{file}: NoSignatureFound: the file holds no ds:Signature")
    when = at.replace(tzinfo=UTC) if at else None
    good = [_report(received, one, known, chosen, when) for one in signatures]
    raise typer.Exit(0 if all(good) else 1)


@smev.command("keygen")
def keygen(
    folder: Annotated[Path, typer.Argument(help="where NAME.key.pem and NAME.cert.pem go")],
    name: Annotated[str, typer.Option(help="file name and the certificate's common name")] = "test",
    bits: Annotated[int, typer.Option(help="256 or 512")] = 256,
    days: Annotated[int, typer.Option(help="term")] = 365,
    ca: Annotated[str, typer.Option("--ca", help="issue with the CA of this name in the folder")] = "",
    make_ca: Annotated[bool, typer.Option("--make-ca", help="make a CA")] = False,
    provider: ProviderName = "engine",
) -> None:
    """Make a test key and its certificate, self-signed or issued by a test CA. Never for production."""
    from adapters.smev.signing import SigningError, choose_provider
    from adapters.smev.signing.issuing import Wish, make_pair

    if bits not in (256, 512):
        raise typer.BadParameter("--bits is 256 or 512")
    folder.mkdir(parents=True, exist_ok=True)
    key, certificate = _pair(folder, name)
    try:
        chosen = choose_provider(provider)
        issuer = _issuer(folder, ca, chosen) if ca else None
        made = make_pair(key, certificate, Wish(name, bits, days, make_ca), chosen, issuer)
    except SigningError as error:
        raise fail(str(error)) from None
    typer.echo(f"{key}\n{certificate}: {made.label}\nmade by the provider {chosen.name}")


def _pair(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.key.pem", folder / f"{name}.cert.pem"


def _issuer(folder: Path, name: str, provider: "Provider") -> "Issuer":
    from adapters.smev.signing.issuing import Issuer
    from adapters.smev.signing.trust import read_certificates

    key, certificate = _pair(folder, name)
    return Issuer(provider.open_key(key), read_certificates(certificate)[0])


def _report(received: Any, signature: Any, trust: "Trust | None", provider: "Provider", at: datetime | None) -> bool:
    from adapters.smev.signing import SignatureFault, SigningError

    where = f"line {signature.sourceline}: signature"
    try:
        verified = _check(received, signature, trust, provider, at)
    except (SignatureFault, SigningError) as error:
        typer.echo(f"{where}: {error}")
        return False
    certificate = verified.certificate
    in_term = certificate.not_before <= (at or datetime.now(UTC)) <= certificate.not_after
    term = f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
    word = "valid" if in_term else f"CertificateIsExpired: its term is {term}; what it signed is intact"
    word += "" if trust else " (certificate not checked: no --trust)"
    typer.echo(f"{where}: {word}; element {verified.element.tag} Id={verified.element.get('Id')}")
    typer.echo(f"    certificate {certificate.label}, sha256 {certificate.fingerprint}")
    return in_term


def _check(
    received: Any, signature: Any, trust: "Trust | None", provider: "Provider", at: datetime | None
) -> "Verified":
    from adapters.smev.signing import Trust
    from adapters.smev.signing.verification import read_signer

    within = set(signature.iter("*")) | set(signature.iterancestors())
    anywhere = [one for one in received.root.iter("*") if one.get("Id") and one not in within]
    if trust is None:  # the term is the caller's to judge, so that integrity is told of an old message too
        shown = read_signer(signature)
        trust, at = Trust((shown,)), shown.not_after
    verified: Verified = received.check(signature, anywhere, trust, provider, at)
    return verified
