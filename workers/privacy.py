"""No resident sees another's data: an answer that names one of them is held for a person."""

import re
from collections.abc import Sequence
from typing import Any

from canonical.answer import Answer
from canonical.applicant import Applicant
from ledger import cases
from ledger.store import Tx

_DIGITS = re.compile(r"\D+")


def find_leaks(tx: Tx, answer: Answer, appeals: Sequence[Any]) -> set[str]:
    """Ids of the appeals whose authors would read somebody else's name, phone or e-mail in this answer."""
    if len(appeals) < 2:
        return set()
    text = answer.text.casefold().replace("ё", "е")
    digits = _DIGITS.sub("", text)
    people = {row.id: cases.open_appeal(tx, row).applicant for row in appeals}
    named = {name for name, person in people.items() if _is_named(person, text, digits)}
    # Who is named may read it; two people of one name are one person here.
    return {
        row.id for row in appeals
        if any(other != row.id and not _same(people[other], people[row.id]) for other in named)
    }  # fmt: skip


def names_another(tx: Tx, answer: Answer, appeals: Sequence[Any], reader: Applicant) -> bool:
    """Whether a newcomer would read the data of somebody whose appeal is already in the case."""
    text = answer.text.casefold().replace("ё", "е")
    digits = _DIGITS.sub("", text)
    people = [cases.open_appeal(tx, row).applicant for row in appeals]
    return any(_is_named(person, text, digits) and not _same(person, reader) for person in people)


def _is_named(person: Applicant, text: str, digits: str) -> bool:
    words = [w for w in (person.full_name or "").casefold().replace("ё", "е").split() if len(w) > 3]
    # The first of the words is the surname; endings decline, so the stem is compared.
    surname = (person.surname or (words[0] if words else "")).casefold().replace("ё", "е")
    if len(surname) > 3 and re.search(rf"\b{re.escape(surname[:-1])}", text):
        return True
    if person.phone and len(person.phone) > 9 and person.phone[-10:] in digits:
        return True
    return bool(person.email and person.email.casefold() in text)


def _same(one: Applicant, other: Applicant) -> bool:
    return (one.full_name, one.phone, one.email) == (other.full_name, other.phone, other.email)
