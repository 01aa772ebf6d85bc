"""What a mapping uses of its contract, held against it: every operation, every element written, every path read."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.mapped import Mapped
from adapters.soap.contract import Contract
from adapters.soap.model import Element, Type
from adapters.soap.shelf import BadContract
from adapters.soap.wsdl import Operation
from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.trees import is_each
from canonical.mapping.writing import is_value

_FILLED = frozenset({"fill", "secret", "env"})


@dataclass(frozen=True, slots=True)
class Use:
    """`where`: `Operation: names/of/elements`; `wrong`: why the contract does not take it, "" when it does."""

    line: int
    column: int
    where: str
    wrong: str = ""
    remedy: str = ""
    written: bool = False  # else it is read
    optional: bool = False  # a path with `?`
    element: Element | None = None
    kind: Type | None = None  # of what is read or written, as far as it is known


def find_uses(mapping: Mapped, contract: Contract, incoming: Contract) -> list[Use]:
    """In the file's order; once each. `incoming`: of what partners call."""
    made = dict.fromkeys(_Finder(mapping, contract, incoming).find())
    return sorted(made, key=lambda use: (use.line, use.column, use.where))


@dataclass(frozen=True, slots=True)
class _Finder:
    mapping: Mapped
    contract: Contract
    incoming: Contract

    def find(self) -> Iterator[Use]:
        for intent in _maps(_get(self.mapping.node, "out")):
            steps = _get(intent, "steps")
            named = [_get(intent, "find"), *(one for step in _items(steps) for one in _values(step))]
            for call in named:
                yield from self._call(call)
                yield from self._call(_get(call, "find"))
        for kind in _maps(_get(self.mapping.node, "in")):
            yield from self._kind(kind)

    def _call(self, call: Node | None) -> Iterator[Use]:
        """Of `out`: what is written, and what the reply gives."""
        named = _get(call, "operation")
        if not isinstance(named, Text):
            return
        operation = yield from self._operation(named, self.contract)
        if operation is None:
            return
        yield from self._message(operation, operation.request, _get(call, "message"), named)
        for header in _entries(_get(call, "soap_header")):
            yield from self._header(operation, *header)
        paths = [_get(call, "receipt"), _get(call, "refuse"), *_values(_get(call, "take"))]
        for text in (text for node in paths for text in _paths(node)):
            yield from _read(operation, operation.reply, text)

    def _kind(self, kind: Node) -> Iterator[Use]:
        changes, webhook = _get(kind, "changes"), _get(kind, "webhook")
        for asked in (changes, _get(changes, "detail")):
            named = _get(asked, "operation")
            if isinstance(named, Text) and (operation := (yield from self._operation(named, self.contract))):
                yield from self._message(operation, operation.request, _get(asked, "message"), named)
                if _get(asked, "detail") is None:
                    yield from _read_kind(operation, operation.reply, kind)
        called = _get(webhook, "operation")
        if isinstance(called, Text) and (operation := (yield from self._operation(called, self.incoming))):
            yield from self._message(operation, operation.reply, _get(webhook, "reply"), called)
            yield from _read_kind(operation, operation.request, kind)

    def _operation(self, named: Text, contract: Contract) -> Generator[Use, None, Operation | None]:
        try:
            found = contract.operation(named.value)
        except BadContract as error:
            lost = named.value in contract.unusable
            what = str(error) if lost else f"there is no operation `{named.value}`"
            yield Use(named.line, named.column, named.value, what, "" if lost else str(error))
            return None
        yield Use(named.line, named.column, named.value)
        return found

    def _message(self, operation: Operation, element: Element | None, node: Node | None, near: Text) -> Iterator[Use]:
        if element is None:
            return
        content = node if isinstance(node, Map) else Map((), near.line, near.column)
        yield from self._content(f"{operation.name}: {element.name}", element.type, content, near)

    def _header(self, operation: Operation, key: Text, node: Node) -> Iterator[Use]:
        declared = {one.name: one for one in operation.headers}
        where = f"{operation.name}: header/{key.value}"
        if key.value not in declared:
            yield Use(key.line, key.column, where, "no such element in the SOAP header", _known(declared))
        elif isinstance(node, Map) and not is_value(node):
            yield from self._content(where, declared[key.value].type, node, key)

    def _content(self, where: str, kind: Type, node: Map, near: Text) -> Iterator[Use]:
        """Elements and attributes of one element, those that are missing, and what is in them."""
        held = node.get("object")
        content = held if isinstance(held, Map) else node
        entries = [(key, value) for key, value in content.items if key.value not in ("#text", "@xsi:type")]
        real = yield from self._real_type(where, kind, content.get("@xsi:type"), near)
        if real is None:
            return  # only the message will tell
        for key, value in entries:
            yield from self._child(f"{where}/{key.value}", real, key, value)
        yield from _find_missing(where, real, {key.value for key, _ in entries}, near)

    def _real_type(self, where: str, kind: Type, told: Node | None, near: Text) -> Generator[Use, None, Type | None]:
        """The one that xsi:type names; None where that is known only when it is sent, or wrong."""
        schemas = self.contract.schemas
        if told is None:
            if kind.abstract:
                remedy = f'add `"@xsi:type": …`; {_known({one.name: one for one in schemas.derive(kind)})}'
                yield Use(near.line, near.column, where, f"the type `{kind.name}` is abstract", remedy, True)
            return kind
        named = schemas.named(told.value.rpartition(":")[2]) if isinstance(told, Text) else None
        if named is None and isinstance(told, Text):
            known = _known({one.name: one for one in schemas.derive(kind)})
            yield Use(told.line, told.column, f"{where}/@xsi:type", "no such type", known, True)
        return named

    def _child(self, where: str, kind: Type, key: Text, node: Node) -> Iterator[Use]:
        name = key.value
        if name.startswith("@"):
            known = kind.attributes.get(name[1:].rpartition(":")[2])
            if known is None and name != "@xmlns":
                yield Use(key.line, key.column, where, "no such attribute", _known(kind.attributes), True)
            elif known is not None:
                wrong = self._misspelt(node, known.type)
                yield Use(key.line, key.column, where, wrong, written=True, kind=known.type)
            return
        child = kind.find(name)
        if child is None:
            if not kind.open:
                names = {one.name: one for one in kind.elements()}
                yield Use(key.line, key.column, where, "no such element", _known(names), True)
            return
        wrong = self._misspelt(node, child.type)
        yield Use(key.line, key.column, where, wrong, "", True, False, child, child.type)
        for inner in node.items if isinstance(node, Seq) else (node,):
            held = inner.get("item") if isinstance(inner, Map) and is_each(inner) else inner
            if isinstance(held, Map) and not is_value(held) and not _FILLED & {one.value for one, _ in held.items}:
                yield from self._content(where, child.type, held, key)

    def _misspelt(self, node: Node, kind: Type) -> str:
        if not kind.words or (isinstance(node, Map) and not is_value(node)):
            return ""
        wrong = [word for word in _list_words(node, self.mapping.tables) if word not in kind.words]
        return f"`{wrong[0]}` is none of the words that are allowed: {', '.join(kind.words)}" if wrong else ""


