"""The standards' own vectors: RFC 6986 (Streebog) and RFC 7091 (GOST R 34.10-2012)."""

from adapters.smev.signing import Provider
from adapters.smev.signing.engine import Engine
from adapters.smev.signing.keys import write_public
from tests.smev_signing.conftest import provider_named

M1 = bytes(f"{'0123456789' * 6}012", "ascii")
H512 = (
    "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa"
    "00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48"
)
H256 = "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500"


def test_streebog(provider: Provider) -> None:
    assert provider.digest(512, M1).hex() == H512
    assert provider.digest(256, M1).hex() == H256


def test_signature_of_rfc_7091_by_the_engine() -> None:
    """Section 7.1, test parameter set: the digest e, the public key Q and the signature (r, s)."""
    engine = provider_named("engine")
    assert isinstance(engine, Engine)
    x = 0x7F2B49E270DB6D90D8595BEC458B50C58585BA1D4E9B788F6689DBD8E56FD80B
    y = 0x26F1B489D6701DD185C8413A977B3CBBAF64D1C593D26627DFFB101A87FF77DA
    e = 0x2DFBC1B372D89A1188C09C52E0EEC61FCE52032AB1022E8E67ECE6672B043EE5
    r = 0x41AA28D2F1AB148280CD9ED56FEDA41974053554A42767B83AD043FD39DC0493
    s = 0x01456C64BA4642A1653C235A98A60249BCD6D3F746B631DF928014F6C5BF9C40
    key = write_public(256, "1.2.643.2.2.35.0", x.to_bytes(32, "little") + y.to_bytes(32, "little"))
    signature = s.to_bytes(32, "big") + r.to_bytes(32, "big")
    assert engine.verify_digest(key, e.to_bytes(32, "little"), signature)
    assert not engine.verify_digest(key, (e + 1).to_bytes(32, "little"), signature)
