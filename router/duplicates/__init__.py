"""Which appeals are about one problem: features, made in parallel, and a judgement over candidates."""

from router.duplicates.codec import VERSION, Unreadable
from router.duplicates.features import Features, make_features
from router.duplicates.judge import REPEAT, Candidate, Judgement, judge, pair_up
from router.duplicates.rules import Rules

__all__ = [
    "REPEAT", "VERSION", "Candidate", "Features", "Judgement", "Rules", "Unreadable", "judge", "make_features",
    "pair_up",
]  # fmt: skip
