"""What is understood in a text: its parts — problems, questions, thanks — and in each place, thing, fault, days."""

import re
from dataclasses import dataclass, field

from canonical.address import Address, read_addresses, read_settlement
from canonical.dates import find_dates
from canonical.fault import count_faults, find_faults
from canonical.landmark import read_landmarks
from canonical.mark import Mark, drop_overlaps
from canonical.personal import find_personal, hide
from canonical.sentences import Sentence, split_sentences
from canonical.street import STREET_KINDS
from canonical.text import fold, split_words
from canonical.thing import count_things, find_thing

PROBLEM, QUESTION, THANKS, GREETING, OTHER = "problem", "question", "thanks", "greeting", "other"
MAX_PARTS = 12
_THANKS = re.compile(r"\b(?:спасибо|благодар|признател)", re.I)
_ASKED_IN_ADVANCE = re.compile(r"заранее|за понимание|за внимание|за ответ", re.I)
_GREETING = re.compile(
    r"^\W*(?:здравствуй|добр\w+ (?:день|утро|вечер|время|ночи)|привет|доброго|уважаем|с уважением)", re.I
)
_ASKS = re.compile(
    r"\b(?:когда|почему|зачем|где|куда|кто|сколько|как|какой|какая|какие|каким|можно ли|будет ли|есть ли|подскажите|"
    r"разъясните|скажите|поясните)\b", re.I,
)  # fmt: skip
_NEXT = re.compile(
    r"^\W*(?:\d{1,2}[.)]|[-–—•*]\s|также|так же|кроме того|кроме этого|помимо|ещ[её]|а ещ[её]|и ещ[её]|вторая|второй|"
    r"второе|третье|во-вторых|в-третьих|плюс ко всему)", re.I,
)  # fmt: skip
_WORD = re.compile(r"[А-Яа-яЁёA-Za-z]+")
_CYRILLIC = re.compile(r"[а-яё]", re.I)
_LATIN = re.compile(r"[a-z]", re.I)
_TRANSLIT = re.compile(
    r"\b(?:ulic[aeuy]|ulits[aeuy]|doma?|net|ne|na|vody|goryache\w|holodno|otoplen\w+|po[zj]h?alu\w+|zdravstvu\w+|dvore|"
    r"doroga|yam[aiy]|musor|svet|podezd\w?|kvartir\w|dney|uzhe|pomogite|proshu)\b", re.I
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """`text` is as it stands; marks count from its beginning. `things`, `faults`: the most spoken of first."""

    kind: str  # problem, question, thanks, greeting or other
    text: str
    addresses: tuple[Address, ...] = ()
    objects: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """`shared`: the text without what it tells of the applicant, as others see it."""

    language: str  # ru, translit, other, none
    settlement: str | None
    parts: tuple[Part, ...]
    dates: tuple[str, ...]
    personal: tuple[Mark, ...] = field(repr=False)
    shared: str = ""

    def list_parts(self, kind: str) -> list[Part]:
        return [part for part in self.parts if part.kind == kind]


def read_text(text: str) -> Reading:
    """Of a clean text; about 1,000 a second and core. Never raises."""
    personal = find_personal(text)
    parts = tuple(_read_part(kind, words) for kind, words in _split(text))
    dates = dict.fromkeys(mark.value for part in parts for mark in part.marks if mark.kind == "date")
    return Reading(find_language(text), read_settlement(text), parts, tuple(dates), personal, hide(text, personal))


def find_language(text: str) -> str:
    cyrillic, latin = len(_CYRILLIC.findall(text)), len(_LATIN.findall(text))
    if not cyrillic + latin:
        return "none"
    if cyrillic >= latin:
        return "ru"
    return "translit" if len(_TRANSLIT.findall(text)) > 1 else "other"


def _split(text: str) -> list[tuple[str, str]]:
    """Sentences of one kind that follow each other are one part; another problem begins a new one."""
    groups: list[tuple[str, int, int]] = []
    thing = None
    for sentence in split_sentences(text):
        kind, named = _classify(sentence), _find_main(sentence.text)
        another = kind == PROBLEM and named and thing and named != thing and _NEXT.match(sentence.text)
        if groups and groups[-1][0] == kind and not another and len(groups) < MAX_PARTS + 1:
            groups[-1] = (kind, groups[-1][1], sentence.end)
        elif groups and len(groups) >= MAX_PARTS:
            groups[-1] = (groups[-1][0], groups[-1][1], sentence.end)
        else:
            groups.append((kind, sentence.start, sentence.end))
            thing = None
        thing = thing or named
    return [(kind, text[start:end]) for kind, start, end in groups]


def _classify(sentence: Sentence) -> str:
    words = split_words(sentence.text)
    says = any(find_thing(word) or find_faults(word) for word in words)
    if _THANKS.search(sentence.text):
        return THANKS if not says or not _ASKED_IN_ADVANCE.search(sentence.text) else PROBLEM
    if _GREETING.match(sentence.text) and not says:
        return GREETING
    if sentence.text.rstrip("»\"') ").endswith("?") and _ASKS.search(sentence.text):
        return QUESTION
    return PROBLEM if says or sum(word.isalpha() and word >= "а" and len(word) > 1 for word in words) > 3 else OTHER


def _find_main(text: str) -> str | None:
    counts = count_things(split_words(text))
    return max(counts, key=lambda name: counts[name]) if counts else None


def _read_part(kind: str, text: str) -> Part:
    if kind in (GREETING, OTHER):
        return Part(kind, text, marks=find_personal(text))
    words = split_words(text)
    things, faults = count_things(words), count_faults(words)
    addresses, objects = read_addresses(text), read_landmarks(text)
    marks = [*find_personal(text), *find_dates(text)]
    marks += [mark for address in addresses for mark in _locate(text, address)]
    marks += [mark for name in objects for mark in _locate_object(text, name)]
    marks += _mark_words(text)
    return Part(
        kind, text, addresses, objects, _rank(things), _rank(faults), drop_overlaps(marks)
    )  # fmt: skip


def _rank(counts: dict[str, int]) -> tuple[str, ...]:
    return tuple(sorted(counts, key=lambda name: -counts[name]))


def _locate(text: str, address: Address) -> list[Mark]:
    """Where an address stands: its name, the house soon after or before it, and the kind beside it."""
    words = [word for word in address.street.split() if fold(word).strip(".") not in STREET_KINDS]
    name = r"\s+".join(re.escape(word) for word in words)
    house = rf"(?:[^!?\n]{{0,12}}?(?<!\d){re.escape(address.house)}(?!\d))?" if address.house else ""
    kinds = "|".join(re.escape(kind) for kind in STREET_KINDS)
    found = re.search(rf"(?:(?<![\w-])(?:{kinds})\.?\s?)?{name}{house}", text, re.I) if name else None
    whole = f"{address.street}, {address.house}" if address.house else address.street
    return [Mark(*found.span(), "address", whole)] if found else []


def _locate_object(text: str, name: str) -> list[Mark]:
    """«остановка рынок» is the kind's beginning and, soon after or before it, the name's."""
    kind, _, rest = name.rpartition(" ")
    pair = [rf"(?<!\w){re.escape(word[:5])}\w*" for word in (kind, rest)]
    for one, other in (pair, pair[::-1]):
        if found := re.search(rf"{one}[^!?\n]{{0,12}}?{other}", text, re.I):
            return [Mark(*found.span(), "object", name)]
    return []


def _mark_words(text: str) -> list[Mark]:
    marks = []
    for found in _WORD.finditer(text):
        word = fold(found[0])
        if thing := find_thing(word):
            marks.append(Mark(*found.span(), "thing", thing))
        elif faults := find_faults(word):
            marks.append(Mark(*found.span(), "fault", faults[0]))
    return marks
