"""The settings of `changes:`: how a system tells what is new."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter, model_validator

from adapters.asks import Question, Zone
from adapters.mapped import Mapped
from adapters.settings import Seconds, Strict
from canonical.mapping.nodes import Map, Text


class Pages(Strict):
    """`total`: path of the number of pages; without it a page with fewer than `size` documents is the last.

    `each`: path of the list, to count by, when the kind's `when:` leaves some of its documents out.
    """

    first: int = 0
    size: int = Field(100, ge=1, le=10_000)
    total: str | None = None
    each: str | None = None


class Listing(Strict):
    """Paths in the list of a system that shows documents one by one; `source` then describes the detail."""

    each: str
    id: str
    changed: str | None = None


class Next(Strict):
    """Where the reply tells the next cursor."""

    path: str | None = None
    header: str | None = None
    plus: int = 0

    @model_validator(mode="before")
    @classmethod
    def bare(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def one(self) -> Self:
        if (self.path is None) == (self.header is None):
            raise ValueError("needs either `path:` or `header:`")
        return self


#: Fills that only `pages:` gives a value.
_OF_PAGES = frozenset({"page", "size", "offset"})


def _check_fills(question: Question, own: tuple[str, ...], pages: Pages | None) -> None:
    """A fill that never has a value would be left out of every question, and no page would ever be turned."""
    known = _OF_PAGES.union(own) if pages else frozenset(own)
    if strange := sorted(question.fills() - known):
        there = "with `pages:` it would" if {*strange} & _OF_PAGES else f"known: {', '.join(sorted(known)) or 'none'}"
        raise ValueError(f"{{fill: {strange[0]}}} never has a value here; {there}")
    if pages and not question.fills() & {"page", "offset"}:
        raise ValueError("nothing in the question turns the pages: add {fill: page} or {fill: offset}")


class Listed(Question):
    """What all ways of polling share."""

    start: str
    zone: Zone = "UTC"
    list: Listing | None = None
    detail: Question | None = None

    @model_validator(mode="after")
    def both(self) -> Self:
        if (self.list is None) != (self.detail is None):
            raise ValueError("`list:` and `detail:` go together")
        if self.detail is not None and "item" not in self.detail.fills():
            raise ValueError("`detail:` does not say where the id stands: {fill: item}")
        if self.detail is not None:
            _check_fills(self.detail, ("item",), None)
        self.begin()
        return self

    def begin(self) -> datetime | None:
        """The first moment we want; None is now. Raises ValueError."""
        if self.start == "now":
            return None
        try:
            made = datetime.fromisoformat(self.start)
        except ValueError:
            raise ValueError("`start` is a date like 2026-02-01, a time like 2026-02-01T09:00, or `now`") from None
        return (made if made.tzinfo else made.replace(tzinfo=ZoneInfo(self.zone))).astimezone(UTC)

    def needs(self, fill: str) -> None:
        if fill not in self.fills():
            raise ValueError(f"nothing in the question carries it: add {{fill: {fill}}}")

    def knows(self, *own: str, pages: Pages | None = None) -> None:
        _check_fills(self, own, pages)


class Window(Listed):
    """Everything changed between two moments, a little of the past asked again each time."""

    by: Literal["window"]
    overlap: Seconds = 300.0
    step: Seconds | None = None
    pages: Pages | None = None

    @model_validator(mode="after")
    def carries(self) -> Self:
        self.needs("since")
        self.knows("since", "until", pages=self.pages)
        if self.step is not None and self.step <= 2 * self.overlap:
            raise ValueError("`step` must be more than twice the `overlap`, or polling never gets on")
        return self


class ByCursor(Listed):
    by: Literal["cursor"]
    next: Next
    first: str | None = None
    size: int = Field(100, ge=1, le=10_000)
    more: str | None = None

    @model_validator(mode="after")
    def carries(self) -> Self:
        self.needs("cursor")
        self.knows("cursor", "size")
        return self


class ByPage(Listed):
    """A list that only grows at its end."""

    by: Literal["page"]
    pages: Pages

    @model_validator(mode="after")
    def carries(self) -> Self:
        self.knows(pages=self.pages)
        return self


class Snapshot(Listed):
    """The whole list each time, from a system without a «since»."""

    by: Literal["snapshot"]
    pages: Pages | None = None

    @model_validator(mode="after")
    def carries(self) -> Self:
        self.knows(pages=self.pages)
        return self


class Followed(Question):
    """The state of one filing of ours, by its receipt number."""

    by: Literal["follow"]
    start: str = "now"
    zone: Zone = "UTC"

    @model_validator(mode="after")
    def carries(self) -> Self:
        if "number" not in self.fills():
            raise ValueError("nothing in the question carries the number: add {fill: number}")
        _check_fills(self, ("number",), None)
        return self


Polled = Window | ByCursor | ByPage | Snapshot
Changes = Annotated[Window | ByCursor | ByPage | Snapshot | Followed, Field(discriminator="by")]
CHANGES: TypeAdapter[Polled | Followed] = TypeAdapter(Changes)


def read_changes(mapping: Mapped, kind: str) -> Polled | Followed:
    """Times are written in the zone that is told nearest: by `changes:`, its kind, or the mapping; else in UTC."""
    return CHANGES.validate_python(_nearest_zone(mapping, kind) | dict(mapping.changes[kind]))


def _nearest_zone(mapping: Mapped, kind: str) -> dict[str, str]:
    kinds = mapping.node.get("in")
    own = kinds.get(kind) if isinstance(kinds, Map) else None
    told = [place.get("zone") for place in (own, mapping.node) if isinstance(place, Map)]
    return next(({"zone": zone.value} for zone in told if isinstance(zone, Text)), {})
