"""When two appeals are one problem. Joining wrongly hides a resident's problem; so most tests are of not joining."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.place import Place, Point
from canonical.text import split_words
from router.duplicates import VERSION, Candidate, Features, Judgement, Rules, Unreadable, judge, make_features
from router.duplicates.nearness import Nearness, find_nearness
from router.duplicates.shingles import BINS, similarity, sketch
from tests.router.samples import MORNING, load_policy, make_appeal

POLICY = load_policy()
COLD = "Надым, ул. Зверева, д. 3: третий день ледяные батареи, отопления нет, дети мёрзнут, котельная молчит"
ALSO_COLD = "Зверева 3 в Надыме. Ледяные батареи, котельная не даёт отопления, замёрзли совсем"


def features(
    text: str, who: str = "", system: str = "pos", days: float = 0, key: bytes = b"k", **fields: object
) -> Features:
    appeal = POLICY.enrich(make_appeal(text, created_at=MORNING + timedelta(days=days), **fields), system)
    return POLICY.make_features(appeal, system, (who,) if who else (), key)


def judged(new: Features, old: Features, rules: Rules | None = None, closed: bool = False) -> Judgement:
    return judge(new, [Candidate("a_old", "c_old", old, closed)], rules or POLICY.duplicates)


def test_another_person_about_the_same_joins() -> None:
    said = judged(features(ALSO_COLD, "phone:2"), features(COLD, "phone:1"))
    assert (said.outcome, said.kind, said.other, said.case_id) == ("join", "same_problem", "a_old", "c_old")
    assert said.evidence["place"] == "house"
    assert said.evidence["why"]


def test_the_same_person_again_is_a_repeat_by_any_channel() -> None:
    said = judged(
        features("Опять ледяные батареи на Зверева 3, отопления нет", "phone:1", "vk"), features(COLD, "phone:1")
    )
    assert (said.outcome, said.kind) == ("join", "repeat")


def test_the_same_person_about_something_else_is_not() -> None:
    said = judged(features("Маршрутка 5 не остановилась, водитель грубил", "phone:1"), features(COLD, "phone:1"))
    assert said == Judgement("separate", "none")


@pytest.mark.parametrize(
    ("lat", "outcome"), [(65.5341, "join"), (65.5347, "join"), (65.5441, "separate")]  # here, 70 m on, 1 km on
)  # fmt: skip
def test_a_mark_on_the_map_is_a_place(lat: float, outcome: str) -> None:
    text = "Огромная яма на дороге, машины пробивают колёса, заделайте яму"
    old = features(text, "phone:1", place=Place(point=Point(lat=65.5341, lon=72.5102)))
    other = "Заделайте яму на дороге: огромная, колёса пробивают машины"
    new = features(other, "phone:2", place=Place(point=Point(lat=lat, lon=72.5102)))
    assert judged(new, old).outcome == outcome
    told = features(f"{other} {lat}, 72.5102", "phone:3")
    assert judged(told, old).outcome == outcome


def test_a_park_is_too_large_to_be_one_place() -> None:
    one, other = "В парке Победы не горит фонарь, темно", "Фонарь не горит в парке Победы, очень темно"
    said = judged(features(other, "phone:2"), features(one, "phone:1"))
    assert (said.outcome, said.evidence["place"]) == ("suggest", "area")
    at_stop = [text.replace("парке Победы", "остановке «Победа»") for text in (other, one)]
    said = judged(features(at_stop[0], "phone:2"), features(at_stop[1], "phone:1"))
    assert (said.outcome, said.evidence["place"]) == ("join", "object")


@pytest.mark.parametrize(
    "text",
    [
        ALSO_COLD.replace("3 в Надыме", "4 в Надыме"),  # the next house
        ALSO_COLD.replace("Зверева", "Ленина"),
        ALSO_COLD.replace("Надыме", "Салехарде"),  # the same street of another town
        "Надым, Зверева 3: во дворе яма, машины застревают",  # another problem of the house
    ],
)
def test_near_is_not_the_same(text: str) -> None:
    assert judged(features(text, "phone:2"), features(COLD, "phone:1")).outcome != "join"


def test_one_text_without_a_place_is_only_suggested() -> None:
    text = "Третий день ледяные батареи, отопления нет, дети мёрзнут, котельная молчит, помогите"
    said = judged(features(text, "phone:2"), features(text, "phone:1"))
    assert (said.outcome, said.kind) == ("suggest", "same_problem")
    assert judged(features(text, "phone:1"), features(text, "phone:1")).outcome == "join"


TALK = ["батареи", "холодно", "отопление", "воды", "мусор", "вывозят", "снег", "темно", "фонарь", "яма", "прошу"]
WORDS = st.lists(st.sampled_from(TALK), min_size=1, max_size=25)


@given(WORDS, WORDS)
def test_without_a_place_different_people_never_join(one: list[str], other: list[str]) -> None:
    new, old = features(" ".join(one), "phone:1"), features(" ".join(other), "phone:2")
    assert not new.placed
    assert judged(new, old).outcome != "join"


@given(WORDS, st.sampled_from(["Салехард", "Ноябрьск", "Муравленко"]))
def test_two_towns_never_join(words: list[str], town: str) -> None:
    text = " ".join(words)
    new, old = features(f"{town}, ул. Мира, 5. {text}", "phone:1"), features(f"Надым, ул. Мира, 5. {text}", "phone:2")
    assert judged(new, old).outcome == "separate"


def test_a_persons_own_matter_is_nobody_elses() -> None:
    text = "В поликлинике Надыма, ул. Сенькина, 2 нет талонов к врачу, не записаться, регистратура не отвечает"
    assert judged(features(text, "phone:2"), features(text, "phone:1")).outcome == "separate"
    assert judged(features(text, "phone:1"), features(text, "phone:1")).kind == "repeat"


def test_an_emergency_of_another_kind_is_never_folded_in() -> None:
    gas = "Надым, Зверева 3: ледяные батареи, отопления нет, и запах газа в подъезде, газовая плита, газ, утечка газа"
    new = features(gas, "phone:2")
    assert new.life
    assert judged(new, features(COLD, "phone:1")).outcome == "separate"


@pytest.mark.parametrize("who", ["phone:1", "phone:2"])
def test_what_was_no_emergency_takes_none_in(who: str) -> None:
    """Neither another resident's of the same house and topic nor the same one's who writes again."""
    worse = features(f"{ALSO_COLD} Щиток бьёт током", who)
    assert worse.life and worse.topic == features(COLD).topic
    assert judged(worse, features(COLD, "phone:1")).outcome == "separate"
    assert judged(features(ALSO_COLD, who), features(COLD, "phone:1")).outcome == "join"


def test_time_runs_out() -> None:
    assert judged(features(ALSO_COLD, "phone:2", days=29), features(COLD, "phone:1")).outcome == "join"
    assert judged(features(ALSO_COLD, "phone:2", days=31), features(COLD, "phone:1")).outcome == "separate"
    assert judged(features(ALSO_COLD, "phone:1", days=31), features(COLD, "phone:1")).outcome == "join"
    assert judged(features(ALSO_COLD, "phone:1", days=61), features(COLD, "phone:1")).outcome == "separate"


def test_an_answered_case_takes_only_its_own_people() -> None:
    old = features(COLD, "phone:1")
    assert judged(features(ALSO_COLD, "phone:2"), old, closed=True).outcome == "suggest"
    assert judged(features(ALSO_COLD, "phone:1"), old, closed=True).outcome == "join"


def test_namesakes_are_the_same_person_only_with_the_same_text() -> None:
    old = features(COLD, "name:анна иванова")
    assert judged(features(COLD, "name:анна иванова", days=40), old).kind == "repeat"
    assert judged(features(ALSO_COLD, "name:анна иванова"), old).kind == "same_problem"


def test_the_more_careful_channel_decides() -> None:
    new, old = features(ALSO_COLD, "phone:2", "vk"), features(COLD, "phone:1", "pos")
    rules = POLICY.duplicates
    assert judged(new, old, replace(rules, channels={"vk": "suggest"})).outcome == "suggest"
    assert judged(new, old, replace(rules, channels={"vk": "suggest", "pos": "never"})).outcome == "separate"
    assert judged(new, old, replace(rules, enabled=False)).outcome == "separate"


def test_the_best_of_many_is_taken() -> None:
    candidates = [
        Candidate("a_far", "c_1", features("Надым, ул. Ленина, 9: ледяные батареи, отопления нет", "phone:3")),
        Candidate("a_house", "c_2", features(COLD, "phone:1")),
        Candidate("a_other", "c_3", features("Надым, Зверева 3: яма во дворе", "phone:4")),
    ]
    for order in (candidates, candidates[::-1]):
        assert judge(features(ALSO_COLD, "phone:2"), order, POLICY.duplicates).other == "a_house"


def test_duplicates_share_a_key() -> None:
    """The ledger compares only what shares one."""
    old = features(COLD, "phone:1")
    for new in (
        features(ALSO_COLD, "phone:2"),
        features("Зверева, 3а: темно"),
        features("другое", "phone:1"),
        features(COLD),
    ):
        assert set(new.keys) & set(old.keys)
    assert not set(features("Автобус 7 не ходит", "phone:9").keys) & set(old.keys)


def test_another_key_shares_nothing() -> None:
    one, other = features(COLD, "phone:1"), features(COLD, "phone:1", key=b"other")
    assert not set(one.keys) & set(other.keys)
    assert judged(one, other).outcome == "separate"


@pytest.mark.parametrize("town", ["в Надыме", "в Новом Уренгое", "в Тарко-Сале", "в Лабытнангах"])
def test_a_listed_town_is_no_place_in_common(town: str) -> None:
    one, other = f"Во дворе {town} не горит фонарь, темно", f"Фонарь на улице {town} не горит уже неделю"
    assert judged(features(other, "phone:2"), features(one, "phone:1")).outcome == "separate"
    assert features(f"Яма {town}").words == features("Яма").words


def test_a_village_that_is_not_listed_is_one() -> None:
    one, other = "В деревне Верхняя Речка не горит фонарь", "Фонарь не горит, темно, деревня Верхняя Речка"
    assert judged(features(other, "phone:2"), features(one, "phone:1")).outcome == "suggest"


def test_one_topic_and_thing_at_one_house_is_shown_however_it_is_told() -> None:
    first = "Во дворе дома 7 по улице Мира качели сломаны, песочница развалилась, горка опасна детям, перила сгнили"
    new = features("Мира 7: когда вы займётесь горкой и качелями? Обещанного три года ждут", "phone:2")
    said = judged(new, features(first, "phone:1"))
    assert said.outcome == "suggest"
    strict = replace(POLICY.duplicates, same_problem=replace(POLICY.duplicates.same_problem, suggest=0.99, join=1))
    assert judged(new, features(first, "phone:1"), strict).outcome == "suggest"
    told = ("водитель автобуса грубил", "автобус ушёл раньше")
    route = [features(f"Маршрут 27: {text}", f"phone:{n}") for n, text in enumerate(told)]
    assert judged(route[1], route[0], strict).outcome == "separate"


def test_slips_of_the_pen_do_not_part_streets_or_words() -> None:
    one, other = features("Яма на ул. Смородиновой, 5"), features("Яма на ул. Смародиновой, 5")
    assert (one.houses, one.words) == (other.houses, other.words)
    other_street = features("Яма на ул. Тюменской, 5"), features("Яма на ул. Таманской, 5")
    assert set(other_street[0].houses).isdisjoint(other_street[1].houses)
    assert features("Разбитый фонтан").words == features("Розбитый фантан").words


@given(st.text(max_size=400), st.lists(st.text(max_size=20), max_size=6), st.text(max_size=40))
def test_features_survive_the_ledger(text: str, persons: list[str], street: str) -> None:
    appeal = make_appeal(text, place=Place(street=street or None, house="5", settlement="Надым"))
    made = make_features(appeal, "pos", persons, key=b"k")
    assert Features.load(made.dump()) == made
    assert len(made.dump()) < 1024
    assert len(made.keys) <= 15
    assert all(0 <= key < 2**63 for key in made.keys)


def test_a_long_letter_has_small_features() -> None:
    long = " ".join(
        f"ул. Улица{'абвгдежз'[n % 8] * (n % 5)}ова, д. {n} слово{'клмнопрс'[n % 8] * (n % 7)}" for n in range(3000)
    )
    assert len(features(long, "phone:1").dump()) < 1024


@given(st.binary(max_size=200))
def test_foreign_bytes_are_refused(blob: bytes) -> None:
    try:
        Features.load(blob)
    except ValueError:
        return
    assert 1 <= blob[0] <= VERSION


def test_features_hold_nothing_readable() -> None:
    blob = features(
        "Иванова Анна, Надым, ул. Зверева, д. 3, кв. 8, тел. 89001234567, холодно", "phone:+79001234567"
    ).dump()
    for secret in ("Иванова", "Зверева", "89001234567", "холодно", "иванова", "зверева"):
        assert secret.encode() not in blob
        assert secret.encode("utf-16-le") not in blob


@given(
    st.lists(st.sampled_from([f"слово{n}" for n in range(60)]), min_size=20, max_size=60, unique=True),
    st.integers(0, 100),
)
def test_the_sketch_estimates_the_common_share(words: list[str], percent: int) -> None:
    kept = [word if place * 100 >= percent * len(words) else f"иное{place}" for place, word in enumerate(words)]
    estimate = similarity(sketch(words, b"k"), sketch(kept, b"k"))
    grams = [{text[i : i + 5] for i in range(len(text) - 4)} for text in (" ".join(words), " ".join(kept))]
    assert abs(estimate - len(grams[0] & grams[1]) / len(grams[0] | grams[1])) < 0.3


def test_an_equal_text_has_an_equal_sketch() -> None:
    assert sketch(split_words("Ёлки, ПАЛКИ!"), b"k") == sketch(split_words("елки палки"), b"k")
    assert len(sketch(["а"], b"k")) == BINS
    assert similarity(sketch([], b"k"), sketch([], b"k")) == 0


def test_features_of_the_first_version_are_still_read() -> None:
    made = features(COLD, "phone:1")
    tail = 3 + 4 * (len(made.things) + len(made.named) + len(made.faults))
    old = Features.load(b"\x01" + made.dump()[1:-tail])
    assert (len(old.things), len(old.named)) == (0, 0)
    assert (old.words, old.objects, old.persons) == (made.words, made.objects, made.persons)


def test_streets_that_an_older_version_spelt_otherwise_are_no_other_streets() -> None:
    made = features("Не горит фонарь на улице Светлой, дом 5")
    old = Features.load(b"\x03" + made.dump()[1:])
    assert made.streets
    assert (old.streets, old.houses, old.yards) == ((), (), ())
    assert find_nearness(made, old) is Nearness.unknown


def test_what_is_hashed_changes_only_with_the_version() -> None:
    """Fails when features of one text differ from yesterday's: raise codec.VERSION, then change the number here."""
    made = features("В Надыме на ул. Дружбы, 5 у остановки «Рынок» и сквера Победы погасли фонари, темно", "phone:1")
    seen = (made.streets, made.houses, made.yards, made.objects, list(made.words), list(made.named), made.persons)
    assert (VERSION, hashlib.sha256(repr(seen).encode()).hexdigest()[:8]) == (4, "79e98f3e")


@pytest.mark.parametrize("blob", [b"", b"\x00", b"\xff" * 400, b"\x03"])
def test_what_is_not_ours_is_unreadable_by_name(blob: bytes) -> None:
    with pytest.raises(Unreadable):
        Features.load(blob)
