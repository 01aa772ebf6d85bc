"""Streets, houses and landmarks as residents write them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.address import read_addresses, read_flat, read_settlement
from canonical.applicant import Applicant
from canonical.landmark import read_landmarks
from canonical.person import list_person_keys
from canonical.street import base_house, fold_house, fold_street


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("г. Надым, ул. Ленина, д. 5, кв. 12", [("ленина", "5")]),
        ("пр-ту В. Клыкова, 32", [("клыкова", "32")]),
        ("Между домами улиц Союзная 51 и Союзная 53", [("союзн", "51"), ("союзн", "53")]),
        ("ул. Гагарина около дома №14/1", [("гагарина", "14/1")]),
        ("доме №9 по ул. Ломакина", [("ломакина", "9")]),
        ("К. Маркса 77\\2", [("маркса", "77/2")]),
        ("пр-кт Карла Маркса, 77/2", [("маркса", "77/2")]),
        ("Ленинградский пр-кт, 5а корп. 2", [("ленинградск", "5а/2")]),
        ("ул. 50 лет Октября 7, 9 и 11", [("50 лет октября", house) for house in ("7", "9", "11")]),
        ("мкр 5, д. 12", [("5 мкр", "12")]),
        ("3-й микрорайон дом 7", [("3 мкр", "7")]),
        ("мкр. Олимпийский, 7", [("олимпийск мкр", "7")]),
        ("ул ленина д 5 в подъезде холодно", [("ленина", "5")]),
        ("УЛИЦА МИРА 5", [("мира", "5")]),
        ("Мира 5-12 холодно", [("мира", "5")]),
        ("ул. Ленина, д. 5, 2 недели нет воды", [("ленина", "5")]),
        ("Мирный проезд, 3", [("мирн пр-д", "3")]),
        ("ул. Мирная, 3", [("мирн", "3")]),
        ("с. Аксарка, ул. Набережная, д. 4", [("набережн", "4")]),
        ("наб. Гнедича, 5", [("гнедича", "5")]),
        ("На улице Магистральная на перекрестке", [("магистральн", None)]),
        ("сугробы на зверева 11 по пояс", [("зверева", "11")]),
        ("пр мира 76 без воды", [("мира", "76")]),
        ("лифт в доме Школьная, 18", [("школьн", "18")]),
        ("на ул.Ленина-Мира провал", [("ленина", None), ("мира", None)]),
        ("ул. Салтыкова-Щедрина, 4", [("салтыкова-щедрина", "4")]),
        ("на углу Ленина и Мира", [("ленина", None), ("мира", None)]),
        ("перекрёсток улиц Зверева и Верхняя Речная", [("зверева", None), ("верхн речн", None)]),
        ("между улицами Полярная и Мира", [("полярн", None), ("мира", None)]),
        ("Комсомольская, 12 подъезд 3", [("комсомольск", "12")]),
        ("дом 12 по Комсомольской без света", [("комсомольск", "12")]),
        ("на Юбилейной между домами 3 и 5", [("юбилейн", "3"), ("юбилейн", "5")]),
        ("пр-кт Мира, 19д", [("мира", "19д")]),
        ("НОВЫЙ УРЕНГОЙ УЛИЦА ЮБИЛЕЙНАЯ ДОМ 5 НЕТ ТЕПЛА", [("юбилейн", "5")]),
    ],
)
def test_addresses(text: str, found: list[tuple[str, str | None]]) -> None:
    assert [(one.street_key, one.house) for one in read_addresses(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "на улице темно",
        "На улице уже 2 недели",
        "Прошу 2 раза",
        "Школа 5",
        "12 Мая 2022",
        "Маршрут 27",
        "Дом 5",
        "как на улице. Лёд кругом",
        "",
    ],
)
def test_no_address(text: str) -> None:
    assert read_addresses(text) == ()


def test_an_address_line_needs_no_capitals() -> None:
    assert [(one.street_key, one.house) for one in read_addresses("ленина 5", line=True)] == [("ленина", "5")]
    assert read_addresses("ленина 5") == ()


def test_a_road_through_villages_is_read_as_its_first() -> None:
    assert read_settlement("дорога на деревню Аксарка-Харп-Салемал") == "Аксарка"
    assert read_settlement("по п. Указа 5 отказали") is None


def test_settlement_and_flat() -> None:
    assert read_settlement("жители с. Верхнее Жданово пишут") == "Верхнее Жданово"
    assert read_settlement("с Ивановым говорили") is None
    assert read_flat("д. 3, кв. 81") == "81"
    assert read_flat("60 кв. м") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Маршрут № 27 не ходит", ("маршрут 27",)),
        ("автобус 27", ("маршрут 27",)),
        ("у детского сада №12", ("детский сад 12",)),
        ("д/с 12", ("детский сад 12",)),
        ("в 8 школу", ("школа 8",)),
        ("на остановке «Сахарный завод»", ("остановка сахарн завод",)),
        ("остановка Рокоссовского", ("остановка рокоссовск",)),
        ("в парке Победы", ("парк побед",)),
        ("школа номер 5 и садик под номером 12", ("школа 5", "детский сад 12")),
        ("остановка АТП без навеса", ("остановка атп",)),
        ("маршруты 7, 12 и 15 не ходят", ("маршрут 7", "маршрут 12", "маршрут 15")),
        ("маршрут 7, 15 минут ждали", ("маршрут 7",)),
        ("яма у Полярного моста", ("мост полярн",)),
        ("Щучьинское озеро завалено", ("озеро щучьинск",)),
        ("Большой парк, наш мост", ()),
        ("остановка «Рынок» у школы 5", ("остановка рынок", "школа 5")),
        ("вагон трамвая 71-619К", ()),
        ("в парке грязно", ()),
    ],
)
def test_landmarks(text: str, found: tuple[str, ...]) -> None:
    assert read_landmarks(text) == found


@pytest.mark.parametrize(
    ("written", "folded"),
    [("12-Б", "12б"), ("12 б", "12б"), ("5 корп. 2", "5/2"), ("5к2", "5/2"), ("№ 7", "7"), ("5\\2", "5/2")],
)
def test_houses(written: str, folded: str) -> None:
    assert fold_house(written) == folded


def test_the_number_of_a_house() -> None:
    assert [base_house(house) for house in ("14/1", "14б", "014", "б")] == ["14", "14", "14", ""]


@given(st.text("абвёйя ул. д-12/АБЁ5\\корп", max_size=60))
def test_folding_is_stable(text: str) -> None:
    assert fold_street(text) == fold_street(text.upper().lower())
    assert fold_house(fold_house(text)) == fold_house(text)


def test_a_person_is_the_same_by_any_spelling() -> None:
    one = list_person_keys(Applicant(name="Иванова Анна", phone="8 (34995) 1-23-45", email="A@B.ru"), "pos")
    other = list_person_keys(
        Applicant(surname="ИВАНОВА", given_name="Анна", phone="+73499512345", email="a@b.ru"), "vk"
    )
    assert one == other == ("phone:+73499512345", "email:a@b.ru", "name:анна иванова")
    assert list_person_keys(Applicant(person_id="7", name="Анна"), "vk") == ("id:vk:7",)
    assert list_person_keys(Applicant(), "vk") == ()


@pytest.mark.parametrize(
    "piece",
    ["ул. ", "ул. Ленина ", "Аа ", "1, ", "ул. Ленина, д. 5, 5, ", "«", 'школа "', " ", "12 мкр ", "с. Аа-Аа ", "А"],
)
def test_no_text_is_slow(piece: str) -> None:
    text = piece * (30_000 // len(piece))
    start = time.process_time()
    read_addresses(text), read_landmarks(text), read_settlement(text), read_flat(text)
    assert time.process_time() - start < 2
