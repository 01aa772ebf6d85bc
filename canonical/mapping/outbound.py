"""Compiles `out:`."""

from dataclasses import dataclass
from datetime import tzinfo

from canonical.delivery import Intent as IntentName
from canonical.delivery import Scope
from canonical.mapping.calls import Step, check_question, compile_call, is_none
from canonical.mapping.desk import Desk, read_encoding, read_zone
from canonical.mapping.grammar import INTENT, LACKING
from canonical.mapping.job import Job
from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.opening import Opened, open_map, read_choice, read_choices, read_texts
from canonical.mapping.outdesk import Intent, Taken
from canonical.mapping.replies import RECEIPT
from canonical.mapping.report import suggest
from canonical.mapping.scope import CLASSES
from canonical.mapping.wholetext import Overflow
from canonical.plan import Plan

_NAME_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


@dataclass(frozen=True, slots=True)
class Delivering:
    """One `out.INTENT`, compiled."""

    name: str
    steps: tuple[Step, ...]
    find: Step | None
    settle: float
    lists: frozenset[str] = frozenset()  # `case.files` and the like, whose files it sends
    overflows: tuple[Overflow, ...] = ()

    def render(self, scope: Scope, seen: set[str] | None = None) -> Plan:
        """Raises RenderingError, NotSent."""
        job = Job(scope, seen=seen)
        for overflow in self.overflows:
            overflow.attach(job)
        calls = tuple(call for step in self.steps for call in step.render(job))
        find = next(iter(self.find.render(job)), None) if self.find else None
        return Plan(calls=calls, find=find, settle=self.settle)

    def step(self, call: str) -> tuple[Step, str]:
        """The step a call came from, and its place among the step's calls ("" or "2"). Raises KeyError."""
        name, _, place = call.partition(".")
        return {step.name: step for step in self.calls()}[name], place

    def calls(self) -> list[Step]:
        """Every call as declared, those that only ask too."""
        steps = [*self.steps, *([self.find] if self.find else [])]
        return steps + [step.ask for step in steps if step.ask]


def compile_out(node: Node | None, desk: Desk, zone: tzinfo | None) -> dict[str, Delivering]:
    if node is None:
        return {}
    if not isinstance(node, Map):
        desk.report.add(node, "wrong-shape", "`out` is not a mapping", "write `out: {forward: {…}}`")
        return {}
    names, made = [str(intent.value) for intent in IntentName], {}
    for key, value in node.items:
        if key.value not in names:
            desk.report.add(key, "unknown-intent", f"there is no intent `{key.value}`", suggest(key.value, names))
        elif delivering := _compile(key.value, value, desk, zone):
            made[key.value] = delivering
    return made


def _compile(name: str, node: Node, desk: Desk, zone: tzinfo | None) -> Delivering | None:
    opened = open_map(node, INTENT, desk.report)
    if opened is None:
        return None
    intent = _intent(name, opened, desk, zone)
    before = len(desk.report.findings)
    steps = _steps(opened, intent)
    find = _find(opened, intent)
    _check_repeats(opened, steps, find, intent)
    known = len(desk.report.findings)
    for text in read_texts(opened.get("discloses"), "`discloses`", desk.report):
        if known == before and text.value in CLASSES and text.value not in intent.used:
            what = f"`{name}` discloses `{text.value}` and reads nothing of it"
            desk.report.add(text, "discloses-unused", what, "remove it: disclose no more than needed")
    if name == "fetch":
        _check_fetch(node, steps, find, intent)
    _check_overflows(intent)
    return Delivering(
        name, tuple(step for _, step in steps), find, _settle(opened, desk), frozenset(intent.lists),
        tuple(intent.overflows),
    )  # fmt: skip


def _check_overflows(intent: Intent) -> None:
    for one in intent.overflows:
        if f"{one.group}.files" not in intent.lists:
            what = f"the whole text has nowhere to go: `{intent.name}` sends no `{one.group}.files`"
            remedy = f"add a step or a list with `each: {one.group}.files`, or write `longer: cut` with a `mark`"
            intent.desk.report.add(one.place, "attach-nowhere", what, remedy)


def _intent(name: str, opened: Opened, desk: Desk, zone: tzinfo | None) -> Intent:
    report = desk.report
    before = len(report.findings)
    classes = read_choices(opened.get("discloses"), "`discloses`", CLASSES, report, "unknown-class")
    if "discloses" not in opened or len(report.findings) > before:
        classes = list(CLASSES)  # one finding is enough: what may leave is not known yet
    lacking = read_choice(opened.get("lacking"), "`lacking`", LACKING, report)
    zone = read_zone(opened.get("zone"), report) or zone
    encoding = read_encoding(opened.get("encoding"), report)
    return Intent(name, desk, zone, encoding, lacking == "replace", frozenset(classes))


