"""Words, stems and phrases that configuration names, found in a text in one pass.

A pattern is one or more words: `холодно` is that word, `тепл*` any word that begins so, `нет тепл*` two words in a
row, `вывоз* … мусор*` with up to four words in between, in this order.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from canonical.mapping.nodes import Text
from canonical.text import split_words
from router.report import Report

GAP = "…"
MAX_GAP = 4
SHORT = 3  # a stem needs this many letters
#: Words of which is remembered what they begin; then all are forgotten.
REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Part:
    word: str
    stem: bool  # any word that begins so
    gap: int  # how many words may stand before it, after the previous part

    def fits(self, word: str) -> bool:
        return word.startswith(self.word) if self.stem else word == self.word

    def is_among(self, words: Sequence[str]) -> bool:
        return any(word.startswith(self.word) for word in words) if self.stem else self.word in words


Pattern = tuple[Part, ...]


def parse_pattern(text: str) -> Pattern:
    """Empty when there is no word in it."""
    parts: list[Part] = []
    gap = 0
    for piece in text.replace("...", GAP).split():
        if piece == GAP:
            gap = MAX_GAP
            continue
        words = split_words(piece)
        for place, word in enumerate(words):
            parts.append(Part(word, piece.endswith("*") and place == len(words) - 1, gap))
            gap = 0
    return tuple(parts)


def read_patterns(report: Report, words: Sequence[Text]) -> list[tuple[str, Pattern]]:
    """As written and parsed; what cannot be a pattern is reported and left out."""
    read: dict[Pattern, str] = {}
    for node in words:
        pattern = parse_pattern(node.value)
        if not pattern:
            report.add(node, "words-empty", f"`{node.value}` holds no word", "write a word, or a stem with `*`")
        elif pattern[0].stem and len(pattern[0].word) < SHORT:
            report.add(node, "word-too-short", f"`{node.value}` is in too many words", f"at least {SHORT} letters")
        elif pattern in read:
            report.warn(node, "word-twice", f"`{node.value}` again", "remove one")
        else:
            read[pattern] = node.value
    return [(written, pattern) for pattern, written in read.items()]


Found = tuple[tuple[int, Pattern], ...]


class Lexicon:
    """Finds which of many patterns a text holds. Cost grows with the text, hardly with the number of patterns."""

    def __init__(self, patterns: Iterable[tuple[int, Pattern]]) -> None:
        """Pairs (id, pattern); one id may have several patterns, one pattern several ids."""
        self.begun = _Begun(patterns)

    def find(self, words: Sequence[str]) -> dict[int, int]:
        """Id → place of its first word in `words`."""
        found: dict[int, int] = {}
        for place, entries in enumerate(map(self.begun.__getitem__, words)):
            for name, rest in entries:
                if name not in found and (not rest or _follows(rest, words, place + 1)):
                    found[name] = place
        return found


class _Begun(dict[str, Found]):
    """Word → ids of the patterns that it begins, each with the pattern's rest. What was asked for is remembered."""

    def __init__(self, patterns: Iterable[tuple[int, Pattern]]) -> None:
        super().__init__()
        self.exact: dict[str, list[tuple[int, Pattern]]] = defaultdict(list)
        self.stems: dict[str, list[tuple[int, Pattern]]] = defaultdict(list)
        for name, pattern in patterns:
            (self.stems if pattern[0].stem else self.exact)[pattern[0].word].append((name, pattern[1:]))
        self.lengths = sorted({len(stem) for stem in self.stems})

    def __missing__(self, word: str) -> Found:
        found = [*self.exact.get(word, ())]
        for length in self.lengths:
            if length <= len(word):
                found += self.stems.get(word[:length], ())
        if len(self) >= REMEMBERED:
            self.clear()
        entries = self[word] = tuple(found)
        return entries


def _follows(rest: Pattern, words: Sequence[str], start: int) -> bool:
    """Do these parts follow from `start`, each within its gap of the one before?"""
    if len(rest) == 1:
        return rest[0].is_among(words[start : start + rest[0].gap + 1])
    starts = {start}
    for part in rest:
        reach = {place for begin in starts for place in range(begin, min(begin + part.gap + 1, len(words)))}
        starts = {place + 1 for place in reach if part.fits(words[place])}
        if not starts:
            return False
    return True
