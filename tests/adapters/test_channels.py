"""Three channels of different forms, by YAML alone: signed JSON, forms with a token, XML put in its place."""

import hashlib
import hmac
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.contract import Request
from stand.server import Stand
from tests.adapters.contract.delivers import DeliversSuite
from tests.adapters.contract.finds import FindsSuite
from tests.adapters.contract.listens import Gateway, ListensSuite
from tests.adapters.contract.subject import ChannelSubject


class CityApp(ChannelSubject):
    system = "city_app"
    idempotent = True
    finds = False


class Hotline(ChannelSubject):
    system = "hotline"


class Portal(ChannelSubject):
    system = "portal"
    idempotent = True
    finds = False
    effect = "PUT"


class Channel:
    kind: type[ChannelSubject]

    @pytest.fixture
    def subject(self, stand: Stand, gateway: Gateway) -> Iterator[ChannelSubject]:
        made = self.kind(stand)
        gateway.reads.setdefault(made.system, made.build().read)
        yield made
        made.close()


class TestCityApp(Channel, DeliversSuite, ListensSuite):
    kind = CityApp

    def sign(self, subject: Any, request: Request) -> Request:
        stamp, key = str(int(time.time())), subject.secrets["CITY_APP_SIGNING_KEY"].encode()
        made = hmac.new(key, stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
        signed = {"x-app-timestamp": stamp, "x-app-signature": f"sha256={made}"}
        return replace(request, headers={**request.headers} | signed)

    def test_the_event_id_is_the_revision(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        _, reception = self.first(subject, listener, gateway, "l-event")
        assert reception.documents[0].revision == "created:l-event"

    def test_an_event_that_nobody_wants_is_kept(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        request, _ = self.first(subject, listener, gateway, "l-odd")
        odd = self.sign(subject, replace(request, body=b'{"event": "appeal.liked", "event_id": "9"}'))
        (document,) = listener.read(odd).documents
        assert document.fault == "no kind of document takes it"


class TestHotline(Channel, DeliversSuite, FindsSuite, ListensSuite):
    kind = Hotline


class TestPortal(Channel, DeliversSuite, ListensSuite):
    kind = Portal
