"""Words without endings, proper names, faults: what two texts about one problem share when their words differ."""

import pytest

from canonical.address import read_addresses
from canonical.fault import count_faults
from canonical.landmark import read_landmarks
from canonical.names import read_names
from canonical.stem import make_skeleton, stem
from canonical.text import split_words


@pytest.mark.parametrize("words", ["Юбилейной Юбилейная Юбилейную", "Сараевка Сараевки", "Льгов Льгове Льгова"])
def test_cases_of_a_name_have_one_stem(words: str) -> None:
    assert len({stem(word) for word in split_words(words)}) == 1


def test_a_slip_of_the_pen_does_not_matter_and_short_names_stay_whole() -> None:
    assert make_skeleton("рркоссовского") == make_skeleton("рокосовская")
    assert make_skeleton("нива") != make_skeleton("нова")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("яма на Литейной, у рынка", {"литейн"}),
        ("в п.Пангоды и с. Верхнее Жданово", {"пангод", "верхн", "жданов"}),
        ("прошу Петрова Анна Сергеевна помочь жителям, г. Надым, Надымский район", set()),
        ("рейс из Курска в Ноябрьске отменён", set()),
    ],
)
def test_names_are_of_places_not_of_people_and_towns(text: str, names: set[str]) -> None:
    assert set(read_names(text)) == {make_skeleton(name) for name in names}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ходит только 2 автобуса, нужны 5 школ", ()),
        ("39 автобус", ("маршрут 39",)),
        ("из остановок «Рыбный рынок»", ("остановка рыбн рынок",)),
        ("маршрут Аксарка-Салехард", ("путь аксарк салехард",)),
        ("дорога от Салехард – п. Аксарка разбита", ("путь аксарк салехард",)),
    ],
)
def test_landmarks_and_ways(text: str, found: tuple[str, ...]) -> None:
    assert read_landmarks(text) == found


@pytest.mark.parametrize(
    "text", ["в домах номер 9 и 11 по улице Мира", "домов №9 и №11 по ул. Мира", "между домами 9 и 11 на улице Мира"]
)
def test_houses_before_their_street(text: str) -> None:
    assert {address.house for address in read_addresses(text)} == {"9", "11"}


def test_a_firms_number_is_no_house() -> None:
    assert read_addresses("жалоба на ГУК 1 и УК 2") == ()


def test_faults_are_told_apart() -> None:
    assert set(count_faults(split_words("фонарь не горит"))) != set(count_faults(split_words("установите фонарь")))
