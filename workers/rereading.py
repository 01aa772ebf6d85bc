"""Features that an older release wrote are made anew from their appeals, so that like is compared with like.

A release that reads streets or words otherwise finds the older appeals by few keys, until this ran once over them.
"""

from collections.abc import Sequence
from typing import Any

import structlog

from canonical.appeal import Appeal
from ledger import candidates, cases
from ledger.store import DECIDE, Tx
from ledger.vault import Sealed
from router.duplicates import VERSION, Features
from router.policy import Policy
from workers.runtime import Runtime
from workers.think import list_marks
from workers.ticks import ticking

log = structlog.get_logger()
PAGE = 200
DAY_MS = 86_400_000


def reread(runtime: Runtime) -> int:
    """Once a day; there is nothing to do but after an upgrade. Appeals that are too old to be joined stay."""
    with ticking(runtime, runtime.lease, "reread", DAY_MS) as tick:
        policy = runtime.site().policy if tick.mine else None
        last = ""
        while policy is not None and policy.compares and (page := _find(runtime, policy, last)):
            _renew(runtime, policy, page)
            last = page[-1].id
            if runtime.stopping:
                tick.pause_ms = 0
                break
    return 0


def _find(runtime: Runtime, policy: Policy, last: str) -> Sequence[Any]:
    with runtime.store.read() as tx:
        since = tx.now - round(policy.duplicates.window.total_seconds() * 1000)
        return candidates.find_outdated(tx, VERSION, since, last, PAGE)


def _renew(runtime: Runtime, policy: Policy, page: Sequence[Any]) -> None:
    with runtime.store.read() as tx:
        opened = [(row, content) for row in page if (content := _open(tx, row)) is not None]
    made = [(row, _make(runtime, policy, row, content)) for row, content in opened]
    with runtime.store.write(runtime.lease, lock=DECIDE) as tx:
        for row, features in made:
            keys = features.keys if policy.duplicates.enabled else ()
            candidates.renew(tx, row, features.dump(), keys)


def _open(tx: Tx, row: Any) -> Appeal | None:
    """None for one that no key of ours opens: it holds no other up."""
    try:
        return cases.open_appeal(tx, row)
    except Sealed as error:
        log.warning("reread.sealed", appeal=row.id, error=type(error).__name__)
        return None


def _make(runtime: Runtime, policy: Policy, row: Any, content: Any) -> Features:
    vault = runtime.store.vault
    marks = list_marks(content.applicant, row.system, row.person, row.phone, row.email)
    return policy.make_features(content, row.system, marks, vault.feature_key)
