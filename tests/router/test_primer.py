"""What a model knows of municipal topics before a site's first text, and labels within labels."""

import numpy as np
import pytest

from gateway.primer import BUILT_IN, read_primer
from router.classifier.example import Example
from router.classifier.model import BadModel, Model
from router.classifier.primer import WORDS, Topic
from router.classifier.training import train
from tests.router.test_classifier import make

LIFT = Topic("Лифты", [
    "Кабина застряла между этажами, диспетчер не отвечает.", "Лифт гудит и дёргается, страшно в нём ехать.",
    "Нажимаю вызов, а двери кабины не открываются, лифт молчит.", "Застрял в лифте с ребёнком на час.",
])  # fmt: skip
FOREIGN = Topic("Маяки", [
    "Маяк на мысу мигает неправильно, и шхуны второй вечер путаются у самого рифа.",
    "Смотритель маяка уехал на материк, лампу никто не зажигает, шхуны стоят на якоре.",
    "Просим вернуть смотрителя: без маяка шхуны не видят рифа и садятся на мель.",
    "Когда на маяке заменят лампу? Шхуны путаются в тумане, рыбаки боятся выходить.",
    "Туманный колокол молчит с осени, маяк еле светит, а смотритель говорит, что масла нет.",
    "Третья шхуна за месяц села на риф, потому что маяк погас и колокол не звонит.",
])  # fmt: skip
FEW = [Example("Лифт не работает", "лифты"), Example("Сломался лифт в подъезде", "лифты")]


def rank(model: Model, text: str) -> float:
    return float(model.weigh(text)[list(model.labels).index("лифты")])


def test_a_label_of_two_texts_knows_what_the_primer_says_of_it() -> None:
    examples = [*make(20, 1), *FEW]
    asked = "кабина застряла, вызов и двери не отвечают"
    taught = train(examples, [FOREIGN, LIFT])
    assert taught.guess(asked).ranked[0][0] == "лифты"
    assert rank(taught, asked) > 2 * rank(train(examples), asked)


def test_a_topic_that_no_label_speaks_of_teaches_nothing() -> None:
    examples, others = [*make(20, 1), *FEW], read_primer(BUILT_IN)[:60]
    asked = "смотритель маяка"
    without = train(examples, others).weigh(asked)
    assert train(examples, [*others, FOREIGN]).weigh(asked) == pytest.approx(without, abs=0.05)
    speaking = [*examples, Example("Маяк мигает неправильно", "берег"), Example("Где смотритель маяка?", "берег")]
    assert train(speaking, [*others, FOREIGN]).guess("шхуны путаются").ranked[0][0] == "берег"


def test_lessons_are_about_as_long_as_what_residents_write() -> None:
    topic = Topic("x", [f"{number} " + "слово " * 14 for number in range(20)])
    lessons = topic.list_lessons()
    assert sorted(" ".join(lessons).split()) == sorted(" ".join(topic.says).split())
    assert all(WORDS / 2 <= len(lesson.split()) <= 2 * WORDS for lesson in lessons)
    assert Topic("x", ["одно"]).list_lessons() == ["одно"]


#: Two categories of two themes each; a theme's words say nothing of its category's other theme.
THEMES = {
    "ямы": "дороги", "знаки": "дороги", "подъезды": "дома", "крыши": "дома",
}  # fmt: skip
SAID = {
    "ямы": "яма выбоина колея", "знаки": "знак разметка светофор", "подъезды": "перила домофон лампочка",
    "крыши": "кровля протечка чердак",
}  # fmt: skip


def nest(*, finer: bool) -> list[Example]:
    return [
        Example(f"{word} {said[number % 3]} опять", THEMES[theme], finer=theme if finer else "")
        for theme, words in SAID.items() for said in [words.split()] for number, word in enumerate(said * 3)
    ]  # fmt: skip


def test_a_category_is_told_by_its_themes_too() -> None:
    model = train(nest(finer=True))
    assert list(model.labels) == ["дома", "дороги"]
    assert model.weights.shape[1] == 4 + 2
    assert model.guess("протечка кровля").ranked[0][0] == "дома"
    plain = train(nest(finer=False))
    assert plain.weights.shape[1] == 2
    assert model.weigh("протечка кровля").max() != plain.weigh("протечка кровля").max()


def test_a_nested_model_survives_its_file_and_a_broken_nest_is_refused() -> None:
    model = train(nest(finer=True))
    text = "светофор и знак"
    assert Model.load(model.dump()).weigh(text) == pytest.approx(model.weigh(text))
    for starts in ([0], [0, 0], [1, 2], [0, 4]):
        broken = Model(model.labels, model.vocabularies, model.weights, model.scale, model.offset,
                       np.array(starts, np.intp), model.certainty)  # fmt: skip
        with pytest.raises(BadModel, match="do not fit"):
            Model.load(broken.dump())
