"""A recipient with a session login, three steps, a cursor, and every error inside a 200: by YAML alone."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from stand.server import Stand
from tests.adapters.contract.delivers import DeliversSuite, StepsSuite
from tests.adapters.contract.finds import FindsSuite
from tests.adapters.contract.polls import PollsSuite
from tests.adapters.contract.subject import Subject, caught, wait_for


class Ministry(Subject):
    system = "ministry"
    steps = ("create", "submit")
    effect = "POST /ministry/api"
    made = 0

    def make_news(self, count: int) -> set[str]:
        adapter = self.build()
        Ministry.made += count
        ids = [f"m-{Ministry.made}-{number}" for number in range(count)]
        numbers = {str(adapter.deliver(self.delivery(id)).number) for id in ids}
        wait_until_told(self, numbers)
        return numbers


def wait_until_told(subject: Subject, numbers: set[str]) -> None:
    def told() -> bool:
        return numbers <= {e["number"] for e in subject.book()["effects"] if e["effect"] == "stage"}

    wait_for(told)


@pytest.fixture
def subject(stand: Stand) -> Iterator[Subject]:
    made = Ministry(stand)
    made.control(delay=[0.05, 0.1])
    yield made
    made.close()


class TestMinistry(DeliversSuite, StepsSuite, FindsSuite, PollsSuite):
    poll_match = "/api/events"

    def test_drafts_are_not_made_twice(self, subject: Subject, adapter: Any) -> None:
        subject.fault("fail", status=503, match="/submit")
        caught(lambda: adapter.deliver(subject.delivery("d-drafts", files=1)))
        adapter.deliver(subject.delivery("d-drafts", files=1))
        drafts = [e for e in subject.book()["effects"] if e.get("external_id") == "d-drafts" and e["effect"] == "draft"]
        assert len(drafts) == 1
        assert list(subject.recorded["d-drafts"]) == ["create", "upload.1"]

    def test_a_session_that_ends_is_opened_again(self, subject: Subject, adapter: Any) -> None:
        """The stand says it inside a 200."""
        adapter.deliver(subject.delivery("d-session-1"))
        subject.control(session_seconds=0.3)
        time.sleep(0.4)
        adapter.deliver(subject.delivery("d-session-2"))
        assert subject.effects("d-session-2") == 1
