"""Suite of Finds: «did my delivery arrive?»"""

from typing import Any

import pytest

from adapters.contract import Finds
from adapters.errors import Unavailable
from tests.adapters.contract.subject import Subject, caught


class FindsSuite:
    """Needs the fixture `subject`."""

    @pytest.fixture
    def finder(self, subject: Subject) -> Any:
        return subject.build()

    def test_says_that_it_finds(self, finder: Any) -> None:
        assert isinstance(finder, Finds)

    def test_no_before_yes_after(self, subject: Subject, finder: Any) -> None:
        assert finder.find(subject.delivery("f-1")) is None
        sent = finder.deliver(subject.delivery("f-1"))
        subject.recorded.clear()  # as after a restore: what happened is not known here
        found = finder.find(subject.delivery("f-1"))
        assert found is not None
        assert found.number == sent.number

    def test_what_was_found_is_recorded_and_never_sent_again(self, subject: Subject, finder: Any) -> None:
        finder.deliver(subject.delivery("f-2"))
        subject.recorded.clear()
        finder.find(subject.delivery("f-2"))
        assert tuple(subject.recorded["f-2"]) == subject.steps
        finder.deliver(subject.delivery("f-2"))
        assert subject.effects("f-2") == 1

    def test_another_delivery_is_not_found(self, subject: Subject, finder: Any) -> None:
        finder.deliver(subject.delivery("f-3"))
        assert finder.find(subject.delivery("f-4")) is None

    @pytest.mark.parametrize("fault", ["fail", "too_many", "reset", "malformed"])
    def test_cannot_tell_now(self, subject: Subject, finder: Any, fault: str) -> None:
        delivery = subject.delivery("f-5")
        finder.find(delivery)  # logged in
        subject.fault(fault, match=subject.question)
        assert isinstance(caught(lambda: finder.find(delivery)), Unavailable)

    def test_cannot_tell_in_an_outage(self, subject: Subject, finder: Any) -> None:
        delivery = subject.delivery("f-6")
        subject.control(outage=True)
        assert isinstance(caught(lambda: finder.find(delivery)), Unavailable)

    def test_asks_without_effect(self, subject: Subject, finder: Any) -> None:
        finder.find(subject.delivery("f-7"))
        assert subject.asked == 0
        assert subject.effects("f-7") == 0
