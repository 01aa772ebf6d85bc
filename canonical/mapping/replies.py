"""Compiles what is read from a call's reply: `take`, `receipt` and `refuse`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from canonical.mapping.conditions import Condition, compile_condition
from canonical.mapping.desk import Around, read_encoding
from canonical.mapping.documents import FORMATS, Source
from canonical.mapping.errors import Misfit, ReadingError
from canonical.mapping.fields import target_of
from canonical.mapping.grammar import REFUSE, REPLY
from canonical.mapping.nodes import Map, Node, Text
from canonical.mapping.opening import Opened, open_map, read_choice
from canonical.mapping.outdesk import Intent
from canonical.mapping.parts import Pick
from canonical.mapping.reading import compile_leaf
from canonical.mapping.values import spell, to_stripped

RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Reply:
    """`forgiving` (find): what is absent is simply not taken."""

    open: Callable[[bytes], Any]
    takes: tuple[tuple[str, Pick], ...]
    refuse: Callable[[Any], str | None] | None
    forgiving: bool
    encoding: str | None = None

    def take(self, body: bytes) -> dict[str, str]:
        """Raises ReadingError."""
        if not self.takes:
            return {}
        root = self._open(body)
        made = {}
        for name, read in self.takes:
            try:
                value = read(root, root)
            except ReadingError as error:
                if self.forgiving and error.why == "absent":
                    continue
                raise
            if value is not None:
                made[name] = spell(value).strip()
        return made

    def refused(self, body: bytes) -> str | None:
        if self.refuse is None:
            return None
        try:
            return self.refuse(self._open(body))
        except ReadingError:
            return None  # not even readable: `take` says so

    def _open(self, body: bytes) -> Any:
        try:
            return self.open(body)
        except Misfit as misfit:
            raise ReadingError("reply", "", str(misfit)) from None


def compile_reply(name: str, opened: Opened, intent: Intent) -> Reply:
    source = _source(opened, intent)
    around = Around(intent.desk, f"out.{intent.name}.{name}", source.format == "xml", intent.zone)
    takes = _takes(opened.get("take"), replace(around, where=f"{around.where}.take"))
    if "receipt" in opened:
        leaf = compile_leaf(opened["receipt"], target_of(RECEIPT, "text", False), around)
        takes += [(RECEIPT, leaf.compile())] if leaf else []
    forgiving = name == "find" or name.startswith("find:")
    return Reply(source.compile(), tuple(takes), _refuse(opened.get("refuse"), around), forgiving, source.encoding)


def _source(opened: Opened, intent: Intent) -> Source:
    report, default = intent.desk.report, "xml" if {"xml", "operation"} & opened.keys() else "json"
    if "reply" not in opened:
        return Source(default)
    node = opened["reply"]
    parts = {"format": node} if isinstance(node, Text) else open_map(node, REPLY, report) or {}
    formats = [name for name in FORMATS if name != "csv"]
    form = read_choice(parts.get("format"), "`format`", formats, report) or default
    return Source(form, read_encoding(parts.get("encoding"), report))


def _takes(node: Node | None, around: Around) -> list[tuple[str, Pick]]:
    if node is None:
        return []
    if not isinstance(node, Map):
        around.desk.report.add(node, "wrong-shape", "`take` of a call is not a mapping", "write `take: {name: path}`")
        return []
    leaves = [
        (key.value, compile_leaf(value, target_of(key.value, "text", False), around)) for key, value in node.items
    ]
    return [(name, leaf.compile()) for name, leaf in leaves if leaf]


def _refuse(node: Node | None, around: Around) -> Callable[[Any], str | None] | None:
    if node is None:
        return None
    opened: Opened | None = {"path": node} if isinstance(node, Text) else open_map(node, REFUSE, around.desk.report)
    if opened is None or "path" not in opened:
        return None
    inner = {key: value for key, value in opened.items() if key == "path"}
    leaf = compile_leaf(_as_map(inner), target_of("refuse", "text", False), around) if inner else None
    condition = compile_condition(opened.get("when"), around)
    return _refusal(leaf.pick, condition) if leaf else None


def _as_map(opened: Opened) -> Map:
    return Map(tuple((Text(key, node.line, node.column), node) for key, node in opened.items()), *_place(opened))


def _place(opened: Opened) -> tuple[int, int]:
    first = next(iter(opened.values()))
    return first.line, first.column


def _refusal(pick: Pick, condition: Condition | None) -> Callable[[Any], str | None]:
    def refusal(root: Any) -> str | None:
        if condition is not None and not condition(root, root):
            return None
        try:
            code = to_stripped(pick(root, root))
        except Misfit:
            code = "refused"
        return code or ("refused" if condition is not None else None)

    return refusal
