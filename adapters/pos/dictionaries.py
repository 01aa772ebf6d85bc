"""Regions, subjects and subsubjects of the ПОС: fetched once in a while, looked up before a message is filed."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from adapters.errors import AdapterError, Refused, Unavailable
from adapters.http import Outgoing
from adapters.line import Line
from adapters.paths import open_tree
from adapters.pos.settings import Settings
from adapters.urls import join_url
from canonical.plan import Call

#: The body's field → its dictionary.
FIELDS = {"regionId": "regions", "subjectId": "subjects", "subsubjectId": "subsubjects"}
#: All entries on one page, as public clients ask for them.
ALL = "10000"
#: After a failure the dictionaries are not asked for again so soon.
PAUSE = 60.0


@dataclass(slots=True)
class Dictionaries:
    """name → id → title; deleted entries are left out. None: not known now."""

    line: Line
    settings: Settings
    lock: threading.Lock = field(default_factory=threading.Lock)
    known: dict[str, dict[str, str]] | None = None
    until: float = 0.0

    def read(self) -> dict[str, dict[str, str]]:
        """Raises Unavailable or Refused."""
        region, places = self.settings.region or "", self.settings.dictionaries
        query = [("regionId", region), ("size", ALL)]
        return {
            "regions": self._fetch("regions", places.regions, []),
            "subjects": self._fetch("subjects", places.subjects, []),
            "subsubjects": self._fetch("subsubjects", places.subsubjects, query),
        }

    def _fetch(self, name: str, place: tuple[str, ...], query: list[tuple[str, str]]) -> dict[str, str]:
        segments = [self.settings.region or "" if part == "{region}" else part for part in place]
        url = join_url(self.line.wire.base, segments, query)
        reply = self.line.call(Outgoing(f"dictionary {name}", "GET", url))
        try:
            return _to_titles(open_tree(reply.body))
        except (ValueError, KeyError, TypeError):
            raise Unavailable(f"{self.line.wire.where(name)}: unreadable dictionary") from None

    def check(self, call: Call) -> None:
        """Raises Refused for a code that the ПОС does not have; silent while they are out of reach."""
        tree = call.body.tree if call.body and call.body.format == "json" else None
        if not isinstance(tree, dict) or not FIELDS.keys() & tree.keys():
            return
        known = self._keep()
        for name, dictionary in FIELDS.items():
            code = tree.get(name)
            if known and isinstance(code, int | str) and known[dictionary] and str(code) not in known[dictionary]:
                raise Refused(f"{self.line.wire.where(call.name)}: {name} is not in the dictionary of the ПОС", name)

    def _keep(self) -> dict[str, dict[str, str]] | None:
        with self.lock:
            now = time.monotonic()
            if now >= self.until:
                try:
                    self.known, self.until = self.read(), now + self.settings.dictionaries.keep
                except AdapterError:
                    self.until = now + PAUSE
            return self.known


def _to_titles(tree: Any) -> dict[str, str]:
    entries = tree["content"] if isinstance(tree, dict) else tree
    return {str(entry["id"]): str(entry.get("name", "")) for entry in entries if not entry.get("deleted")}
