"""Until when something is owed. Days are those of Yekaterinburg (UTC+5)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.appeal import LegalKind, Urgency
from canonical.topic import Topic
from router.deadlines import Deadlines, Pause
from router.policy import Policy
from router.workdays import Workdays
from tests.router.samples import SYSTEMS, load_policy, make_appeal

ZONE = ZoneInfo("Asia/Yekaterinburg")
FILE = """
zone: Asia/Yekaterinburg
days_off: [2026-06-22]
days_worked: [2026-06-27]
rules:
  law: {when: {kind: appeal}, registration: 3 days, redirect: 7 days, answer: 30 days, ends_on: work_before, pause: no}
  life: {when: {urgency: life}, answer: 4 hours}
  vk: {when: {channel: vk, topic: heating}, answer: 24 hours}
default: {registration: 1 working day, redirect: 3 working days, answer: 10 working days}
"""
DEADLINES = Deadlines.load(FILE, "deadlines.yaml", [*SYSTEMS, "vk"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def due(start: str, *pauses: Pause, step: str = "answer", system: str = "pos", now: str = "", **fields: object) -> str:
    found = DEADLINES.due(make_appeal(**fields), at(start), system, pauses, at(now) if now else None, step)
    assert found.tzinfo is UTC
    return found.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-02 09:00", "2026-03-17"),  # past Monday the 9th, the day off for Sunday the 8th
        ("2026-03-06 23:59", "2026-03-23"),
        ("2025-12-29 10:00", "2026-01-22"),  # New Year: 31 December and 1 to 11 January are off
        ("2025-10-27 10:00", "2025-11-11"),  # Saturday 1 November 2025 is worked, Monday the 3rd is off
        ("2026-12-24 10:00", "2027-01-18"),  # Thursday the 31st is off, and 1 to 10 January
        ("2027-02-12 10:00", "2027-03-01"),  # Saturday 20 February 2027 is worked, Monday the 22nd is off
        ("2027-11-01 10:00", "2027-11-17"),  # Thursday the 4th and Friday the 5th of November are off
        ("2026-06-15 10:00", "2026-06-29"),  # the region's day off and its worked Saturday
    ],
)
def test_ten_working_days(start: str, end: str) -> None:
    assert due(start) == f"{end} 23:59"


def test_a_day_begins_in_yekaterinburg() -> None:
    late = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # already Tuesday there
    assert DEADLINES.due(make_appeal(), late, "pos").astimezone(ZONE).date() == date(2026, 3, 18)


def test_the_law_counts_calendar_days_and_ends_before_a_day_off() -> None:
    formal = {"legal_kind": LegalKind.appeal}
    assert due("2026-03-02 09:00", **formal) == "2026-04-01 23:59"
    assert due("2026-03-05 09:00", **formal) == "2026-04-03 23:59"  # 4 April is a Saturday
    assert due("2026-03-02 09:00", step="registration", **formal) == "2026-03-05 23:59"
    assert due("2026-03-02 09:00", step="redirect", **formal) == "2026-03-06 23:59"  # 7 to 9 March are off


def test_hours_run_on() -> None:
    assert due("2026-03-07 22:30", urgency=Urgency.life) == "2026-03-08 02:30"
    assert due("2026-03-07 22:30", system="vk", topic=Topic(code="heating.pipes")) == "2026-03-08 22:30"


def test_a_rule_without_the_step_leaves_it_to_the_next() -> None:
    assert due("2026-03-02 09:00", step="registration", urgency=Urgency.life) == "2026-03-03 23:59"


def test_the_sources_deadline_wins_for_the_answer() -> None:
    told = at("2026-03-04 12:00")
    pause = Pause(at("2026-03-02 10:00"), at("2026-03-03 10:00"))
    assert due("2026-03-02 09:00", pause, due_at=told) == "2026-03-04 12:00"
    assert due("2026-03-02 09:00", due_at=told, step="registration") == "2026-03-03 23:59"
    assert DEADLINES.find(make_appeal(due_at=told), told, "pos").rule == "source"


def test_pauses_are_added() -> None:
    question = Pause(at("2026-03-03 10:00"), at("2026-03-05 12:00"))
    assert due("2026-03-02 09:00", question) == "2026-03-19 23:59"
    assert due("2026-03-02 09:00", question, question) == "2026-03-19 23:59"  # the same time is counted once
    assert due("2026-03-02 09:00", question, urgency=Urgency.life) == "2026-03-04 15:00"
    assert due("2026-03-02 09:00", question, legal_kind=LegalKind.appeal) == "2026-04-01 23:59"


def test_an_open_pause_lasts_until_now() -> None:
    asked = Pause(at("2026-03-03 10:00"))
    assert due("2026-03-02 09:00", asked) == "2026-03-17 23:59"
    assert due("2026-03-02 09:00", asked, now="2026-03-04 11:00") == "2026-03-18 23:59"


def test_a_pause_over_days_off_gives_only_working_days() -> None:
    weekend = Pause(at("2026-03-06 18:00"), at("2026-03-09 18:00"))
    assert due("2026-03-02 09:00", weekend) == "2026-03-17 23:59"


def test_the_rule_is_told() -> None:
    found = DEADLINES.find(make_appeal(legal_kind=LegalKind.appeal), at("2026-03-02 09:00"), "pos")
    assert (found.rule, found.span) == ("law", "30 days")


@pytest.mark.parametrize(
    "fields",
    [{}, {"urgency": Urgency.life}, {"legal_kind": LegalKind.appeal}, {"due_at": at("2026-03-04 12:00")}],
    ids=["working days", "hours", "no pause", "the source's"],
)
@pytest.mark.parametrize("pause", [("2026-03-03 10:00", "2026-03-05 12:00"), ("2026-03-06 18:00", "2026-03-10 18:00")])
def test_a_deadline_extended_by_a_pause_is_the_one_found_with_it(fields: dict[str, object], pause: Any) -> None:
    appeal, start, (begin, end) = make_appeal(**fields), at("2026-03-02 09:00"), map(at, pause)
    plain = DEADLINES.due(appeal, start, "pos")
    assert DEADLINES.extend(plain, appeal, start, "pos", begin, end) == DEADLINES.due(
        appeal, start, "pos", [Pause(begin, end)]
    )


BY_CALENDAR = """version: 1
rules:
  before: {when: {channel: pos}, answer: 30 days, ends_on: work_before}
