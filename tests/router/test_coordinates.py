"""Degrees in a text, and which points are one spot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.coordinates import name_squares, read_point
from canonical.place import Point


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("свалка 65.534123, 72.510245 у дороги", (65.534123, 72.510245)),
        ("65.534123 72.510245", (65.534123, 72.510245)),
        ("тариф 65.53, 72.51", None),
        ("версия 10.12345, 20.12345", None),  # not in the country
        ("", None),
    ],
)
def test_points_are_read(text: str, point: tuple[float, float] | None) -> None:
    found = read_point(text)
    assert (found and (found.lat, found.lon)) == point


@given(st.floats(60, 70), st.floats(60, 80), st.floats(0.003, 1))
def test_far_points_share_no_square(lat: float, lon: float, off: float) -> None:
    one, other = name_squares(Point(lat=lat, lon=lon)), name_squares(Point(lat=lat + off, lon=lon))
    assert set(one).isdisjoint(other)


@given(st.floats(60, 70), st.floats(60, 80), st.floats(0, 0.0009))
def test_near_points_share_a_square(lat: float, lon: float, off: float) -> None:
    one, other = name_squares(Point(lat=lat, lon=lon)), name_squares(Point(lat=lat + off, lon=lon))
    assert not set(one).isdisjoint(other)
