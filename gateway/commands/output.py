"""How commands speak: tables for people, JSON for programs."""

import io
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import typer

#: People read the region's time.
ZONE = ZoneInfo("Asia/Yekaterinburg")


def show_time(value: int | None) -> str:
    """Milliseconds as the region's local time."""
    if value is None:
        return "-"
    return datetime.fromtimestamp(value / 1000, UTC).astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def forgive_terminal() -> None:
    """A terminal or a pipe in KOI8-R, CP1251 or ASCII lacks signs that texts and tables have: a `?` stands for each,
    and no command breaks off."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def print_json(value: Any) -> None:
    """Programs lose nothing: what the encoding may lack is escaped."""
    whole = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(value, ensure_ascii=not whole, default=str), flush=True)


def print_table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Columns as wide as their content; no colour, so that it can be piped and read in a log."""
    lines = [[str(cell) for cell in row] for row in rows]
    if not lines:
        print("(nothing)")
        return
    widths = [max(len(line[i]) for line in [list(heads), *lines]) for i in range(len(heads))]
    for line in [list(heads), ["-" * width for width in widths], *lines]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def say(as_json: bool, text: str, **told: Any) -> None:
    """What a command did: a sentence, or one object."""
    print_json(told) if as_json else print(text, flush=True)


def fail(message: str) -> "typer.Exit":
    import typer  # the demo prints its tables without it

    typer.echo(f"tsur: {message}", err=True)
    return typer.Exit(1)