def _find_missing(where: str, kind: Type, named: set[str], near: Text) -> Iterator[Use]:
    needed = [one.name for one in kind.content.required()] if kind.content else []
    needed += [f"@{one.name}" for one in kind.attributes.values() if one.required]
    for name in needed:
        if name not in named:
            yield Use(near.line, near.column, f"{where}/{name}", "the WSDL demands it", f"add `{name}:`", True)
    for choice in kind.content.choices() if kind.content else ():
        names = [one.name for one in choice.elements()]
        if not named.intersection(names):
            what = f"the WSDL demands one of {', '.join(names)}"
            yield Use(near.line, near.column, where, what, "add one of them", True)


def _list_words(node: Node, tables: Mapping[str, Any]) -> list[str]:
    """What a node writes, as far as it is known before it is sent: a constant, or the words of a table."""
    if isinstance(node, Text):
        return [node.value]
    table, const = _get(node, "table"), _get(node, "const")
    if isinstance(table, Text):
        return list(tables[table.value].theirs.values()) if table.value in tables else []
    return [one.value for one in (const, _get(node, "absent")) if isinstance(one, Text)]


def _read_kind(operation: Operation, element: Element | None, kind: Node) -> Iterator[Use]:
    """Paths of a kind of document, from the element that `source` makes a document."""
    source = _get(kind, "source")
    each, entries = _get(source, "each"), _get(source, "entries")
    at: Element | None = element
    if isinstance(each, Text) and element is not None:
        root, _, rest = each.value.removesuffix("?").partition("/")
        if root != element.name:
            what = f"the message is `{element.name}`, not `{root}`"
            yield Use(each.line, each.column, f"{operation.name}: {root}", what, f"write `{element.name}/…`")
            return
        if rest:
            yield from _read(operation, element, Text(rest, each.line, each.column))
            at = _reach(element, rest.split("/"))
    top, inner = at, at
    if isinstance(entries, Text) and at is not None:
        yield from _read(operation, at, entries)
        inner = _reach(at, entries.value.removesuffix("?").split("/"))
    for name in ("id", "revision", "sent_at", "when"):
        for text in _paths(_get(kind, name)):
            yield from _read(operation, top, text)
    for key, value in _entries(_get(kind, "fields")):
        for one in value.items if isinstance(value, Seq) else (value,):
            yield from _read_field(operation, top, inner, key, one)


