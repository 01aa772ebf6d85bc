"""Parts of a conversation as one appeal, and the setting that says so."""

from datetime import UTC, datetime, timedelta

import pytest

from canonical.appeal import Appeal, LegalKind, Urgency
from canonical.applicant import Applicant
from canonical.attachment import Attachment
from canonical.mapping import MappingErrors, load
from canonical.place import Place
from canonical.thread import compose, make_thread_key, split_quiet

START = datetime(2026, 2, 1, 12, tzinfo=UTC)
MAPPING = """version: 1
system: talk
adapter: rest
roles: [channel]
zone: Asia/Yekaterinburg
in:
  appeal:
    source: {format: json%s}
    thread: {quiet: %s}
    id: id
    fields: {text: text?, created_at: {path: at, formats: [unix]}%s}
"""


def part(text: str, seconds: int = 0, **rest: object) -> Appeal:
    return Appeal(text=text, created_at=START + timedelta(seconds=seconds), thread="c1", **rest)  # type: ignore[arg-type]


def test_texts_and_files_follow_each_other_and_the_rest_is_what_was_said_first() -> None:
    photo = Attachment(id="f1", name="1.jpg")
    whole = compose([
        part("Здравствуйте "), part("холодно", 5, urgency=Urgency.urgent, legal_kind=LegalKind.appeal),
        part("Ленина 5", 9, place=Place(text="Ленина 5")), part("", 12, attachments=(photo,)),
        part("дом", 13, place=Place(text="другое")),
    ])  # fmt: skip
    assert whole.text == "Здравствуйте\nхолодно\nЛенина 5\nдом"
    assert (whole.created_at, whole.urgency, whole.legal_kind) == (START, Urgency.urgent, LegalKind.appeal)
    assert whole.place.text == "Ленина 5"
    assert whole.attachments == (photo,)


def test_a_deleted_part_is_left_out_and_a_deleted_whole_keeps_its_texts() -> None:
    one, gone = part("Ленина 7"), part("Ленина 5", 3, deleted=True)
    assert compose([gone, one]).text == "Ленина 7"
    whole = compose([part("раз", deleted=True), gone])
    assert whole.deleted
    assert whole.text == "раз\nЛенина 5"


def test_a_pause_parts_what_arrived_together() -> None:
    parts = [part("а"), part("б", 100), part("в", 300), part("г", 310)]
    assert split_quiet(parts, timedelta(seconds=120)) == [0, 2]


def test_two_people_of_one_chat_are_two_conversations() -> None:
    keys = {make_thread_key(part("а", applicant=Applicant(person_id=name))) for name in ("1", "2")}
    assert len(keys) == 2
    assert make_thread_key(Appeal(text="а", created_at=START)) is None


def test_the_window_is_read() -> None:
    assert load(MAPPING % ("", "90s", ", thread: chat?"), "t.yaml").find_quiet("appeal") == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("source", "quiet", "fields", "code"),
    [
        ("", "2", ", thread: chat?", "bad-duration"),
        ("", "0m", ", thread: chat?", "bad-duration"),
        ("", "2m", "", "thread-field"),
        (", entries: parts", "2m", ", thread: chat?", "thread-field"),
    ],
)
def test_a_window_that_makes_no_sense(source: str, quiet: str, fields: str, code: str) -> None:
    with pytest.raises(MappingErrors) as raised:
        load(MAPPING % (source, quiet, fields), "t.yaml")
    assert [(one.code, one.line) for one in raised.value.findings] == [(code, 9)]
