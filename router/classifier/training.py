"""Training: ridge regression towards each label, rare labels weighing more.

Solved over texts, not marks (the dual form): with some thousands of texts that takes seconds, and what each text would
have got without itself follows from the solution. From those honest scores come strength, sharpness and threshold.
Needs scipy, which the extra `topics` brings.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.classifier.grams import mark
from router.classifier.measures import weighted_f1
from router.classifier.model import NEVER, Model, join_rows, soften
from router.classifier.vocabulary import Vocabulary

Matrix = NDArray[np.float64]

#: Tried in turn: strength of the ridge, and how much more rare labels weigh (0: not at all, 1: as much as all others).
STRENGTHS, EVENNESS = (0.1, 0.3, 1.0), (0.0, 0.5, 1.0)
#: Texts that the dual form can hold in memory (a square matrix of them); the newest are used.
MOST_TEXTS = 12_000
PRECISION = 0.95
#: A threshold that fewer texts support is chance.
FEWEST_SURE = 10


class BadExamples(ValueError):
    """Says what is wrong with the labelled texts and what to do."""


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    label: str
    known: Sequence[str] = ()


def train(examples: Sequence[Example]) -> Model:
    """Raises BadExamples."""
    examples = [each for each in examples if each.label][-MOST_TEXTS:]
    labels = sorted({each.label for each in examples})
    if len(labels) < 2:
        raise BadExamples(f"{len(examples)} labelled texts with {len(labels)} label; at least two labels are needed")
    vocabularies, table = _tabulate(examples)
    truth = np.array([labels.index(each.label) for each in examples])
    weights, offset, honest = _solve_best(table, truth, len(labels))
    sharpness = _sharpen(honest, truth)
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-12) / 127
    return Model(
        labels, vocabularies, np.round(weights / scale).astype(np.int8), scale.astype(np.float32),
        offset.astype(np.float32), sharpness, _find_threshold(soften(honest.astype(np.float32), sharpness), truth),
    )  # fmt: skip


def _tabulate(examples: Sequence[Example]) -> tuple[list[Vocabulary], Any]:
    from scipy.sparse import csr_array

    marks = [mark(each.text, each.known) for each in examples]
    vocabularies = [Vocabulary.collect([row[n] for row in marks], at_least=2) for n in range(3)]
    widths = [len(v.marks) for v in vocabularies]
    rows = [join_rows([v.weigh(m) for v, m in zip(vocabularies, row, strict=True)], widths) for row in marks]
    ends = np.concatenate(([0], np.cumsum([len(at) for at, _ in rows])))
    columns, values = np.concatenate([at for at, _ in rows]), np.concatenate([v for _, v in rows])
    return vocabularies, csr_array((values, columns, ends), shape=(len(rows), sum(widths)))


def _solve_best(table: Any, truth: NDArray[np.intp], labels: int) -> tuple[Matrix, Matrix, Matrix]:
    """Weights, offsets, and the scores that each text gets from all the others; by the best of those."""
    alike = (table @ table.T).toarray().astype(np.float64) + 1.0
    wanted = np.eye(labels)[truth]
    counts = np.array([Counter(truth.tolist())[label] for label in range(labels)])
    best: tuple[float, Matrix, Matrix] | None = None
    for evenness in EVENNESS:
        importance = (len(truth) / (labels * counts[truth])) ** evenness
        for strength in STRENGTHS:
            inverse = np.linalg.inv(alike + np.diag(strength / importance))
            pull = inverse @ wanted
            honest = wanted - pull / np.diag(inverse)[:, None]
            quality = weighted_f1(truth, honest.argmax(axis=1))
            if best is None or quality > best[0]:
                best = quality, pull, honest
    assert best is not None  # noqa: S101  (the lists are not empty)
    _, pull, honest = best
    return table.T @ pull, pull.sum(axis=0), honest


def _sharpen(honest: Matrix, truth: NDArray[np.intp]) -> float:
    """The sharpness under which what came true was likeliest."""

    def surprise(sharpness: float) -> float:
        chances = soften(honest.astype(np.float32), sharpness)[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    return min((float(value) for value in np.geomspace(1, 60, 60)), key=surprise)


def _find_threshold(chances: Matrix, truth: NDArray[np.intp]) -> float:
    sure = chances.max(axis=1)
    order = np.argsort(-sure)
    right = np.cumsum(chances.argmax(axis=1)[order] == truth[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(right >= PRECISION)
    return float(sure[order][good[-1]]) if len(good) and good[-1] + 1 >= FEWEST_SURE else NEVER
