"""Replaces a plan's markers at the moment of sending: what earlier calls took, secrets, files."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.contract import Tools
from adapters.errors import Refused, Unavailable
from canonical.plan import encode_text

_KEEP = object()


@dataclass(frozen=True, slots=True)
class Filler:
    """Replaces markers. A marker is an object with exactly its keys: a resident's text is never one."""

    taken: Mapping[str, str]
    tools: Tools
    lacking: frozenset[str] = frozenset()

    def fill(self, tree: Any) -> Any:
        if tree.__class__ is dict:
            found = self._marker(tree)
            return {name: self.fill(value) for name, value in tree.items()} if found is _KEEP else found
        if not isinstance(tree, list | tuple):
            return tree
        return [self.fill(item) for item in tree if not self._is_refused(item)]

    def _is_refused(self, item: Any) -> bool:
        """What a call that was refused, and may be, would have given to a list."""
        return item.__class__ is dict and item.get("$take") in self.lacking

    def text(self, value: Any) -> str:
        found = self.fill(value)
        if isinstance(found, bool):
            return "true" if found else "false"
        if isinstance(found, dict | list | bytes) or found is None:
            raise Refused("an address or a header made of something else than text", "value")
        return str(found)

    def header(self, value: Any) -> str:
        text = self.text(value)
        if not text.isprintable() or not text.isascii():
            raise Refused("a header that is not printable ASCII", "header")
        return text

    def _marker(self, tree: dict[str, Any]) -> Any:
        if "$take" in tree:
            return self._take(tree["$take"])
        if "$secret" in tree:
            return self._secret(tree["$secret"])
        if "$file" in tree or "$text" in tree:
            content = encode_text(tree["$text"]) if "$text" in tree else self._file(tree["$file"])
            return base64.b64encode(content).decode() if tree.get("as") == "base64" else content
        return _KEEP

    def _take(self, name: str) -> str:
        if name not in self.taken:
            raise Refused(f"no earlier call gave `{name}`", "take")
        return self.taken[name]

    def _secret(self, name: str) -> str:
        try:
            return self.tools.secret(name)
        except KeyError:
            raise Unavailable(f"the secret {name} is not set") from None

    def _file(self, digest: str) -> bytes:
        try:
            return self.tools.read_file(digest)
        except (KeyError, OSError, ValueError):  # ValueError: it was changed in the store, or its key is not here yet
            raise Unavailable(f"the file {digest[:12]} is not in the store") from None
