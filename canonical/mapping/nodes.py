"""YAML as positioned nodes whose scalars are all text. The few YAML features that surprise people are findings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Union

import yaml

from canonical.mapping.report import Report
from canonical.mapping.scanning import Loader

MAX_DEPTH = 40
MAX_LENGTH = 1_000_000


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Seq:
    items: tuple["Node", ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Map:
    items: tuple[tuple[Text, "Node"], ...]
    line: int
    column: int

    def get(self, name: str) -> "Node | None":
        return next((node for key, node in self.items if key.value == name), None)

    def key(self, name: str) -> Text | None:
        return next((key for key, _ in self.items if key.value == name), None)


Node = Union[Text, Seq, Map]  # noqa: UP007  (a forward reference)


class _Stop(Exception):
    """The file cannot be read any further; the finding is already reported."""


def parse(text: str, report: Report) -> Map | None:
    """The top mapping, or None when there is none. Never raises."""
    if len(text) > MAX_LENGTH:
        report.at(1, 1, "too-large", f"the file is longer than {MAX_LENGTH} characters", "split it by system")
        return None
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            report.at(number, line.index("\t") + 1, "tab", "a tab", 'use spaces; inside a text write "\\t"')
            return None
    try:
        return _compose(text, report)
    except _Stop:
        return None


def _compose(text: str, report: Report) -> Map | None:
    builder = _Builder(text, report)
    event = builder.next()
    while event.__class__ in (yaml.StreamStartEvent, yaml.DocumentStartEvent):
        event = builder.next()
    if event.__class__ is yaml.StreamEndEvent:
        report.at(1, 1, "empty-file", "the file is empty", "start with `version: 1`")
        return None
    node = builder.build(event, 0)
    builder.next()
    if (extra := builder.next()).__class__ is not yaml.StreamEndEvent:
        builder.say(extra, "several-documents", "a second YAML document", "one file holds one mapping: remove `---`")
    if not isinstance(node, Map):
        report.at(node.line, node.column, "not-a-mapping", "the file is not a mapping", "start with `version: 1`")
        return None
    return node


class _Builder:
    def __init__(self, text: str, report: Report) -> None:
        self.report = report
        self.events: Iterator[Any] = _events(text, report)

    def next(self) -> Any:
        return next(self.events)

    def say(self, event: Any, code: str, what: str, remedy: str) -> None:
        mark = event.start_mark
        self.report.at(mark.line + 1, mark.column + 1, code, what, remedy)

    def build(self, event: Any, depth: int) -> Node:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if depth > MAX_DEPTH:
            self.say(event, "too-deep", f"nested deeper than {MAX_DEPTH} levels", "flatten it")
            raise _Stop
        self.refuse_features(event)
        if event.__class__ is yaml.ScalarEvent:
            return Text(self.clean(event), line, column)
        if event.__class__ is yaml.SequenceStartEvent:
            return Seq(tuple(self.sequence(depth)), line, column)
        if event.__class__ is yaml.MappingStartEvent:
            return Map(tuple(self.mapping(depth)), line, column)
        return Text("", line, column)  # an alias, reported above

    def refuse_features(self, event: Any) -> None:
        if event.__class__ is yaml.AliasEvent:
            self.say(event, "alias", "an alias `*…`", "write the value out")
        elif event.anchor is not None:
            self.say(event, "anchor", "an anchor `&…`", "write the value out where it is used")
        if getattr(event, "tag", None) is not None:
            self.say(event, "tag", "a YAML tag `!…`", "remove it: every scalar is text, `type:` gives types")

    def clean(self, event: Any) -> str:
        value: str = event.value
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            self.say(event, "bad-text", "half of a surrogate pair", "write the character itself")
            return ""
        return value

    def sequence(self, depth: int) -> Iterator[Node]:
        while (event := self.next()).__class__ is not yaml.SequenceEndEvent:
            yield self.build(event, depth + 1)

    def mapping(self, depth: int) -> Iterator[tuple[Text, Node]]:
        seen: dict[str, int] = {}
        while (event := self.next()).__class__ is not yaml.MappingEndEvent:
            key, value = self.build(event, depth + 1), self.build(self.next(), depth + 1)
            if not isinstance(key, Text):
                self.say(event, "key-not-text", "a key that is not a text", "keys are plain names")
            elif key.value == "<<":
                self.say(event, "merge-key", "a merge key `<<`", "write the keys out")
            elif key.value in seen:
                first = f"the key `{key.value}` again (first on line {seen[key.value]})"
                self.say(event, "duplicate-key", first, "keep one of the two")
            else:
                seen[key.value] = key.line
                yield key, value


def _events(text: str, report: Report) -> Iterator[Any]:
    """yaml.parse with every way it can fail turned into one finding. It needs no recursion of its own."""
    line, column = 1, 1
    quoted = None  # the last text in quotes that ends on another line than it begins
    try:
        events: Iterator[Any] = yaml.parse(text, Loader=Loader)
        for event in events:
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            if getattr(event, "style", None) in ("'", '"') and event.end_mark.line > event.start_mark.line:
                quoted = event
            yield event
    except yaml.MarkedYAMLError as error:
        if quoted is not None and error.problem_mark and error.problem_mark.line == quoted.end_mark.line:
            what = f"not YAML: the quote that opens here closes only on line {quoted.end_mark.line + 1}"
            report.at(*_place(quoted.start_mark), "yaml", what, "close it where the text ends")
            raise _Stop from None
        begun = (error.context or "").startswith(("while parsing a flow", "while scanning a quoted"))
        mark = error.context_mark if begun else error.problem_mark or error.context_mark
        if mark is not None:
            line, column = _place(mark)
        report.at(line, column, "yaml", f"not YAML: {error.problem or error.context}", _remedy(error.problem))
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        report.at(line, column, "yaml", "a character that YAML does not allow", "remove it or write it as an escape")
    except (yaml.YAMLError, ValueError, OverflowError, IndexError):
        report.at(line, column, "yaml", "not YAML: a number or an escape out of range", "mend it")
    raise _Stop


def _place(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


#: PyYAML's words → what people did.
_REMEDIES = {
    "cannot start any token": "put a text that begins with such a sign in quotes",
    "mapping values are not allowed": "indent keys of one level alike, and put a text that holds `: ` in quotes",
    "expected <block end>": "indent this line like those that it belongs to",
    "could not find expected ':'": "write `key: value`, with a space behind the colon; look at the line before too",
    "expected ',' or": "close the bracket; a `#` behind a space begins a comment",
}


def _remedy(problem: str | None) -> str:
    fitting = [remedy for words, remedy in _REMEDIES.items() if words in (problem or "")]
    return next(iter(fitting), "mend the punctuation or quotes")


def to_plain(node: Node) -> Any:
    """Nested dicts, lists and texts."""
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Seq):
        return [to_plain(item) for item in node.items]
    return {key.value: to_plain(item) for key, item in node.items}
