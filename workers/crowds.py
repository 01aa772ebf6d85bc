"""Many residents of one municipality write of one topic: a mass event is proposed at the desk, for a person to open."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import orjson

from ledger import desk_list, events, lanes
from ledger.events import Surge
from ledger.store import Tx
from router.crowds import CrowdRules
from workers.indexed import read_features
from workers.runtime import Runtime

#: Of a surge so many appeals, the newest, are looked at for their houses.
LOOKED_AT = 5000
EVERY_MS = 60_000


@dataclass(frozen=True, slots=True)
class Crowd:
    """Numbers only. `emergencies`: appeals about life in the same place and time; they belong to no event."""

    topic: str
    oktmo: str
    since: int  # ms
    appeals: int
    people: int
    houses: int
    emergencies: int

    @property
    def subject(self) -> str:
        return f"{self.oktmo}/{self.topic}"


def watch(runtime: Runtime) -> int:
    """Once a minute."""
    lease, rules = runtime.lease, runtime.site().policy.crowds
    with runtime.store.write(lease) as tx:
        if not lanes.claim_tick(tx, lease, "crowds"):
            return 0
        if rules.enabled:
            for crowd in find_crowds(tx, rules):
                _propose(tx, rules, crowd)
        lanes.end_tick(tx, lease, "crowds", EVERY_MS)
    return 0


def find_crowds(tx: Tx, rules: CrowdRules, least: int | None = None) -> list[Crowd]:
    """What is a crowd by the rules; with `least` all that at least so many residents write of."""
    since = tx.now - _to_ms(rules.window)
    found = [
        _look_at(tx, surge, since)
        for surge in events.find_surges(tx, since, rules.people if least is None else least)
    ]  # fmt: skip
    return [c for c in found if least is not None or rules.is_crowd(c.topic, c.people, c.houses)]


def _look_at(tx: Tx, surge: Surge, since: int) -> Crowd:
    houses: set[int] = set()
    for blob in events.list_features(tx, surge, since, LOOKED_AT):
        if (features := read_features(blob)) is not None:
            houses.update(features.yards[:1])
    threats = events.count_emergencies(tx, surge.oktmo, since)
    return Crowd(surge.topic, surge.oktmo, since, surge.appeals, surge.people, len(houses), threats)


def _propose(tx: Tx, rules: CrowdRules, crowd: Crowd) -> None:
    if events.find_open(tx).get((crowd.topic, crowd.oktmo)):
        return
    evidence = orjson.dumps(asdict(crowd)).decode()
    known = desk_list.get(tx, crowd.subject)
    if known is not None and known.open:
        desk_list.renew(tx, known.id, evidence)
    elif known is None or _is_asked_again(rules, known, crowd, tx.now):
        desk_list.add(tx, "event", crowd.subject, "", "many_residents", evidence, urgency=1)


def _is_asked_again(rules: CrowdRules, known: Any, crowd: Crowd, now: int) -> bool:
    if known.evidence is None:  # past its retention
        return True
    before = int(orjson.loads(known.evidence)["people"])
    return now - int(known.closed_at) >= _to_ms(rules.ask_again) or crowd.people >= 2 * before


def _to_ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
