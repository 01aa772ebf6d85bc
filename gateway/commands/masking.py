"""What a person sees of residents before they give a reason: enough to decide by, too little to find somebody."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canonical.applicant import Applicant

_MAIL = re.compile(r"[^\s@<>«»]+@[^\s@<>«»]+\.\w+")
_DIGITS = re.compile(r"\+?\d[\d\s()-]{3,}\d")
_FLAT = re.compile(r"\b(кв(?:артира|\.)?\s*)\d+\w?", re.IGNORECASE)


def mask_name(name: str) -> str:
    """«Иванов Пётр» → «И*** П***»."""
    return " ".join(f"{word[0]}***" for word in name.split())


def mask_tail(value: str) -> str:
    """The last two characters stay."""
    return "***" + value[-2:]


def mask_text(text: str, people: "Iterable[Applicant]" = ()) -> str:
    """Without numbers that could be phones, e-mails, flats, and without these people's names in any case form."""
    text = _MAIL.sub("***@***", text)
    text = _FLAT.sub(r"\1***", text)
    text = _DIGITS.sub(lambda found: mask_tail(found.group()), text)
    for word in {word for person in people for word in (person.full_name or "").split() if len(word) > 3}:
        text = re.sub(rf"\b{re.escape(word[:-1])}\w*", lambda found: found.group()[0] + "***", text, flags=re.I)
    return text
