"""Labelled pairs and the appeals they speak of, from CSV files."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from canonical.appeal import Appeal
from canonical.clean import squeeze
from canonical.clean_html import html_to_text

PAIR_COLUMNS = ("id_a", "id_b", "label_a", "label_b")
APPEAL_COLUMNS = ("id", "text")
LABELS = ("same", "related", "different")
#: Texts without a time of their own are compared as if written at once.
_AT = datetime(2026, 1, 1, tzinfo=UTC)


class BadFile(ValueError):
    """Says which file and line, and what to do."""


@dataclass(frozen=True, slots=True)
class LabelledPair:
    one: str
    other: str
    same: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """`system`: the file's channel."""

    name: str
    system: str
    appeal: Appeal


def read_pairs(path: Path) -> tuple[list[LabelledPair], int]:
    """Pairs on which both readers agree, and how many they do not agree on. BadFile."""
    agreed, apart = [], 0
    for number, row in read_rows(path, PAIR_COLUMNS):
        for column in PAIR_COLUMNS[2:]:
            if row[column] not in LABELS:
                raise BadFile(f"{path}:{number}: {column} is {row[column]!r}; write one of {', '.join(LABELS)}")
        if row["label_a"] == row["label_b"]:
            agreed.append(LabelledPair(row["id_a"], row["id_b"], row["label_a"] == "same"))
        else:
            apart += 1
    return agreed, apart


def read_samples(paths: Sequence[Path]) -> dict[str, Sample]:
    """Appeals of all files by id; HTML becomes text. An id that stands twice must have one text. BadFile."""
    found: dict[str, Sample] = {}
    for path in paths:
        for number, row in read_rows(path, APPEAL_COLUMNS):
            text = squeeze(html_to_text(row["text"]))
            sample = Sample(row["id"], row.get("channel") or "file", Appeal(text=text, created_at=_read_time(row)))
            if found.setdefault(row["id"], sample).appeal.text != text:
                raise BadFile(f"{path}:{number}: id {row['id']!r} has another text before; give each its own id")
    return found


def _read_time(row: dict[str, str]) -> datetime:
    try:
        at = datetime.fromisoformat(row.get("created_at") or "")
    except ValueError:
        return _AT
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def read_rows(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Rows with the number of their last line. BadFile."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise BadFile(f"{path}: no column {', '.join(missing)}; the first line names {', '.join(columns)}")
            return [(reader.line_num, {key: value or "" for key, value in row.items() if key}) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{path}: not a CSV file in UTF-8: {error}") from error
