"""Runs an example of writing."""

from typing import Any

from pydantic import ValidationError

from canonical.delivery import Scope
from canonical.mapping.differing import Difference, compare, show
from canonical.mapping.errors import ReadingError, RenderingError
from canonical.mapping.grammar import BODIES, EXAMPLE_OUT, METHODS
from canonical.mapping.nodes import Map, Node, Seq, Text, to_plain
from canonical.mapping.opening import Opened, open_map, read_text
from canonical.mapping.outbound import Delivering
from canonical.mapping.report import suggest
from canonical.mapping.scope import file_lists, scope_names
from canonical.mapping.shown import show_call
from canonical.mapping.trial import Trial
from canonical.plan import Plan

_SECTIONS = ("query", "headers", "link", "soap_header", *METHODS, *BODIES)


def run_writing(node: Map, trial: Trial) -> None:
    opened = open_map(node, EXAMPLE_OUT, trial.report)
    name = read_text(opened.get("intent"), "`intent`", trial.report) if opened else None
    if opened is None or name is None or "given" not in opened:
        return
    delivering = trial.mapping.writers.get(name)
    if delivering is None:
        what = f"an example of `{name}`, which this file does not write"
        trial.report.add(opened["intent"], "unknown-intent", what, suggest(name, list(trial.mapping.writers)))
        return
    if not {"expect", "takes", "refuses", "fails"} & set(opened):
        trial.report.add(node, "example-expects-nothing", "an example that compares nothing", "add `expect:`")
        return
    scope = _scope(opened["given"], name, trial)
    if scope is not None:
        _render(node, opened, delivering, scope, trial)
        _run_replies(opened, delivering, trial)


def _render(node: Map, opened: Opened, delivering: Delivering, scope: Scope, trial: Trial) -> None:
    seen: set[str] = set()
    try:
        plan = delivering.render(scope, seen)
    except RenderingError as error:
        _judge_failure(node, opened, delivering, error, trial)
        return
    if "fails" in opened:
        trial.fail(opened["fails"], "this example should fail, and it is written")
    elif "expect" in opened:
        _judge(opened["expect"], plan, delivering, seen, trial)


def _judge_failure(node: Map, opened: Opened, delivering: Delivering, error: RenderingError, trial: Trial) -> None:
    prefix = f"out.{delivering.name}."
    wanted = read_text(opened.get("fails"), "`fails`", trial.report)
    if wanted is None:
        trial.fail(opened.get("expect", node), f"cannot be written: {error}")
    elif error.field.removeprefix(prefix) != wanted.removeprefix(prefix):
        trial.fail(opened["fails"], f"fails at `{error.field.removeprefix(prefix)}` ({error.why})")


def _scope(node: Node, intent: str, trial: Trial) -> Scope | None:
    """A whole scope from the few names that matter."""
    made: dict[str, Any] = {
        "delivery_id": "delivery-1",
        "intent": intent,
        "system": trial.mapping.system,
        "case": {"id": "case-1", "state": "routed"},
        "appeal": {"id": "appeal-1", "system": "channel", "external_id": "1"},
    }
    if not isinstance(node, Map):
        trial.report.add(node, "wrong-shape", "`given` is not a mapping", "write `case.text: …` lines")
        return None
    for key, value in node.items:
        if (key.value not in scope_names() and key.value not in file_lists()) or key.value == "applicant.full_name":
            known = [*scope_names(), *file_lists()]
            trial.report.add(key, "unknown-name", f"there is no `{key.value}`", suggest(key.value, known))
            return None
        _put(made, "delivery_id" if key.value == "delivery.id" else key.value, to_plain(value))
    try:
        return Scope.model_validate(made)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        trial.fail(node.key(where) or node, f"`{where}`: {first['msg']}")
        return None


def _put(made: dict[str, Any], name: str, value: Any) -> None:
    *parents, last = name.split(".")
    for parent in parents:
        made = made.setdefault(parent, {})
    made[last] = value


