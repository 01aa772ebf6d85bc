"""What is understood in a text, and where it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.dates import find_dates
from canonical.personal import find_personal, hide
from canonical.reading import PROBLEM, QUESTION, THANKS, read_text
from canonical.sentences import split_sentences

LETTER = (
    "Добрый день! Меня зовут Иванова Анна Петровна, тел. 8 (912) 345-67-89.\n\nНа ул. Зверева, д. 3, кв. 8 третий день "
    "холодные батареи, с 12.01.2026 отопления нет. Также во дворе дома не горит фонарь у подъезда. Когда вывезут мусор "
    "с остановки «Рынок»?\n\nЗаранее спасибо. anna@example.org, авто а123вс89"
)


def test_problems_questions_and_thanks_are_told_apart() -> None:
    reading = read_text(LETTER)
    heat, light = reading.list_parts(PROBLEM)
    assert "отопление" in heat.things and "освещение" in light.things
    assert light.faults == ("не работает",)
    assert heat.addresses[0].house == "3"
    assert [part.things for part in reading.list_parts(QUESTION)] == [("мусор",)]
    assert len(reading.list_parts(THANKS)) == 1
    assert reading.dates == ("2026-01-12",)


def test_one_problem_told_at_length_is_one_part() -> None:
    text = "Во дворе на ул. Мира, 5 не горит фонарь. Фонарь не работает с осени. Освещение нужно детям, темно."
    assert len(read_text(text).list_parts(PROBLEM)) == 1


def test_marks_stand_where_the_words_stand() -> None:
    marked = {(mark.kind, part.text[mark.start : mark.end]) for part in read_text(LETTER).parts for mark in part.marks}
    assert {("address", "ул. Зверева, д. 3"), ("phone", "8 (912) 345-67-89"), ("date", "12.01.2026"),
            ("flat", "кв. 8"), ("thing", "фонарь"), ("fault", "горит"),
            ("object", "остановки «Рынок")} <= marked  # fmt: skip


def test_what_others_see_tells_nothing_of_the_applicant() -> None:
    shared = read_text(LETTER).shared
    for secret in ("Иванова", "345-67-89", "кв. 8", "anna@", "а123вс"):
        assert secret in LETTER and secret not in shared
    assert "ул. Зверева, д. 3" in shared


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("звоните +7 900 123-45-67 или 89001234567", ["phone", "phone"]),
        ("С уважением, Петров Иван", ["name"]),
        ("директор Сидоров Пётр Ильич не отвечает", []),  # an official is not the applicant
        ("заявка 147793 от 12.05.2021, 1962-ра", []),
    ],
)
def test_personal_details(text: str, kinds: list[str]) -> None:
    assert [mark.kind for mark in find_personal(text)] == kinds


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("с 26.07 нет воды", ["--07-26"]),
        ("14 июня 2021 и 3 мая", ["2021-06-14", "--05-03"]),
        ("01.02.21", ["2021-02-01"]),
        ("площадь 12.5 кв. м, версия 1.2.3, в 10.30 утра, 5 марок", []),
    ],
)
def test_dates(text: str, dates: list[str]) -> None:
    assert [mark.value for mark in find_dates(text)] == dates


def test_short_words_end_no_sentence() -> None:
    found = split_sentences("Яма на ул. Мира, д. 5. Тут И. И. Петров.Ответа нет\nПомогите")
    assert [one.text for one in found] == [
        "Яма на ул. Мира, д. 5.",
        "Тут И. И. Петров.",
        "Ответа нет",
        "Помогите",
    ]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Нет воды", "ru"),
        ("Net vody na ulice Mira", "translit"),
        ("No water", "other"),
        ("!!! 5", "none"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert read_text(text).language == language


@given(st.text(max_size=600))
def test_any_text_is_read_and_its_marks_are_within_it(text: str) -> None:
    reading = read_text(text)
    for part in reading.parts:
        assert part.text in text
        for before, after in zip(part.marks, part.marks[1:], strict=False):
            assert before.end <= after.start
        assert all(0 <= mark.start < mark.end <= len(part.text) for mark in part.marks)
    assert hide(text, reading.personal) == reading.shared


def test_a_hostile_text_has_bounded_parts() -> None:
    reading = read_text("Также нет воды. Также нет света? Спасибо. " * 2000)
    assert len(reading.parts) <= 13
