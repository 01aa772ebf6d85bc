"""What is compared of an appeal: small, keyed, without readable text. Made in parallel, stored with the appeal."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from canonical.address import Address, read_addresses
from canonical.appeal import Appeal, LegalKind, Urgency
from canonical.coordinates import name_squares
from canonical.landmark import WIDE_KINDS, read_landmarks
from canonical.person import WEAK
from canonical.place import Place
from canonical.stem import make_skeleton, make_sound, stem
from canonical.street import STREET_KINDS, base_house, fold_house
from canonical.text import split_text, split_words
from router.case_forms import list_word_forms
from router.duplicates import codec, substance
from router.duplicates.shingles import hash_text, sketch
from router.duplicates.telling import hash_words
from router.matchers import MUNICIPAL, fold_place

BANDS, ROWS = 3, 3
_ADDRESS_WORDS = frozenset(STREET_KINDS) | {"г", "д", "кв", "корп", "корпус", "подъезд", "дворе"}
OBJECT_KIND, WIDE = 0xFF, 1
MAX_HOUSES, MAX_STREETS, MAX_OBJECTS, MAX_PERSONS, MAX_NAMES, MAX_THINGS = 3, 2, 3, 4, 3, 2
MAX_KEYS = 15


@dataclass(frozen=True, slots=True)
class Features:
    """Every int is a keyed 63-bit hash. `keys` find candidates in the ledger; two appeals that share none are never
    compared."""

    system: str
    at: float  # seconds since 1970: when the appeal was written
    topic: str
    personal: bool  # a person's own matter
    life: bool
    formal: bool  # an appeal by 59-ФЗ
    oktmo: str
    town: int  # 0: not known
    sketch: array[int]
    words: array[int]
    streets: tuple[int, ...]
    houses: tuple[int, ...]  # street with house
    yards: tuple[int, ...]  # street with the house's number alone
    objects: tuple[int, ...]
    persons: tuple[int, ...]
    names: tuple[int, ...]  # shared by namesakes
    things: array[int] = field(default_factory=lambda: array("I"))  # hash and share, see `substance`
    named: array[int] = field(default_factory=lambda: array("I"))  # proper names in the text
    faults: array[int] = field(default_factory=lambda: array("I"))  # as things

    @property
    def keys(self) -> tuple[int, ...]:
        """At most 15 signed-63-bit candidate keys, the most telling first. A street or a name finds too many by
        itself, so it counts with the one or two things that the text speaks of most."""
        bands = tuple(_mix(self.sketch[band * ROWS : (band + 1) * ROWS], band) for band in range(BANDS)
                      if self.sketch)  # fmt: skip
        exact = self.persons[:MAX_PERSONS] + self.yards[:MAX_HOUSES] + self.objects[:MAX_OBJECTS]
        things = [value >> 8 for value in sorted(self.things, key=lambda one: -(one & 0xFF))[:MAX_THINGS]]
        wide = (*self.streets[:MAX_STREETS], *self.named[:MAX_NAMES])
        about = tuple(_mix((name, thing), BANDS) for thing in things or [0] for name in wide)
        return tuple(dict.fromkeys(exact + bands + about))[:MAX_KEYS]

    @property
    def placed(self) -> bool:
        return bool(self.houses or self.streets or self.objects)

    def dump(self) -> bytes:
        """About 400 bytes; `load` reads them on any host."""
        return codec.dump(self)

    @staticmethod
    def load(blob: bytes) -> Features:
        """Raises codec.Unreadable when it is not one of ours, or of a newer version."""
        return codec.load(blob, Features)


def make_features(
    appeal: Appeal, system: str, persons: Collection[str] = (), personal: bool = False, key: bytes = b""
) -> Features:
    """Of an appeal with topic and place filled in. `persons`: `canonical.person.list_person_keys`, or keyed hashes of
    them. `key`: the deployment's secret; features made with different keys never match."""
    words = split_text(appeal.text)
    addresses, objects = _list_addresses(appeal), _list_objects(appeal)
    streets = list(dict.fromkeys(_spell(address.street_key) for address in addresses if address.street_key))
    housed = [(_spell(a.street_key), a.house) for a in addresses if a.street_key and a.house]
    told = _leave_out_names(words, addresses)
    return Features(
        system=system, at=_to_seconds(appeal.created_at), topic=appeal.topic.code or "", personal=personal,
        life=appeal.urgency is Urgency.life, formal=appeal.legal_kind is LegalKind.appeal,
        oktmo=(appeal.place.oktmo or "")[:MUNICIPAL], town=_hash_town(appeal.place, key),
        sketch=sketch(words, key),
        words=hash_words(_leave_out_town(_leave_out_place(words, addresses), appeal.place), key),
        streets=_hash_all("street", streets, key),
        houses=_hash_all("house", [f"{street} {house}" for street, house in housed], key),
        yards=_hash_all("yard", [f"{street} {base_house(house)}" for street, house in housed], key),
        objects=tuple(dict.fromkeys(_hash_object(name, key) for name in objects)),
        persons=_hash_all("person", [name for name in persons if not name.startswith(WEAK)], key),
        names=_hash_all("name", [name for name in persons if name.startswith(WEAK)], key),
        things=substance.hash_things(told, key), named=substance.hash_names(appeal.text, key, _name_town(appeal.place)),
        faults=substance.hash_faults(told, key),
    )  # fmt: skip


