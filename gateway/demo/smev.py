"""The demo's exchange through SMEV: keys made at start, ours shown to the stand, the stand's trusted by us."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

#: Under which name the stand's exchange knows the gateway.
MNEMONIC = "gateway"
STANDS = ("smev_ministry", "smev_portal", "pos_smev")
#: Seconds after which the exchange gives a message again that a process took and did not live to acknowledge. The real
#: one waits a quarter of an hour; nobody who kills a worker in the demo should have to.
VISIBILITY_S = 3.0
_SAID = {
    "engine": "OpenSSL's engine `gost`",
    "python": "pure Python, tens of milliseconds each: OpenSSL's engine `gost` is not on this machine "
    "(apt-get install libengine-gost-openssl)",
}


def name_files(folder: Path) -> dict[str, str]:
    """What the stands and the mappings ask the environment for."""
    return {
        "SMEV_SENDERS": str(folder / "senders"),
        "TSUR_SMEV_KEY": str(folder / f"{MNEMONIC}.key.pem"),
        "TSUR_SMEV_CERTIFICATE": str(folder / "senders" / f"{MNEMONIC}.pem"),
        "TSUR_SMEV_TRUST": str(folder / "trust"),
    }


def make_keys(folder: Path) -> str:
    """Our pair, unless it is there, by `tsur smev keygen`; what the demo has to say of signatures on this machine.

    In a process of its own, so that this one stays small. Raises RuntimeError with keygen's last line.
    """
    names = name_files(folder)
    certificate = Path(names["TSUR_SMEV_CERTIFICATE"])
    for place in (certificate.parent, folder / "trust"):
        place.mkdir(parents=True, exist_ok=True)
    if certificate.exists():
        return "SMEV signatures with the keys of an earlier run"
    words = ["smev", "keygen", str(folder), "--name", MNEMONIC, "--days", "30", "--provider", "auto"]
    done = subprocess.run([sys.executable, "-m", "gateway", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"no keys for SMEV: {(done.stderr.strip() or 'no reason').splitlines()[-1]}")
    (folder / f"{MNEMONIC}.cert.pem").rename(certificate)
    return f"SMEV signatures by {_SAID[done.stdout.split()[-1]]}"


def trust_stands(folder: Path, base: str) -> dict[str, str]:
    """Asks the stands at `base` what they sign with; where their file servers are, as the mappings ask for it.

    Raises OSError.
    """
    servers = {}
    for name in STANDS:
        (folder / "trust" / f"{name}.pem").write_bytes(_ask(f"{base}/{name}/certificate"))
        servers[f"TSUR_FTP_{name.upper()}"] = _ask(f"{base}/{name}/ftp").decode()
    return servers


def _ask(url: str) -> bytes:
    with urlopen(url, timeout=10) as reply:  # noqa: S310
        return bytes(reply.read())


def shorten_waits(base: str) -> None:
    """Sets what the stands' exchange waits for an acknowledgement. Raises OSError."""
    body = json.dumps({"visibility": VISIBILITY_S}).encode()
    for name in STANDS:
        request = Request(f"{base}/_control/{name}", body, {"content-type": "application/json"})  # noqa: S310
        with urlopen(request, timeout=10):  # noqa: S310
            pass
