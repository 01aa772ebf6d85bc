"""An element's content as YAML to begin with: what is demanded with a value in place, what is not behind a `#`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from adapters.soap.model import Anything, Attribute, Element, Group, Type
from adapters.soap.xsd import Schemas

#: A right word of each built-in type; what it is not for, the engineer sees.
_WORDS = {
    "boolean": "false", "date": "2026-01-01", "dateTime": "2026-01-01T00:00:00Z", "time": "00:00:00",
    "base64Binary": "RklYTUU=", "hexBinary": "00", "anyURI": "urn:fixme", "gYear": "2026", "duration": "P1D",
    "decimal": "1", "float": "1", "double": "1",
}  # fmt: skip
#: How far elements are shown in elements; deeper ones are named.
_DEPTH = 8
#: Before what counts when it is taken away, and before what is only told.
_MARK, _REMARK = "# ", "#: "


@dataclass(frozen=True, slots=True)
class Outline:
    """`above`: types that are being shown, for types may hold themselves."""

    schemas: Schemas
    above: tuple[Type, ...] = ()

    def body(self, element: Element, indent: int) -> Iterator[str]:
        """What stands in the one element of a message's body."""
        yield from self.content(element.type, indent)
        if element.type.base:
            yield _write_text(element.type, indent, "")

    def content(self, kind: Type, indent: int) -> Iterator[str]:
        """Lines of the mapping's language."""
        inner = replace(self, above=(*self.above, kind))
        for attribute in kind.attributes.values():
            line = [_write_attribute(attribute, indent)]
            yield from line if attribute.required else comment(line, indent)
        if kind.content is not None:
            yield from inner.group(kind.content, indent)

    def group(self, group: Group, indent: int) -> Iterator[str]:
        if group.kind == "choice" and len(group.members) > 1:
            yield from self._choice(group, indent)
            return
        lines = [line for member in group.members for line in self._member(member, indent)]
        yield from lines if group.least else comment(lines, indent)

    def _choice(self, group: Group, indent: int) -> Iterator[str]:
        """The first is taken; the others stand behind it."""
        yield f"{' ' * indent}{_REMARK}{'several' if group.most != 1 else 'one'} of these:"
        for place, member in enumerate(group.members):
            lines = list(self._member(_demand(member), indent))
            yield from lines if group.least and not place else comment(lines, indent)

    def _member(self, member: Element | Group | Anything, indent: int) -> Iterator[str]:
        if isinstance(member, Anything):
            yield f'{" " * indent}{_REMARK}elements of other namespaces may stand here, each with its own "@xmlns"'
        elif isinstance(member, Group):
            yield from self.group(member, indent)
        else:
            lines = self.element(member, indent)
            yield from lines if member.least else comment(lines, indent)

    def element(self, element: Element, indent: int) -> Iterator[str]:
        pad, kind, note = " " * indent, element.type, _note(element)
        if element.fixed is not None:
            yield f"{pad}{element.name}: {_quote(element.fixed)}  # always"
            return
        if kind in self.above or len(self.above) > _DEPTH:
            yield f"{pad}{_REMARK}{element.name}: {kind.name or 'elements'} again{note}"
            return
        derived = self.schemas.derive(kind) if kind.content is not None or kind.abstract else ()
        lines = list(self._typed(derived[0] if kind.abstract and derived else kind, derived, indent + 2))
        if kind.base and all(map(_is_comment, lines)):
            if kind.attributes:
                yield f"{pad}{_REMARK}{element.name} may have {', '.join('@' + name for name in kind.attributes)}"
            yield f"{pad}{element.name}: {_quote(_word(kind))}  # FIXME: {{from: …}}; {describe(kind)}{note}"
        elif kind.base:
            yield from [f"{pad}{element.name}:", *lines, _write_text(kind, indent + 2, note)]
        elif not any(map(_counts, lines)):
            yield from [f"{pad}{element.name}: {{}}  # {kind.name or 'elements'}{note}", *lines]
        else:
            shown = lines if not all(map(_is_comment, lines)) else uncomment(lines)
            yield from [f"{pad}{element.name}:{'  #' + note.removeprefix(',') if note else ''}", *shown]

    def _typed(self, kind: Type, derived: tuple[Type, ...], indent: int) -> Iterator[str]:
        if derived:
            said = f'{" " * indent}"@xsi:type": {derived[0].name}  # of {", ".join(one.name for one in derived)}'
            yield from [said] if kind is derived[0] else comment([said], indent)
        yield from self.content(kind, indent)


def _demand(member: Element | Group | Anything) -> Element | Group | Anything:
    return member if isinstance(member, Anything) else replace(member, least=max(1, member.least))


def comment(lines: Iterable[str], indent: int) -> Iterator[str]:
    """One mark is enough, so that taking it away makes all of it count."""
    for line in uncomment(lines):
        yield f"{line[:indent]}{_MARK}{line[indent:]}"


def uncomment(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        text = line.lstrip(" ")
        yield line[: len(line) - len(text)] + (text.removeprefix(_MARK))


def _counts(line: str) -> bool:
    return not line.lstrip().startswith(_REMARK)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _write_attribute(attribute: Attribute, indent: int) -> str:
    return f'{" " * indent}"@{attribute.name}": {_quote(_word(attribute.type))}  # {describe(attribute.type)}'


def _write_text(kind: Type, indent: int, note: str) -> str:
    return f'{" " * indent}"#text": {_quote(_word(kind))}  # FIXME: {{from: …}}; {describe(kind)}{note}'


def _quote(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _word(kind: Type) -> str:
    if kind.words:
        return kind.words[0]
    if "nteger" in kind.base or kind.base in ("int", "long", "short", "byte") or kind.base.startswith("unsigned"):
        return kind.limits.get("minInclusive", "1")
    return _WORDS.get(kind.base, "FIXME")


def describe(kind: Type) -> str:
    """`string, maxLength 4000`, or the words that are allowed."""
    if kind.words:
        return "one of " + ", ".join(kind.words)
    limits = [f"{name} {value}" for name, value in kind.limits.items()]
    return ", ".join([kind.base or kind.name or "elements", *limits])


def _note(element: Element) -> str:
    """How often, as the end of a comment."""
    nil = ", may be nil" if element.nillable else ""
    if element.most == 1:
        return nil if element.least else f"{nil}, optional"
    times = "repeated" if element.most is None else f"up to {element.most} times"
    return f"{nil}, {times}" if element.least < 2 else f"{nil}, {times}, at least {element.least}"
