"""The standards' own vectors, RFC 6986 (Streebog) and RFC 7091 (GOST R 34.10-2012), on the engine and pure Python."""

from dataclasses import dataclass

import gostcrypto
import pytest

from adapters.smev.signing import Provider, algorithms
from adapters.smev.signing.engine import Engine
from adapters.smev.signing.keys import PublicKey, write_private, write_public
from adapters.smev.signing.pure import Pure, _find_curve
from tests.smev_signing.conftest import provider_named

#: The messages of RFC 6986, 10.1 and 10.2, in the order of their bytes; the second is Slavonic in windows-1251.
M1 = bytes(f"{'0123456789' * 6}012", "ascii")
M2 = "Се ветри, Стрибожи внуци, веютъ с моря стрелами на храбрыя плъкы Игоревы".encode("windows-1251")
H512_1 = (
    "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa"
    "00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48"
)
H256_1 = "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500"
H512_2 = (
    "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376"
    "035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28"
)
H256_2 = "9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50"


@pytest.mark.parametrize(("message", "long", "short"), [(M1, H512_1, H256_1), (M2, H512_2, H256_2)])
def test_streebog(provider: Provider, message: bytes, long: str, short: str) -> None:
    assert provider.digest(512, message).hex() == long
    assert provider.digest(256, message).hex() == short


