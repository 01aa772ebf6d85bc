"""What a schema says about messages, as far as writing, showing and comparing them needs: names, order, types."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Type:
    """`name`: local name, "" of an anonymous one; `base`: the built-in type of a text, "" where there is none;
    `abstract`: only a derived one, named by xsi:type, may stand in its place.

    Filled after it is made, since types may hold themselves. `open`: it takes elements that no schema here declares.
    """

    name: str = ""
    space: str | None = None
    base: str = ""
    words: tuple[str, ...] = ()
    limits: dict[str, str] = field(default_factory=dict)  # facets: maxLength, pattern, …
    attributes: dict[str, "Attribute"] = field(default_factory=dict)
    content: "Group | None" = None
    open: bool = False
    abstract: bool = False

    def elements(self) -> Iterator["Element"]:
        """Its children, in the schema's order."""
        return self.content.elements() if self.content else iter(())

    def find(self, name: str) -> "Element | None":
        return next((one for one in self.elements() if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    space: str | None
    required: bool
    type: Type


@dataclass(frozen=True, slots=True)
class Element:
    """`most`: None is without end."""

    name: str
    space: str | None
    type: Type = field(compare=False, repr=False)
    least: int = 1
    most: int | None = 1
    nillable: bool = False
    fixed: str | None = None  # the only text that it may hold

    @property
    def tag(self) -> str:
        return f"{{{self.space}}}{self.name}" if self.space else self.name


@dataclass(frozen=True, slots=True)
class Group:
    """`kind`: sequence, choice or all."""

    kind: str
    members: tuple["Element | Group | Anything", ...]
    least: int = 1
    most: int | None = 1

    def elements(self) -> Iterator[Element]:
        for member in self.members:
            if isinstance(member, Element):
                yield member
            elif isinstance(member, Group):
                yield from member.elements()

    def required(self) -> Iterator[Element]:
        """Elements without which no content is right, where a group is not optional itself."""
        if not self.least or self.kind == "choice":
            return
        for member in self.members:
            if isinstance(member, Element) and member.least:
                yield member
            elif isinstance(member, Group):
                yield from member.required()

    def choices(self) -> Iterator["Group"]:
        """Of which one element must be there, where a group is not optional itself."""
        if self.least and self.kind == "choice":
            if all(map(_is_demanded, self.members)):
                yield self
        elif self.least:
            for member in self.members:
                if isinstance(member, Group):
                    yield from member.choices()


def _is_demanded(member: "Element | Group | Anything") -> bool:
    if isinstance(member, Group):
        return any(member.required()) or any(member.choices())
    return isinstance(member, Element) and member.least > 0


@dataclass(frozen=True, slots=True)
class Anything:
    """`xs:any`."""
