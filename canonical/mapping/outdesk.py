"""What surrounds a value that is written."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from canonical.mapping.desk import Desk
from canonical.mapping.encoding import compile_fit
from canonical.mapping.nodes import Text
from canonical.mapping.report import suggest
from canonical.mapping.scope import Name, item_names, part_names, scope_names
from canonical.mapping.wholetext import Overflow


@dataclass(frozen=True, slots=True)
class Taken:
    """A name that an earlier call's reply gives. `each`: the list its step runs over. `maybe`: it can be missing."""

    step: str
    each: str | None
    maybe: bool


@dataclass(frozen=True, slots=True)
class Intent:
    """One `out.INTENT` while it is compiled."""

    name: str
    desk: Desk
    zone: tzinfo | None
    encoding: str | None
    replace: bool
    disclosed: frozenset[str]
    used: set[str] = field(default_factory=set)  # classes read so far
    taken: dict[str, Taken] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)  # lists of files that it sends
    overflows: list[Overflow] = field(default_factory=list)  # texts that may need a file beside


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value is written. `style`: json keeps numbers; everything else is text. `each`: the list around it."""

    intent: Intent
    where: str
    style: str = "text"  # json, xml, message (of SOAP), text
    each: str | None = None  # coverage-stable name of the step's list, such as `case.files`
    item: str | None = None  # what `item.*` is here: file or part
    inner: bool = False  # inside a list of a tree: `item` is the list's, takes of the step's list do not apply
    secret: bool = False
    file: bool = False  # a file's bytes may stand here
    body: bool = False  # the body's encoding applies
    fixed: bool = False  # absence would shift meaning: segments

    def at(self, name: str) -> "Spot":
        return replace(self, where=f"{self.where}.{name}")

    def fit(self) -> Callable[[str], str]:
        """Text as it can stand here; raises Misfit."""
        encoding = self.intent.encoding if self.body else None
        return compile_fit(encoding, self.intent.replace, self.style in ("xml", "message"))


def list_names(spot: Spot) -> dict[str, Name]:
    """All that can be named here, inside an `each` also what belongs to its element."""
    return {**scope_names(), **({"file": item_names, "part": part_names}[spot.item]() if spot.item else {})}


def find_name(text: Text, spot: Spot) -> Name | None:
    """A scope name, with its disclosure checked."""
    report, wanted = spot.intent.desk.report, text.value.removesuffix("?")
    names = list_names(spot)
    name = names.get(wanted)
    if name is not None and wanted.startswith("file.") and spot.intent.name != "fetch":
        report.add(text, "file-outside-fetch", f"`{wanted}` outside `fetch`", "read `item.*` inside `each: case.files`")
        return None
    if name is None:
        if wanted.startswith("item.") and spot.item is None:
            report.add(text, "item-outside-each", f"`{wanted}` outside `each`", "add `each:` to the step or the list")
        else:
            report.add(text, "unknown-name", f"there is no `{wanted}`", suggest(wanted, list(names)))
        return None
    disclose(name.discloses, text, spot.intent)
    return name


def disclose(group: str | None, text: Text, intent: Intent) -> None:
    if group is None:
        return
    intent.used.add(group)
    if group not in intent.disclosed:
        what = f"`{text.value}` is `{group}`, which `{intent.name}` does not disclose"
        intent.desk.report.add(text, "not-disclosed", what, f"add `{group}` to `discloses`, or do not send it")
