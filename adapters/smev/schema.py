"""The contract's schemas, vendored: what we send is held to them strictly, what we receive is not.

Published replies of 1.2 omit what its own schema demands (DestinationName, SupplementaryData and others).
"""

import hashlib
import threading
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from adapters.errors import Refused
from adapters.schemas import compile_schema
from adapters.smev.names import local_name

FOLDER = Path(__file__).parent / "schemas"
PINS = FOLDER / "SHA256SUMS"
#: lxml keeps one list of mistakes for a schema, which another thread's validation would empty: one schema a thread.
_OWN = threading.local()


class Tampered(RuntimeError):
    """A schema is not the one that this version was tested with."""


def load_schema(version: str) -> Any:
    """Compiled once for each thread; nothing but the vendored files is read. Raises Tampered."""
    loaded: dict[str, Any] = _OWN.__dict__
    if version not in loaded:
        loaded[version] = _compile(version)
    return loaded[version]


def _compile(version: str) -> Any:
    return compile_schema(etree.fromstring(read_pinned(f"types-{version}.xsd"), _parser(), base_url=_url(version)))


def _parser() -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser.resolvers.add(_Vendored())
    return parser


def _url(version: str) -> str:
    return f"schemas/types-{version}.xsd"


class _Vendored(etree.Resolver):  # type: ignore[misc]
    """Whatever address is asked for, only a pinned file of that name is given."""

    def resolve(self, url: str, id: str, context: Any) -> Any:
        return self.resolve_string(read_pinned(url.rpartition("/")[2]), context, base_url=url)


@cache
def read_pins() -> dict[str, str]:
    lines = PINS.read_text("ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def read_pinned(name: str) -> bytes:
    """Raises Tampered for a file whose hash is not the pinned one, or that is not pinned at all."""
    content = (FOLDER / name).read_bytes() if name in read_pins() else b""
    if hashlib.sha256(content).hexdigest() != read_pins().get(name):
        raise Tampered(f"adapters/smev/schemas/{name} is not the file of this version; reinstall the package")
    return content


def validate(content: Any, version: str, where: str) -> None:
    """Raises Refused naming the element that does not fit, without its value."""
    schema = load_schema(version)
    if not schema.validate(content):
        error = schema.error_log[0]
        place = _name(content, error.path)
        raise Refused(f"{where}: not by the contract {version} at {place} ({error.type_name})", "schema")


def _name(content: Any, path: str | None) -> str:
    found = content.getroottree().xpath(path) if path else []
    return local_name(found[0]) if found else "?"
