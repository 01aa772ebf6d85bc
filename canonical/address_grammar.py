"""How people write streets and houses, as patterns. Every repetition is bounded: no text makes them slow."""

import re

from canonical.street import STREET_KINDS

_KIND = "|".join(sorted((re.escape(kind) for kind in (*STREET_KINDS, "улиц", "ул-ца")), key=len, reverse=True))
#: Only a shortened kind has a dot: «на улице. Лёд …» is two sentences.
_AFTER_KIND = r"(?:(?<=[а-яёА-ЯЁ]{5})(?<![Пп]росп)\b(?!\.)|(?:(?<![а-яёА-ЯЁ]{5})|(?<=[Пп]росп))(?:\b\.?|\.))"
_CAPITAL = r"(?:[А-ЯЁ][а-яё]{1,25}(?:-[А-ЯЁ]?[а-яё]{2,25})?|[А-ЯЁ]{3,20})"
_NOT_A_NAME = (
    r"(?!(?:Прош|Прос|Здравств|Добр|Уваж|Когда|Почему|Нет |Не |Дом|Очень|Этот|Это |Там |Тут |Уже |Если|Вод|Свет|"
    r"Мы |Вы |Он |Они|Жите|Обращ|Помог|Также|Спаси|Нужн|Надо|Кв|Корп|После|Сегодн|Вчера|Возле|Около|Рядом|Во |В |На |"
    r"От |По |Как |Там|Здесь|Где |До |За |Из |Со |Под |Над )\w*)"
)
_NUMBERED = r"(?:\d{1,3}(?:-?[а-я]{1,2})?(?: лет)? )?"
_INITIALS = r"(?:[А-ЯЁ]\. ?){0,2}"
_SMALL = r"(?:(?:мал|больш|нов|стар|верхн|нижн)[а-я]{2,3} )?"
#: «Ефима славского 15»: the second word's capital is often forgotten
_FORGOTTEN = r"[а-яё]{2,20}(?:[сц]кого|[ое]ва|ина|ской|ная|ной)(?=,? ?(?:д|дом)?\.? ?\d)"
NAME = rf"{_NUMBERED}{_INITIALS}{_SMALL}{_NOT_A_NAME}{_CAPITAL}(?: (?:{_NOT_A_NAME}{_CAPITAL}|{_FORGOTTEN}))?"
_UNIT = (
    r"(?! ?(?:лет|год|г\.|недел|числ|дн[яейю]|день|сут|час|мин|сек|этаж|раз|чел|руб|метр|м\b|км|кв\.? ?м|квартир|шт|%|"
    r"градус|гр\b|°|месяц|мес|январ|феврал|март|апрел|ма[яй]\b|июн|июл|август|сентябр|октябр|ноябр|декабр|класс|подъезд|"
    r"магазин|контейнер|машин|автобус|маршрут|ребен|дет[ейя]|семь|полос|тысяч))"
)
_LETTER = r"(?:[-–]?[«\"'`]?[а-гежзиА-ГЕЖЗИ][»\"'`]?(?![а-яёА-ЯЁ])| [бгБГ](?![а-яёА-ЯЁ.]))?"
_PART = (
    r"(?: ?[/\\] ?\d{1,3}[а-гА-Г]?(?![а-яё\d]))?"
    r"(?:,? ?(?:(?:корпус|корп|кор|к|строение|стр)\.? ?\d{1,3}|корп(?:ус)?\.? ?[А-Га-г])\b)?"
)
HOUSE = rf"\d{{1,3}}(?![.:]\d|\d|-?(?:й|я|е|го|му|ый|ая|ое|ом|ти|х)\b){_UNIT}{_LETTER}{_PART}"
_HOUSE_MARK = r"(?:(?:дом(?:а|у|е|ом|ов|ами|ах)?|д|здание|зд|№|N|влад(?:ение)?)\.? ?№? ?)"
_HOUSES = rf"{HOUSE}(?: ?(?:,|;|и|или) ?{_HOUSE_MARK}?{HOUSE}){{0,6}}"
_TO_HOUSE = r",? ?,? ?"
_NEAR = r"(?:(?:около|возле|напротив|рядом с|у|во дворе|в районе|между) )?"
_GIVEN_HOUSE = rf"(?:{_TO_HOUSE}\(?{_NEAR}{_HOUSE_MARK}?(?P<houses>{_HOUSES}))?"

