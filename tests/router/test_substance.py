"""Things and names: what tells two problems of one house apart."""

from __future__ import annotations

from array import array

from canonical.text import split_text
from canonical.thing import count_things
from router.duplicates.substance import hash_names, hash_things, share_counts, share_names


def things(text: str) -> array[int]:
    return hash_things(split_text(text), b"k")


def test_words_for_one_thing_are_one_thing() -> None:
    assert count_things(split_text("Фонари не горят, освещения нет")) == {"освещение": 2}
    assert share_counts(things("Фонари не горят"), things("нет освещения")) == 1


def test_two_problems_of_one_house_share_no_thing() -> None:
    assert share_counts(things("течёт кровля"), things("не горит светильник")) == 0
    assert share_counts(things(""), things("кровля")) == 0


def test_names_are_those_within_a_sentence() -> None:
    one, other = hash_names("Яма у Литейной, рядом Рынок", b"k"), hash_names("Прошу засыпать яму на Литейной", b"k")
    assert share_names(one, other) == 0.5
    assert share_names(hash_names("Здравствуйте. прошу", b"k"), other) == 0


def test_another_key_shares_nothing() -> None:
    assert share_counts(things("кровля"), hash_things(["кровля"], b"other")) == 0
