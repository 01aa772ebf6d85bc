"""One `in.KIND`, compiled: bytes → documents → canonical readings."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from canonical.document import UNNAMED
from canonical.form import Form
from canonical.mapping.conditions import Condition
from canonical.mapping.documents import Source
from canonical.mapping.errors import Misfit, ReadingError
from canonical.mapping.parts import Group, Leaf, Nodes, Pick, Tell
from canonical.mapping.values import spell

_WHY = {
    "greater_than_equal": "too small",
    "less_than_equal": "too large",
    "missing": "absent",
    "enum": "not one of the canonical codes",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One document of a response. `body` alone is readable. With `fault` it can only be quarantined."""

    external_id: str
    revision: str | None
    body: bytes
    sent_at: datetime | None = None
    fault: str | None = None


class Identity:
    """How a document is told from others: id, revision, time of sending."""

    def __init__(self, id: tuple[Leaf, ...], revision: tuple[Leaf, ...], sent_at: Leaf | None) -> None:
        self.id, self.revision, self.sent_at = id, revision, sent_at
        self._id = tuple(leaf.compile() for leaf in id)
        self._revision = tuple(leaf.compile() for leaf in revision)
        self._sent_at = sent_at.compile() if sent_at else None

    def read(self, node: Any) -> tuple[str, str | None, datetime | None]:
        """(external id, revision, sent at); raises ReadingError."""
        revision = [part(node, node) for part in self._revision]
        return (
            join_parts([part(node, node) for part in self._id]),
            join_parts(revision) if any(part is not None for part in revision) else None,
            self._sent_at(node, node) if self._sent_at else None,
        )

    def trace(self, node: Any, tell: Tell) -> tuple[str, str | None, datetime | None]:
        for leaf in (*self.id, *self.revision, *([self.sent_at] if self.sent_at else [])):
            leaf.trace(node, node, "", tell)
        return self.read(node)


@dataclass(frozen=True, slots=True)
class Kind:
    """`each`: root → documents. `entries`: document → readings' nodes."""

    name: str
    model: type[Form]
    source: Source
    open: Callable[[bytes], Any]
    each: Nodes | None
    entries: Nodes | None
    when: Condition | None
    identity: Identity
    group: Group
    read_group: Pick
    quiet: timedelta | None = None  # after which the parts of a thread are one appeal; None: there are no parts

    def read(self, body: bytes) -> list[Form]:
        root = self.document(body)
        if self.when is not None and not self.when(root, root):
            return []
        nodes = (root,) if self.entries is None else self.entries(root, root)
        return [self.build(self.read_group(node, root) or {}) for node in nodes]

    def document(self, body: bytes) -> Any:
        try:
            root = self.open(body)
        except Misfit as misfit:
            raise ReadingError("document", "", str(misfit)) from None
        if self.source.format != "csv":
            return root
        if len(root) != 1:
            raise ReadingError("document", "", "not one row")
        return root[0]

    def build(self, made: dict[str, Any]) -> Form:
        try:
            return self.model.model_validate(made)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            field = ".".join(map(str, first["loc"]))
            raise ReadingError(field, "", _WHY.get(first["type"], "does not fit the canonical field")) from None

    def split(self, raw: bytes) -> list[Item]:
        """Raises ReadingError when the response as a whole cannot be read."""
        whole = raw if self.each is None and self.source.format != "csv" else None
        return [self._item(node, whole) for node in self.split_nodes(raw)]

    def split_nodes(self, raw: bytes) -> list[Any]:
        try:
            root = self.open(raw)
        except Misfit as misfit:
            raise ReadingError("document", "", str(misfit)) from None
        nodes = root if self.source.format == "csv" else [root] if self.each is None else self.each(root, root)
        return [node for node in nodes if self.when is None or self.when(node, node)]

    def _item(self, node: Any, raw: bytes | None) -> Item:
        try:
            body = self.source.dump(node) if raw is None else raw
        except Misfit as misfit:
            return Item("unwritable", None, b"", None, str(misfit))
        try:
            external_id, revision, sent_at = self.identity.read(node)
        except ReadingError as error:
            return Item(f"{UNNAMED}{hashlib.sha256(body).hexdigest()}", None, body, None, str(error))
        return Item(external_id, revision, body, sent_at)

    def identify(self, body: bytes) -> str | None:
        """A document's external id; None where it cannot be read."""
        try:
            return self.identity.read(self.document(body))[0]
        except ReadingError:
            return None

    def trace(self, body: bytes, tell: Tell) -> list[Form]:
        """As `read`, telling how every field came about; a ReadingError comes after what led to it."""
        root = self.document(body)
        if self.when is not None and not self.when(root, root):
            return []
        nodes = [root] if self.entries is None else self.entries(root, root)
        made = []
        for place, node in enumerate(nodes):
            prefix = f"{place}." if self.entries is not None else ""
            made.append(self.build(self.group.trace(node, root, prefix, tell) or {}))
        return made


def join_parts(parts: list[Any]) -> str:
    """Ids are tuples of text; a slash inside a part is escaped so that no two tuples look the same."""
    if len(parts) == 1:
        return spell(parts[0]).strip()
    spelt = ("" if part is None else spell(part).strip() for part in parts)
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in spelt)
