"""What a mapping compiles to on the reading side: leaves, groups and lists of closures, and their slow traced twin."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from canonical.mapping.errors import Misfit, ReadingError
from canonical.mapping.values import to_text

#: (node, document root) → what is found; None: absent.
Pick = Callable[[Any, Any], Any]
Step = Callable[[Any], Any]


class Unknown:
    """The result of a word that a table lacks: the field stays empty, its raw word is kept elsewhere."""


UNKNOWN = Unknown()


@dataclass(frozen=True, slots=True)
class FieldTrace:
    """How one field came about. Holds residents' data: for the engineer's eyes only."""

    field: str
    path: str
    raw: Any
    steps: tuple[tuple[str, Any], ...]
    result: Any
    absent: bool = False


Tell = Callable[[FieldTrace], None]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One field. `fallback` is the result of absence; `demanded` makes absence an error instead."""

    field: str
    path: str
    pick: Pick
    steps: tuple[tuple[str, Step], ...]
    fallback: Any
    demanded: bool
    implied: bool = False  # not written by the engineer: a raw code kept beside its translation

    def compile(self) -> Pick:
        field, path, pick, fallback, demanded = self.field, self.path, self.pick, self.fallback, self.demanded
        steps = tuple(step for _, step in self.steps)
        convert, plain = _chain(steps), steps == (to_text,)

        def read(node: Any, root: Any) -> Any:
            raw = pick(node, root)
            if plain and raw.__class__ is str and raw.isprintable() and not raw.isspace() and raw:
                return raw  # most fields of most documents
            if raw is not None:
                try:
                    value = convert(raw)
                except Misfit as misfit:
                    raise ReadingError(field, path, str(misfit)) from None
                if value is not None:
                    return None if value is UNKNOWN else value
            if demanded:
                raise ReadingError(field, path, "absent")
            return fallback

        return read

    def trace(self, node: Any, root: Any, prefix: str, tell: Tell) -> Any:
        raw = value = self.pick(node, root)
        taken: list[tuple[str, Any]] = []
        for name, step in self.steps:
            if value is None:
                break
            try:
                value = step(value)
            except Misfit as misfit:
                taken.append((name, f"! {misfit}"))
                tell(FieldTrace(prefix + self.field, self.path, raw, tuple(taken), None))
                raise ReadingError(self.field, self.path, str(misfit)) from None
            taken.append((name, None if value is UNKNOWN else value))
        absent = value is None
        if absent and self.demanded:
            tell(FieldTrace(prefix + self.field, self.path, raw, (*taken, ("required", "! absent")), None, True))
            raise ReadingError(self.field, self.path, "absent")
        result = self.fallback if absent else None if value is UNKNOWN else value
        tell(FieldTrace(prefix + self.field, self.path, raw, tuple(taken), result, absent))
        return result


def _chain(steps: tuple[Step, ...]) -> Step:
    if len(steps) == 1:
        return steps[0]

    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value)
            if value is None:
                return None
        return value

    return convert


@dataclass(frozen=True, slots=True)
class Group:
    """A part of a model. Without any member it is left to the model's default; `demanded` makes that an error.

    raw: a RawCode, whose text may stand for a missing code. needed: members without which the group says nothing.
    """

    field: str
    members: tuple[tuple[str, "Part"], ...]
    demanded: bool = False
    raw: bool = False
    needed: tuple[str, ...] = ()

    def compile(self) -> Pick:
        members = tuple((name, part.compile()) for name, part in self.members)
        finish = self._finish if self.demanded or self.raw or self.needed else None

        def read(node: Any, root: Any) -> dict[str, Any] | None:
            made = {}
            for name, part in members:
                value = part(node, root)
                if value is not None:
                    made[name] = value
            return (finish(made) if finish else made) or None

        return read

    def trace(self, node: Any, root: Any, prefix: str, tell: Tell) -> dict[str, Any] | None:
        made = {name: part.trace(node, root, prefix, tell) for name, part in self.members}
        return self._finish({name: value for name, value in made.items() if value is not None}) or None

    def _finish(self, made: dict[str, Any]) -> dict[str, Any]:
        if self.demanded and not made:
            raise ReadingError(self.field, "", "none of its parts is present")
        if self.raw and "text" in made:
            made.setdefault("code", made["text"])
        return made if all(name in made for name in self.needed) else {}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of models, gathered from one or several places."""

    field: str
    sources: tuple[tuple["Nodes", Group], ...]

    def compile(self) -> Pick:
        sources = tuple((nodes, group.compile()) for nodes, group in self.sources)

        def read(node: Any, root: Any) -> list[Any] | None:
            found = [part(one, root) for nodes, part in sources for one in nodes(node, root)]
            return [one for one in found if one is not None] or None

        return read

    def trace(self, node: Any, root: Any, prefix: str, tell: Tell) -> list[Any] | None:
        found: list[Any] = []
        for nodes, group in self.sources:
            for place, one in enumerate(nodes(node, root), len(found)):
                found.append(group.trace(one, root, prefix, self._numbering(place, prefix, tell)))
        return [one for one in found if one is not None] or None

    def _numbering(self, place: int, prefix: str, tell: Tell) -> Tell:
        within = f"{prefix}{self.field}."

        def numbered(trace: FieldTrace) -> None:
            tell(replace(trace, field=f"{within}{place}.{trace.field.removeprefix(within)}"))

        return numbered


Nodes = Callable[[Any, Any], list[Any]]
Part = Leaf | Group | Listing
