"""Collects findings while a mapping is compiled."""

import unicodedata
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Protocol

from canonical.finding import Finding
from canonical.mapping.codes import CODES


class Placed(Protocol):
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


class MappingErrors(ValueError):
    """A mapping that cannot be loaded; `findings` say why, each with its place."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


#: So many findings of one file are told. One that has more is no mapping, and nobody would read them.
MOST = 200
#: Characters of a finding's text: a value of the file that is quoted in it may be of any length.
LONGEST = 400


class TooMany(Exception):
    """The file has `MOST` findings: looking any further helps nobody."""


@dataclass(slots=True)
class Report:
    file: str
    findings: list[Finding] = field(default_factory=list)
    _known: set[Finding] = field(default_factory=set)

    def at(self, line: int, column: int, code: str, what: str, remedy: str) -> None:
        """Raises TooMany."""
        if code not in CODES:
            raise LookupError(f"undeclared finding code {code}")
        self.keep(Finding(self.file, line, column, code, _shorten(what), _shorten(remedy)))
        if len(self.findings) > MOST:
            raise TooMany

    def keep(self, finding: Finding) -> None:
        """Each once, and at most `MOST` and a last word."""
        if finding in self._known or len(self.findings) > MOST:
            return
        if len(self.findings) == MOST:
            what = f"more than {MOST} findings"
            finding = Finding(self.file, finding.line, finding.column, "too-many", what, "mend those before it first")
        self._known.add(finding)
        self.findings.append(finding)

    def add(self, node: Placed, code: str, what: str, remedy: str) -> None:
        """Raises TooMany."""
        self.at(node.line, node.column, code, what, remedy)


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def suggest(word: str, known: "list[str] | frozenset[str] | dict[str, object]") -> str:
    """«did you mean …», or the list of what there is."""
    names = sorted(known)
    # Compared without case; of a word as long as a page only the beginning.
    plain = {name.casefold(): name for name in names}
    begun = word[:80].casefold()
    close = get_close_matches(begun, plain, 1, 0.6)
    listed = ", ".join(names[:30]) + (" …" if len(names) > 30 else "")
    told = f"known: {listed}" if names else "there are none here"
    if not close:
        unseen = _spell_unseen(word)
        return f"{told}.{unseen}" if unseen else told
    guess = f"did you mean `{plain[close[0]]}`?{_spell_odd(word, plain[close[0]])}"
    # A short word is soon like another: where the guess is a weak one, all are told.
    return guess if get_close_matches(begun, close, 1, 0.7) else f"{guess} {told}"


def _spell_odd(word: str, meant: str) -> str:
    """What nobody sees: a Cyrillic letter that looks Latin, a space of no width."""
    return _spell([sign for sign in word if sign > "\x7f" and sign not in meant] if meant.isascii() else [])


def _spell_unseen(word: str) -> str:
    """Of a word that is like nothing known: only spaces that are none, and signs of no width."""
    return _spell([sign for sign in word if sign > "\x7f" and unicodedata.category(sign) in ("Zs", "Zl", "Zp", "Cf")])


def _spell(odd: list[str]) -> str:
    named = [f"{unicodedata.name(sign, '?')} (U+{ord(sign):04X})" for sign in dict.fromkeys(odd)]
    return " It holds " + ", ".join(named[:3]) if named else ""
