"""Labelled texts from CSV files, and what a model learned from some is worth on others."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gateway.pairs import BadFile, read_rows
from gateway.primer import BUILT_IN, NONE, read_primer
from router.classifier.example import Example
from router.classifier.localities import list_localities
from router.classifier.primer import Topic

THEME, CATEGORY = "theme", "category"
#: Told by the text alone: knowing the theme would be knowing the answer.
FROM_TEXT_ALONE = (THEME, CATEGORY)
#: What else is known when another label is asked for, as far as the file has it.
KNOWN = (THEME, CATEGORY, "channel")


def read_examples(path: Path, label: str, text: str) -> list[Example]:
    """Rows that have a label. BadFile."""
    rows = [row for _, row in read_rows(path, (text, label)) if row[label].strip()]
    if not rows:
        raise BadFile(f"{path}: no row has a value in the column {label!r}; label some texts first")
    ages = _list_ages([row.get("channel", "") for row in rows])
    return [_make_example(row, label, text, age) for row, age in zip(rows, ages, strict=True)]


def _list_ages(channels: Sequence[str]) -> list[float]:
    """Rows stand in the order of time, within each channel at least."""
    sizes, met = Counter(channels), Counter[str]()
    ages = []
    for channel in channels:
        met[channel] += 1
        ages.append(1.0 - met[channel] / sizes[channel])
    return ages


def _make_example(row: dict[str, str], label: str, text: str, age: float) -> Example:
    if label in FROM_TEXT_ALONE:
        kind = row.get(CATEGORY, "").strip() if label == THEME else ""
        finer = row.get(THEME, "").strip() if label == CATEGORY else ""
        return Example(row[text], row[label].strip(), age=age, kind=kind, finer=finer)
    known = tuple(f"{name}={row[name]}" for name in KNOWN if row.get(name) and name != label)
    return Example(row[text], row[label].strip(), known, list_localities(row[text]), age)


def read_titles(path: Path, label: str) -> list[Example]:
    """The themes' own words as texts of the label that they mostly have: they know words that no resident wrote. Any
    other label is its own title: an office's name says of what, and of which place."""
    if label not in FROM_TEXT_ALONE:
        names = sorted({row[label].strip() for _, row in read_rows(path, (label,))} - {""})
        return [Example(name, name, places=list_localities(name), title=True) for name in names]
    named: dict[str, Counter[str]] = {}
    for _, row in read_rows(path, (label,)):
        if (title := row.get(THEME, "").strip()) and row[label].strip():
            named.setdefault(title, Counter())[row[label].strip()] += 1
    return [
        Example(title, found.most_common(1)[0][0], title=True, finer=title if label == CATEGORY else "")
        for title, found in named.items()
    ]


@dataclass(frozen=True, slots=True)
class Trial:
    """measures: see `judge_model`. right, sure: per text, whether the first guess is right, and its probability."""

    measures: dict[str, Any]
    right: Any
    sure: Any
    threshold: float


def choose_primer(which: str, label: str) -> list[Topic]:
    """What `gateway.primer` gives; for labels that are no topics nothing. BadFile."""
    if label in FROM_TEXT_ALONE:
        return read_primer(which)
    if which not in (BUILT_IN, NONE):
        raise BadFile(f"{which}: a primer is of topics, and {label!r} is none; leave --primer out")
    return []


def judge_model(train_file: Path, test_file: Path, label: str, text: str, primer: str) -> Trial:
    """Measures of `router.classifier.measures.Quality`, seconds, MB, and texts per second of one core. ValueError."""
    import numpy as np

    from router.classifier.measures import measure
    from router.classifier.model import Model
    from router.classifier.training import train

    begun = time.perf_counter()
    known = read_examples(train_file, label, text)
    content = train([*known, *read_titles(train_file, label)], choose_primer(primer, label)).dump()
    trained = time.perf_counter()
    model = Model.load(content)  # what a worker would read
    loaded, busy = time.perf_counter(), time.process_time()
    asked = read_examples(test_file, label, text)
    chances = np.array([model.weigh(each.text, each.known, each.places) for each in asked])
    busy = time.process_time() - busy
    truth = [each.label for each in asked]
    measures = {
        **{name: round(value, 4) for name, value in asdict(measure(truth, model.labels, chances)).items()},
        "train_seconds": round(trained - begun, 2), "load_seconds": round(loaded - trained, 3),
        "texts_per_second": round(len(asked) / busy), "model_mb": round(len(content) / 1e6, 2),
        "trained_on": len(known), "texts": len(asked), "labels": len(model.labels),
    }  # fmt: skip
    guessed = [model.labels[at] for at in chances.argmax(axis=1)]
    right = np.array([one == other for one, other in zip(guessed, truth, strict=True)])
    return Trial(measures, right, chances.max(axis=1), model.threshold)


def plot_trial(trial: Trial, path: Path) -> None:
    """Calibration, and precision by coverage, as PNG. Raises gateway.plot.NoPillow."""
    from gateway.plot import Curve, Panel, draw
    from router.classifier.measures import PRECISION, trace_calibration, trace_coverage

    covered = float((trial.sure >= trial.threshold).mean())
    draw([
        Panel("calibration", "promised probability", "right guesses", [
            Curve([(0, 0), (1, 1)], guide=True),
            Curve(trace_calibration(trial.right, trial.sure), "reached", dots=True),
        ]),
        Panel("the surest first", "share of texts labelled without asking", "right guesses", [
            Curve([(0, PRECISION), (1, PRECISION)], guide=True),
            Curve(trace_coverage(trial.right, trial.sure), "precision"),
            Curve([(covered, 0), (covered, 1)], "the model's threshold"),
        ]),
    ], path)  # fmt: skip
