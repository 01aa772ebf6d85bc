"""Suite of Delivers: one delivery id makes one effect, whatever happens to the calls."""

import time
from typing import Any

import pytest

from adapters.contract import Delivers
from adapters.errors import Refused, Unavailable, Unknown
from tests.adapters.contract.subject import Subject, caught


class Fenced(Exception):
    pass


class DeliversSuite:
    """Needs the fixture `subject`."""

    @pytest.fixture
    def adapter(self, subject: Subject) -> Any:
        return subject.build()

    def test_says_that_it_delivers(self, adapter: Any) -> None:
        assert isinstance(adapter, Delivers)
        assert adapter.check_health().ok

    def test_one_delivery_one_effect_and_a_receipt(self, subject: Subject, adapter: Any) -> None:
        receipt = adapter.deliver(subject.delivery("d-plain"))
        assert subject.effects("d-plain") == 1
        assert bool(receipt.number) == subject.numbered
        assert subject.records("d-plain") == subject.steps[:-1], "the last is committed with the receipt"

    def test_a_finished_delivery_is_not_sent_again(self, subject: Subject, adapter: Any) -> None:
        first = adapter.deliver(subject.delivery("d-again"))
        subject.record("d-again", subject.steps[-1], first.taken)
        second = adapter.deliver(subject.delivery("d-again"))
        assert subject.effects("d-again") == 1
        assert second.number == first.number

    def test_asks_before_every_effect_whether_it_may(self, subject: Subject, adapter: Any) -> None:
        adapter.deliver(subject.delivery("d-mine"))
        assert subject.asked == len(subject.steps)

    def test_a_fenced_worker_sends_nothing(self, subject: Subject) -> None:
        def fence() -> None:
            raise Fenced

        subject.still_mine = fence  # type: ignore[method-assign]
        with pytest.raises(Fenced):
            subject.build().deliver(subject.delivery("d-fenced"))
        assert subject.effects("d-fenced") == 0

    def test_latency_is_borne(self, subject: Subject, adapter: Any) -> None:
        subject.fault("latency", ms=300)
        adapter.deliver(subject.delivery("d-slow"))
        assert subject.effects("d-slow") == 1

    def test_503_is_for_later(self, subject: Subject, adapter: Any) -> None:
        subject.fault("fail", status=503, retry_after=7)
        error = caught(lambda: adapter.deliver(subject.delivery("d-503")))
        assert isinstance(error, Unavailable)
        assert error.retry_after == 7
        assert subject.effects("d-503") == 0
        adapter.deliver(subject.delivery("d-503"))
        assert subject.effects("d-503") == 1

    def test_429_tells_when(self, subject: Subject, adapter: Any) -> None:
        subject.fault("too_many", retry_after=3)
        error = caught(lambda: adapter.deliver(subject.delivery("d-429")))
        assert isinstance(error, Unavailable)
        assert error.retry_after == 3

    def test_500_after_an_effect_is_not_known(self, subject: Subject, adapter: Any) -> None:
        subject.fault("fail", status=500)
        error = caught(lambda: adapter.deliver(subject.delivery("d-500")))
        assert isinstance(error, Unavailable if subject.idempotent else Unknown)

    def test_400_is_refused_with_its_code(self, subject: Subject, adapter: Any) -> None:
        subject.fault("fail", status=422)
        error = caught(lambda: adapter.deliver(subject.delivery("d-422")))
        assert isinstance(error, Refused)
        assert error.code == "422"

    def test_an_error_inside_a_200_is_no_success(self, subject: Subject, adapter: Any) -> None:
        subject.fault("error_body")
        error = caught(lambda: adapter.deliver(subject.delivery("d-200")))
        assert isinstance(error, Refused | Unavailable)
        assert subject.effects("d-200") == 0

    def test_a_reset_leaves_no_second_effect(self, subject: Subject, adapter: Any) -> None:
        subject.fault("reset")
        error = caught(lambda: adapter.deliver(subject.delivery("d-reset")))
        assert isinstance(error, Unavailable if subject.idempotent else Unknown)
        self.settle(subject, adapter, "d-reset")

    @pytest.mark.parametrize("fault", ["commit_then_timeout", "commit_then_reset", "malformed"])
    def test_a_lost_reply_is_not_known_and_makes_no_second_effect(
        self, subject: Subject, adapter: Any, fault: str
    ) -> None:
        more: dict[str, Any] = {"seconds": 5} if fault == "commit_then_timeout" else {}
        subject.fault(fault, **more)
        began = time.monotonic()
        error = caught(lambda: adapter.deliver(subject.delivery(f"d-{fault}")))
        assert time.monotonic() - began < 2.5, "the total deadline is 1.5 s"
        assert isinstance(error, Unavailable if subject.idempotent else Unknown)
        self.settle(subject, adapter, f"d-{fault}")

    def test_an_outage_passes(self, subject: Subject, adapter: Any) -> None:
        """A system that resets every connection after it took the request says nothing about the effect."""
        subject.control(outage=True)
        error = caught(lambda: adapter.deliver(subject.delivery("d-outage")))
        assert isinstance(error, Unavailable | Unknown)
        assert not adapter.check_health().ok
        subject.control(outage=False)
        self.settle(subject, adapter, "d-outage")

    def test_a_closed_port_is_for_later(self, subject: Subject) -> None:
        adapter = subject.build(base_url="http://127.0.0.1:9")
        error = caught(lambda: adapter.deliver(subject.delivery("d-closed")))
        assert isinstance(error, Unavailable)

    def settle(self, subject: Subject, adapter: Any, id: str) -> None:
        """What a worker does after it: ask if it can, send again if the answer is no."""
        if subject.finds and not subject.idempotent and adapter.find(subject.delivery(id)):
            assert subject.effects(id) == 1
        elif subject.finds or subject.idempotent:
            adapter.deliver(subject.delivery(id))
        assert subject.effects(id) <= 1
        if subject.finds or subject.idempotent:
            assert subject.effects(id) == 1


class StepsSuite:
    """For deliveries of several calls, beside DeliversSuite."""

    def test_the_second_step_is_resumed(self, subject: Subject, adapter: Any) -> None:
        subject.fault("fail", status=503, match=subject.steps[-1])
        caught(lambda: adapter.deliver(subject.delivery("d-resumed")))
        assert subject.records("d-resumed") == subject.steps[:-1]
        before = subject.recorded["d-resumed"][subject.steps[0]]
        adapter.deliver(subject.delivery("d-resumed"))
        assert subject.recorded["d-resumed"][subject.steps[0]] == before
        assert subject.effects("d-resumed") == 1

    def test_an_unknown_step_is_found_and_the_rest_follows(self, subject: Subject, adapter: Any) -> None:
        first = subject.steps[0]
        subject.fault("commit_then_reset")
        assert isinstance(caught(lambda: adapter.deliver(subject.delivery("d-part"))), Unknown)
        assert not subject.records("d-part")
        assert adapter.find(subject.delivery("d-part")) is None, "a part of it is not all of it"
        assert first in subject.recorded["d-part"]
        adapter.deliver(subject.delivery("d-part"))
        assert subject.effects("d-part") == 1
        assert subject.records("d-part") == subject.steps[:-1]
