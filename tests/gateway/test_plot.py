"""Pictures of curves."""

from pathlib import Path

import pytest
from PIL import Image

from gateway.plot import Curve, Panel, draw


def test_curves_are_where_their_points_are(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    flat = Curve([(0, 0.5), (0.5, 0.5), (1, 0.5)], "half")
    draw([Panel("one", "x", "y", [flat]), Panel("two", "x", "y", [Curve([(0, 9.0), (0.5, 9.0), (1, 9.0)])])], path)
    with Image.open(path) as image:
        picture = image.convert("RGB")
    assert picture.size == (2 * 510 + 30, 540)
    blue = picture.getpixel((90 + 210, 60 + 210))
    assert isinstance(blue, tuple) and blue[2] > 150 > blue[0]  # the middle of the first panel
    top = picture.getpixel((90 + 510 + 200, 60))
    assert isinstance(top, tuple) and top[2] > 150 > top[0]  # beyond 1 stays at the edge


def test_a_picture_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        draw([Panel("one", "x", "y", [])], tmp_path / "no folder" / "p.png")
