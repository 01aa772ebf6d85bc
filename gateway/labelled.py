"""Judges labelled pairs as the workers judge an appeal against those of the ledger."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from gateway.pairs import BadFile, LabelledPair, Sample, read_pairs, read_samples
from router.duplicates import Candidate, Features
from router.duplicates.quality import Scored, draw_curve, trace_calibration
from router.duplicates.rules import Bar
from router.duplicates.signals import compare
from router.duplicates.tuning import Example
from router.policy import Policy


def read_labelled(pairs: Path, appeals: Sequence[Path]) -> tuple[list[LabelledPair], int, dict[str, Sample]]:
    """Agreed pairs, how many are not agreed on, and the appeals. BadFile also for a pair of an unknown appeal."""
    samples = read_samples(appeals)
    agreed, apart = read_pairs(pairs)
    missing = sorted({name for pair in agreed for name in (pair.one, pair.other) if name not in samples})
    if missing:
        raise BadFile(f"{pairs}: no appeal {', '.join(missing[:5])} in the --appeals files; name the file that has it")
    if not agreed:
        raise BadFile(f"{pairs}: no pair on which both readers agree; there is nothing to measure")
    return agreed, apart, samples


def judge_pairs(policy: Policy, pairs: Iterable[LabelledPair], samples: Mapping[str, Sample]) -> list[Scored]:
    """The second of each pair is the appeal that was there before."""
    read, scored = _remember(policy, samples), []
    for pair in pairs:
        old = Candidate(pair.other, pair.other, read(pair.other))
        score, judged = policy.weigh(read(pair.one), old), policy.judge(read(pair.one), [old])
        scored.append(Scored(pair.one, pair.other, pair.same, score, judged.outcome))
    return scored


def list_examples(policy: Policy, pairs: Iterable[LabelledPair], samples: Mapping[str, Sample]) -> list[Example]:
    """What weights are learned from."""
    read = _remember(policy, samples)
    return [Example(p.one, p.other, compare(read(p.one), read(p.other)), p.same) for p in pairs]


def plot_pairs(scored: Sequence[Scored], bar: Bar, path: Path) -> None:
    """Precision by recall, and calibration, as PNG. Raises gateway.plot.NoPillow; OSError when it cannot be written."""
    from gateway.plot import Curve, Panel, draw

    curve = draw_curve(scored)
    draw([
        Panel("precision and recall", "recall", "precision", [
            Curve([(0, 0.95), (1, 0.95)], guide=True),
            Curve([(point.recall, point.precision) for point in curve], "over all thresholds"),
        ]),
        Panel("calibration", "promised probability", "pairs that are the same", [
            Curve([(0, 0), (1, 1)], guide=True),
            Curve(trace_calibration(scored), "reached", dots=True),
            Curve([(bar.suggest, 0), (bar.suggest, 1)], "suggest"),
            Curve([(bar.join, 0), (bar.join, 1)], "join"),
        ]),
    ], path)  # fmt: skip


def _remember(policy: Policy, samples: Mapping[str, Sample]) -> Callable[[str], Features]:
    known: dict[str, Features] = {}

    def read(name: str) -> Features:
        if name not in known:
            known[name] = make_features(policy, samples[name])
        return known[name]

    return read


def make_features(policy: Policy, sample: Sample) -> Features:
    return policy.make_features(policy.enrich(sample.appeal, sample.system), sample.system)
