"""Compiles the source of a value that is written: `from`, `const`, `take`, `secret`, `file`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from canonical.mapping.job import Job
from canonical.mapping.nodes import Node, Seq, Text
from canonical.mapping.opening import Opened, read_flag, read_text, read_texts
from canonical.mapping.outdesk import Spot, find_name, list_names
from canonical.mapping.report import suggest
from canonical.mapping.scope import Name
from canonical.mapping.values import spell


@dataclass(frozen=True, slots=True)
class Source:
    get: Callable[[Job], Any]
    type: str
    text: str
    optional: bool = False
    codes: frozenset[str] | None = None


def pick_source(kind: str, node: Node, opened: Opened, spot: Spot) -> Source | None:
    pickers = {"from": _from, "const": _const, "take": _take, "secret": _secret, "file": _file}
    return pickers[kind](node, opened, spot)


def _from(node: Node, opened: Opened, spot: Spot) -> Source | None:
    report = spot.intent.desk.report
    texts = read_texts(opened["from"], "`from`", report)
    names = [name for text in texts if (name := find_name(text, spot))]
    if not texts or len(names) < len(texts):
        if not texts and isinstance(opened["from"], Seq):
            report.add(opened["from"], "no-source", "`from` names nothing", "write a name such as `case.text`")
        return None
    optional, shown = all(text.value.endswith("?") for text in texts), texts[0].value.removesuffix("?")
    gets = [_getter(name) for name in names]
    if "join" in opened:
        if len(gets) < 2:
            report.add(opened["join"], "join-alone", "`join` with one value", "remove `join`, or give several names")
        glue = opened["join"].value if isinstance(opened["join"], Text) else ""
        return Source(_joined(gets, glue), "text", shown, optional)
    if len({name.type for name in names}) > 1:
        report.add(opened["from"], "type-mismatch", "names of different types", "name values of one type")
        return None
    return Source(gets[0] if len(gets) == 1 else _first(gets), names[0].type, shown, optional, names[0].codes)


def _getter(name: Name) -> Callable[[Job], Any]:
    get = name.get
    if name.name.startswith("item."):
        return lambda job: get(job.item)
    return lambda job: get(job.scope)


def _first(gets: list[Callable[[Job], Any]]) -> Callable[[Job], Any]:
    def first(job: Job) -> Any:
        return next((value for get in gets if (value := get(job)) is not None and value != ""), None)

    return first


def _joined(gets: list[Callable[[Job], Any]], glue: str) -> Callable[[Job], Any]:
    def joined(job: Job) -> str | None:
        values = (get(job) for get in gets)
        return glue.join(spell(value).strip() for value in values if value is not None and value != "") or None

    return joined


def _const(node: Node, opened: Opened, spot: Spot) -> Source | None:
    const, report = opened["const"], spot.intent.desk.report
    if not isinstance(const, Text):
        report.add(const, "wrong-shape", "`const` is not a text", "write one text")
        return None
    if const is node and (source := _find_meant(const.value, spot)):
        what = f"`{const.value}` here is a constant, though it is a name of the scope"
        remedy = f"write `{{{source}: {const.value}}}`, or `{{const: …}}` if you mean the word"
        report.add(const, "bare-name", what, remedy)
    kind = opened.get("type")
    if isinstance(kind, Text) and kind.value == "null":
        return Source(lambda job: None, "null", "null")
    if not const.value.strip():
        report.add(const, "empty-value", "an empty constant", 'remove it, or write `{const: "", type: "null"}`')
        return None
    return Source(lambda job: const.value, "const", const.value)


def _find_meant(word: str, spot: Spot) -> str | None:
    """The source that a bare word looks like; inside an `each` also what belongs to its element."""
    name = word.removesuffix("?")
    if word == "item" and spot.file:
        return "file"
    return "from" if "." in name and name in list_names(spot) else None


def _take(node: Node, opened: Opened, spot: Spot) -> Source | None:
    report, text = spot.intent.desk.report, opened["take"]
    written = read_text(text, "`take`", report)
    if written is None:
        return None
    name, optional = written.removesuffix("?"), written.endswith("?")
    taken = spot.intent.taken.get(name)
    if taken is None:
        what = f"no earlier call takes `{name}`"
        report.add(text, "unknown-take", what, suggest(name, list(spot.intent.taken)))
        return None
    wants_all = read_flag(opened.get("all"), "`all`", report)
    same = taken.each is not None and taken.each == spot.each and not wants_all
    if wants_all and taken.each is None:
        report.add(text, "take-not-list", f"`{name}` is taken once", "remove `all`")
    if taken.each is not None and not wants_all and not same:
        report.add(text, "take-list", f"`{name}` is taken once per file", "add `all: true`")
    if taken.maybe and not optional and not wants_all and not same and "absent" not in opened:
        what = f"`{name}` comes from a step that may be left out"
        report.add(text, "take-maybe", what, f"write `take: {name}?`, or say `absent:`")
    if wants_all:
        return Source(lambda job: _all(job, name, taken.step), "take", name, optional)
    if same:
        return Source(lambda job: {"$take": f"{name}.{job.index}"}, "take", name, optional)
    return Source(lambda job: {"$take": name} if job.counts.get(taken.step) else None, "take", name, optional)


def _all(job: Job, name: str, step: str) -> list[dict[str, str]] | None:
    return [{"$take": f"{name}.{place}"} for place in range(1, job.counts.get(step, 0) + 1)] or None


def _secret(node: Node, opened: Opened, spot: Spot) -> Source | None:
    name = read_text(opened["secret"], "`secret`", spot.intent.desk.report)
    if name is None:
        return None
    if not spot.secret:
        remedy = "secrets stand in headers, query, segments and forms, or in `connect`"
        spot.intent.desk.report.add(opened["secret"], "secret-place", "a secret where it must not stand", remedy)
        return None
    return Source(lambda job: {"$secret": name}, "secret", name)


def _file(node: Node, opened: Opened, spot: Spot) -> Source | None:
    text = opened["file"]
    report = spot.intent.desk.report
    if not isinstance(text, Text) or text.value != "item":
        report.add(text, "unknown-name", "`file` names something else than `item`", "write `file: item` inside `each`")
        return None
    name = find_name(Text("item.bytes", text.line, text.column), spot)
    if name is None or spot.item != "file":
        return None
    return Source(_getter(name), "file", "item.bytes")
