"""One message in the ПОС, and the JSON in which both modes show it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from stand.pos.dictionaries import SUBJECT_OF

STATUS_TEXTS = {
    "MODERATION_NEW": "На модерации",
    "MODERATION_ACCEPT": "Принято модератором",
    "MODERATION_DECLINE": "Отклонено модератором",
    "FORWARD_TO_PARENT": "Направлено в вышестоящую организацию",
    "FORWARD_TO_SUBORDINATE": "Направлено в подведомственную организацию",
    "TAKE_TO_WORK": "Взято в работу",
    "SET_EXECUTOR": "Назначен исполнитель",
    "POSTPONE": "Отложено",
    "SEND_RESPONSE": "Направлен ответ",
}
ANSWER_TYPES = {"SOLVED", "NOT_SOLVED", "REJECTED", "POSTPONED"}
SERVICE = "Внешняя Система Приема Сообщений"
ANSWER_DAYS = 30


@dataclass(slots=True)
class Message:
    """`external_id` tells messages apart here; `id` is what the ПОС shows of it, null for residents' own."""

    pos_id: int
    external_id: str
    description: str
    created: datetime
    updated: datetime
    applicant: dict[str, Any]
    place: str | None = None
    subsubject: int | None = None
    organisation: dict[str, Any] | None = None
    attachments: list[str] = field(default_factory=list)
    status: str = "MODERATION_NEW"
    history: list[dict[str, Any]] = field(default_factory=list)
    id: str | None = None

    def add(self, status: str, author: str, answer: dict[str, Any] | None = None, **more: Any) -> None:
        self.status = status
        entry = {"status": status, "statusText": STATUS_TEXTS[status], "createdAt": write_time(datetime.now(UTC))}
        self.history.append(entry | {"createdBy": {"surname": author}, "answer": answer, **more})


def show(message: Message) -> dict[str, Any]:
    """The body of create, status and detail; absent values are null, as in the fixtures."""
    return {
        "id": message.id,
        "posId": message.pos_id,
        "applicant": message.applicant,
        "description": message.description,
        "attachmentIds": message.attachments,
        "location": message.place,
        "subjectId": SUBJECT_OF.get(message.subsubject or 0),
        "subsubjectId": message.subsubject,
        "factId": None,
        "customFieldValues": [],
        "opaId": None,
        "organizationInfo": message.organisation,
        "createdAt": write_time(message.created),
        "status": message.status,
        "statusText": STATUS_TEXTS[message.status],
        "history": message.history,
        "answerAt": write_time(message.created + timedelta(days=ANSWER_DAYS)),
        "warnings": [],
    }


def write_time(time: datetime) -> str:
    """2022-02-14T08:03:56.123Z"""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
