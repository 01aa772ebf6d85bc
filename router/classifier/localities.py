"""The places that a text names, as far as they tell who is responsible: town or village, district.

Streets say nothing more (measured: they take away as much as they give), and reading them costs most.
"""

import re

from canonical.address import read_settlement
from canonical.clean_html import html_to_text
from canonical.stem import stem
from router.classifier.grams import LONGEST_TEXT

#: «городского округа» names none.
_NO_NAME = "городск|сельск|поселк|муниципальн|автономн|федеральн|административн|избирательн"
_DISTRICT = re.compile(
    rf"\b(?!{_NO_NAME})([а-яё-]{{3,}}(?:ск|н))(?:ого|ий|ый|ом|ому|им|ым)\s+(?:р-н|район|округ)", re.IGNORECASE
)
_KINDS = "г|гор|город[а-я]*|с|д|п|пос|пгт|х|сл|сел[оеау]|деревн[а-я]|пос[её]л[а-я]+|слобод[а-я]|хутор[а-я]*"
_TOWN = re.compile(rf"\b(?:{_KINDS})(?:\.\s*|\s+)(?!округ|район|поселен)([а-яё-]{{4,}})", re.IGNORECASE)
_NAME = re.compile(r"[\w-]+")


def list_localities(text: str) -> list[str]:
    """Marks such as `town:курск`, each once; of plain text or HTML."""
    plain = html_to_text(text[:LONGEST_TEXT])
    settlement = read_settlement(plain)
    named = [
        *(["town:" + _fold(settlement)] if settlement else []),
        *("town:" + _fold(found[1]) for found in _TOWN.finditer(plain)),
        *("district:" + _fold(found[1]) for found in _DISTRICT.finditer(plain)),
    ]
    return list(dict.fromkeys(named))


def _fold(name: str) -> str:
    return " ".join(stem(word) for word in _NAME.findall(name.lower().replace("ё", "е")))
