"""Forms of Russian place names: «Новый Уренгой» is also «в Новом Уренгое», «Мужи» is also «в Мужах»."""

from itertools import product

from canonical.text import split_words

_CONSONANTS = "бвгджзклмнпрстфхцчшщ"
#: ending → what can stand instead of it
_ENDINGS = {
    "ий": ("ий", "его", "ему", "им", "ем", "ого", "ому", "ом"), "ый": ("ый", "ого", "ому", "ым", "ом"),
    "ой": ("ой", "оя", "ою", "оем", "ое", "ого", "ому", "ым", "ом"), "ая": ("ая", "ой", "ую"),
    "ое": ("ое", "ого", "ому", "ым", "ом"), "ые": ("ые", "ых", "ым", "ыми"), "ь": ("ь", "и", "я", "ю", "ем", "е", "ью"),
    "й": ("й", "я", "ю", "ем", "е"), "ы": ("ы", "", "ов", "ам", "ах", "ами"),
    "и": ("и", "", "ов", "ей", "ам", "ах", "ами", "ях", "ям"), "а": ("а", "ы", "и", "е", "у", "ой"),
    "я": ("я", "и", "е", "ю", "ей"), "о": ("о", "а", "у", "ом", "е"),
}  # fmt: skip


def list_word_forms(word: str) -> frozenset[str]:
    """Lower-case forms of one word, itself included. Guesses too many rather than too few."""
    for ending, others in _ENDINGS.items():
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return frozenset(word[: -len(ending)] + other for other in others) | {word}
    if len(word) >= 3 and word[-1] in _CONSONANTS:
        return frozenset(word + ending for ending in ("", "а", "у", "ом", "е"))
    return frozenset({word})


def list_forms(name: str) -> list[tuple[str, ...]]:
    """Every form of a name as folded words; the words of a hyphenated name are separate."""
    return list(product(*(sorted(list_word_forms(word)) for word in split_words(name))))
