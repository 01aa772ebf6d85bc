"""Dates as Russian systems really send them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.mapping.errors import Misfit
from canonical.mapping.times import NAMED, compile_format

ZONE = ZoneInfo("Asia/Yekaterinburg")
MOMENT = datetime(2026, 1, 31, 22, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("D.M.YYYY H:mm", "01.02.2026 3:05"),
        ("D.M.YYYY H:mm", "1.2.2026  03:05"),
        ("DD.MM.YY HH:mm", "1.02.26 3:05"),
        ("D MMMM YYYY г. в H:mm", "1 февраля 2026 г. в 3:05"),
        ("D MMMM YYYY, H:mm", "1 Фев. 2026, 03:05"),
        ("YYYY-MM-DDTHH:mm:ss", "2026-02-01T03:05:00"),
        ("YYYY-MM-DD HH:mm:ss.S Z", "2026-02-01 03:05:00.000000 +0500"),
        ("YYYYMMDDHHmmss", "20260201030500"),
        ("DD.MM.YYYY 'at' HH:mm", "01.02.2026 at 03:05"),
        ("iso", "2026-02-01T03:05:00"),
        ("iso", "2026-01-31T22:05:00.000Z"),
        ("iso", " 2026-02-01 03:05:00+05:00 "),
        ("iso", "20260201T0305"),
        ("unix", 1769897100),
        ("unix", "1769897100"),
        ("unix_ms", 1769897100000),
        ("aspnet", "/Date(1769897100000+0500)/"),
    ],
)
def test_reading(spec: str, text: object) -> None:
    assert compile_format(spec, ZONE).read(text) == MOMENT


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("D.M.YYYY", "30.02.2026"),
        ("D.M.YYYY", "2026-02-01"),
        ("D.M.YYYY H:mm", "01.02.2026 24:00"),
        ("D MMMM YYYY", "1 февралля 2026"),
        ("iso", "вчера"),
        ("iso", True),
        ("iso", ["2026"]),
        ("iso", "2026-02-01T03:05:00" * 1000),
        ("iso", "9999-12-31T23:59:59-12:00"),
        ("unix", "1e400"),
        ("unix", 10**15),
        ("unix_ms", -(10**17)),
        ("D.M.YYYY", "1.1.1812"),
    ],
)
def test_what_is_no_time(spec: str, text: object) -> None:
    with pytest.raises(Misfit):
        compile_format(spec, ZONE).read(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "0000-00-00 00:00:00", "01.01.0001 0:00:00"])
def test_an_empty_date_is_absent(text: str) -> None:
    for spec in ("iso", "D.M.YYYY H:mm:ss"):
        assert compile_format(spec, ZONE).read(text) is None


@pytest.mark.parametrize(
    ("spec", "written"),
    [
        ("DD.MM.YYYY H:mm", "01.02.2026 3:05"),
        ("D MMMM YYYY г.", "1 февраля 2026 г."),
        ("YYYY-MM-DDTHH:mm:ss.SZ", "2026-02-01T03:05:00.000+05:00"),
        ("iso", "2026-02-01T03:05:00+05:00"),
        ("iso_z", "2026-01-31T22:05:00Z"),
        ("iso_ms", "2026-01-31T22:05:00.000Z"),
        ("unix", 1769897100),
        ("unix_ms", 1769897100000),
    ],
)
def test_writing(spec: str, written: object) -> None:
    assert compile_format(spec, ZONE).write(MOMENT) == written


def test_iso_times_are_written_to_the_second() -> None:
    """A strict reader refuses six digits behind the point, and the start of a window may only be rounded down."""
    moment = MOMENT.replace(microsecond=999_999)
    assert compile_format("iso", ZONE).write(moment) == "2026-02-01T03:05:00+05:00"
    assert compile_format("iso_z", ZONE).write(moment) == "2026-01-31T22:05:00Z"


@given(
    st.datetimes(datetime(1901, 1, 1), datetime(2199, 12, 30), timezones=st.just(UTC)),
    st.sampled_from([*NAMED, "DD.MM.YYYY HH:mm:ss.SZ", "D MMMM YYYY H:mm:ss Z"]),
)
def test_what_is_written_is_read_back(moment: datetime, spec: str) -> None:
    moment = moment.replace(microsecond=0)
    form = compile_format(spec, UTC)
    assert form.read(form.write(moment)) == moment
