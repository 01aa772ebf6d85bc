"""One rendering: what closures of the writing side read from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from canonical.delivery import Scope


class Omit:
    """The result of absence: the key, element or query part is left out."""


OMIT = Omit()


@dataclass(slots=True)
class Job:
    """`counts`: calls made of each step so far. `seen`: coverage names, when somebody asks."""

    scope: Scope
    item: Any = None
    index: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    seen: set[str] | None = None


#: A compiled value or tree: its rendering, or OMIT.
Write = Callable[[Job], Any]
