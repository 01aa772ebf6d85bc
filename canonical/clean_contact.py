"""Phones to E.164 and e-mail to one spelling, so that the same person is the same by any channel."""

import re

_EXTENSION = re.compile(r"доб|ext|вн\.|#|\*", re.I)
_SEPARATOR = re.compile(r"[,;/\n|]| или ")
_MAIL = re.compile(r"[^\s@<>,;:()\"']{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")


def to_e164(text: str) -> str | None:
    """«8 (34922) 1-23-45» → «+73492212345»; the first of several; None when it is not a whole number."""
    for part in _SEPARATOR.split(text[:200]):
        number = _one_phone(_EXTENSION.split(part)[0])
        if number:
            return number
    return None


def _one_phone(text: str) -> str | None:
    digits = "".join(sign for sign in text if sign in "0123456789")
    if "+" in text and not digits.startswith(("7", "8")):
        return f"+{digits}" if 8 <= len(digits) <= 15 else None
    if len(digits) == 11 and digits[0] in "78" and digits[1] != "0":
        return f"+7{digits[1:]}"
    if len(digits) == 10 and digits[0] in "34589":
        return f"+7{digits}"
    return None


def to_email(text: str) -> str | None:
    """Lower case, without a display name or `mailto:`; None when there is no address in it."""
    for word in text[:1000].lower().replace("mailto:", " ").split():
        found = _MAIL.search(word) if "@" in word else None
        if found:
            return found[0].strip(".")
    return None
