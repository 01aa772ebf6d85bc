"""The files of one contract: WSDL and schemas that are part of the configuration. Nothing else can be opened.

Names are paths below the mappings folder. An import of anything else (an address, `/etc/passwd`, a path that climbs out
of the WSDL's own folder) is refused, so that loading a contract reads neither disk nor network.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urljoin

from lxml import etree

_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")
_XINCLUDE = "{http://www.w3.org/2001/XInclude}"
_ROOT = "file:///"
MAX_LENGTH = 4 * 1024**2


class BadContract(ValueError):
    """The message says which file, what is wrong with it, and never what stands on the disk."""


class Shelf:
    """`folder`: of the WSDL; `opened`: root elements by path, of what was read so far."""

    def __init__(self, files: Mapping[str, str], wsdl: str) -> None:
        self.files, self.wsdl = files, wsdl
        self.folder = wsdl.rpartition("/")[0]
        self.opened: dict[str, Any] = {}

    def read(self, path: str) -> bytes:
        text = self.files.get(path)
        if text is None:
            what = f"`{path}` is not among the configuration's files"
            raise BadContract(f"{what}: put it beside the WSDL, as a file *.wsdl or *.xsd")
        if len(text) > MAX_LENGTH:
            raise BadContract(f"`{path}` is longer than {MAX_LENGTH} characters")
        return _DECLARATION.sub("", text).encode()

    def parse(self, path: str) -> Any:
        """Root element. Raises BadContract for what is no plain XML: a DTD, XInclude, nesting without end."""
        if path not in self.opened:
            self.opened[path] = parse_plain(self.read(path), path)
        return self.opened[path]

    def resolve(self, location: str, base: str) -> str:
        """Path of what a file imports. Raises BadContract for what is not in the WSDL's folder."""
        url = urljoin(_ROOT + quote(base), location)
        path = unquote(url[len(_ROOT) :])
        inside = not self.folder or path.startswith(f"{self.folder}/")
        if not url.startswith(_ROOT) or ".." in path.split("/") or not inside:
            remedy = "put the file beside the WSDL and change the import to its name"
            raise BadContract(f"`{base}` imports `{location}`, which is not opened: {remedy}")
        return path

    def name(self, path: str) -> str:
        """As the WSDL's own folder knows it."""
        return path.removeprefix(f"{self.folder}/") if self.folder else path

    def pin(self) -> str:
        """SHA-256, hex, over names and bytes of all that was opened."""
        made = hashlib.sha256()
        for path in sorted(self.opened):
            content = self.files[path].encode()
            made.update(f"{len(content)} {self.name(path)}\n".encode() + content)
        return made.hexdigest()


def parse_plain(body: bytes, name: str) -> Any:
    """Root element of UTF-8 XML without DTD, entities and XInclude. Raises BadContract."""
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        at = getattr(error, "position", (0, 0))
        raise BadContract(f"`{name}` is not XML: line {at[0]}, column {at[1]}") from None
    if root.getroottree().docinfo.doctype:
        raise BadContract(f"`{name}` has a DTD: remove it")
    if next(root.iter(f"{_XINCLUDE}*"), None) is not None:
        raise BadContract(f"`{name}` uses XInclude: put in what it includes")
    return root
