"""Suite of Follows: what became of our filings, also after the first answer."""

from typing import Any

import pytest

from adapters.contract import Follows
from adapters.errors import Unavailable
from tests.adapters.contract.subject import Subject, caught, wait_for


class FollowsSuite:
    """Needs the fixture `subject`, whose deliveries get numbers to follow."""

    @pytest.fixture
    def follower(self, subject: Subject) -> Any:
        return subject.build()

    @pytest.fixture
    def number(self, subject: Subject, follower: Any) -> str:
        return str(follower.deliver(subject.delivery("w-1")).number)

    def states(self, subject: Subject, follower: Any, number: str) -> list[Any]:
        documents: list[Any] = follower.follow([number]).documents
        readings: list[Any] = [
            reading for document in documents for reading in subject.mapping.read("answer", document.body)
        ]
        return [reading.state for reading in readings]

    def test_says_that_it_follows(self, follower: Any) -> None:
        assert isinstance(follower, Follows)

    def test_nothing_to_follow(self, follower: Any) -> None:
        assert not follower.follow([]).documents

    def test_the_answer_comes(self, subject: Subject, follower: Any, number: str) -> None:
        assert wait_for(lambda: "answered" in self.states(subject, follower, number))

    def test_goes_on_after_the_first_answer(self, subject: Subject, follower: Any) -> None:
        subject.control(shares={"reopened": 1, "declined": 0, "postponed": 0, "interim": 0})
        number = str(follower.deliver(subject.delivery("w-2")).number)
        wait_for(lambda: self.states(subject, follower, number).count("answered") == 2)

    def test_an_unknown_number_is_told_aloud(self, follower: Any) -> None:
        (document,) = follower.follow(["404404404"]).documents
        assert document.fault
        assert document.external_id == "404404404"

    def test_one_unknown_number_does_not_hide_the_others(self, follower: Any, number: str) -> None:
        found = follower.follow(["404404404", number]).documents
        assert [bool(document.fault) for document in found] == [True, False]

    @pytest.mark.parametrize("fault", ["fail", "too_many", "reset", "malformed", "commit_then_timeout"])
    def test_a_failure_is_for_later(self, subject: Subject, follower: Any, number: str, fault: str) -> None:
        more = {"seconds": 5} if fault == "commit_then_timeout" else {}
        subject.fault(fault, match="GET", **more)
        assert isinstance(caught(lambda: follower.follow([number])), Unavailable)
        assert follower.follow([number]).documents

    def test_what_was_read_before_a_failure_is_kept(self, subject: Subject, follower: Any, number: str) -> None:
        first = follower.follow([number]).documents
        subject.fault("fail", match="GET")
        subject.control(fail={"next": 0, "match": "404404404", "share": 1})
        assert len(follower.follow([number, "404404404"]).documents) == len(first)
