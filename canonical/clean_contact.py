"""Phones to E.164 and e-mail to one spelling, so that the same person is the same by any channel."""

import re

_EXTENSION = re.compile(r"доб|ext|вн\.|#|\*", re.I)
_SEPARATOR = re.compile(r"[,;/\n|]| или ")
_MAIL = re.compile(r"[^\s@<>,;:()\"']{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")


_PUNCTUATION = str.maketrans("", "", " ()-+\u00a0\u2011\u2013.")


def to_e164(text: str) -> str | None:
    """«8 (34922) 1-23-45» → «+73492212345»; the first of several; None when it is not a whole number."""
    text = text[:200]
    digits = text.translate(_PUNCTUATION)
    if digits.isascii() and digits.isdigit():
        return _to_e164(digits, "+" in text)
    for part in _SEPARATOR.split(text):
        part = _EXTENSION.split(part)[0]
        number = _to_e164("".join(sign for sign in part if sign in "0123456789"), "+" in part)
        if number:
            return number
    return None


def _to_e164(digits: str, international: bool) -> str | None:
    if international and digits[:1] not in ("7", "8"):
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
