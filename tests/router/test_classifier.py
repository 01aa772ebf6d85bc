"""Topics learned from labelled texts."""

import random

import numpy as np
import pytest

from router.classifier.concepts import find_concepts
from router.classifier.example import BadExamples, Example
from router.classifier.localities import list_localities
from router.classifier.measures import measure
from router.classifier.model import BadModel, Model
from router.classifier.training import train

WORDS = {
    "тепло": ["батареи", "холодные", "отопление", "котельная", "замерзаем", "радиатор"],
    "дороги": ["яма", "асфальт", "дорога", "колея", "выбоина", "проезд"],
    "свет": ["фонарь", "темно", "освещение", "лампа", "столб", "погас"],
}


def make(count: int, seed: int) -> list[Example]:
    chance = random.Random(seed)
    return [
        Example(" ".join(chance.sample(words, 3) + chance.sample(["во", "дворе", "опять", "третий", "день"], 2)), label)
        for label, words in WORDS.items() for _ in range(count)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Model:
    return train(make(20, 1))


def test_it_tells_topics_apart_and_is_sure_of_them(model: Model) -> None:
    asked = make(10, 2)
    guesses = [model.guess(each.text) for each in asked]
    assert [guess.ranked[0][0] for guess in guesses] == [each.label for each in asked]
    assert all(guess.sure for guess in guesses)


def test_endings_and_typing_errors_share_parts(model: Model) -> None:
    assert model.guess("<p>Батарея холодная, котельную остоновили</p>").ranked[0][0] == "тепло"


def test_what_it_never_saw_is_not_sure(model: Model) -> None:
    assert not model.guess("Qwertz uiop").sure
    assert not model.guess("").sure


def test_what_is_known_beside_the_text_decides() -> None:
    examples = [Example("опять", where, (f"theme={where}",)) for where in ("школа", "парк") for _ in range(10)]
    model = train(examples)
    assert [model.guess("опять", (f"theme={w}",)).ranked[0][0] for w in ("школа", "парк")] == ["школа", "парк"]


def test_a_model_is_data_that_shows_every_change(model: Model) -> None:
    content = model.dump()
    again = Model.load(content)
    assert np.array_equal(again.weigh("яма на дороге"), model.weigh("яма на дороге"))
    assert "батаре".encode() not in content
    for broken in (b"", content[:-1], content[:40] + b"\0" + content[41:]):
        with pytest.raises(BadModel, match="train it again"):
            Model.load(broken)


def test_a_title_teaches_words_that_no_resident_wrote() -> None:
    examples = make(10, 3)
    asked = "Домофон сломан"
    titled = train([*examples, Example("Домофоны и двери подъездов", "свет", title=True)])
    assert titled.weigh(asked)[titled.labels.index("свет")] > train(examples).weigh(asked)[1]
    assert titled.guess(asked).ranked[0][0] == "свет"


def test_words_that_mean_the_same_teach_for_each_other() -> None:
    """«Карусель» has the letters of a Russian pencil, and the meaning of «качели»."""
    model = train([Example("Качели", "дворы"), Example("Русский карандаш", "школы"), Example("Лёд", "дороги")] * 8)
    assert model.guess("карусель").ranked[0][0] == "дворы"


def test_concepts_are_read_by_whole_words_and_by_longest_beginnings() -> None:
    concepts, fields = find_concepts(["снегоуборочная", "люк", "люкс", "знание"])
    assert "расчистка" in concepts and "снег" not in concepts
    assert concepts.count("люк") == 1
    assert "знак" not in concepts
    assert "field:зима" in fields


def test_labels_of_one_kind_follow_the_likeliest() -> None:
    """A text of one theme speaks a little for the others of its category."""
    kinds = {"тепло": "дом", "дороги": "улица", "свет": "улица"}
    examples = [Example(each.text, each.label, kind=kinds[each.label]) for each in make(20, 4)]
    asked = "На дороге яма и выбоина"
    alone, kin = train([Example(each.text, each.label) for each in examples]), train(examples)
    of = kin.labels.index
    ratio = [model.weigh(asked)[of("свет")] / model.weigh(asked)[of("тепло")] for model in (alone, kin)]
    assert kin.guess(asked).ranked[0][0] == "дороги"
    assert ratio[1] > ratio[0]


def test_the_youngest_texts_say_when_practice_has_changed() -> None:
    """The same texts went to one office for long, to another lately."""
    count = 400
    changed = [
        Example(f"яма на улице {n % 40}", "старый отдел" if n < count * 0.7 else "новый отдел", age=1 - (n + 1) / count)
        for n in range(count)
    ]
    assert train(changed).guess("яма на улице 7").ranked[0][0] == "новый отдел"


def test_probabilities_keep_the_order_of_scores_and_sum_to_one(model: Model) -> None:
    for each in make(5, 9):
        chances = model.weigh(each.text + " совсем другое")
        assert chances.sum() == pytest.approx(1.0)
        ranked = [chance for _, chance in model.guess(each.text).ranked]
        assert ranked == sorted(ranked, reverse=True)


def test_localities_are_found_whatever_their_case() -> None:
    one = list_localities("<p>г. Салехард, ул. Зверева, 5. В Надымском районе холодно</p>")
    assert {"town:салехард", "district:надымск"} <= set(one)
    assert {"town:салехард", "district:надымск"} <= set(list_localities("Из города Салехарда до Надымского района"))
    assert list_localities("Администрация Курского района") == ["district:курск"]
    assert "district:центральн" in list_localities("Управа Центрального округа")
    assert not list_localities("Дума муниципального округа и совет городского округа, сельского района")


@pytest.mark.parametrize("examples", [[], [Example("темно", "свет")] * 5])
def test_one_label_teaches_nothing(examples: list[Example]) -> None:
    with pytest.raises(BadExamples, match="two labels"):
        train(examples)


def test_texts_without_words_teach_nothing() -> None:
    with pytest.raises(BadExamples, match="no word"):
        train([Example("", "свет"), Example("!!!", "тепло")] * 5)


def test_measures_are_those_of_the_definitions() -> None:
    chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    quality = measure(["a", "a", "b", "b"], ["a", "b"], chances)
    assert quality.accuracy == 0.75
    assert quality.weighted_f1 == pytest.approx((0.8 * 2 + 2 / 3 * 2) / 4)
    assert quality.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert quality.coverage_at_p95 == 0.75  # the three that it is surest of are right
    assert quality.top3 == 1.0


def test_a_label_that_was_never_taught_counts_as_missed() -> None:
    quality = measure(["a", "c"], ["a", "b"], np.array([[0.9, 0.1], [0.6, 0.4]]))
    assert quality.accuracy == 0.5
    assert quality.top3 == 0.5