#: What a text must hold before the patterns of kinds, of flats, of houses and of `SMALL` are worth trying.
KIND_WORDS = frozenset(kind.replace("ё", "е").partition("-")[0] for kind in (*STREET_KINDS, "улиц", "ул-ца"))
FLAT_WORDS = frozenset({"квартира", "кварт", "кв"})
DIGIT = re.compile(r"\d")
SMALL_ENDING = re.compile(r"[внг][ао],? ?,? ?[\dдзвN№]")
#: A text without one of these names no street by its kind.
ANY_KIND = re.compile(rf"(?<![\w-])(?i:{_KIND})(?![а-яё])")
#: «ул. Ленина, д. 5», «проспекте В. Клыкова 32», «мкр. Олимпийский, 7», «улиц Союзная 51 и …»
MARKED = re.compile(rf"(?<![\w-])(?P<kind>(?i:{_KIND})){_AFTER_KIND} ?[«\"'`]?(?P<name>{NAME})[»\"'`]?{_GIVEN_HOUSE}")
#: «д. 11 по улице Юбилейной», «домов №7 и №10 по проспекту Дружбы»: houses before their street
PRECEDED = re.compile(
    rf"(?<![\w-])(?:дом(?:а|у|е|ов|ами|ах)?|д)\.? ?(?:№|номер(?:а|у|ом|ами)?)? ?(?P<houses>{_HOUSES}),? (?:по|на) "
    rf"(?P<kind>(?i:{_KIND})){_AFTER_KIND} ?(?P<name>{NAME})"
)
#: «ул ленина д 5», «пр-кт мира 12»: lower case counts only before a house
LOWER = re.compile(
    rf"(?<![\w-])(?P<kind>ул|пр-кт|пр-т|пр|пер|мкр|мкрн|б-р|наб)(?:\b\.?|\.) ?"
    rf"(?P<name>[а-яё]{{3,25}}(?: [а-яё]{{4,25}})?)"
    rf"{_TO_HOUSE}{_HOUSE_MARK}?(?P<houses>{_HOUSES})"
    rf"|(?<![\w-])(?P<kind2>улиц[аеуы]|проспект[ае]?|переул[а-я]{{2,3}}) (?P<name2>[а-яё]{{4,25}}(?: [а-яё]{{4,25}})?)"
    rf"{_TO_HOUSE}{_HOUSE_MARK}(?P<houses2>{_HOUSES})"
)
#: «мкр 5, д. 12», «3-й микрорайон дом 7», «в 6 мкр-не»
NUMBERED = re.compile(
    rf"(?<![\w-])(?:(?i:мкрн|мкр-н|мкр|м-н|микрорайон[а-я]{{0,2}}|квартал[а-я]{{0,2}}|кв-л)"
    rf"(?:\b\.?|\.) ?№? ?(?P<after>\d{{1,2}})(?!\d)"
    rf"|(?P<before>\d{{1,2}})(?:-?[а-я]{{1,2}})? ?(?i:мкрн|мкр-н[а-я]?|мкр|м-н[а-я]?|микрорайон[а-я]{{0,2}})\b\.?)"
    rf"(?:,? ?{_NEAR}{_HOUSE_MARK}(?P<houses>{_HOUSES})|, ?(?P<houses2>{HOUSE}))?"
)
#: «Ленинградский пр-кт, 5», «Союзная улица»
TURNED = re.compile(
    rf"(?<![\w-])(?P<name>[А-ЯЁ][а-яё]{{2,25}}(?:ий|ый|ой|ая|ого|ом|ую|яя|ей)) "
    rf"(?P<kind>(?i:{_KIND}))\b\.?{_GIVEN_HOUSE}"
)
#: «Ленина 5», «Мира, д. 12»: without a kind the house decides
BARE = re.compile(
    rf"(?<![\w.-])(?P<name>{NAME}){_TO_HOUSE}(?:(?P<mark>{_HOUSE_MARK})(?P<marked>{_HOUSES})|(?P<houses>{_HOUSES}))"
)
BARE_LOWER = re.compile(
    rf"^(?P<name>[а-яё]{{3,25}}(?: [а-яё]{{3,25}})?){_TO_HOUSE}{_HOUSE_MARK}?(?P<houses>{_HOUSES})$"
)
FLAT = re.compile(r"(?<![\w-])(?:квартира|кварт|кв)\.? ?№? ?(\d{1,4})(?!\d)", re.I)
ONE_HOUSE = re.compile(HOUSE)
#: «на зверева 11», «во дворе дзержинского 24»: a surname in the genitive after a word that leads to a place
SMALL = re.compile(
    rf"(?i:(?<![\w-])(?:на|по|дом[аеу]?|адресу?|дворе|двор|около|возле|у) )(?P<name>[а-яё]{{2,20}}(?:ов|ев|ёв|ин|ын)а|"
    rf"[а-яё]{{2,20}}[сц]кого){_TO_HOUSE}{_HOUSE_MARK}?(?P<houses>{_HOUSES})"
)
#: «г. Надым», «село Аксарка», «п.Пангоды»
SETTLEMENT = re.compile(
    r"(?<![\w-])(?P<kind>(?i:г\.|гор\.|г(?= [А-ЯЁ])|город[аеу]?(?= )|с\.|сел[оае](?= )|п\.|пос\.|пгт\.?|п\.г\.т\.|"
    r"пос[её]л[а-яё]{2,3}(?= )|д\.|дер\.|деревн[яеию](?= )|х\.|хутор[ае]?(?= )|ст\.|станци[яи](?= ))) ?"
    rf"[«\"'`]?(?P<name>{_NOT_A_NAME}{_CAPITAL}(?:[- ]{_NOT_A_NAME}{_CAPITAL})?)(?![а-яё])(?! ?(?:район|р-н|област))"
)
