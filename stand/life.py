"""What becomes of a filing at a recipient, decided by its number alone, so that runs repeat."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from pydantic import BaseModel, ConfigDict

from stand.faults import Switches


class Shares(BaseModel):
    """Part of the filings that goes each odd way; the rest is answered plainly."""

    model_config = ConfigDict(extra="forbid")
    declined: float = 0.04
    postponed: float = 0.05
    interim: float = 0.08
    asking: float = 0.0
    reopened: float = 0.0  # answered, back to work, answered again
    silent: float = 0.0  # registered and never answered


class LifeSwitches(Switches):
    delay: tuple[float, float] = (0.3, 1.5)  # seconds from filing to the final answer
    shares: Shares = Shares()
    names_resident: bool = False  # answers call the applicant by name, when the filing told it


@dataclass(frozen=True, slots=True)
class Stage:
    at: float  # part of the delay
    state: str  # registered, in_work, asking, postponed, answered, declined
    outcome: str = ""  # solved, explained, not_solved, rejected, postponed
    text: str = ""


REASONS = (("12", "Не относится к полномочиям организации"), ("07", "Адрес вне зоны обслуживания"))
ANSWERS = {
    "solved": (
        "Работы по заявке {number} выполнены, недостатки устранены. Благодарим за обращение.",
        "По заявке {number} бригада выезжала на место, неисправность устранена в тот же день.",
        "Заявка {number} исполнена: работы приняты комиссией с участием жителей.",
    ),
    "explained": ("По заявке {number} сообщаем: работы включены в план и будут выполнены в установленный срок.",),
    "not_solved": ("По заявке {number}: решить вопрос в этом году нельзя, средства в бюджете не предусмотрены.",),
}
INTERIM = "Заявка {number} принята в работу, материалы запрошены. О результате сообщим дополнительно."
QUESTION = "Уточните, пожалуйста, номер подъезда и этаж по заявке {number}."
POSTPONED = "Исполнение заявки {number} перенесено из-за погодных условий."
DECLINED = "Заявка {number} отклонена."
AGAIN = "Заявка {number} рассмотрена повторно: работы переделаны."

_ODD: dict[str, Sequence[Stage]] = {
    "declined": (Stage(0.2, "registered"), Stage(1, "declined", "rejected", DECLINED)),
    "postponed": (Stage(0.1, "registered"), Stage(0.5, "postponed", "postponed", POSTPONED)),
    "interim": (Stage(0.1, "registered"), Stage(0.5, "in_work", "", INTERIM)),
    "asking": (Stage(0.1, "registered"), Stage(0.5, "asking", "", QUESTION)),
    "silent": (Stage(0.1, "registered"),),
}
_ENDLESS = {"declined", "asking", "silent"}  # no answer follows by itself


def lot(name: str, number: int) -> float:
    """0…1, the same for the same filing."""
    return crc32(f"{name}:{number}".encode()) % 10_000 / 10_000


def choose_way(name: str, number: int, shares: Shares) -> str:
    left = lot(name, number)
    for way, share in shares.model_dump().items():
        if left < share:
            return str(way)
        left -= share
    return "plain"


def final_stage(name: str, number: int) -> Stage:
    drawn = lot(name + " outcome", number)
    outcome = "solved" if drawn < 0.7 else "explained" if drawn < 0.9 else "not_solved"
    texts = ANSWERS[outcome]
    return Stage(1, "answered", outcome, texts[number % len(texts)])


def plan_life(name: str, number: int, shares: Shares) -> Sequence[Stage]:
    way = choose_way(name, number, shares)
    stages = _ODD.get(way, (Stage(0.1, "registered"), Stage(0.4, "in_work")))
    if way in _ENDLESS:
        return stages
    if way == "reopened":
        again = Stage(2, "answered", "solved", AGAIN)
        return (*stages, final_stage(name, number), Stage(1.5, "in_work"), again)
    return (*stages, final_stage(name, number))
