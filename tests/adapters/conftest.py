"""One set of stands for all adapters' tests of a module, and a gateway for their webhooks."""

from collections.abc import Iterator

import pytest

from stand.server import Stand, start
from tests.adapters.contract.listens import Gateway, serve


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    yield from serve(Gateway())


@pytest.fixture(scope="module")
def stand(gateway: Gateway) -> Iterator[Stand]:
    with start(gateway=gateway.url) as running:
        yield running
