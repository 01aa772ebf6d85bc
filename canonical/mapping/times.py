"""Times as Russian systems really send them. Formats are compiled once; years 1900-2200 only.

`0001-01-01` (an empty 1C date) and `0000-00-00` read as absent.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from canonical.mapping.errors import Misfit

MONTHS = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
]
_NOMINATIVE = [
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
]
_SHORT = ["янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"]
_MONTH_OF = {name: place % 12 + 1 for place, name in enumerate(MONTHS + _NOMINATIVE + _SHORT)}
_EMPTY = ("0001-01-01", "0000-00-00", "01.01.0001", "00.00.0000")

#: token → (regular expression, what it is)
TOKENS: dict[str, tuple[str, str]] = {
    "YYYY": (r"(?P<year>\d{4})", "year"),
    "YY": (r"(?P<short>\d{2})", "year of this century"),
    "MMMM": (r"(?P<name>[а-яё]+)\.?", "month by its Russian name"),
    "MM": (r"(?P<month>\d{1,2})", "month, written with two digits"),
    "M": (r"(?P<month>\d{1,2})", "month"),
    "DD": (r"(?P<day>\d{1,2})", "day, written with two digits"),
    "D": (r"(?P<day>\d{1,2})", "day"),
    "HH": (r"(?P<hour>\d{1,2})", "hour, written with two digits"),
    "H": (r"(?P<hour>\d{1,2})", "hour"),
    "mm": (r"(?P<minute>\d{2})", "minute"),
    "ss": (r"(?P<second>\d{2})", "second"),
    "S": (r"(?P<fraction>\d{1,9})", "fraction of a second (written as milliseconds)"),
    "Z": (r"(?P<offset>Z|[+-]\d{2}:?\d{2})", "offset from UTC, or Z"),
}
_TOKEN = re.compile("|".join(TOKENS) + r"|'[^']*'|\s+|[^A-Za-z']|T")
_ASPNET = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")


@dataclass(frozen=True, slots=True)
class Format:
    """`read` takes a text or a number and returns an aware UTC time, None for an empty date; raises Misfit."""

    read: Callable[[object], datetime | None]
    write: Callable[[datetime], str | int]
    zoned: bool  # carries its own offset


def compile_format(spec: str, zone: tzinfo) -> Format:
    """Raises ValueError saying what is wrong with the spec."""
    if spec in NAMED:
        return NAMED[spec](zone)
    parts = _split(spec)
    names = [part for part in parts if part in TOKENS]
    groups = [re.findall(r"<(\w+)>", TOKENS[name][0])[0] for name in names]
    if len(set(groups)) != len(groups):
        raise ValueError("one part is there twice")
    if not {"year", "short"} & set(groups) or not {"month", "name"} & set(groups) or "day" not in groups:
        raise ValueError("year, month or day is missing")
    pattern = re.compile("".join(map(_to_pattern, parts)), re.I)
    return Format(_reader(pattern, zone), _writer(parts, zone), "Z" in names)


def _split(spec: str) -> list[str]:
    parts, at = [], 0
    while at < len(spec):
        found = _TOKEN.match(spec, at)
        if not found:
            raise ValueError(f"`{spec[at]}` is not a part of a time; Latin letters that are text stand in '…'")
        parts.append(found[0])
        at = found.end()
    return parts


def _to_pattern(part: str) -> str:
    if part in TOKENS:
        return TOKENS[part][0]
    return r"\s+" if part.isspace() else re.escape(part.strip("'"))


def _reader(pattern: re.Pattern[str], zone: tzinfo) -> Callable[[object], datetime | None]:
    def read(value: object) -> datetime | None:
        text = _as_text(value)
        if text is None:
            return None
        found = pattern.fullmatch(text)
        if not found:
            raise Misfit("not a time in any of the formats")
        return _build(found.groupdict(), zone)

    return read


def _as_text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Misfit("not a time in any of the formats")
    text = str(value).strip()
    return None if text.startswith(_EMPTY) else text


def _build(parts: dict[str, str | None], zone: tzinfo) -> datetime:
    year = parts.get("year") or f"20{parts.get('short')}"
    month = parts.get("month") or _MONTH_OF.get((parts.get("name") or "").lower(), 0)
    fraction = ((parts.get("fraction") or "") + "000000")[:6]
    try:
        offset = parts.get("offset")
        made = datetime(
            int(year), int(month), int(parts["day"] or 0), int(parts.get("hour") or 0),
            int(parts.get("minute") or 0), int(parts.get("second") or 0), int(fraction),
            tzinfo=_to_offset(offset) if offset else zone,
        )  # fmt: skip
    except (ValueError, OverflowError):
        raise Misfit("no such day or hour") from None
    return _in_range(made)


def _to_offset(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    sign, digits = (-1 if text[0] == "-" else 1), text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _in_range(value: datetime) -> datetime:
    if not 1900 <= value.year <= 2200:
        raise Misfit("a year outside 1900-2200")
    return value.astimezone(UTC)


def _writer(parts: list[str], zone: tzinfo) -> Callable[[datetime], str]:
    def write(value: datetime) -> str:
        local = value.astimezone(zone)
        return "".join(_WRITERS[part](local) if part in TOKENS else part.strip("'") for part in parts)

    return write


_WRITERS: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda t: f"{t.year:04}",
    "YY": lambda t: f"{t.year % 100:02}",
    "MMMM": lambda t: MONTHS[t.month - 1],
    "MM": lambda t: f"{t.month:02}",
    "M": lambda t: str(t.month),
    "DD": lambda t: f"{t.day:02}",
    "D": lambda t: str(t.day),
    "HH": lambda t: f"{t.hour:02}",
    "H": lambda t: str(t.hour),
    "mm": lambda t: f"{t.minute:02}",
    "ss": lambda t: f"{t.second:02}",
    "S": lambda t: f"{t.microsecond // 1000:03}",
    "Z": lambda t: t.isoformat()[-6:],
}


def _iso_reader(zone: tzinfo) -> Callable[[object], datetime | None]:
    def read(value: object) -> datetime | None:
        try:
            made = datetime.fromisoformat(value)  # type: ignore[arg-type]
        except (ValueError, TypeError, OverflowError):
            text = _as_text(value)
            if text is None:
                return None
            try:
                made = datetime.fromisoformat(text)
            except (ValueError, OverflowError):
                raise Misfit("not a time in any of the formats") from None
        if made.year == 1:
            return None
        return _in_range(made if made.tzinfo else made.replace(tzinfo=zone))

    return read


def _unix_reader(divisor: int, pattern: re.Pattern[str]) -> Callable[[object], datetime | None]:
    def read(value: object) -> datetime | None:
        found = pattern.fullmatch(_as_text(value) or "")
        if not found:
            raise Misfit("not a time in any of the formats")
        try:
            return _in_range(datetime.fromtimestamp(float(found[1]) / divisor, UTC))
        except (ValueError, OverflowError, OSError):
            raise Misfit("a year outside 1900-2200") from None

    return read


_NUMBER = re.compile(r"(-?\d{1,15}(?:\.\d{1,9})?)")


def _milliseconds(value: datetime) -> int:
    return int(value.timestamp()) * 1000 + value.microsecond // 1000


#: format's name → the format in a zone
NAMED: dict[str, Callable[[tzinfo], Format]] = {
    "iso": lambda zone: Format(_iso_reader(zone), lambda t: t.astimezone(zone).isoformat(timespec="seconds"), False),
    "iso_z": lambda zone: Format(
        _iso_reader(zone), lambda t: t.astimezone(UTC).replace(microsecond=0).isoformat()[:-6] + "Z", False
    ),
    "iso_ms": lambda zone: Format(
        _iso_reader(zone), lambda t: t.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z", False
    ),
    "unix": lambda zone: Format(_unix_reader(1, _NUMBER), lambda t: int(t.timestamp()), True),
    "unix_ms": lambda zone: Format(_unix_reader(1000, _NUMBER), _milliseconds, True),
    "aspnet": lambda zone: Format(_unix_reader(1000, _ASPNET), lambda t: f"/Date({_milliseconds(t)})/", True),
}
