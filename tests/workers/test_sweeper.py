"""The sweeper compiles no mapping, and tells all the same which configuration is active."""

from ledger import leases
from tests.workers.talk import Talk
from workers.sweeper import sweep


def test_the_sweeper_tells_which_configuration_is_active(talk: Talk) -> None:
    runtime = talk.runtime
    assert runtime._site is None
    sweep(runtime, 0, b"a" * 32)
    leases.beat(runtime.store, runtime.lease, runtime.config)
    with runtime.store.read() as tx:
        (row,) = leases.list_alive(tx)
    assert row["config"] == runtime.site().hash