def _judge(expect: Node, plan: Plan, delivering: Delivering, seen: set[str], trial: Trial) -> None:
    trial.reached |= {name for name in seen if name.startswith("tables.")}
    if not isinstance(expect, Map) or not expect.items:
        trial.report.add(expect, "wrong-shape", "`expect` is not a mapping of calls", "write `call: {post: […]}`")
        return
    calls = {call.name: call for call in (*plan.calls, *([plan.find] if plan.find else []))}
    for key, sections in expect.items:
        call = calls.get(key.value)
        if call is None:
            differs = (key, key.value, "a call", "none; there are " + (", ".join(calls) or "no calls"))
            trial.tell([differs])
        elif not isinstance(sections, Map):
            trial.report.add(
                sections, "wrong-shape", f"`{key.value}` is not a mapping", "write `{post: […], json: {…}}`"
            )
        else:
            actual = show_call(call)
            for section, wanted in sections.items:
                _judge_section(section, wanted, actual, key.value, trial)
                start = f"out.{delivering.name}.{key.value.partition('.')[0]}.{section.value}"
                trial.reached |= {name for name in seen if name == start or name.startswith(f"{start}.")}


def _judge_section(section: Text, wanted: Node, actual: dict[str, Any], call: str, trial: Trial) -> None:
    if section.value not in _SECTIONS:
        what = f"`{section.value}` is no part of a call"
        trial.report.add(section, "unknown-key", what, suggest(section.value, list(_SECTIONS)))
        return
    where = f"{call}.{section.value}"
    if section.value not in actual:
        trial.tell([(section, where, "present", f"only {', '.join(actual)}")])
        return
    if section.value in METHODS:
        wanted = _to_segments(wanted)
    trial.tell(list(compare(wanted, actual[section.value], where)))


def _to_segments(node: Node) -> Node:
    items = node.items if isinstance(node, Seq) else (node,)
    split: list[Node] = []
    for item in items:
        if isinstance(item, Text):
            split += [Text(part, item.line, item.column) for part in item.value.split("/") if part]
        else:  # {const: a/b}: one segment, slash and all
            whole = item.get("const") if isinstance(item, Map) else None
            split.append(whole or item)
    return Seq(tuple(split), node.line, node.column)


def _run_replies(opened: Opened, delivering: Delivering, trial: Trial) -> None:
    replies = opened.get("replies")
    bodies: dict[str, bytes] = {}
    for key, node in replies.items if isinstance(replies, Map) else ():
        try:
            step, _ = delivering.step(key.value)
        except KeyError:
            trial.fail(key, f"there is no call `{key.value}`")
            continue
        body = trial.load(node, step.reply.encoding)
        if body is not None:
            bodies[key.value] = body
    for section in ("takes", "refuses"):
        wanted = opened.get(section)
        for key, node in wanted.items if isinstance(wanted, Map) else ():
            if key.value not in bodies:
                trial.fail(key, f"`{section}` of `{key.value}` without its reply in `replies`")
            elif section == "takes":
                _judge_take(key, node, bodies[key.value], delivering, trial)
            else:
                _judge_refusal(key, node, bodies[key.value], delivering, trial)


def _judge_refusal(key: Text, node: Node, body: bytes, delivering: Delivering, trial: Trial) -> None:
    refused = trial.mapping.refused(delivering.name, key.value, body)
    if refused is not None:
        trial.reached.add(f"out.{delivering.name}.{key.value.partition('.')[0]}.refuse")
    trial.tell(list(compare(node, refused, f"{key.value}.refuse")))


def _judge_take(key: Text, node: Node, body: bytes, delivering: Delivering, trial: Trial) -> None:
    try:
        taken = trial.mapping.take(delivering.name, key.value, body)
    except ReadingError as error:
        trial.fail(key, f"the reply cannot be read: {error}")
        return
    differences: list[Difference] = []
    if not isinstance(node, Map):
        trial.tell([(node, f"{key.value}.take", "a mapping", show(taken))])
        return
    for name, value in node.items:
        differences += compare(value, taken.get(name.value), f"{key.value}.take.{name.value}")
        base = name.value.partition(".")[0]
        place = f"out.{delivering.name}.{key.value.partition('.')[0]}." + (
            base if base == "receipt" else f"take.{base}"
        )
        trial.reached.add(place if name.value in taken else f"{place}.absent")
    trial.tell(differences)
