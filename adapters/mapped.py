"""What adapters ask of a compiled mapping."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from adapters.documents import Item
from canonical.mapping.nodes import Map


class Mapped(Protocol):
    """canonical.mapping.Mapping, as far as adapters need it."""

    @property
    def system(self) -> str: ...
    @property
    def adapter(self) -> str: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...  # raw `connect:`
    @property
    def changes(self) -> Mapping[str, Any]: ...  # raw, by kind
    @property
    def webhooks(self) -> Mapping[str, Any]: ...  # raw, by kind
    @property
    def tables(self) -> Mapping[str, Any]: ...  # by name; `theirs`: our code → the word written
    @property
    def path(self) -> str: ...
    @property
    def kinds(self) -> frozenset[str]: ...
    @property
    def writers(self) -> Mapping[str, Any]: ...
    @property
    def intents(self) -> frozenset[str]: ...

    @property
    def node(self) -> Map: ...  # the YAML itself, with places

    def split(self, kind: str, raw: bytes, content_type: str = "") -> Iterable[Item]: ...

    def take(self, intent: str, call_name: str, body: bytes) -> dict[str, str]: ...

    def gives(self, intent: str, call_name: str) -> frozenset[str]: ...

    def refused(self, intent: str, call_name: str, body: bytes) -> str | None: ...

    def place(self, *keys: str) -> tuple[int, int]: ...