@dataclass(frozen=True)
class Vector:
    """An example of RFC 7091: its curve `p a b q x y`, the key `d`, `k`, the point, the digest `e`, the signature."""

    bits: int
    oid: str
    curve: dict[str, int]
    d: int
    k: int
    point: tuple[int, int]
    e: int
    r: int
    s: int

    @property
    def key(self) -> PublicKey:
        return write_public(self.bits, self.oid, b"".join(one.to_bytes(self.bits // 8, "little") for one in self.point))

    @property
    def signature(self) -> bytes:
        """As XMLDSig has it: s‖r."""
        return self.s.to_bytes(self.bits // 8, "big") + self.r.to_bytes(self.bits // 8, "big")


#: RFC 7091, 7.1, the parameter set for tests.
SHORT = Vector(
    256,
    "1.2.643.2.2.35.0",
    {
        "p": 0x8000000000000000000000000000000000000000000000000000000000000431,
        "a": 7,
        "b": 0x5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E,
        "q": 0x8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3,
        "x": 2,
        "y": 0x08E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8,
    },
    d=0x7A929ADE789BB9BE10ED359DD39A72C11B60961F49397EEE1D19CE9891EC3B28,
    k=0x77105C9B20BCD3122823C8CF6FCC7B956DE33814E95B7FE64FED924594DCEAB3,
    point=(
        0x7F2B49E270DB6D90D8595BEC458B50C58585BA1D4E9B788F6689DBD8E56FD80B,
        0x26F1B489D6701DD185C8413A977B3CBBAF64D1C593D26627DFFB101A87FF77DA,
    ),
    e=0x2DFBC1B372D89A1188C09C52E0EEC61FCE52032AB1022E8E67ECE6672B043EE5,
    r=0x41AA28D2F1AB148280CD9ED56FEDA41974053554A42767B83AD043FD39DC0493,
    s=0x01456C64BA4642A1653C235A98A60249BCD6D3F746B631DF928014F6C5BF9C40,
)
#: RFC 7091, 7.2.
LONG = Vector(
    512,
    "1.2.643.7.1.2.1.2.0",
    {
        "p": int(
            "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D"
            "F1D852741AF4704A0458047E80E4546D35B8336FAC224DD81664BBF528BE6373",
            16,
        ),
        "a": 7,
        "b": int(
            "1CFF0806A31116DA29D8CFA54E57EB748BC5F377E49400FDD788B649ECA1AC43"
            "61834013B2AD7322480A89CA58E0CF74BC9E540C2ADD6897FAD0A3084F302ADC",
            16,
        ),
        "q": int(
            "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D"
            "A82F2D7ECB1DBAC719905C5EECC423F1D86E25EDBE23C595D644AAF187E6E6DF",
            16,
        ),
        "x": int(
            "24D19CC64572EE30F396BF6EBBFD7A6C5213B3B3D7057CC825F91093A68CD762"
            "FD60611262CD838DC6B60AA7EEE804E28BC849977FAC33B4B530F1B120248A9A",
            16,
        ),
        "y": int(
            "2BB312A43BD2CE6E0D020613C857ACDDCFBF061E91E5F2C3F32447C259F39B2C"
            "83AB156D77F1496BF7EB3351E1EE4E43DC1A18B91B24640B6DBB92CB1ADD371E",
            16,
        ),
    },
    d=int(
        "0BA6048AADAE241BA40936D47756D7C93091A0E8514669700EE7508E508B1020"
        "72E8123B2200A0563322DAD2827E2714A2636B7BFD18AADFC62967821FA18DD4",
        16,
    ),
    k=int(
        "0359E7F4B1410FEACC570456C6801496946312120B39D019D455986E364F3658"
        "86748ED7A44B3E794434006011842286212273A6D14CF70EA3AF71BB1AE679F1",
        16,
    ),
    point=(
        int(
            "115DC5BC96760C7B48598D8AB9E740D4C4A85A65BE33C1815B5C320C854621DD"
            "5A515856D13314AF69BC5B924C8B4DDFF75C45415C1D9DD9DD33612CD530EFE1",
            16,
        ),
        int(
            "37C7C90CD40B0F5621DC3AC1B751CFA0E2634FA0503B3D52639F5D7FB72AFD61"
            "EA199441D943FFE7F0C70A2759A3CDB84C114E1F9339FDF27F35ECA93677BEEC",
            16,
        ),
    ),
    e=int(
        "3754F3CFACC9E0615C4F4A7C4D8DAB531B09B6F9C170C533A71D147035B0C591"
        "7184EE536593F4414339976C647C5D5A407ADEDB1D560C4FC6777D2972075B8C",
        16,
    ),
    r=int(
        "2F86FA60A081091A23DD795E1E3C689EE512A3C82EE0DCC2643C78EEA8FCACD3"
        "5492558486B20F1C9EC197C90699850260C93BCBCD9C5C3317E19344E173AE36",
        16,
    ),
    s=int(
        "1081B394696FFE8E6585E7A9362D26B6325F56778AADBC081C0BFBE933D52FF5"
        "823CE288E8C4F362526080DF7F70CE406A6EEB1F56919CB92A9853BDE73E5B4A",
        16,
    ),
)


@pytest.mark.parametrize("vector", [SHORT, LONG], ids=["256", "512"])
def test_the_vectors_are_whole(vector: Vector) -> None:
    """By the standard's own formulas, so that no digit here is only somebody's typing."""
    curve = vector.curve
    base = curve["x"], curve["y"]
    assert multiply(vector.d, base, curve) == vector.point
    c = multiply(vector.k, base, curve)
    assert vector.r == c[0] % curve["q"]
    assert vector.s == (vector.r * vector.d + vector.k * vector.e) % curve["q"]


@pytest.mark.parametrize("vector", [SHORT, LONG], ids=["256", "512"])
def test_signature_of_rfc_7091(provider: Provider, vector: Vector, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"test set of {vector.bits} bits"
    monkeypatch.setitem(algorithms.CURVES, vector.oid, name)
    sets, bytes_ = gostcrypto.gostsignature.CURVES_R_1323565_1_024_2019, vector.bits // 8
    monkeypatch.setitem(sets, name, vector.curve | {"m": vector.curve["q"]})
    assert isinstance(provider, Engine | Pure)
    digest = vector.e.to_bytes(bytes_, "little")
    assert provider.verify_digest(vector.key, digest, vector.signature)
    assert not provider.verify_digest(vector.key, (vector.e + 1).to_bytes(bytes_, "little"), vector.signature)
    swapped = vector.signature[bytes_:] + vector.signature[:bytes_]
    assert not provider.verify_digest(vector.key, digest, swapped)


@pytest.mark.parametrize("oid", sorted(algorithms.CURVES))
def test_pure_python_and_the_engine_agree_on_every_parameter_set(oid: str) -> None:
    """Signatures of each are good for the other, and a changed one for neither. Small and edge numbers by formula."""
    pure, bits = Pure(), 512 if oid.startswith("1.2.643.7.1.2.1.2.") else 256
    private = write_private(bits, oid, pure.make_number(oid))
    public = write_public(bits, oid, pure.make_point(private))
    signature = pure.sign(private, b"text")
    assert pure.verify(public, b"text", signature)
    changed = signature[:-1] + bytes([signature[-1] ^ 1])
    assert not pure.verify(public, b"text", changed)
    curve = _find_curve(oid)
    assert curve.holds(curve.base)
    assert curve.sum_up([(curve.q, curve.base)]) is None
    assert curve.sum_up([(curve.q + 1, curve.base)]) == curve.base
    assert curve.sum_up([(3, curve.base), (curve.q - 2, curve.base)]) == curve.base
    engine = provider_named("engine")
    assert engine.verify(public, b"text", signature)
    assert not engine.verify(public, b"text", changed)


def multiply(number: int, point: tuple[int, int], curve: dict[str, int]) -> tuple[int, int]:
    made: tuple[int, int] | None = None
    for bit in bin(number)[2:]:
        made = add(made, made, curve)
        if bit == "1":
            made = add(made, point, curve)
    assert made is not None
    return made


def add(
    one: tuple[int, int] | None, two: tuple[int, int] | None, curve: dict[str, int]
) -> tuple[int, int] | None:  # fmt: skip
    p = curve["p"]
    if one is None or two is None:
        return one or two
    if one == two:
        slope = (3 * one[0] ** 2 + curve["a"]) * pow(2 * one[1], -1, p) % p
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, p) % p
    x = (slope**2 - one[0] - two[0]) % p
    return x, (slope * (one[0] - x) - one[1]) % p
