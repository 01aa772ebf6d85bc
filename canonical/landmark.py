"""Things people name instead of an address: «маршрут 27», «детский сад № 12», «сквер Победы», «остановка „Рынок“»."""

import re
from collections.abc import Iterable
from functools import lru_cache

from canonical.stem import stem
from canonical.text import TEXTS, flatten, fold, split_text, split_words

MAX_LANDMARKS = 4
#: So large that two problems there are seldom one.
WIDE_KINDS = frozenset({"парк", "кладбище", "снт", "озеро", "аллея", "трасса", "завод", "путь"})
_NUMBERED = {
    "поезд": r"поезд\w{0,2}|электричк\w{1,2}",
    "маршрут": r"маршрут\w{0,3}|маршрутк\w{1,2}|автобус\w{0,3}|троллейбус\w{0,3}|трамва\w{1,3}",
    "школа": r"школ\w{1,3}|сош|мбоу сош|мбоу|гимнази\w{1,2}|лице[йяею]\w?",
    "детский сад": r"детск\w{2,3} сад\w{0,2}|детсад\w{0,2}|д/с|дс|садик\w{0,2}|м[бак]?доу|доу",
    "поликлиника": r"поликлиник\w{1,2}",
    "больница": r"больниц\w{1,3}|црб",
    "котельная": r"котельн\w{2,3}",
    "подстанция": r"подстанци\w{1,2}",
}
_NAMED = {
    "остановка": r"останов(?:к\w{1,2}|ок)|остановочн\w{2,3} павильон\w{0,2}|ост\.",
    "парк": r"парк[аеу]?", "сквер": r"сквер\w{0,2}", "кладбище": r"кладбищ\w{1,2}", "рынок": r"рын\w{2,3}",
    "стадион": r"стадион\w{0,2}", "мост": r"мост[ауе]?", "завод": r"завод\w{0,2}",
    "снт": r"снт|днт|сот|садов\w{2,3} товариществ\w{1,2}",
    "торговый центр": r"тц|трц|торгов\w{2,3} центр\w{0,2}", "магазин": r"магазин\w{0,2}", "кафе": r"кафе",
    "дом культуры": r"дк|дом\w? культуры", "площадка": r"площадк\w{1,2}", "озеро": r"озер\w{1,2}",
    "бассейн": r"бассейн\w{0,2}", "дворец": r"двор(?:ец|ца|це|цу)(?: спорта| культуры)?",
    "храм": r"храм\w{0,2}|церк\w{2,3}|мечет\w{1,2}", "гостиница": r"гостиниц\w{1,2}",
    "садик": r"детск\w{2,3} сад\w{0,2}|детсад\w{0,2}|садик\w{0,2}|д/с",
    "аллея": r"алле\w{1,2}", "памятник": r"памятник\w{0,2}", "трасса": r"трасс\w{1,2}",
}  # fmt: skip
#: These have their name before them: «Кировский мост», «Рыбный рынок».
_TURNED = {kind: _NAMED[kind] for kind in ("парк", "сквер", "мост", "рынок", "кладбище", "стадион", "озеро", "завод")}
#: … but such a word is no name: «Этот мост», «Наш парк», «Новый рынок».
_ANY_ONE = (
    "Данн|Котор|Кажд|Эт|Наш|Ваш|Сам|Люб|Перв|Единств|Нов|Стар|Больш|Мал|Детск|Город|Местн|Ближ|Красив|Пешеход|"
    "Автомоб|Железно|Друг|Как|Так|Весь|Бывш|Мусоро|Сельск"
)
_QUOTE = "«\"'`“„"
_END = "»\"'`”“"
#: «маршрут 27, 15 минут ждали»: what follows such a word counts something else.
_COUNTED = (
    "мин|час|раз|дн|день|сут|лет|год|чел|руб|км|м |мест|шту|"
    "январ|феврал|март|апрел|ма[яй]|июн|июл|авг|сент|окт|нояб|дек"
)


def _compile_numbered() -> re.Pattern[str]:
    kinds = "|".join(f"(?P<k{place}>{words})" for place, words in enumerate(_NUMBERED.values()))
    return re.compile(
        rf"(?<![\w-])(?:(?P<before>\d{{1,4}})(?:-?[а-я]{{1,2}})? )?(?:{kinds})(?!\w)"
        rf"(?: (?:под )?номер\w{{0,3}})?(?: ?[№#n]? ?(?P<after>\d{{1,4}}[а-гкт]?)(?![\w-]\d|\w))?"
        rf"(?P<more>(?:(?:, ?| и | или )(?:№ ?)?\d{{1,4}}[а-гкт]?(?![\w.:]| ?(?:{_COUNTED}))){{1,6}})?"
    )


def _compile_named() -> re.Pattern[str]:
    kinds = "|".join(f"(?P<k{place}>(?i:{words}))" for place, words in enumerate(_NAMED.values()))
    quoted = rf"[{_QUOTE}] ?(?P<quoted>[^{_QUOTE}{_END}\n]{{2,40}}?) ?[{_END}]"
    return re.compile(
        rf"(?<![\w-])(?:{kinds})(?!\w) ?"
        rf"(?:{quoted}|(?P<plain>(?:имени |им\. ?)?[А-ЯЁ][а-яё]{{3,25}}(?: [А-ЯЁ][а-яё]{{3,25}})?"
        rf"|[А-ЯЁ]{{3,6}}(?:-?\d{{1,3}})?(?![а-яёА-ЯЁ\d])))"
    )


