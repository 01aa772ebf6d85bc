"""Days that a text names: «13.01.2021», «26.07», «14 июня 2021»."""

import re

from canonical.mark import Mark

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"), start=1
    )
}
_FIGURES = re.compile(
    r"(?<![\d.,:])(0?[1-9]|[12]\d|3[01])[.](0?[1-9]|1[0-2])(?:[.](20\d\d|\d\d))?(?![\d:]|[.,]\d|\s?(?:кв|руб|м\b|км))"
)
_WORDS = re.compile(
    r"(?<!\d)(0?[1-9]|[12]\d|3[01])(?:-?го)? (янв|фев|мар(?=та?\b)|апр|ма[яй]\b|июн|июл|авг|сен|окт|ноя|дек)[а-яё]*"
    r"(?:\s(20\d\d))?",
    re.I,
)


def find_dates(text: str) -> list[Mark]:
    """The value is ISO 8601; «--07-26» where the text has no year."""
    found = [Mark(*one.span(), "date", _spell(int(one[1]), int(one[2]), one[3])) for one in _FIGURES.finditer(text)
             if len(one[2]) == 2]  # fmt: skip
    for one in _WORDS.finditer(text):
        month = one[2].lower()
        number = _MONTHS["ма" if month in ("мая", "май") else month]
        found.append(Mark(*one.span(), "date", _spell(int(one[1]), number, one[3])))
    return found


def _spell(day: int, month: int, year: str | None) -> str:
    return f"{'-' if year is None else year.zfill(2) if len(year) == 4 else '20' + year}-{month:02}-{day:02}"
