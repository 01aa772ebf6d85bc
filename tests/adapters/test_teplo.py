"""A recipient of forms that calls back with signed forms, behind OAuth2: by YAML alone."""

import hashlib
import hmac
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from adapters.contract import Request
from adapters.errors import Unverified
from stand.server import Stand
from tests.adapters.contract.delivers import DeliversSuite
from tests.adapters.contract.finds import FindsSuite
from tests.adapters.contract.listens import Gateway, ListensSuite
from tests.adapters.contract.subject import Subject, caught


class Teplo(Subject):
    system = "teplo"
    effect = "POST /teplo/zayavka"


@pytest.fixture
def subject(stand: Stand) -> Iterator[Subject]:
    made = Teplo(stand)
    made.control(delay=[0.05, 0.1], early=0)
    yield made
    made.close()


class TestTeplo(DeliversSuite, FindsSuite, ListensSuite):
    def provoke(self, subject: Any, listener: Any, id: str) -> None:
        listener.deliver(subject.delivery(id))

    def sign(self, subject: Any, request: Request) -> Request:
        return sign(subject, request, time.time())

    def test_a_replayed_call_is_turned_away(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        request, _ = self.first(subject, listener, gateway, "l-old")
        for moment in (time.time() - 400, time.time() + 400):
            old = sign(subject, request, moment)
            assert isinstance(caught(partial(listener.read, old)), Unverified)
        assert listener.read(sign(subject, request, time.time() - 200)).documents

    def test_a_clock_that_is_wrong_is_turned_away(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        subject.control(clock_skew=3600)
        _, error = self.first(subject, listener, gateway, "l-skew")
        assert isinstance(error, Unverified)
        assert "clock" in str(error)

    def test_a_token_that_ends_is_renewed_once(self, subject: Any) -> None:
        adapter = subject.build()
        adapter.deliver(subject.delivery("t-1"))
        subject.control(token_seconds=0)  # the tokens given so far end at once, and so does every new one
        error = caught(lambda: adapter.deliver(subject.delivery("t-2")))
        assert "even after logging in again" in str(error)
        subject.control(token_seconds=60)
        adapter.deliver(subject.delivery("t-2"))
        assert subject.effects("t-2") == 1

    def test_an_answer_may_overtake_its_receipt(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        subject.control(early=1)
        receipt = listener.deliver(subject.delivery("t-early"))
        told = [document for reception in gateway.receptions() for document in reception.documents]
        assert receipt.number in {document.external_id for document in told}


def sign(subject: Any, request: Request, moment: float) -> Request:
    stamp = str(int(moment))
    key = subject.secrets["TEPLO_SIGNING_KEY"].encode()
    made = hmac.new(key, stamp.encode() + b"\n" + request.body, hashlib.sha256).hexdigest()
    return replace(request, headers={**request.headers} | {"x-teplo-time": stamp, "x-teplo-sign": made})
