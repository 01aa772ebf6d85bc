"""Curves between 0 and 1 as a PNG: what the evaluate commands measured. Needs Pillow (the extra `plots`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Point = tuple[float, float]

#: Pixels; drawn twice as large and halved, so that lines are smooth.
PANEL, MARGIN, GAP = 420, 60, 30
_FINER = 2
_TICKS = 5
_INK, _GRID, _FAINT = "#222222", "#dddddd", "#999999"
_COLOURS = ("#1f5fbf", "#c0392b", "#2e8b57", "#b8860b")


class NoPillow(RuntimeError):
    """Says what to install."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Points from left to right, both 0 to 1. dots: each point is marked; guide: thin and grey, behind the others."""

    points: Sequence[Point]
    name: str = ""
    dots: bool = False
    guide: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    across: str  # what the horizontal axis counts
    up: str
    curves: Sequence[Curve]


def draw(panels: Sequence[Panel], path: Path) -> None:
    """One picture with the panels side by side. Raises NoPillow; OSError when it cannot be written."""
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError as error:
        raise NoPillow('a picture needs Pillow: pip install "tsur-gateway[plots]"') from error
    size = len(panels) * (PANEL + MARGIN + GAP) + GAP, PANEL + 2 * MARGIN
    image = Image.new("RGB", (size[0] * _FINER, size[1] * _FINER), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(13 * _FINER)
    for number, panel in enumerate(panels):
        _Frame(pen, font, MARGIN + GAP + number * (PANEL + MARGIN + GAP), MARGIN).draw(panel)
    image.resize(size, Image.Resampling.LANCZOS).save(path, "PNG")


@dataclass(frozen=True, slots=True)
class _Frame:
    """The square between 0 and 1, its upper left corner at (left, top)."""

    pen: Any
    font: Any
    left: int
    top: int

    def draw(self, panel: Panel) -> None:
        self._draw_grid()
        self._write(panel.title, (0.5, 1.0), (0, -22), "mm")
        self._write(panel.across, (0.5, 0.0), (0, 36), "mm")
        self._write(panel.up, (0.0, 1.0), (-8, -22), "lm")
        for curve in sorted(panel.curves, key=lambda one: not one.guide):
            colour = _FAINT if curve.guide else _COLOURS[[c for c in panel.curves if not c.guide].index(curve) % 4]
            self._draw_curve(curve, colour)
        named = [curve for curve in panel.curves if curve.name and not curve.guide]
        for number, curve in enumerate(named):
            self._write(curve.name, (0.03, 0.04 + 0.05 * number), (0, 0), "lm", _COLOURS[number % 4])

    def _draw_grid(self) -> None:
        for tick in range(_TICKS + 1):
            share = tick / _TICKS
            self._line([(share, 0), (share, 1)], _GRID, 1)
            self._line([(0, share), (1, share)], _GRID, 1)
            self._write(f"{share:.1f}", (share, 0), (0, 14), "mm")
            self._write(f"{share:.1f}", (0, share), (-8, 0), "rm")
        self._line([(0, 1), (0, 0), (1, 0)], _INK, 1)

    def _draw_curve(self, curve: Curve, colour: str) -> None:
        self._line(curve.points, colour, 1 if curve.guide or len(curve.points) == 2 else 2)
        for point in curve.points if curve.dots else ():
            x, y = self._place(point)
            self.pen.ellipse((x - 4 * _FINER, y - 4 * _FINER, x + 4 * _FINER, y + 4 * _FINER), fill=colour)

    def _line(self, points: Sequence[Point], colour: str, width: int) -> None:
        if len(points) > 1:
            self.pen.line([self._place(point) for point in points], fill=colour, width=width * _FINER, joint="curve")

    def _write(self, text: str, at: Point, shift: tuple[int, int], anchor: str, colour: str = _INK) -> None:
        x, y = self._place(at)
        self.pen.text((x + shift[0] * _FINER, y + shift[1] * _FINER), text, fill=colour, font=self.font, anchor=anchor)

    def _place(self, point: Point) -> tuple[float, float]:
        x, y = (min(max(value, 0.0), 1.0) for value in point)
        return (self.left + x * PANEL) * _FINER, (self.top + (1 - y) * PANEL) * _FINER
