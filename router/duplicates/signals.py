"""What speaks for one problem in two appeals, as a few shares from 0 to 1 that a person can read."""

from typing import NamedTuple

from router.duplicates.features import Features
from router.duplicates.nearness import Nearness, find_nearness, share_place
from router.duplicates.substance import share_counts, share_names
from router.duplicates.telling import share_words

#: People send one text about many places, so where the places differ, alike words and things count this much.
_ELSEWHERE = 0.4


class Signals(NamedTuple):
    """Shares from 0 to 1, each for one problem."""

    thing: float  # lamp, roof, snow
    words: float  # telling words of the one that has fewer, in the other too
    common: float  # telling words of both in common
    place_thing: float  # the same thing at a place in common: as far as the lesser of both
    place_fault: float  # dark, broken, to be built
    place_words: float


NAMES = Signals._fields


def compare(one: Features, other: Features, near: Nearness | None = None) -> Signals:
    """`near`: `find_nearness` of both, when it is known already."""
    near = find_nearness(one, other) if near is None else near
    counted = _ELSEWHERE if near is Nearness.apart else 1.0
    # Names in common stand in for a place that has no address.
    place = max(share_place(one, other, near), counted * share_names(one.named, other.named))
    thing = counted * share_counts(one.things, other.things)
    fault = counted * share_counts(one.faults, other.faults)
    words, common = (counted * share for share in share_words(one.words, other.words))
    return Signals(thing, words, common, min(place, thing), min(place, fault), min(place, words))
