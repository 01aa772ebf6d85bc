"""What every stand is: a name, routes, switches, a book."""

from pathlib import Path
from typing import Any, ClassVar

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stand.book import Book
from stand.faults import Switches
from stand.feed import Appeal


class Outer:
    name: ClassVar[str]
    switch_kind: ClassVar[type[Switches]] = Switches

    def __init__(self, gateway: str, folder: Path | None) -> None:
        self.gateway = gateway.rstrip("/")
        self.book = Book(self.name, folder)
        self.switches = self.switch_kind()

    def routes(self) -> list[Route]:
        raise NotImplementedError

    def switch(self, wishes: dict[str, Any]) -> Switches:
        """Changes only what is named; raises pydantic's ValidationError and changes nothing."""
        self.switches = self.switch_kind.model_validate(self.switches.model_dump() | wishes)
        return self.switches

    def clear(self) -> None:
        self.switches = self.switch_kind()

    def take(self, appeal: Appeal, concurrency: int) -> None:
        """A resident wrote in this channel."""
        raise NotImplementedError(f"{self.name} is no channel")

    def error(self) -> Response:
        """The body that this system sends with 200 when it failed."""
        return JSONResponse({"error": {"code": "INTERNAL", "message": "Внутренняя ошибка"}})

    def count(self) -> dict[str, int]:
        """Totals for the book's cover."""
        return dict(self.book.tally)

    def pages(self) -> dict[str, Any]:
        """The book by subject."""
        return {}

    def close(self) -> None:
        self.book.close()
