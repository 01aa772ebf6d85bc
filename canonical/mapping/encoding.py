"""Characters that a target's encoding or XML lacks: refused, or replaced by look-alikes as declared."""

import re
from collections.abc import Callable

from canonical.mapping.errors import Misfit

_LOOK_ALIKES = str.maketrans(
    {
        "«": '"', "»": '"', "„": '"', "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "‑": "-",
        "…": "...", "№": "N", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "•": "-", "×": "x", "₽": "руб.", "≈": "~",
        "→": "->", "ё": "е", "Ё": "Е", "\u200b": "", "\u200d": "", "\ufe0f": "", "\ufeff": "",
    }
)  # fmt: skip
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def compile_fit(encoding: str | None, replaces: bool, xml: bool) -> Callable[[str], str]:
    """text → text that can be written. Signs that XML forbids carry no meaning and become spaces."""
    if encoding is None or encoding.replace("_", "-") in ("utf-8", "utf8"):
        return _drop_not_xml if xml else _as_is

    def fit(text: str) -> str:
        text = _drop_not_xml(text) if xml else text
        try:
            text.encode(encoding)
        except UnicodeError:
            if not replaces:
                raise Misfit(f"a character that {encoding} lacks") from None
            return "".join(_replace(sign, encoding) for sign in text)
        return text

    return fit


def _as_is(text: str) -> str:
    return text


def _drop_not_xml(text: str) -> str:
    return _NOT_XML.sub(" ", text)


def _replace(sign: str, encoding: str) -> str:
    for attempt in (sign, sign.translate(_LOOK_ALIKES)):
        try:
            attempt.encode(encoding)
        except UnicodeError:
            continue
        return attempt
    return "?"
