"""Does a point of the map lie where the place's names say? One that does not tells nothing: a person looks."""

from collections.abc import Iterable, Sequence
from math import asin, cos, radians, sin, sqrt

from canonical.coordinates import is_in_country
from canonical.place import Place, Point
from router.matchers import fold_place
from router.places_file import Municipality

#: Kilometres. A town with its airport, dachas and roads is smaller, the next town is mostly farther (Салехард and
#: Лабытнанги, 17 km, are not told apart so). People live no farther from a listed settlement of their district.
NEAR_TOWN, IN_DISTRICT, IN_REGION = 40, 200, 300
_EARTH = 6371


class Points:
    """Where the settlements of places.yaml lie, as far as it says."""

    def __init__(self, municipalities: Sequence[Municipality]) -> None:
        self.of_town: dict[tuple[str, str], tuple[Point, ...]] = {}
        self.of_district: dict[str, list[Point]] = {}
        for one in municipalities:
            for name, points in one.points:
                self.of_town[one.oktmo, fold_place(name)] = points
                self.of_district.setdefault(one.oktmo, []).extend(points)
        self.everywhere = [point for points in self.of_district.values() for point in points]

    def find_contradiction(self, place: Place, settlement: str | None) -> str | None:
        """How the point and the names contradict. `settlement`: as places.yaml writes it."""
        if place.point is None:
            return None
        if not is_in_country(place.point.lat, place.point.lon):
            return "the point is outside the country"
        name, near, limit = self._expect(place, settlement)
        away = _measure(place.point, near) if near else 0.0
        if away <= limit:
            return None
        swapped = place.point.lon <= 90 and _measure(Point(lat=place.point.lon, lon=place.point.lat), near) <= limit
        if not (name or swapped):
            return None  # in another region, and no name says otherwise
        why = "; latitude and longitude seem swapped" if swapped else ""
        return f"the point is {away:.0f} km from {name or 'the region'}{why}"

    def _expect(self, place: Place, settlement: str | None) -> tuple[str, Sequence[Point], int]:
        """Name, points, and how far from the nearest it may be: of the settlement, else of the district, else of the
        region, which nobody named."""
        code = place.oktmo or ""
        named = settlement or place.municipality or ""  # a town that is a municipality has one name
        if town := self.of_town.get((code, fold_place(named))):
            return named, town, NEAR_TOWN
        if district := self.of_district.get(code):
            return f"the settlements of {place.municipality}", district, IN_DISTRICT
        nowhere = not (code or place.settlement)  # of a place that is not listed nothing is known
        return "", self.everywhere if nowhere else (), IN_REGION


def _measure(point: Point, others: Iterable[Point]) -> float:
    """Kilometres to the nearest, along a great circle."""
    return min(_find_distance(point, other) for other in others)


def _find_distance(one: Point, other: Point) -> float:
    height, width = radians(other.lat - one.lat) / 2, radians(other.lon - one.lon) / 2
    half = sin(height) ** 2 + cos(radians(one.lat)) * cos(radians(other.lat)) * sin(width) ** 2
    return 2 * _EARTH * asin(sqrt(half))
