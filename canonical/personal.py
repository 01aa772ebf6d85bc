"""What stands in a text of the applicant themselves: phone, e-mail, name, flat, car plate. For a copy without them."""

import re
from collections.abc import Iterable

from canonical.address_grammar import FLAT
from canonical.clean_contact import to_e164, to_email
from canonical.mark import Mark, drop_overlaps

_PHONE = re.compile(r"(?<![\d+])(?:\+7|8|7)?[\s(-]{0,2}\(?\d{3,5}\)?[\s-]?\d{1,3}[\s-]?\d{2}[\s-]?\d{2}(?!\d)")
_MAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[a-zа-я]{2,10}", re.I)
_PLATE = re.compile(r"(?<![а-яё\w])[авекмнорстух]\s?\d{3}\s?[авекмнорстух]{2}\s?\d{2,3}(?!\d)", re.I)
_WORD = r"[А-ЯЁ][а-яё]{1,20}(?:-[А-ЯЁ][а-яё]{1,20})?"
_WHOLE = rf"{_WORD} {_WORD} [А-ЯЁ][а-яё]{{2,20}}(?:ович|евич|ична|овна|евна|инична)[а-яё]?"
#: A name counts as the applicant's only where the text says so: others are named too, an official is not moved out.
_NAME = re.compile(
    rf"(?:(?i:меня зовут|с уважением|заявитель|подпись|ф\.?\s?и\.?\s?о\.?)[\s,:.–-]{{1,4}}|"
    rf"(?:^|[\s,.])[Яя], )(?P<name>{_WHOLE}|{_WORD}(?: {_WORD}){{0,2}}(?: [А-ЯЁ]\. ?[А-ЯЁ]\.)?)"
)
_SHOWN = {"phone": "[телефон]", "email": "[почта]", "name": "[имя]", "flat": "[квартира]", "plate": "[номер машины]"}
#: Kinds of marks that are personal data.
PERSONAL = frozenset(_SHOWN)


def find_personal(text: str) -> tuple[Mark, ...]:
    """In order, without overlaps."""
    marks = [Mark(*one.span(), "email", mail) for one in _MAIL.finditer(text) if (mail := to_email(one[0]))]
    for one in _PHONE.finditer(text):
        if phone := to_e164(one[0]):
            lead = len(one[0]) - len(one[0].lstrip())
            marks.append(Mark(one.start() + lead, one.end(), "phone", phone))
    marks += [Mark(*one.span("name"), "name", one["name"]) for one in _NAME.finditer(text)]
    marks += [Mark(*one.span(), "plate", one[0].replace(" ", "").upper()) for one in _PLATE.finditer(text)]
    marks += [Mark(*one.span(), "flat", one[1]) for one in FLAT.finditer(text)]
    return drop_overlaps(marks)


def hide(text: str, marks: Iterable[Mark]) -> str:
    """The copy that others see: each personal mark is replaced by its kind."""
    for mark in sorted(marks, reverse=True):
        if mark.kind in PERSONAL:
            text = text[: mark.start] + _SHOWN[mark.kind] + text[mark.end :]
    return text
