"""The suite that every delivering adapter passes, on SMEV: a ministry behind the exchange takes the deliveries."""

from collections.abc import Iterator

import pytest

from stand.server import Stand
from stand.smev.signature import Signer
from tests.adapters.contract.delivers import DeliversSuite
from tests.adapters.test_smev import Ministry, drain, signer

__all__ = ["signer"]


@pytest.fixture
def subject(stand: Stand, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ministry]:
    for name, value in stand.environment().items():
        monkeypatch.setenv(name, value)
    made = Ministry(stand, signer)
    drain(made.build())
    yield made
    made.close()


class TestDelivers(DeliversSuite):
    pass