def _settle(opened: Opened, desk: Desk) -> float:
    text = read_texts(opened.get("settle"), "`settle`", desk.report)
    if not text:
        return 60.0
    try:
        seconds = float(text[0].value)
        if 0 <= seconds < 1e7:
            return seconds
    except ValueError:
        pass
    desk.report.add(text[0], "bad-number", "`settle` is not a number of seconds", "write digits")
    return 60.0


def _steps(opened: Opened, intent: Intent) -> list[tuple[Text, Step]]:
    report, node = intent.desk.report, opened.get("steps")
    if node is None:
        return []
    if not isinstance(node, Seq) or not node.items:
        report.add(node, "no-steps", "`steps` is not a list of calls", "write `- name: {post: […], …}`")
        return []
    steps: list[tuple[Text, Step]] = []
    names: set[str] = set()
    for item in node.items:
        if not isinstance(item, Map) or len(item.items) != 1:
            report.add(item, "wrong-shape", "a step is not one `name: call`", "write `- name: {post: […], …}`")
            continue
        ((key, value),) = item.items
        _check_name(key, names, intent)
        step = compile_call(key.value, value, intent)
        if isinstance(value, Map):
            _remember_takes(key, value, step, intent)
        if step:
            steps.append((key, step))
    return steps


def _check_name(key: Text, names: set[str], intent: Intent) -> None:
    report = intent.desk.report
    if not key.value or not set(key.value) <= _NAME_SIGNS or key.value == "find":
        report.add(key, "bad-name", f"`{key.value}` cannot name a step", "use a-z, 0-9 and _, and not `find`")
    if key.value in names:
        report.add(key, "duplicate-step", f"a second step `{key.value}`", "give each step its own name")
    names.add(key.value)


def _remember_takes(key: Text, value: Map, step: Step | None, intent: Intent) -> None:
    taken = value.get("take")
    for name, node in taken.items if isinstance(taken, Map) else ():
        if name.value in intent.taken or name.value == "receipt":
            what = f"`{name.value}` is taken twice"
            intent.desk.report.add(
                name, "take-twice", what, "give each taken value its own name; `receipt:` is its own key"
            )
        optional = isinstance(node, Text) and node.value.endswith("?")
        maybe = optional or value.get("when") is not None
        intent.taken[name.value] = Taken(key.value, step.each_name if step else None, maybe)


def _find(opened: Opened, intent: Intent) -> Step | None:
    node = opened.get("find")
    if node is None or is_none(node):
        return None
    kept = dict(intent.taken)
    intent.taken.clear()  # nothing was taken yet when we ask
    step = compile_call("find", node, intent)
    intent.taken.update(kept)
    check_question(node, step, intent)
    return step


def _check_fetch(node: Node, steps: list[tuple[Text, Step]], find: Step | None, intent: Intent) -> None:
    if steps and (len(steps) > 1 or find or steps[0][1].method != "get" or steps[0][1].items is not None):
        what = "`fetch` is more than one plain question"
        intent.desk.report.add(node, "fetch-steps", what, "write one step with `get:` or `link:`, without `each`")


def _check_repeats(opened: Opened, steps: list[tuple[Text, Step]], find: Step | None, intent: Intent) -> None:
    if "find" in opened and find is None:
        return  # `none`: a person decides
    for key, step in steps:
        if step.idempotent or step.unasked or step.ask is not None:
            continue
        if find is None:
            what = f"step `{key.value}` could happen twice after a broken call"
            remedy = (
                "add `key: Header-Name`, `idempotent: true` (if the system says so), or `find:` to the intent "
                "(`find: none`: a person decides)"
            )
            intent.desk.report.add(key, "not-idempotent", what, remedy)
        elif not _proves(find, step, [one for _, one in steps]):
            what = f"`find` of the intent cannot tell whether step `{key.value}` happened: it could happen twice"
            remedy = (
                "add `find:` to the step (`find: none`: a person decides), a `key:`, or `idempotent: true` (if the "
                "system says so)"
            )
            intent.desk.report.add(key, "step-unproven", what, remedy)


def _proves(find: Step, step: Step, steps: list[Step]) -> bool:
    """As adapters conclude from its reply: the receipt proves the step that gives it, other values the step that
    gives all of them; of calls over a list nothing is proven."""
    asked, gives = _gifts(find), _gifts(step)
    if step.items is not None and len(steps) > 1:
        return False
    if RECEIPT in asked and (RECEIPT in gives or (step is steps[0] and not any(RECEIPT in _gifts(s) for s in steps))):
        return True
    return bool(gives) and gives <= asked


def _gifts(step: Step) -> frozenset[str]:
    return frozenset(name for name, _ in step.reply.takes)
