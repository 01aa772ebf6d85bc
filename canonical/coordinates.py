"""Degrees that a text names, and the squares of the map that tell whether two points are one spot."""

import re
from math import floor

from canonical.place import Point
from canonical.text import MAX_LOOKED_AT

#: «51.796008, 36.199594»: fewer decimals name no spot.
_DEGREES = re.compile(r"(?<![\d.,])(?P<lat>\d{2}\.\d{4,9})(?:, ?| )(?P<lon>\d{2,3}\.\d{4,9})(?![\d.]\d)")
_SOUTH, _NORTH, _WEST, _EAST = 41, 82, 19, 180  # Russia
#: In degrees; at 60° about 220 m each way. A point belongs to one square of either of two grids, half a square apart:
#: two points closer than half a square share one, but for few.
_HIGH, _WIDE = 0.002, 0.004


def read_point(text: str) -> Point | None:
    """The first within the country."""
    for found in _DEGREES.finditer(text[:MAX_LOOKED_AT]):
        if is_in_country(lat := float(found["lat"]), lon := float(found["lon"])):
            return Point(lat=lat, lon=lon)
    return None


def is_in_country(lat: float, lon: float) -> bool:
    """Roughly: between its northern, southern, western and eastern ends."""
    return _SOUTH <= lat <= _NORTH and _WEST <= lon <= _EAST


def name_squares(point: Point) -> tuple[str, str]:
    """«точка 0 25898 9049», «точка 1 …»: one of each grid."""
    first, second = (
        f"точка {grid} {floor(point.lat / _HIGH + grid / 2)} {floor(point.lon / _WIDE + grid / 2)}" for grid in (0, 1)
    )
    return first, second
