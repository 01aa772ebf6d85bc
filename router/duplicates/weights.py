"""How much each signal counts: a logistic sum, chosen by `tsur tune duplicates` and written in duplicates.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp

from router.duplicates.signals import NAMES, Signals

_FLAT = 30.0  # beyond it the probability is 0 or 1
_SHIPPED = {"thing": 1.0, "words": 2.7, "common": 1.9, "place_thing": 3.0, "place_fault": 1.8, "place_words": 1.6}


@dataclass(frozen=True, slots=True)
class Weights:
    """`base`: what two appeals with nothing in common begin with, far below 0. The rest by signal's name, 0 or more."""

    base: float = -4.5
    of: Mapping[str, float] = field(default_factory=lambda: dict(_SHIPPED))

    def weigh(self, signals: Signals) -> float:
        """How probable one problem is, 0 to 1, among pairs like those that were labelled."""
        total = self.base + sum([self.of[name] * value for name, value in zip(NAMES, signals, strict=True)])
        return 1 / (1 + exp(-max(-_FLAT, min(_FLAT, total))))
