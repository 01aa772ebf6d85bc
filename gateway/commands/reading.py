"""`tsur read`: what is understood in a text, marked in the text. Nothing is stored."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.active import Folder, Json
from gateway.commands.output import fail, print_json

if TYPE_CHECKING:
    from canonical.mark import Mark
    from canonical.reading import Part, Reading
    from router.policy import Thinking

MAX_BYTES = 1_000_000
_KINDS = {
    "problem": "проблема",
    "question": "вопрос",
    "thanks": "благодарность",
    "greeting": "обращение",
    "other": "прочее",
}
_MARKS = {"address": "адрес", "settlement": "место", "object": "объект", "date": "дата", "phone": "телефон",
          "email": "почта", "name": "имя", "flat": "квартира", "plate": "машина", "thing": "что",
          "fault": "беда"}  # fmt: skip


def read(
    file: Annotated[Path | None, typer.Argument(help="text or HTML in UTF-8; standard input when absent or -")] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Show what is understood in a text: place, object and fault, days, the applicant's details, questions and thanks
    told apart from problems, several problems apart.

    Marks stand in the text as ‹kind: words›. The output holds the text's personal data, except `shared`, the copy
    without what it tells of the applicant.
    """
    from canonical.reading import read_text
    from gateway.commands.evaluating import load_policy

    text = _read_file(file)
    reading, thought = read_text(text), _think(load_policy(folder), text)
    if as_json:
        print_json(_tell(reading, thought))
    else:
        _print(reading, thought)


def _read_file(file: Path | None) -> str:
    from canonical.clean import squeeze
    from canonical.clean_html import html_to_text

    name = "standard input" if file is None or str(file) == "-" else str(file)
    try:
        raw = sys.stdin.buffer.read(MAX_BYTES + 1) if name == "standard input" else Path(name).read_bytes()
        if len(raw) > MAX_BYTES:
            raise fail(f"{name} is longer than {MAX_BYTES:,} bytes; one appeal is one text")
        return squeeze(html_to_text(raw.decode("utf-8-sig")))
    except OSError as error:
        raise fail(f"{name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise fail(f"{name} is not UTF-8 (byte {error.start}); convert it: iconv -f cp1251 -t utf-8") from error


def _think(policy: Any, text: str) -> "Thinking":
    from datetime import UTC, datetime

    from canonical.appeal import Appeal

    thought: Thinking = policy.think(Appeal(text=text, created_at=datetime.now(UTC)), "read")
    return thought


def _tell(reading: "Reading", thought: "Thinking") -> dict[str, Any]:
    appeal = thought.appeal
    return {
        "language": reading.language, "topic": appeal.topic.code, "urgency": appeal.urgency.value,
        "place": appeal.place.model_dump(exclude_none=True), "settlement": reading.settlement,
        "dates": list(reading.dates), "personal": [mark._asdict() for mark in reading.personal],
        "parts": [asdict(part) | {"marks": [mark._asdict() for mark in part.marks]} for part in reading.parts],
        "shared": reading.shared,
    }  # fmt: skip


def _print(reading: "Reading", thought: "Thinking") -> None:
    place = thought.appeal.place
    point = f"{place.point.lat}, {place.point.lon}" if place.point else None
    where = [place.municipality, place.settlement, place.street, place.house, place.object, point]
    doubt = {"противоречие": place.contradiction} if place.contradiction else {}
    rows = {"язык": reading.language, "место": ", ".join(filter(None, where)), **doubt,
            "тема": f"{thought.appeal.topic.code or '—'} ({thought.classified.reason})",
            "срочность": thought.appeal.urgency.value, "даты": ", ".join(reading.dates)}  # fmt: skip
    for name, value in rows.items():
        typer.echo(f"{name:9} {value or '—'}")
    for number, part in enumerate(reading.parts, 1):
        about = ", ".join((*part.things[:3], *part.faults[:3]))
        typer.echo(f"\n{number}. {_KINDS[part.kind]}{': ' + about if about else ''}\n   {_mark(part)}")
    if reading.personal:
        typer.echo(f"\nдругим видно: {reading.shared}")


def _mark(part: "Part") -> str:
    text = part.text
    for mark in sorted(part.marks, reverse=True):
        text = f"{text[: mark.start]}‹{_name(mark)}: {text[mark.start : mark.end]}›{text[mark.end :]}"
    return text


def _name(mark: "Mark") -> str:
    return f"{_MARKS[mark.kind]} {mark.value}" if mark.kind in ("thing", "fault", "date") else _MARKS[mark.kind]


def register(app: typer.Typer) -> None:
    app.command()(read)
