"""Municipality, settlement, street and house: from codes, fields and texts."""

import csv
from pathlib import Path

import pytest

from canonical.place import Place
from router.case_forms import list_forms
from router.policy import Policy

SHARED = Path(__file__).parents[3] / "shared/data/places/oktmo_yanao.csv"


def fill(policy: Policy, text: str = "", /, **place: str) -> Place:
    return policy.places.fill(Place.model_validate(place), text)


@pytest.mark.parametrize(
    ("text", "oktmo", "settlement"),
    [
        ("В Надыме темно", "71936000", "Надым"),
        ("п.Пангоды, ул. Звёздная", "71936000", "Пангоды"),
        ("живём в Новом Уренгое", "71956000", "Новый Уренгой"),
        ("посёлок Уренгой, у школы", "71940000", "Уренгой"),
        ("дороги Тарко-Сале", "71940000", "Тарко-Сале"),
        ("из Салехарда", "71951000", "Салехард"),
        ("с. Мужи", "71946000", "Мужи"),
        ("Скорая ехала в Мужи", "71946000", "Мужи"),
        ("интернет в Тазовском", "71943000", "Тазовский"),
        ("дороги Тазовского района", "71943000", None),
        ("Шурышкарский район, без света", "71946000", None),
        ("в Ямальском р-не", "71948000", None),
    ],
)
def test_a_text_names_its_place(policy: Policy, text: str, oktmo: str, settlement: str | None) -> None:
    place = fill(policy, text)
    assert (place.oktmo, place.settlement) == (oktmo, settlement)


@pytest.mark.parametrize(
    "text", ["Наши мужи вернулись", "на горке скользко", "улица Надымская", "был в ноябре", "у Салехардцева", "Толька"]
)
def test_words_that_only_look_like_places(policy: Policy, text: str) -> None:
    assert fill(policy, text).oktmo is None


def test_former_codes_become_current_ones(policy: Policy) -> None:
    for code in ("71916000", "71936000", "71916000101"):
        assert fill(policy, oktmo=code).oktmo == "71936000"


@pytest.mark.skipif(not SHARED.exists(), reason="the region's table is not beside the project")
def test_every_municipality_of_the_region_by_both_codes(policy: Policy) -> None:
    with SHARED.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for code in (row["code"], row["code_2019"]):
                assert policy.places.by_code[code].oktmo == row["code"]
                assert row["name"] in policy.places.by_code[code].name


def test_a_foreign_code_stays(policy: Policy) -> None:
    assert fill(policy, oktmo="38701000").oktmo == "38701000"


def test_the_code_says_more_than_the_text(policy: Policy) -> None:
    place = fill(policy, "Летел через Салехард, а в Надыме холодно", oktmo="71936000")
    assert (place.oktmo, place.settlement) == ("71936000", "Надым")


def test_what_the_channel_said_is_never_replaced(policy: Policy) -> None:
    given = {"street": "ул. Зверева", "house": "3", "settlement": "Ныда", "object": "школа"}
    place = fill(policy, "Надым, ул. Ленина, д. 5, маршрут 27", **given)
    assert {name: getattr(place, name) for name in given} == given


def test_the_address_line_comes_before_the_text(policy: Policy) -> None:
    place = fill(policy, "как на ул. Ленина, 5", text="Надым, Зверева 3, кв. 8")
    assert (place.street, place.house, place.flat, place.oktmo) == ("Зверева", "3", "8", "71936000")


def test_a_town_without_a_comma_is_no_street(policy: Policy) -> None:
    place = fill(policy, "Ноябрьск Советская 93, нет воды")
    assert (place.settlement, place.street, place.house) == ("Ноябрьск", "Советская", "93")


def test_an_address_with_a_house_says_more_than_a_street(policy: Policy) -> None:
    place = fill(policy, "Живу на ул. Ленина, а яма на ул. Полярной, д. 4")
    assert (place.street, place.house) == ("ул. Полярной", "4")


def test_a_settlement_that_is_not_listed_is_read_by_its_kind(policy: Policy) -> None:
    assert fill(policy, "с. Верхнее Жданово без воды").settlement == "Верхнее Жданово"


def test_filling_twice_changes_nothing(policy: Policy) -> None:
    once = fill(policy, "В Надыме на ул. Ленина, 5 у школы № 2 темно")
    assert policy.places.fill(once, "В Надыме на ул. Ленина, 5 у школы № 2 темно") == once


@pytest.mark.parametrize(
    ("name", "form"),
    [("Новый Уренгой", "нового уренгоя"), ("Лабытнанги", "лабытнангах"), ("Пангоды", "пангод"), ("Яр-Сале", "яр сале")],
)
def test_forms_of_names(name: str, form: str) -> None:
    assert tuple(form.split()) in list_forms(name)