def _compile_turned() -> re.Pattern[str]:
    """At the beginning of a sentence any word has a capital: there only «…ский» and «…ино» are taken for names."""
    kinds = "|".join(f"(?P<k{place}>(?i:{words}))" for place, words in enumerate(_TURNED.values()))
    case = r"(?:ий|ый|ой|ая|ое|ого|его|ому|ему|ом|ем|ым|им|ую)"
    owner = r"(?:ин[аоу]?|ином|ов[ау]?|овом)"
    return re.compile(
        rf"(?<![\w{_QUOTE}-])(?P<name>(?!{_ANY_ONE})(?:(?<=[\w,;:)(-] )[А-ЯЁ][а-яё]{{2,20}}{case}"
        rf"|[А-ЯЁ][а-яё]{{2,20}}(?:[сц]к{case}|{owner}))) (?:{kinds})(?!\w)"
    )


#: «2 автобуса», «5 школ» are so many; «2-й автобус», «39 автобус», «7 школа» is one.
_COUNT = re.compile(r"(?:\d*(?<!1)[2-4]) \w+(?:буса|вая|езда|рута|дика|сада|ы|и)$|\d+ \w+(?:ов|ол|иц|ик|ок|ек)$")
#: «маршрут Курск-Льгов», «на а/д Курск – п. Искра»: the way between two ends
_WAY = re.compile(
    r"(?i:маршрут|рейс|автобус|поезд|электричк|трасс|дорог|а[/\\]д|направлени)[^.!?]{0,40}?"
    r"(?<![-\w])(?P<one>[А-ЯЁ][а-яё]{3,20})(?: ?\([А-ЯЁа-яё. ]{1,8}\))?(?: ?(?P<first>\d))? ?[-–—→] ?(?:[псдг]\. ?)?"
    r"(?P<other>[А-ЯЁ][а-яё]{3,20})(?:[ -]?(?P<second>\d)(?!\d))?(?: ?- ?(?P=one))?(?![а-яё])(?! ?[-–—→] ?[А-ЯЁ])"
)
_BY_NUMBER, _BY_NAME, _BY_TURNED = _compile_numbered(), _compile_named(), _compile_turned()
#: What a text must hold before a pattern is worth trying: a digit, a beginning of a word, a capital after a dash.
_DIGIT = re.compile(r"\d")
_HEADS = frozenset(
    head for words in _NAMED.values() for one in words.split("|") for head in re.findall("^[а-я]{1,3}", one)
)
_LINKED = re.compile(r"[-–—→] ?(?:[псдг]\. ?)?[А-ЯЁ]")
_NUMBER = re.compile(r"\d{1,4}[а-гкт]?")
_NUMBER_KINDS, _NAME_KINDS, _TURNED_KINDS = list(_NUMBERED), list(_NAMED), list(_TURNED)


@lru_cache(maxsize=TEXTS)
def read_landmarks(text: str) -> tuple[str, ...]:
    """«маршрут 27», «сквер побед»: kind and folded name, in order, each once."""
    heads = {word[:3] for word in split_text(text)}
    text = flatten(text)
    found = [*_find_numbered(text)] if _DIGIT.search(text) else []
    found += () if _HEADS.isdisjoint(heads) else _find_named(text)
    for match in find_ways(text):
        if ends := _list_ends(match):
            found.append((match.start(), f"путь {' '.join(ends)}"))
    return tuple(dict.fromkeys(name for _, name in sorted(found, key=lambda pair: pair[0])))[:MAX_LANDMARKS]


def _find_numbered(text: str) -> Iterable[tuple[int, str]]:
    for match in _BY_NUMBER.finditer(fold(text)):
        number = match["after"] or ("" if _COUNT.match(match[0]) else match["before"])
        for one in (number, *_NUMBER.findall(match["more"] or "")) if number else ():
            yield match.start(), f"{_pick(match, _NUMBER_KINDS)} {one}"


def _find_named(text: str) -> Iterable[tuple[int, str]]:
    for match in _BY_NAME.finditer(text):
        if name := fold_landmark(match["quoted"] or match["plain"]):
            yield match.start(), f"{_pick(match, _NAME_KINDS)} {name}"
    for match in _BY_TURNED.finditer(text):
        yield match.start(), f"{_pick(match, _TURNED_KINDS)} {fold_landmark(match['name'])}"


def _list_ends(way: re.Match[str]) -> list[str]:
    """«Надым – Надым 2»: towns may have several stations. Empty when both ends are one."""
    ends = [stem(fold(way[end])) + (way[number] or "") for end, number in (("one", "first"), ("other", "second"))]
    return sorted(ends) if ends[0] != ends[1] else []


def find_ways(line: str) -> Iterable[re.Match[str]]:
    """Groups `one` and `other`: the ends of each way that a text on one line names."""
    return _WAY.finditer(line) if _LINKED.search(line) else ()


def fold_landmark(name: str) -> str:
    """Stems, so that cases do not matter."""
    return " ".join(stem(word) for word in split_words(name)[:4])


def _pick(match: re.Match[str], kinds: list[str]) -> str:
    return next(kind for place, kind in enumerate(kinds) if match[f"k{place}"])