def _spell(street: str) -> str:
    """Slips of the pen do not matter, but two streets stay two: «тюменская» and «таманская»."""
    return " ".join(make_sound(word) if word.isalpha() else word for word in street.split())


def _list_addresses(appeal: Appeal) -> list[Address]:
    """The place's own address and those of the text: people write the true one in either."""
    place = appeal.place
    house = fold_house(place.house) if place.house else None
    own = (Address(place.street, house or None),) if place.street else read_addresses(place.text or "", line=True)
    found = {(a.street_key, a.house): a for a in (*own, *read_addresses(appeal.text))}
    exact = {a.street_key for a in found.values() if a.house}
    return [a for a in found.values() if a.house or a.street_key not in exact]


def _leave_out_place(words: Sequence[str], addresses: Sequence[Address]) -> list[str]:
    """Two problems of one house share its address; only what is said of it counts as words in common."""
    if not addresses:
        return list(words)
    return [word for word in _leave_out_names(words, addresses) if word not in _ADDRESS_WORDS]


def _leave_out_town(words: Sequence[str], place: Place) -> Sequence[str]:
    """Half of a channel's appeals name its town."""
    town = _list_town_forms(place.settlement or "")
    return [word for word in words if word not in town] if town else words


@lru_cache(maxsize=256)
def _list_town_forms(settlement: str) -> frozenset[str]:
    return frozenset(form for word in split_words(settlement) for form in list_word_forms(word))


def _leave_out_names(words: Sequence[str], addresses: Iterable[Address]) -> list[str]:
    """«Станционная, 5» speaks of no station."""
    place = {word for address in addresses for word in split_words(f"{address.street} {address.house or ''}")}
    return [word for word in words if word not in place or word in _ADDRESS_WORDS]


def _list_objects(appeal: Appeal) -> list[str]:
    place = appeal.place
    own = (read_landmarks(place.object) or (" ".join(split_words(place.object)),)) if place.object else ()
    spot = name_squares(place.point) if place.point and not place.contradiction else ()
    return list(dict.fromkeys((*spot, *own, *read_landmarks(appeal.text))))


def _name_town(place: Place) -> str:
    """A settlement of places.yaml; the others are villages so small that their name is a place."""
    return f"{place.settlement or ''} {place.municipality or ''}" if place.oktmo else ""


def _hash_town(place: Place, key: bytes) -> int:
    name = " ".join(stem(word) for word in split_words(fold_place(place.settlement or "")))
    return hash_text("town:" + name, key) if name else 0


def _hash_all(kind: str, texts: Collection[str], key: bytes) -> tuple[int, ...]:
    return tuple(dict.fromkeys(hash_text(f"{kind}:{text}", key) for text in texts))


def _hash_object(name: str, key: bytes) -> int:
    """The lowest bits are the kind's, so that two stops can be told from a stop and a shop, and a stop from a park."""
    kind = name.rpartition(" ")[0] if name[-1:].isdigit() and name.count(" ") == 1 else name.partition(" ")[0]
    bones = " ".join(make_skeleton(word) if word.isalpha() else word for word in name.split())  # slips do not matter
    low = hash_text(f"kind:{kind}", key) & OBJECT_KIND & ~WIDE | (WIDE if kind in WIDE_KINDS else 0)
    return hash_text(f"object:{bones}", key) & ~OBJECT_KIND | low


def _mix(values: Iterable[int], band: int) -> int:
    """Some values as one signed-63-bit key, apart from other bands'."""
    key = band + 1
    for value in values:
        key = (key * 0x9E3779B97F4A7C15 + value + 1) & 0x7FFFFFFFFFFFFFFF
    return key


def _to_seconds(at: datetime) -> float:
    return at.timestamp()
