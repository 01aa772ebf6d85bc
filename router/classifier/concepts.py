"""What the words of a text mean in municipal life: what a model knows before its first text.

«Темно на улице» and «фонарь не горит» share no word; they share concepts. Which topic a concept speaks for is learned
from a site's texts and from the titles of its labels. The things and faults that duplicates are told by count too.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from canonical.fault import find_faults
from canonical.thing import find_thing
from router.classifier.municipal import CONCEPTS, FIELDS

_LONGEST, _SHORTEST = 14, 3
#: A beginning so short counts only with so many letters after it.
_SHORT, _FEW = 3, 2


def find_concepts(words: Iterable[str]) -> tuple[list[str], list[str]]:
    """Of folded words, as often as they are named: the concepts, and the fields that these belong to."""
    read = [found for word in words if (found := _read(word))[0]]
    return [name for concepts, _ in read for name in concepts], [name for _, fields in read for name in fields]


@lru_cache(maxsize=20_000)
def _read(word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    named, thing = _match(word), find_thing(word)
    fields = tuple(f"field:{field}" for name in named for field in _FIELDS_OF.get(name, ()))
    things = (f"thing:{thing}",) if thing else ()
    return (*named, *things, *(f"fault:{name}" for name in find_faults(word))), fields


def _match(word: str) -> tuple[str, ...]:
    """By the whole word, and by its longest known beginning."""
    found = _WHOLE.get(word, ())
    for length in range(min(len(word), _LONGEST), _SHORTEST - 1, -1):
        names = _BEGUN.get(word[:length])
        if names and (length > _SHORT or len(word) <= length + _FEW):
            return tuple(dict.fromkeys((*found, *names)))
    return found


def _turn(groups: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Member → its groups."""
    found: dict[str, tuple[str, ...]] = {}
    for name, members in groups.items():
        for member in members:
            found[member] = (*found.get(member, ()), name)
    return found


_STEMS = {name: stems.split() for name, stems in CONCEPTS.items()}
_BEGUN = _turn({name: [stem for stem in stems if not stem.endswith("!")] for name, stems in _STEMS.items()})
_WHOLE = _turn({name: [stem[:-1] for stem in stems if stem.endswith("!")] for name, stems in _STEMS.items()})
_FIELDS_OF = _turn({name: concepts.split(", ") for name, concepts in FIELDS.items()})
