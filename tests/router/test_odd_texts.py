"""Texts that are no good: empty, endless, in two scripts, contradicting themselves, written to attract joins."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.clean_html import html_to_text
from canonical.place import Place, Point
from router.duplicates import Candidate, Features, judge
from tests.router.test_duplicates import ALSO_COLD, COLD, POLICY, features, judged

ODD = {
    "empty": "",
    "spaces": " \n\t ",
    "one word": "Помогите",
    "sign": "!!!???",
    "mixed": "Please fix свет na Ленина 5, street light не горит",
    "transliterated": "Zdravstvuyte, ulica Zvereva dom 3, holodno, otopleniya net",
    "capitals": COLD.upper(),
    "html": "<p><br/>&nbsp;</p><div></div>",
    "endless": "Надым, ул. Зверева, д. 3 холодно " * 400,
    "one endless word": "холодно" * 2000,
    "numbers": "1 2 3 4 5 6 7 8 9 10 " * 200,
    "control": "холодно\x00\x07 \u200bбатареи\ufeff",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_texts_are_compared_within_bounds(name: str) -> None:
    text = html_to_text(ODD[name])[:12_000]
    started = time.process_time()
    made = features(text, "phone:1")
    assert time.process_time() - started < 2  # a bound against runaway patterns, not a speed
    assert len(made.keys) <= 15
    assert len(made.dump()) < 1024
    assert judged(made, features(COLD, "phone:2")).outcome in ("join", "suggest", "separate")


@pytest.mark.parametrize("name", ["empty", "spaces", "one word", "sign", "html", "numbers"])
def test_texts_that_say_nothing_join_nobody(name: str) -> None:
    text = html_to_text(ODD[name])
    assert judged(features(text, "phone:1"), features(text, "phone:2")).outcome != "join"


def test_capitals_are_read_as_any_text() -> None:
    assert judged(features(ODD["capitals"], "phone:1"), features(COLD, "phone:2")).outcome == "join"


def test_a_field_that_names_another_town_wins_over_the_text() -> None:
    new = features(ALSO_COLD, "phone:1", place=Place(settlement="Салехард", point=Point(lat=66.53, lon=66.6)))
    assert judged(new, features(COLD, "phone:2")).outcome == "separate"


PARTS = ["ул. Зверева", "ул. Мира", "остановка «Рынок»", "маршрут 7", "батареи холодные", "отопления нет",
         "не горит фонарь", "яма во дворе", "мусор не вывозят", "д. 3", "д. 5", "Надым", "Салехард", "третий день",
         "дети мёрзнут"]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=12).map(", ".join)


def share_a_place(one: Features, other: Features) -> bool:
    """By the stored hashes alone, told again from the features' meaning."""
    pairs = ((one.houses, other.houses), (one.objects, other.objects), (one.yards, other.yards),
             (one.streets, other.streets))  # fmt: skip
    return any(set(first) & set(second) for first, second in pairs)


@given(TEXTS, TEXTS)
def test_different_people_are_joined_only_at_a_common_place_or_object(one: str, other: str) -> None:
    new, old = features(one, "phone:1"), features(other, "phone:2")
    if judged(new, old).outcome == "join":
        assert share_a_place(new, old)


def test_many_copies_of_one_text_are_looked_at() -> None:
    template = COLD.replace("третий день", "подписываюсь под каждым словом, третий день")
    copies = [Candidate(f"a{n}", "c_1", features(template, f"phone:{n}")) for n in range(12)]
    new = features(template, "phone:new")
    assert judge(new, copies[:9], POLICY.duplicates).outcome == "join"
    said = judge(new, copies, POLICY.duplicates)
    assert (said.outcome, said.evidence["why"]) == ("suggest", "one text from very many people")
    assert judge(features(template, "phone:new", days=1), copies, POLICY.duplicates).outcome == "join"


def test_who_writes_to_everybody_is_looked_at() -> None:
    own = [
        Candidate(f"a{n}", f"c_{n}", features(f"Надым, ул. Полярная, д. {n}: не горит фонарь", "phone:1"))
        for n in range(5)
    ]
    other = Candidate("a_other", "c_other", features(COLD, "phone:2"))
    new = features(ALSO_COLD, "phone:1")
    assert judge(new, [*own[:4], other], POLICY.duplicates).outcome == "join"
    said = judge(new, [*own, other], POLICY.duplicates)
    assert (said.outcome, said.evidence["why"]) == ("suggest", "this person writes very often")


def test_spam_of_one_template_joins_no_other_place() -> None:
    """A template that names many streets to be near everybody is near nobody's house."""
    chance = random.Random(3)
    names = ["Мира", "Зверева", "Полярная", "Заводская", "Комсомольская", "Ямальская", "Топчева", "Рыжкова"]
    bait = "Верните тепло! " + ", ".join(f"ул. {name}" for name in names) + ": ледяные батареи, отопления нет"
    spam = features(bait, "phone:666")
    for number in range(30):
        street = chance.choice(names)
        honest = features(f"Надым, ул. {street}, д. {number + 1}: не горит фонарь у подъезда", f"phone:{number}")
        assert judged(spam, honest).outcome != "join"
        assert judge(honest, [Candidate("a_spam", "c_spam", spam)], POLICY.duplicates).outcome != "join"
