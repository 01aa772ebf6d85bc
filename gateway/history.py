"""Appeals of the past from a CSV file, as rules are played over them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from canonical.appeal import Appeal
from canonical.clean import squeeze
from canonical.clean_html import html_to_text
from canonical.form import RawCode
from canonical.place import Place
from canonical.topic import Topic
from gateway.pairs import BadFile, read_rows
from router.matchers import fold_place
from router.simulation import Past

#: Texts without a time of their own were written now: rules do not look at it.
_AT = datetime(2026, 1, 1, tzinfo=UTC)


def read_history(path: Path, text: str, topic: str, executor: str, titles: Mapping[str, str]) -> list[Past]:
    """`text`, `topic`, `executor`: columns; the last two may be absent. `titles`: of our systems, by name. BadFile."""
    names = {fold_place(word): name for name, title in titles.items() for word in (title, name)}
    found = [_read_row(row, number, text, topic, executor, names) for number, row in read_rows(path, (text,))]
    if not found:
        raise BadFile(f"{path}: no rows; write one appeal a line")
    return found


def _read_row(
    row: Mapping[str, str], number: int, text: str, topic: str, executor: str, names: Mapping[str, str]
) -> Past:
    said = row.get(topic, "").strip()
    place = {name: row[name] for name in ("oktmo", "municipality", "settlement") if row.get(name)}
    appeal = Appeal(
        text=squeeze(html_to_text(row[text])), created_at=_AT,
        topic=Topic(raw=RawCode(code=said, text=said)) if said else Topic(),
        place=Place(text=row.get("place") or row.get("address") or None, **place),
    )  # fmt: skip
    known = names.get(fold_place(row.get(executor, "")))
    return Past(row.get("id") or str(number), row.get("channel") or "file", appeal, known)


def list_unknown(path: Path, executor: str, titles: Mapping[str, str]) -> list[str]:
    """Executors of the file that are neither name nor title of a system, the most frequent first."""
    known = {fold_place(word) for name, title in titles.items() for word in (title, name)}
    return _rank(
        row.get(executor, "") for _, row in read_rows(path, ()) if fold_place(row.get(executor, "")) not in known
    )


def _rank(words: Iterable[str]) -> list[str]:
    counted: dict[str, int] = {}
    for word in words:
        if word:
            counted[word] = counted.get(word, 0) + 1
    return sorted(counted, key=lambda word: -counted[word])
