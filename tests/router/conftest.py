import pytest

from router.policy import Policy
from tests.router.samples import load_policy


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy()
