"""Questions written in YAML: constants, and places filled in at the moment of asking."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from adapters.errors import Unavailable
from adapters.http import Outgoing, Reply
from adapters.line import Line
from adapters.outcome import to_code
from adapters.paths import look
from adapters.settings import Missing, Strict, resolve, split_segments, to_given
from adapters.urls import join_url
from canonical.mapping.times import compile_format


class Fill(Strict):
    """`format` is for times."""

    fill: Literal["since", "until", "page", "size", "offset", "cursor", "item", "number"]
    format: str = "iso"

    @model_validator(mode="after")
    def known_format(self) -> "Fill":
        compile_format(self.format, UTC)
        return self


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
    """One request. `post` with a `json` or `form` body is for systems that list by POST.

    `operation` with a `message`: of a SOAP service. `refuse`: path at which a reply of 200 tells an error.
    """

    get: Segments | None = None
    post: Segments | None = None
    operation: str | None = None
    message: dict[str, Any] | None = None
    query: Slots = Field(default_factory=dict)
    headers: Slots = Field(default_factory=dict)
    json_: dict[str, Any] | None = Field(None, alias="json")
    form: Slots | None = None
    refuse: str | None = None

    @model_validator(mode="after")
    def one_method(self) -> "Question":
        if sum(way is not None for way in (self.get, self.post, self.operation)) != 1:
            raise ValueError("needs either `get:`, `post:` or `operation:`")
        if self.operation is not None and (self.query or self.json_ is not None or self.form is not None):
            raise ValueError("an `operation:` takes a `message:` and nothing else")
        if self.operation is None and self.message is not None:
            raise ValueError("a `message:` belongs to an `operation:`")
        if self.get is not None and (self.json_ is not None or self.form is not None):
            raise ValueError("a `get:` has no body; use `post:`")
        return self

    def fills(self) -> set[str]:
        """Names of all fills in it."""
        places = [*(self.get or ()), *(self.post or ()), *self.query.values(), *(self.form or {}).values()]
        found = {slot.fill for slot in places if isinstance(slot, Fill)}
        return found | _fills_of(self.json_) | _fills_of(self.message)


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
        return Outgoing(name, method, url, headers | self._kind(question), self._content(question, values))

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

    def _kind(self, question: Question) -> dict[str, str]:
        if question.json_ is not None:
            return {"Content-Type": "application/json"}
        return {"Content-Type": "application/x-www-form-urlencoded"} if question.form is not None else {}

    def _content(self, question: Question, values: Mapping[str, Any]) -> bytes:
        if question.json_ is not None:
            return orjson.dumps(self._tree(question.json_, values))
        return urlencode(self.pairs(question.form, values)).encode() if question.form is not None else b""

    def _tree(self, tree: Any, values: Mapping[str, Any]) -> Any:
        if isinstance(tree, dict):
            if "fill" in tree or set(tree) == {"secret"}:
                return self.text(_to_slot(tree), values)
            return {name: self._tree(item, values) for name, item in tree.items()}
        return [self._tree(item, values) for item in tree] if isinstance(tree, list) else tree


def _write(value: Any, spec: str, zone: tzinfo) -> str | None:
    if value is None:
        return None
    return str(compile_format(spec, zone).write(value)) if isinstance(value, datetime) else str(value)