default: {registration: 1 day, redirect: 3 days, answer: 30 days, ends_on: work_after}
"""


@pytest.mark.parametrize("system", ["pos", "vk"])
def test_a_day_that_was_moved_off_a_weekend_is_extended_from_where_the_count_ended(system: str) -> None:
    rules = Deadlines.load(BY_CALENDAR, "deadlines.yaml", {"pos", "vk"})
    appeal, start = make_appeal(), at("2026-09-04 10:00")  # the count ends on Sunday, the 4th of October
    begin, end = at("2026-09-07 09:00"), at("2026-09-09 09:00")
    plain = rules.due(appeal, start, system)
    assert plain.day == (2 if system == "pos" else 5)
    extended = rules.extend(plain, appeal, start, system, begin, end)
    assert extended == rules.due(appeal, start, system, [Pause(begin, end)])
    assert extended.day == 6


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 10, 1), timezones=st.just(UTC))
SHIPPED = load_policy()


@given(MOMENTS, st.sampled_from(["registration", "redirect", "answer"]), st.sampled_from(Urgency))
def test_the_shipped_rules_keep_the_law(start: datetime, step: str, urgency: Urgency) -> None:
    formal = make_appeal(legal_kind=LegalKind.appeal, urgency=urgency)
    end = SHIPPED.due(formal, start, "pos", step=step)
    limit = {"registration": 3, "redirect": 7, "answer": 30}[step]
    assert (end.astimezone(ZONE).date() - start.astimezone(ZONE).date()).days <= limit


@given(MOMENTS, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=4), st.sampled_from(Urgency))
def test_pauses_only_lengthen(start: datetime, spans: list[tuple[int, int]], urgency: Urgency) -> None:
    pauses = [Pause(start + timedelta(hours=a), start + timedelta(hours=a + b)) for a, b in spans]
    appeal = make_appeal(urgency=urgency)
    ends = [SHIPPED.due(appeal, start, "pos", pauses[:count]) for count in range(len(pauses) + 1)]
    assert start < ends[0]
    assert ends == sorted(ends)


@given(st.dates(date(2024, 1, 1), date(2027, 1, 1)), st.integers(1, 40))
def test_working_days_count_back(day: date, count: int) -> None:
    days = Workdays()
    end = days.add(day, count)
    assert days.is_worked(end)
    assert days.count(day, end) == count


def test_urgent_messages_are_owed_sooner(policy: Policy) -> None:
    start = at("2026-03-02 09:00")
    ends = [
        policy.due(make_appeal(urgency=urgency), start, "pos")
        for urgency in (Urgency.life, Urgency.urgent, Urgency.normal)
    ]
    assert ends == sorted(set(ends))
