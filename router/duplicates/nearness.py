"""How near two appeals' places are."""

from enum import IntEnum

from router.duplicates.features import OBJECT_KIND, WIDE, Features


class Nearness(IntEnum):
    """Ordered: the higher, the nearer."""

    apart = 0  # both name places of one kind, and none is common
    unknown = 1  # at least one names no place
    street = 2  # a common street, and at most one of them names a house on it
    area = 3  # a common park, cemetery, way between two towns
    yard = 4  # the same house number, another letter or building
    crossing = 5  # two common streets: a crossing, or a stretch «от Литейной до Мира»
    object = 6  # a common landmark: a stop, a school, a route
    house = 7


#: How much of a common place each nearness is, 0 to 1.
_SHARE = {
    Nearness.apart: 0.0, Nearness.unknown: 0.0, Nearness.street: 0.6, Nearness.area: 0.6, Nearness.yard: 0.6,
    Nearness.crossing: 0.9, Nearness.object: 0.9, Nearness.house: 1.0,
}  # fmt: skip
_OTHER_CROSSING = 0.3  # «Мира и Литейная», «Мира и Садовая»


def find_nearness(one: Features, other: Features) -> Nearness:
    """Another town is apart whatever the street is called."""
    if in_other_towns(one, other):
        return Nearness.apart
    if _meet(one.houses, other.houses):
        return Nearness.house
    objects = set(one.objects) & set(other.objects)
    if any(not name & WIDE for name in objects):
        return Nearness.object
    common = len(set(one.streets) & set(other.streets))
    if common > 1:
        return Nearness.crossing
    if _meet(one.yards, other.yards):
        return Nearness.yard
    if objects:
        return Nearness.area
    if common:
        return Nearness.apart if one.houses and other.houses else Nearness.street
    both = (one.streets and other.streets) or not _list_kinds(one).isdisjoint(_list_kinds(other))
    return Nearness.apart if both else Nearness.unknown


def share_place(one: Features, other: Features, near: Nearness) -> float:
    """0 to 1. A street that crosses another one there and a third one here is hardly a place in common."""
    others = near is Nearness.street and min(len(one.streets), len(other.streets)) > 1
    return _OTHER_CROSSING if others else _SHARE[near]


def _list_kinds(one: Features) -> set[int]:
    """A stop and another stop are two places; a stop and a shop may be one."""
    return {name & OBJECT_KIND for name in one.objects}


def in_other_towns(one: Features, other: Features) -> bool:
    if one.oktmo and other.oktmo and one.oktmo != other.oktmo:
        return True
    return bool(one.town and other.town and one.town != other.town)


def is_town_sure(one: Features, other: Features) -> bool:
    """Both name the town, or both came by one channel and neither does: the channel's usual town is meant."""
    if one.town and one.town == other.town:
        return True
    if one.oktmo and one.oktmo == other.oktmo:
        return bool(one.town) == bool(other.town)
    return one.system == other.system and not (one.town or other.town or one.oktmo or other.oktmo)


def _meet(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return bool(one) and bool(other) and not set(one).isdisjoint(other)
