"""One thing that `tsur check` found in a configuration file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """`line` and `column` count from 1; `code` is stable and greppable; `what` is wrong, `remedy` mends it."""

    file: str
    line: int
    column: int
    code: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        tail = f"; {self.remedy}" if self.remedy else ""
        return f"{self.file}:{self.line}:{self.column}: {self.code}: {self.what}{tail}"