def _read_field(operation: Operation, top: Element | None, at: Element | None, key: Text, node: Node) -> Iterator[Use]:
    each = _get(node, "each")
    if isinstance(each, Text) and at is not None:
        yield from _read(operation, at, each)
        below = _reach(at, each.value.removesuffix("?").split("/"))
        for value in _values(_get(node, "fields")):
            for text in _paths(value):
                yield from _read(operation, below, text)
        return
    for text in _paths(node):
        yield from _read(operation, top if text.value.startswith("/") else at, text)


def _read(operation: Operation, element: Element | None, text: Text) -> Iterator[Use]:
    """One path. What begins where nothing is known (an `xs:any`, a wrong path above) cannot be judged."""
    if element is None:
        return
    bare = text.value.removesuffix("?").removeprefix("/")
    where = f"{operation.name}: {element.name}/{bare}"
    kind, last = element.type, None
    for step in bare.split("/"):
        name = step.rpartition(":")[2] if not step.startswith("@") else "@" + step[1:].rpartition(":")[2]
        if name.isdigit() or name == ".":
            continue
        if name == "*":
            return
        if name.startswith("@"):
            known = kind.attributes.get(name[1:])
            kind, last = (known.type, None) if known else (kind, None)
            if known is None:
                yield Use(text.line, text.column, where, f"no attribute `{name[1:]}`", _known(kind.attributes))
                return
            continue
        last = kind.find(name)
        if last is None:
            if not kind.open:
                names = {one.name: one for one in kind.elements()}
                yield Use(text.line, text.column, where, f"no element `{name}`", _known(names))
            return
        kind = last.type
    yield Use(text.line, text.column, where, optional=text.value.endswith("?"), element=last, kind=kind)


def _reach(element: Element, steps: list[str]) -> Element | None:
    at: Element | None = element
    for step in steps:
        if at is not None and not step.isdigit() and step != ".":
            at = at.type.find(step)
    return at


def _paths(node: Node | None) -> Iterator[Text]:
    """Paths of one value to read: bare, by `path:`, in its `when:`, or in a list of values."""
    if isinstance(node, Text):
        yield node
    elif isinstance(node, Seq):
        for one in node.items:
            yield from _paths(one)
    elif isinstance(node, Map):
        yield from _paths(node.get("path"))
        for condition in _items(when) if isinstance(when := node.get("when"), Seq) else [when]:
            yield from _paths(_get(condition, "path"))


def _known(names: Mapping[str, object]) -> str:
    return "there are: " + (", ".join(f"`{name}`" for name in names) or "none")


def _get(node: Node | None, name: str) -> Node | None:
    return node.get(name) if isinstance(node, Map) else None


def _entries(node: Node | None) -> tuple[tuple[Text, Node], ...]:
    return node.items if isinstance(node, Map) else ()


def _values(node: Node | None) -> list[Node]:
    return [value for _, value in _entries(node)]


def _maps(node: Node | None) -> list[Node]:
    return [value for value in _values(node) if isinstance(value, Map)]


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Seq) else ()
