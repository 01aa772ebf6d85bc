"""Runs an example of reading."""

import re
from dataclasses import replace
from typing import Any

from canonical.form import Form
from canonical.mapping.differing import Difference, compare, show
from canonical.mapping.errors import Misfit, ReadingError
from canonical.mapping.grammar import EXAMPLE_IN
from canonical.mapping.kinds import Kind
from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.opening import Opened, open_map, read_text
from canonical.mapping.parts import FieldTrace
from canonical.mapping.report import suggest
from canonical.mapping.targets import Shape, shape_of
from canonical.mapping.trial import Trial

_NUMBER = re.compile(r"(?:^|(?<=\.))\d+\.")
#: A reading and how its fields came about.
Traced = tuple[Form, list[FieldTrace]]
_IDENTITY = ("id", "revision", "sent_at")


def run_reading(node: Map, trial: Trial) -> None:
    opened = open_map(node, EXAMPLE_IN, trial.report)
    name = read_text(opened.get("kind"), "`kind`", trial.report) if opened else None
    if opened is None or name is None:
        return
    kind = trial.mapping.readers.get(name)
    if kind is None:
        what = f"an example of `{name}`, which this file does not read"
        trial.report.add(opened["kind"], "unknown-kind", what, suggest(name, list(trial.mapping.readers)))
        return
    if ("given" in opened) == ("response" in opened):
        trial.report.add(node, "missing-key", "an example needs either `given` or `response`", "keep one")
        return
    _run(node, opened, kind, trial)


def _run(node: Map, opened: Opened, kind: Kind, trial: Trial) -> None:
    if not {"expect", "fails", *_IDENTITY} & set(opened):
        trial.report.add(node, "example-expects-nothing", "an example that compares nothing", "add `expect:` or `id:`")
        return
    raw = trial.load(opened.get("given") or opened["response"], kind.source.encoding)
    if raw is None:
        return
    try:
        readings = [reading for body in _identify(raw, opened, kind, trial) for reading in _trace(body, kind)]
    except ReadingError as error:
        _judge_failure(node, opened, error, trial)
        return
    if "fails" in opened:
        trial.fail(opened["fails"], "this example should fail, and it reads")
        return
    if "expect" in opened:
        _judge(opened["expect"], readings, kind, trial)


def _trace(body: bytes, kind: Kind) -> list[Traced]:
    """Each reading with its own traces, by field."""
    told: list[FieldTrace] = []
    readings = kind.trace(body, told.append)
    if kind.entries is None:
        return [(reading, told) for reading in readings]
    split: list[Traced] = []
    for place, reading in enumerate(readings):
        own = [trace for trace in told if trace.field.startswith(f"{place}.")]
        split.append((reading, [replace(trace, field=trace.field.partition(".")[2]) for trace in own]))
    return split


def _judge_failure(node: Map, opened: Opened, error: ReadingError, trial: Trial) -> None:
    wanted = read_text(opened.get("fails"), "`fails`", trial.report)
    if wanted is None:
        trial.fail(opened.get("expect", node), f"cannot be read: {error}")
    elif error.field != wanted:
        trial.fail(opened["fails"], f"fails at `{error.field}` ({error.why}) and not at `{wanted}`")
    else:
        trial.reached.add(f"in.{read_text(opened.get('kind'), '`kind`', trial.report)}.{wanted}.fails")


def _identify(raw: bytes, opened: Opened, kind: Kind, trial: Trial) -> list[bytes]:
    """The documents; compares their identities on the way. Raises ReadingError."""
    nodes = kind.split_nodes(raw) if "response" in opened else [kind.document(raw)]
    found: dict[str, list[Any]] = {name: [] for name in _IDENTITY}
    traces: list[FieldTrace] = []
    for node in nodes:
        if any(name in opened for name in _IDENTITY):
            for name, value in zip(_IDENTITY, kind.identity.trace(node, traces.append), strict=True):
                found[name].append(value)
    for name in _IDENTITY:
        if name in opened:
            actual = found[name] if "response" in opened else found[name][0]
            trial.tell(list(compare(opened[name], actual, name)))
    trial.reached |= {_covered(kind, trace) for trace in traces if trace.field in opened}
    if "response" not in opened:
        return [raw]
    try:
        return [kind.source.dump(node) for node in nodes]
    except Misfit as misfit:
        raise ReadingError("document", "", str(misfit)) from None


def _covered(kind: Kind, trace: FieldTrace) -> str:
    return f"in.{kind.name}.{_NUMBER.sub('', trace.field)}" + (".absent" if trace.absent else "")


def _judge(expect: Node, readings: list[Traced], kind: Kind, trial: Trial) -> None:
    wanted = list(expect.items) if isinstance(expect, Seq) else [expect]
    maps = [one for one in wanted if isinstance(one, Map)]
    if len(maps) < len(wanted):
        trial.report.add(
            expect, "wrong-shape", "`expect` is neither a mapping nor a list of them", "write `field: text`"
        )
        return
    if not maps and not readings:
        return
    if len(maps) != len(readings):
        trial.tell([(expect, "readings", str(len(maps)), str(len(readings)))])
        return
    if not any(one.items for one in maps):
        trial.report.add(
            expect, "example-expects-nothing", "an example that compares nothing", "name fields in `expect`"
        )
    shape = shape_of(kind.model)
    for one, (reading, traces) in zip(maps, readings, strict=True):
        _reach(_compare_reading(one, reading, shape, trial), traces, kind, trial)


def _compare_reading(expected: Map, reading: Form, shape: Shape, trial: Trial) -> set[str]:
    """The names that were compared."""
    named, differences = set(), []
    for key, value in expected.items:
        plain = _NUMBER.sub("", key.value)
        if not _exists(plain, shape):
            what = f"there is no field `{key.value}`"
            trial.report.add(key, "unknown-field", what, suggest(plain, [*shape.leaves, *shape.lists]))
            continue
        named.add(key.value)
        differences += _compare_field(key, value, reading)
    trial.tell(differences)
    return named


def _exists(name: str, shape: Shape) -> bool:
    first, _, rest = name.partition(".")
    return name in shape.leaves or (first in shape.lists and rest in shape_of(shape.lists[first]).leaves)


def _compare_field(key: Text, value: Node, reading: Form) -> list[Difference]:
    actual: Any = reading
    for part in key.value.split("."):
        if isinstance(actual, tuple):
            actual = actual[int(part)] if part.isdigit() and int(part[:6]) < len(actual) else None
        else:
            actual = getattr(actual, part, None)
    if not isinstance(value, Text):
        return [(value, key.value, "one text", show(actual))]
    return list(compare(value, actual, key.value))


def _reach(named: set[str], traces: list[FieldTrace], kind: Kind, trial: Trial) -> None:
    """Only what was compared counts as seen."""
    for trace in traces:
        if trace.field in named:
            trial.reached.add(_covered(kind, trace))
            rows = [(step, value) for step, value in trace.steps if step.startswith("table ") and value is not None]
            trial.reached |= {f"tables.{step.removeprefix('table ')}.{value}" for step, value in rows}
