"""Proper names that a text uses: streets without a kind, villages, stops, firms. People's names are left out."""

import re
from functools import lru_cache

from canonical.fault import find_faults
from canonical.landmark import find_ways
from canonical.stem import make_skeleton, stem
from canonical.text import TEXTS, flatten, fold, is_shouted, split_words
from canonical.thing import find_thing

MAX_NAMES = 16
_QUOTED = re.compile(r"[«\"'`“„]\s?([А-ЯЁа-яё][А-ЯЁа-яё \-]{2,30}?)\s?[»\"'`”“]")
_WORD = r"[А-ЯЁ][а-яё]{3,25}(?:-[А-ЯЁ]?[а-яё]{3,25})*"
#: A capital in the middle of a sentence, or after a shortened word that leads to a place.
_CAPITAL = re.compile(
    rf"(?<=[\w,;:)(-] )[«\"'`“„(]?(?P<within>{_WORD})|"
    rf"(?<![а-яё])(?:[сдпгх]|пос|дер|ул|пл|ст|им|пр|пер|мкр|ост)\. ?(?P<led>{_WORD})"
)
#: A new line begins a sentence too.
_LINE = re.compile(r"(?<=[^\s.!?,;:])[ \t\r]{0,4}\n")
#: A town or a region holds too many problems to tell two apart.
_TOWN = re.compile(
    r"(?<![а-яё])(?:г\.|гор\.|г(?= )|город[аеу]?(?= )) ?([А-ЯЁ][а-яё]{2,20}(?:-[А-ЯЁ][а-яё]{2,20})?)|"
    r"([А-ЯЁ][а-яё]{2,20}) (?=област|обл\.|район|р-н|кра[йяею]|округ|сельсовет)"
)
_TOWNS_ENDING = re.compile(r"(?:ск(?:а|у|ом|е)?|град(?:а|у|ом|е)?|бург(?:а|у|ом|е)?)$")
_PERSON = re.compile(
    r"(?:[А-ЯЁ][а-яё]{2,20} ){1,2}[А-ЯЁ][а-яё]{2,20}(?:ович|евич|овн|евн|ичн)[а-яё]{0,3}(?: [А-ЯЁ][а-яё]{2,20})?|"
    r"[А-ЯЁ][а-яё]{2,20} [А-ЯЁ]\. ?[А-ЯЁ]\."
)
#: Everyone's names: offices, months, the country, politeness. They tell no two problems apart.
_COMMON = frozenset(
    stem(word) for word in split_words("""
российская россия федерация федеральный президент правительство министр министерство губернатор глава депутат комитет
администрация администрации прокуратура роспотребнадзор госжилинспекция жилищная инспекция департамент управление
управляющая компания область области край республика округ район город город улица проспект переулок дом дома дорога
здравствуйте добрый уважаемый уважаемая просим прошу просьба вам вами вас ваш ваше вашему помогите спасибо благодарю
январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь понедельник вторник среда четверг
пятница суббота воскресенье москва владимирович жители житель улицы подъезд школа детский сад больница поликлиника
остановка маршрут автобус парк сквер площадь центр центральный тоже также если когда почему очень это эта этот они
есть после сегодня вчера завтра ответ обращение обращения закон закона статья кодекс конституция сельсовет сельский
муниципальный областной городской районный общество организация интернет портал госуслуги инстаграм вконтакте яндекс
комитета комитету правил правила сообщение проект запрещена запрещено специалисты специалист проблема решение решить
вопрос ребенка постановление ныне какой какая сколько деревни карта начало действуем вместе работа данные нарушение
""")
)  # fmt: skip


@lru_cache(maxsize=TEXTS)
def read_names(text: str) -> tuple[str, ...]:
    """Skeletons of the names in order, each once: «у Литейной» and «на Литейную» are one."""
    if is_shouted(text):
        return ()
    text = _PERSON.sub(" ", flatten(_LINE.sub(". ", text)))
    words = [one["within"] or one["led"] for one in _CAPITAL.finditer(text) if one["led"] or _is_name(one["within"])]
    quoted = [word for found in _QUOTED.finditer(text) for word in split_words(found[1]) if len(word) > 3]
    words += filter(_is_name, quoted)
    told = [part for word in words for part in fold(word).split("-") if not _TOWNS_ENDING.search(part)]
    known = _COMMON | _list_towns(text)
    return tuple(dict.fromkeys(make_skeleton(word) for word in told if stem(word) not in known))[:MAX_NAMES]


def _is_name(word: str) -> bool:
    """«Пешеходный переход», «Яма»: people write what they speak of with a capital too."""
    return not any(find_thing(part) or find_faults(part) for part in fold(word).split("-"))


def _list_towns(text: str) -> set[str]:
    """Stems of towns and regions, and of the ends of a way between two."""
    names = [name for found in (*_TOWN.finditer(text), *find_ways(text)) for name in found.groups() if name]
    return {stem(part) for name in names for part in fold(name).split("-")}
