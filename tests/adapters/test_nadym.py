"""A recipient of XML in windows-1251 whose list knows no «since»: by YAML alone."""

from collections.abc import Iterator
from typing import Any

import pytest

from stand.server import Stand
from tests.adapters.contract.delivers import DeliversSuite
from tests.adapters.contract.finds import FindsSuite
from tests.adapters.contract.polls import PollsSuite, read_all
from tests.adapters.contract.subject import Subject


class Nadym(Subject):
    system = "nadym"
    made = 0

    def make_news(self, count: int) -> set[str]:
        adapter = self.build()
        Nadym.made += count
        ids = [f"n-{Nadym.made}-{number}" for number in range(count)]
        return {str(adapter.deliver(self.delivery(id)).number) for id in ids}


@pytest.fixture
def subject(stand: Stand) -> Iterator[Subject]:
    made = Nadym(stand)
    made.control(delay=[0.05, 0.1])
    yield made
    made.close()


class TestNadym(DeliversSuite, FindsSuite, PollsSuite):
    def test_what_did_not_change_is_no_news(self, subject: Any, poller: Any) -> None:
        subject.control(shares={"silent": 1, "declined": 0, "postponed": 0, "interim": 0}, delay=[600, 600])
        subject.make_news(2)
        first, cursor = read_all(poller)
        assert len(first) >= 2
        wanted = subject.make_news(1)
        again, _ = read_all(poller, cursor)
        assert wanted <= {document.external_id for document in again}
        assert len(again) < len(first)
