"""The exchange's seal: opened from settings, it proves the element that SMEV signed."""

from pathlib import Path

import pytest
from lxml import etree

from adapters.errors import Unavailable
from adapters.settings import Secret
from adapters.smev.seal import Forged
from adapters.smev.settings import Signing
from adapters.smev.signing import Provider, open_seal
from adapters.smev.signing.issuing import Wish
from tests.smev_signing.conftest import Site

S, T = "http://schemas.xmlsoap.org/soap/envelope/", "urn:types"
REPLY = (
    f'<s:Envelope xmlns:s="{S}" xmlns:t="{T}"><s:Body><t:GetRequestResponse><t:RequestMessage>'
    '<t:Request Id="R"><t:x>1</t:x></t:Request><t:SMEVSignature/>'
    "</t:RequestMessage></t:GetRequestResponse></s:Body></s:Envelope>"
)


def test_a_reply_of_smev(tmp_path: Path, fast: Provider) -> None:
    site = Site(tmp_path, fast)
    site.make_signer(Wish("city"), site.make_ca())
    key, certificate = site.paths("city")
    settings = Signing(key=Secret(secret="KEY"), certificate=str(certificate), trust=str(tmp_path / "trust"))
    seal = open_seal(settings, {"KEY": str(key)}.__getitem__)
    root = etree.fromstring(REPLY)
    root.find(f".//{{{T}}}SMEVSignature").append(seal.sign(root.find(f".//{{{T}}}Request")))
    document = etree.tostring(root)
    assert seal.check(document, "RequestMessage").get("Id") == "R"
    with pytest.raises(Forged) as forged:
        seal.check(document.replace(b">1<", b">2<"), "RequestMessage")
    assert forged.value.code == "SignatureIsInvalid"
    with pytest.raises(Forged) as forged:
        seal.check(REPLY.encode(), "RequestMessage")
    assert forged.value.code == "NoSignatureFound"
    assert not seal.health()


def test_a_missing_key_names_the_file(tmp_path: Path) -> None:
    settings = Signing(key=str(tmp_path / "none.pem"), certificate="c", trust="t")
    with pytest.raises(Unavailable, match=r"none\.pem"):
        open_seal(settings, {}.__getitem__)
