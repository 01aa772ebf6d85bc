"""Reads places.yaml.

region: "719"                       # how every ОКТМО here begins
municipalities:
  "71936000":
    name: Надымский район
    former: ["71916000"]            # codes of before; read, never written
    aliases: [Надымский округ]
    settlements: [Надым, Пангоды]
    marked: [Заполярный]            # words that mean other things too: only after «п.», «село» …
    short: {Н. Уренгой: Новый Уренгой}   # other names of its settlements
    points: {Надым: 65.53 72.52}    # latitude and longitude to about 10 km; a list where a town lies in several parts
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from canonical.coordinates import is_in_country
from canonical.mapping.nodes import Text
from canonical.place import Point
from router.matchers import fold_place
from router.report import Report
from router.section import Section, open_file

_OKTMO = re.compile(r"\d{8}")
_POINT = re.compile(r"(\d{1,2}\.\d{1,6}) (\d{1,3}\.\d{1,6})")
_KEYS = ("name", "former", "aliases", "settlements", "marked", "short", "points")


@dataclass(frozen=True, slots=True, eq=False)
class Municipality:
    oktmo: str
    name: str
    former: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    settlements: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    short: tuple[tuple[str, str], ...] = ()
    points: tuple[tuple[str, tuple[Point, ...]], ...] = ()


def read_places(report: Report, text: str) -> list[Municipality]:
    top = open_file(report, text, ("region", "municipalities"))
    named = top.sections("municipalities", _KEYS)
    _check_codes(report, named, top.text("region"))
    _check_names(report, named)
    return [_read_municipality(key, section) for key, section in named]


def _read_municipality(key: Text, section: Section) -> Municipality:
    if not section.text("name"):
        report_at = section.at("name")
        section.report.add(report_at, "missing-key", "no `name`", "write the municipality's name")
    lists = {
        name: tuple(text.value for text in section.texts(name))
        for name in _KEYS
        if name not in ("name", "short", "points")
    }
    known = {*lists["settlements"], *lists["marked"]}
    points = _read_points(section, known)
    short = section.section("short")
    for alias, target in ((alias, short.texts(alias.value)) for alias, _ in short.entries()):
        for settlement in target:
            if settlement.value not in known:
                section.report.add(
                    alias, "place-unknown", f"`{settlement.value}` is not in `settlements`", "add it there"
                )
    pairs = tuple((alias.value, short.text(alias.value)) for alias, _ in short.entries())
    return Municipality(key.value, section.text("name", key.value), **lists, short=pairs, points=points)


def _read_points(section: Section, known: Collection[str]) -> tuple[tuple[str, tuple[Point, ...]], ...]:
    found = section.section("points")
    for name, _ in found.entries():
        if name.value not in known:
            section.report.add(name, "place-unknown", f"`{name.value}` is not in `settlements`", "add it there")
    return tuple((name.value, tuple(_read_point(section, text) for text in found.texts(name.value)))
                 for name, _ in found.entries())  # fmt: skip


def _read_point(section: Section, text: Text) -> Point:
    numbers = _POINT.fullmatch(text.value)
    lat, lon = (float(numbers[1]), float(numbers[2])) if numbers else (0.0, 0.0)
    if is_in_country(lat, lon):
        return Point(lat=lat, lon=lon)
    section.report.add(text, "bad-point", f"`{text.value}` is no point of the country", "write `latitude longitude`")
    return Point(lat=0, lon=0)


def _check_codes(report: Report, named: list[tuple[Text, Section]], region: str) -> None:
    owner: dict[str, str] = {}
    for key, section in named:
        for code in (key, *section.texts("former")):
            if not _OKTMO.fullmatch(code.value):
                report.add(code, "bad-oktmo", f"`{code.value}` is not an ОКТМО of a municipality", "eight digits")
            elif not code.value.startswith(region):
                report.add(
                    code, "bad-oktmo", f"`{code.value}` is outside the region {region}", "mend the code or `region`"
                )
            other = owner.setdefault(code.value, key.value)
            if other != key.value or (code is not key and code.value == key.value):
                report.add(code, "oktmo-twice", f"`{code.value}` again (of {other})", "a code has one municipality")


def _check_names(report: Report, named: list[tuple[Text, Section]]) -> None:
    """Within one municipality. The same name in two is allowed: it then says nothing of the municipality."""
    for _, section in named:
        seen: set[str] = set()
        for name in (*section.texts("settlements"), *section.texts("marked"), *section.texts("aliases")):
            folded = fold_place(name.value)
            if not folded:
                report.add(name, "words-empty", f"`{name.value}` holds no word", "write the name")
            elif folded in seen:
                report.warn(name, "name-twice", f"`{name.value}` again", "remove one")
            seen.add(folded)
