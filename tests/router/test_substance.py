"""Things and names: what tells two problems of one house apart."""

from __future__ import annotations

from array import array

import pytest

from canonical.appeal import Appeal
from canonical.fault import count_faults
from canonical.text import split_text
from canonical.thing import count_things
from router.duplicates import Features, make_features
from router.duplicates.substance import hash_names, hash_things, share_counts, share_names
from tests.router.samples import make_appeal


def things(text: str) -> array[int]:
    return hash_things(split_text(text), b"k")


def features_of(appeal: Appeal) -> Features:
    return make_features(appeal, "pos", key=b"k")


def test_words_for_one_thing_are_one_thing() -> None:
    assert count_things(split_text("Фонари не горят, освещения нет")) == {"освещение": 2}
    assert share_counts(things("Фонари не горят"), things("нет освещения")) == 1


def test_two_problems_of_one_house_share_no_thing() -> None:
    assert share_counts(things("течёт кровля"), things("не горит светильник")) == 0
    assert share_counts(things(""), things("кровля")) == 0


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("в деревне Нори", None), ("в очередной раз", None), ("почти месяц", None), ("работы проводятся", None),
        ("электронной", None), ("получил травму", None), ("сняли крышку", "люк"),
        ("электричество пропало", "электричество"),
        ("отменили электричку", "поезд"), ("стоит очередь", "очередь"), ("сухое дерево", "дерево"),
    ],
)  # fmt: skip
def test_words_that_only_look_like_a_thing_are_none(text: str, thing: str | None) -> None:
    assert list(count_things(split_text(text))) == ([thing] if thing else [])


@pytest.mark.parametrize("text", ["долгое ожидание", "холодная вода", "в установленный срок", "замечания", "приёмная"])
def test_words_that_only_look_like_a_fault_are_none(text: str) -> None:
    assert not {"плата", "холодно", "установить", "расчистить снег", "запись"} & set(count_faults(split_text(text)))


def test_a_street_called_after_a_thing_speaks_of_none() -> None:
    appeal = make_appeal("ул. Дорожная, 5: не горит фонарь")
    assert features_of(appeal).things == things("не горит фонарь")


def test_names_are_those_within_a_sentence() -> None:
    one, other = hash_names("Яма у Литейной, рядом Рынок", b"k"), hash_names("Прошу засыпать яму на Литейной", b"k")
    assert share_names(one, other) == pytest.approx(2 / 3)
    assert share_names(hash_names("Здравствуйте. прошу", b"k"), other) == 0
    assert not hash_names("Добрый день\nСтолкнулась с бедой, знак «Пешеходный переход»", b"k")
    assert not hash_names("ПОМОГИТЕ, У НАС НЕТ СВЕТА", b"k")


def test_another_key_shares_nothing() -> None:
    assert share_counts(things("кровля"), hash_things(["кровля"], b"other")) == 0
