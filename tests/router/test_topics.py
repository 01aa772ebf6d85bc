"""What an appeal is about: the channel's code first, words second, both kept."""

import pytest

from canonical.appeal import Urgency
from canonical.form import RawCode
from canonical.topic import Topic
from router.policy import Policy
from router.topics import Topics
from tests.router.samples import make_appeal

FILE = """
urgent: {life: [запах* газ*], urgent: [прорв* … труб*]}
topics:
  heating: {urgency: urgent, words: [холодн* батаре*, отоплен*], hints: [холодно], codes: {pos: ["12"]}}
  roads.pits: {title: Ямы, words: [яма, ямы], hints: [дорог*], not: [железн* дорог*]}
  trains: {title: Поезда, words: [поезд*, железн* дорог*]}
  queue: {title: Очередь, personal: yes, words: [очеред*]}
"""
TOPICS = Topics.load(FILE, "topics.yaml")


def code_of(text: str, topic: Topic | None = None) -> str | None:
    return TOPICS.classify(make_appeal(text, topic=topic or Topic()), "pos").topic.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Холодные батареи третий день", "heating"),
        ("Во дворе ЯМЫ", "roads.pits"),
        ("холодно", None),  # a hint alone names nothing
        ("холодно на дороге", None),
        ("яма, на дороге яма, в квартире холодно", "roads.pits"),
        ("яма у железной дороги", "trains"),  # `not` speaks against the roads
        ("Ямал", None),  # a word without `*` is itself
        ("", None),
        ("ледяная батарея", None),
    ],
)
def test_words(text: str, code: str | None) -> None:
    assert code_of(text) == code


def test_one_word_counts_once() -> None:
    topics = Topics.load("topics: {cold: {words: [отоплен*], hints: [холодно, холодн*, мерзнем]}}", "topics.yaml")
    assert topics.guess(["холодно"]) == (None, ())
    assert topics.guess(["холодно", "мерзнем"])[0] == "cold"


def test_the_earlier_named_of_equals() -> None:
    assert code_of("отопление, а ещё яма") == "heating"
    assert code_of("яма, а ещё отопление") == "roads.pits"


def test_the_channels_code_wins_and_is_kept() -> None:
    raw = RawCode(code="12", text="Тепло")
    said = TOPICS.classify(make_appeal("яма", topic=Topic(raw=raw)), "pos")
    assert (said.topic, said.by, said.by_words) == (Topic(code="heating", raw=raw), "code", "roads.pits")
    assert TOPICS.classify(make_appeal("яма", topic=Topic(raw=raw)), "vk").topic.code == "roads.pits"


def test_the_mappings_code_wins_over_both() -> None:
    given = Topic(code="trains", raw=RawCode(code="12"))
    said = TOPICS.classify(make_appeal("яма", topic=given), "pos")
    assert (said.topic, said.by) == (given, "mapping")


def test_the_title_of_an_unknown_code_is_read() -> None:
    raw = RawCode(code="777", text="Отопление и горячая вода")
    said = TOPICS.classify(make_appeal("у нас яма", topic=Topic(raw=raw)), "pos")
    assert (said.topic.code, said.by) == ("heating", "title")


def test_an_unknown_code_with_nothing_in_it_leaves_it_to_the_words() -> None:
    assert code_of("яма", Topic(code="mystery", raw=RawCode(code="x"))) == "roads.pits"
    assert code_of("ничего", Topic(raw=RawCode(code="x"))) is None


@pytest.mark.parametrize(
    ("text", "given", "urgency"),
    [
        ("Запах газа, яма", Urgency.normal, Urgency.life),
        ("прорвало трубу", Urgency.normal, Urgency.urgent),
        ("отопление", Urgency.normal, Urgency.urgent),
        ("отопление", Urgency.life, Urgency.life),
        ("яма", Urgency.normal, Urgency.normal),
    ],
)
def test_the_highest_urgency_counts(text: str, given: Urgency, urgency: Urgency) -> None:
    assert TOPICS.classify(make_appeal(text, urgency=given), "pos").urgency is urgency


def test_the_reason_shows_the_words() -> None:
    assert TOPICS.classify(make_appeal("Яма, на дороге яма"), "pos").reason == "the text says «яма» «дорог*»"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("В квартире 12 градусов, батареи ледяные", "heating"),
        ("Уже неделю нет горячей воды", "water.hot"),
        ("Из крана течёт ржавая вода, напор слабый", "water.cold"),
        ("Дороги не чистят, сугробы по пояс", "roads.snow"),
        ("Яма на дороге, пробил колесо", "roads.surface"),
        ("Не горят фонари, темно", "lighting"),
        ("Мусорные контейнеры переполнены, не вывозят", "waste.removal"),
        ("Стая бродячих собак у подъезда", "animals"),
        ("Автобус 5 опять не приехал, ждали на остановке час", "transport.bus"),
        ("Не могу записаться к врачу, нет талонов", "health.care"),
        ("Не пришло детское пособие, соцзащита молчит", "social.payments"),
        ("Интернет пропадает каждый вечер", "communication"),
        ("Открытый люк на тротуаре у садика", "roads.hatches"),
        ("Лифт не работает второй месяц", "housing.lift"),
        ("Балок промерзает, когда переселение из ветхого жилья", "housing.emergency"),
        ("Паром через Обь не ходит, переправа закрыта", "transport.far"),
    ],
)
def test_the_shipped_topics_know_city_life(policy: Policy, text: str, code: str) -> None:
    assert policy.enrich(make_appeal(text), "pos").topic.code == code
