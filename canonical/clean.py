"""The cleaning steps a mapping can name. Each takes a text and returns a text, or None for «nothing useful in it»."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from canonical.clean_contact import to_e164, to_email
from canonical.clean_html import html_to_text

_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_GAPS = re.compile(r"\n{3,}")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]")


def squeeze(text: str) -> str:
    """Single spaces, no invisible signs, trimmed lines, at most one empty line in a row."""
    if text.isprintable():  # neither line ends nor any blank but the space: the common case, and a fast test
        return _squeeze_line(text)
    lines = [_squeeze_line(line) for line in _LINE_ENDS.sub("\n", text).split("\n")]
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


def _squeeze_line(line: str) -> str:
    if not line.isprintable():
        line = _INVISIBLE.sub("", line)
    elif "  " not in line:
        return line.strip()
    return " ".join(line.split())


def to_line(text: str) -> str:
    """Everything on one line."""
    return " ".join(_INVISIBLE.sub("", text).split())


def keep_digits(text: str) -> str | None:
    return "".join(sign for sign in text if sign in "0123456789") or None


@dataclass(frozen=True, slots=True)
class Cleaner:
    run: Callable[[str], str | None]
    doc: str


CLEANERS: dict[str, Cleaner] = {
    "html": Cleaner(html_to_text, "HTML to text: block ends become line ends, links keep their address"),
    "spaces": Cleaner(squeeze, "single spaces, trimmed lines, no invisible signs, at most one empty line"),
    "line": Cleaner(to_line, "everything on one line"),
    "phone": Cleaner(to_e164, "phone to E.164 (`+7…`); absent when it is not a whole number"),
    "email": Cleaner(to_email, "e-mail in lower case; absent when there is none"),
    "digits": Cleaner(keep_digits, "digits only; absent when there are none"),
    "lower": Cleaner(str.lower, "lower case"),
    "upper": Cleaner(str.upper, "upper case"),
}
