"""A compiled mapping: immutable, shared by all threads."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from canonical.delivery import Scope
from canonical.form import Form
from canonical.mapping.errors import ReadingError, RenderingError
from canonical.mapping.kinds import Item, Kind
from canonical.mapping.nodes import Map, Seq, Text, to_plain
from canonical.mapping.outbound import Delivering
from canonical.mapping.parts import FieldTrace
from canonical.mapping.tables import Table
from canonical.plan import Plan


@dataclass(frozen=True, slots=True)
class Mapping:
    """`hash`: SHA-256 of the text, hex. `settings`: raw `connect`; `changes` and `webhooks`: raw, by kind."""

    system: str
    adapter: str
    title: str
    roles: frozenset[str]
    mode: str
    hash: str
    path: str
    settings: dict[str, Any]
    changes: dict[str, dict[str, Any]]
    webhooks: dict[str, dict[str, Any]]
    tables: dict[str, Table]
    readers: dict[str, Kind]
    writers: dict[str, Delivering]
    node: Map

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(self.readers)

    @property
    def intents(self) -> frozenset[str]:
        return frozenset(self.writers)

    def split(self, kind: str, raw: bytes, content_type: str = "") -> list[Item]:
        """One response, list or call → its documents of this kind; each body alone is readable by `read`.

        Raises ReadingError when the response as a whole cannot be read."""
        return self._reader(kind).split(_recode(raw, content_type, self._reader(kind)))

    def read(self, kind: str, body: bytes) -> list[Form]:
        """Canonical readings (canonical.document.KINDS[kind]); none when `when` or `entries` choose nothing.

        Raises ReadingError, whose message holds no value."""
        return self._reader(kind).read(body)

    def identify(self, kind: str, body: bytes) -> str | None:
        """The external id of a document that `split` gave; None where it cannot be read."""
        return self._reader(kind).identify(body)

    def find_quiet(self, kind: str) -> timedelta | None:
        """How long nobody writes until the parts of a thread are one appeal; None: each document is whole."""
        reader = self.readers.get(kind)
        return reader.quiet if reader else None

    def trace(self, kind: str, body: bytes) -> list[FieldTrace]:
        """How every field came about. Ends early at a field that cannot be read, which is then the last."""
        told: list[FieldTrace] = []
        try:
            self._reader(kind).trace(body, told.append)
        except ReadingError as error:
            if not told or not any(str(step[1]).startswith("! ") for step in told[-1].steps):
                told.append(FieldTrace(error.field, error.path, None, (("read", f"! {error.why}"),), None))
        return told

    def render(self, intent: str, scope: Scope) -> Plan:
        """Raises RenderingError (NotSent when a table says this code is not told)."""
        return self._writer(intent).render(scope)

    def take(self, intent: str, call_name: str, body: bytes) -> dict[str, str]:
        """What a reply gives, its receipt number as "receipt". `find` without anything: not found.

        Raises ReadingError."""
        step, place = self._writer(intent).step(call_name)
        taken = step.reply.take(body)
        return taken if not place else {_numbered(name, place): value for name, value in taken.items()}

    def gives(self, intent: str, call_name: str) -> frozenset[str]:
        """Names that `take` finds in a reply of this call which lacks nothing."""
        step, place = self._writer(intent).step(call_name)
        return frozenset(_numbered(name, place) if place else name for name, _ in step.reply.takes)

    def refused(self, intent: str, call_name: str, body: bytes) -> str | None:
        """The error code inside a reply that claims success, by the call's `refuse`."""
        return self._writer(intent).step(call_name)[0].reply.refused(body)

    def place(self, *keys: str) -> tuple[int, int]:
        """(line, column) of a key, or of the nearest thing above it that exists."""
        node: Map | Seq | Text = self.node
        at = (node.line, node.column)
        for key in keys:
            if isinstance(node, Map) and (named := node.key(key)) is not None:
                at, node = (named.line, named.column), node.get(key) or node
            elif isinstance(node, Seq) and key.isdigit() and int(key) < len(node.items):
                node = node.items[int(key)]
                at = (node.line, node.column)
            else:
                break
        return at

    def _reader(self, kind: str) -> Kind:
        try:
            return self.readers[kind]
        except KeyError:
            raise ReadingError("kind", "", f"{self.system} has no documents of this kind") from None

    def _writer(self, intent: str) -> Delivering:
        try:
            return self.writers[intent]
        except KeyError:
            raise RenderingError(intent, f"{self.system} is not told this") from None


def _numbered(name: str, place: str) -> str:
    return name if name == "receipt" else f"{name}.{place}"


def _recode(raw: bytes, content_type: str, kind: Kind) -> bytes:
    """A header's charset matters only where the mapping and the document declare none."""
    content_type = content_type.lower()
    if kind.source.encoding is not None or kind.source.format not in ("json", "csv") or "charset=" not in content_type:
        return raw
    charset = content_type.rpartition("charset=")[2].split(";")[0].strip(" \"'")
    try:
        return raw if charset.lower() in ("utf-8", "utf8") else raw.decode(charset).encode()
    except (LookupError, UnicodeError):
        raise ReadingError("document", "", "not in the encoding its header names") from None


def raw_settings(node: Map, section: str) -> dict[str, dict[str, Any]]:
    """`changes` or `webhook` of every kind that has one."""
    kinds = node.get("in")
    found = (
        {key.value: value.get(section) for key, value in kinds.items if isinstance(value, Map)}
        if isinstance(kinds, Map)
        else {}
    )
    return {name: to_plain(value) for name, value in found.items() if isinstance(value, Map)}
