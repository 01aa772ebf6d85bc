"""Questions written in YAML: constants, and places filled in at the moment of asking."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import orjson
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from adapters.bodies import write_question
from adapters.errors import Unavailable
from adapters.http import Outgoing, Reply
from adapters.line import Line
from adapters.outcome import to_code
from adapters.paths import look
from adapters.settings import Encoding, HeaderName, Missing, Strict, check_bodies, resolve, split_segments, to_given
from adapters.urls import join_url
from canonical.mapping.times import compile_format


class Fill(Strict):
    """`format` is for times; `type` for values of a JSON body."""

    fill: Literal["since", "until", "page", "size", "offset", "cursor", "item", "number"]
    format: str = "iso"
    type: Literal["text", "integer"] = "text"

    @model_validator(mode="after")
    def known_format(self) -> "Fill":
        compile_format(self.format, UTC)
        return self


class Const(Strict):
    """A constant of a JSON body that is no text."""

    const: str
    type: Literal["integer", "number", "boolean"]

    @model_validator(mode="after")
    def fits(self) -> "Const":
        if not _FORMS[self.type].fullmatch(self.const):
            raise ValueError(f"`{self.const}` is no {self.type}")
        return self

    def to_value(self) -> Any:
        return orjson.loads(self.const)


_FORMS = {
    "integer": re.compile(r"-?(0|[1-9]\d*)"),
    "number": re.compile(r"-?(0|[1-9]\d*)(\.\d+)?"),
    "boolean": re.compile("true|false"),
}


#: Longer ones Python does not read at all.
_WHOLE = re.compile(r"-?[0-9]{1,1000}")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not a known time zone, such as Asia/Yekaterinburg") from None
    return name


def _to_slot(value: Any) -> Any:
    if isinstance(value, dict) and "fill" in value:
        return Fill(**value)
    return value if isinstance(value, Fill) else to_given(value)


Slot = Annotated[Any, BeforeValidator(_to_slot)]
Segments = Annotated[tuple[Slot, ...], BeforeValidator(split_segments)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Slots = dict[str, Slot]


class Question(Strict):
    """One request. `post` with a `json`, `form` or `xml` body is for systems that list by POST.

    `operation` with a `message`: of a SOAP service. `refuse`: path at which a reply of 200 tells an error.
    """

    get: Segments | None = None
    post: Segments | None = None
    operation: str | None = None
    message: dict[str, Any] | None = None
    query: Slots = Field(default_factory=dict)
    headers: dict[HeaderName, Slot] = Field(default_factory=dict)
    json_: dict[str, Any] | None = Field(None, alias="json")
    form: Slots | None = None
    xml: dict[str, Any] | None = None
    encoding: Encoding = "utf-8"  # of a `form` or `xml`
    refuse: str | None = None

    @model_validator(mode="after")
    def one_method(self) -> "Question":
        if sum(way is not None for way in (self.get, self.post, self.operation)) != 1:
            raise ValueError("needs either `get:`, `post:` or `operation:`")
        bodies = (self.json_, self.form, self.xml)
        check_bodies(*bodies)
        if self.operation is not None and (self.query or any(body is not None for body in bodies)):
            raise ValueError("an `operation:` takes a `message:` and nothing else")
        if self.operation is None and self.message is not None:
            raise ValueError("a `message:` belongs to an `operation:`")
        if self.get is not None and any(body is not None for body in bodies):
            raise ValueError("a `get:` has no body; use `post:`")
        return self

    @model_validator(mode="after")
    def known_leaves(self) -> "Question":
        for tree in (self.json_, self.xml):
            _check_leaves(tree)
        return self

    def fills(self) -> set[str]:
        """Names of all fills in it."""
        named = (self.query, self.headers, self.form or {})
        places = [*(self.get or ()), *(self.post or ()), *(slot for slots in named for slot in slots.values())]
        found = {slot.fill for slot in places if isinstance(slot, Fill)}
        return found.union(*map(_fills_of, (self.json_, self.xml, self.message)))


def _check_leaves(tree: Any) -> None:
    """Raises ValueError for a leaf of a body that could not be filled in."""
    if isinstance(tree, dict) and ("fill" in tree or set(tree) == {"const", "type"}):
        Fill(**tree) if "fill" in tree else Const(**tree)
    else:
        for item in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
            _check_leaves(item)


def _fills_of(tree: Any) -> set[str]:
    if isinstance(tree, dict):
        return {tree["fill"]} if "fill" in tree else set().union(*map(_fills_of, tree.values()))
    return set().union(*map(_fills_of, tree)) if isinstance(tree, list) else set()


class Asker:
    """Asks questions. `values` by fill name; None leaves a query or form entry out."""

    def __init__(self, line: Line, zone: str, secret: Callable[[str], str]) -> None:
        self.line, self.base, self.zone, self.secret = line, line.wire.base, ZoneInfo(zone), secret

    def ask(self, name: str, question: Question, values: Mapping[str, Any]) -> Reply:
        """A reply that is no error. Raises Unavailable or Refused."""
        reply = self.line.call(self.build(name, question, values))
        if question.refuse is not None and (code := look(reply.body, question.refuse)) is not None:
            raise Unavailable(f"{self.line.wire.where(name)}: the system failed: {to_code(code)}")
        return reply

    def build(self, name: str, question: Question, values: Mapping[str, Any]) -> Outgoing:
        method = "GET" if question.get is not None else "POST"
        segments = [self.text(slot, values) or "" for slot in (question.get or question.post or ())]
        url = join_url(self.base, segments, self.pairs(question.query, values))
        headers = {key: self.text(given, values) or "" for key, given in question.headers.items()}
        kind, content = self._body(name, question, values)
        return Outgoing(name, method, url, headers | kind, content)

    def pairs(self, slots: Slots, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        filled = [(name, self.text(slot, values)) for name, slot in slots.items()]
        return [(name, text) for name, text in filled if text is not None]

    def text(self, slot: Any, values: Mapping[str, Any]) -> str | None:
        if isinstance(slot, Fill):
            return _write(values.get(slot.fill), slot.format, self.zone)
        try:
            return resolve(slot, self.secret)
        except Missing as error:
            raise Unavailable(str(error)) from None

    def _body(self, name: str, question: Question, values: Mapping[str, Any]) -> tuple[dict[str, str], bytes]:
        if question.form is not None:
            kind, content = write_question("form", self.pairs(question.form, values), question.encoding)
        elif question.json_ is not None:
            kind, content = write_question("json", self._tree(name, question.json_, values), "utf-8")
        elif question.xml is not None:
            kind, content = write_question("xml", self._tree(name, question.xml, values), question.encoding)
        else:
            return {}, b""
        return {"Content-Type": kind}, content

    def _typed(self, name: str, slot: Any, text: str | None) -> Any:
        """A cursor or a number is the other system's own word. Raises Unavailable."""
        if not text or not isinstance(slot, Fill) or slot.type == "text":
            return text
        if not _WHOLE.fullmatch(text):
            where = f"{self.line.wire.where(name)}: `fill: {slot.fill}`"
            raise Unavailable(f"{where} is `type: integer`, but what the system told is no whole number; use text")
        return int(text)

    def _tree(self, name: str, tree: Any, values: Mapping[str, Any]) -> Any:
        if isinstance(tree, dict):
            if "fill" in tree or set(tree) == {"secret"}:
                slot = _to_slot(tree)
                return self._typed(name, slot, self.text(slot, values))
            if set(tree) == {"const", "type"}:
                return Const(**tree).to_value()
            return {key: self._tree(name, item, values) for key, item in tree.items()}
        return [self._tree(name, item, values) for item in tree] if isinstance(tree, list) else tree


def _write(value: Any, spec: str, zone: tzinfo) -> str | None:
    if value is None:
        return None
    return str(compile_format(spec, zone).write(value)) if isinstance(value, datetime) else str(value)
