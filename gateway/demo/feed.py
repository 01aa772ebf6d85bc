"""What the demo sends: lines of JSONL or rows of a CSV."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: The ПОС is polled; the next three call us, each in its own form; the last one's appeals wait in a queue of SMEV.
CHANNELS = ("pos", "city_app", "hotline", "portal", "smev_portal")
RECIPIENTS = ("nadym", "ministry", "teplo", "smev_ministry")
#: Configured and asked, but no rule sends anything there.
SPARE = ("inspection", "reception", "pos_smev")
#: Of appeals that name no channel of ours one in so many arrives through SMEV: without the GOST engine each costs a
#: tenth of a second and more.
BY_SMEV = 50
#: Channels whose residents can attach files; two of so many appeals have some (their bytes the stand invents), and not
#: more than some two dozen of a run.
WITH_FILES, EVERY = ("pos", "city_app", "smev_portal"), 12
FILES = (
    ({"name": "foto.jpg", "size": 90_000},),
    ({"name": "vid.png", "size": 20_000}, {"name": "akt.pdf", "size": 4_000}),
    ({"name": "podpisi.pdf", "size": 30_000},),
)
#: CSV columns that a resident's appeal may have; others are labels, which nobody writes into a form.
COLUMNS = ("id", "channel", "text", "name", "phone", "email", "address", "lat", "lon", "category_code", "created_at")


class BadInput(ValueError):
    """Names the file, the line and what is missing."""


def read_feed(path: Path) -> list[dict[str, Any]]:
    """Appeals with `id`, `channel`, `text` and whatever else is known. Unknown channels are spread over ours."""
    try:
        lines = list(_read_csv(path) if path.suffix.lower() == ".csv" else _read_jsonl(path))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8; save it as UTF-8") from error
    if not lines:
        raise BadInput(f"{path}: no appeals in it")
    for number, line in enumerate(lines):
        if not isinstance(line, dict):
            raise BadInput(f"{path}: appeal {number + 1} is no object; needed: id, channel, text")
        missing = [name for name in ("id", "channel", "text") if name not in line]
        if missing:
            raise BadInput(f"{path}: appeal {number + 1} has no {', '.join(missing)}; needed: id, channel, text")
        if line["channel"] not in CHANNELS:
            line["channel"] = (
                CHANNELS[-1] if number % BY_SMEV == BY_SMEV - 1 else CHANNELS[number % (len(CHANNELS) - 1)]
            )
        if line["channel"] in WITH_FILES and number % max(EVERY, len(lines) // 12) in (0, 1):
            line.setdefault("files", [dict(file) for file in FILES[number % len(FILES)]])
    return lines


def _read_csv(path: Path) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(32 << 20)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield {name: row[name] for name in COLUMNS if row.get(name)}


def _read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield json.loads(line)
                except json.JSONDecodeError as error:
                    raise BadInput(f"{path}:{number}: not JSON: {error.msg}") from error
