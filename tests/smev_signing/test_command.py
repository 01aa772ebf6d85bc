"""The door for a site's certified provider: a real program signs and checks, here with libgcrypt's checks behind it."""

import stat
import sys
from pathlib import Path

import pytest

from adapters.smev.signing import Provider, Signer, SigningError, open_provider, verify
from adapters.smev.signing.issuing import Wish
from tests.smev_signing.conftest import Site, provider_named
from tests.smev_signing.test_verification import PLACE, envelope

ROOT = Path(__file__).parents[2]
TOOL = f"""#!{sys.executable}
import base64, sys
sys.path.insert(0, {str(ROOT)!r})
from stand.smev import gost
from stand.smev.certificate import _read_key
secret, verb, *words = sys.argv[1:]
content = sys.stdin.buffer.read()
if secret != "--quiet":
    sys.exit(7)
if verb == "digest":
    sys.stdout.buffer.write(gost.hash_bytes(content, int(words[0]) // 8))
elif verb == "bits":
    print(256)
elif verb == "sign":
    from adapters.smev.signing import choose_provider
    from pathlib import Path
    sys.stdout.buffer.write(choose_provider("auto").open_key(Path(words[1])).sign(content))
elif verb == "verify":
    spki, signature = map(base64.b64decode, words[1:])
    from stand.smev.certificate import walk
    key = _read_key(next(walk(spki))[1])
    sys.exit(0 if gost.verify(key, content, signature) else 1)
else:
    sys.exit(9)
"""


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    made = tmp_path / "sign tool"
    made.write_text(TOOL)
    made.chmod(made.stat().st_mode | stat.S_IXUSR)
    return made


def test_a_program_signs_and_checks(tmp_path: Path, tool: Path, fast: Provider) -> None:
    site = Site(tmp_path, fast)
    site.make_signer(Wish("city"), site.make_ca())
    provider = open_provider(f"command:'{tool}' --quiet")
    signer = Signer.open(*site.paths("city"), provider)
    document = envelope(signer)
    assert verify(document, PLACE, site.trust, fast).certificate.der == signer.certificate.der
    assert verify(document, PLACE, site.trust, provider)
    key = signer.certificate.public
    signature = signer.key.sign(b"text")
    assert provider.verify(key, b"text", signature)
    assert not provider.verify(key, b"other", signature)
    assert provider.digest(512, b"x") == fast.digest(512, b"x")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("command:", "needs a program"),
        ("command:/no/such/tool", "check the provider's command"),
        ("command:'{tool}' --wrong", "exit code 7"),
        ("command:/bin/echo", "bytes where 32 belong"),
    ],
)
def test_a_program_that_fails_is_said_with_its_name(tool: Path, line: str, says: str) -> None:
    with pytest.raises(SigningError, match=says):
        open_provider(line.format(tool=tool)).digest(256, b"x")


def test_a_program_that_cannot_tell_its_key(tmp_path: Path) -> None:
    with pytest.raises(SigningError, match="must answer 256 or 512"):
        open_provider("command:/bin/echo").open_key(tmp_path / "key")


@pytest.mark.parametrize("bits", [256, 512])
def test_the_example_out_of_openssls_command_line(tmp_path: Path, bits: int) -> None:
    engine = provider_named("engine")
    site = Site(tmp_path, engine, bits)
    site.make_signer(Wish("city", bits), site.make_ca())
    provider = open_provider(f"command:{ROOT / 'examples' / 'smev-provider'}")
    signer = Signer.open(*site.paths("city"), provider)
    document = envelope(signer)
    for one in (engine, provider):
        assert verify(document, PLACE, site.trust, one).certificate.der == signer.certificate.der
    key, signature = signer.certificate.public, bytearray(signer.key.sign(b"text"))
    signature[-1] ^= 1
    assert not provider.verify(key, b"text", bytes(signature))
    assert provider.digest_pieces(bits, [b"te", b"xt"]) == engine.digest(bits, b"text")
