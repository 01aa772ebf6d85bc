"""Training: from labelled texts, the labels' titles and the primer to a model.

The certainty comes from the scores that each text gets from all the others. Where practice changes
(who is responsible, rather than what it is about), what the youngest texts would have got from the older ones says how
fast old examples lose their weight. Needs scipy, which the extra `topics` brings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.classifier.certainty import Certainty, Matrix
from router.classifier.course import plan_course
from router.classifier.example import BadExamples, Example
from router.classifier.finer import add_finer
from router.classifier.model import Model
from router.classifier.primer import Topic
from router.classifier.ridge import Task, rate, solve

#: Tried on the youngest texts: after which share of the history an example weighs half.
HALF_LIVES = (float("inf"), 0.3, 0.1, 0.05)
#: Strength of the ridge: where old examples count as much as new ones, and where they lose weight, so that fewer speak.
STRENGTH, STRENGTH_OF_FEW = 3.0, 1.0
#: The share of the history that judges half-lives, and by how much (see `rate`) a shorter one must be better: what a
#: few hundred texts can tell.
YOUNGEST, BETTER = 0.2, 0.03
#: Texts that the dual form can hold in memory (a square matrix of them); the newest are used.
MOST_TEXTS = 8_000
#: Fewer texts judge nothing.
FEWEST_YOUNG = 50


@dataclass(frozen=True, slots=True)
class _Learned:
    """pull: how each text pulls towards each label. honest: what the texts that judge got from the others. truth: their
    labels."""

    pull: Matrix
    honest: Matrix
    truth: NDArray[np.intp]


def train(examples: Sequence[Example], primer: Sequence[Topic] = ()) -> Model:
    """Raises BadExamples."""
    texts = [each for each in examples if each.label and not each.title][-MOST_TEXTS:]
    labels = sorted({each.label for each in texts})
    if len(labels) < 2:
        raise BadExamples(f"{len(texts)} labelled texts with {len(labels)} label; at least two labels are needed")
    titles = [each for each in examples if each.title and each.label in set(labels)]
    course = plan_course([*texts, *titles], labels, primer)
    if not course.table[: len(texts)].nnz:
        raise BadExamples("no word stands in two texts; is this the column with the texts?")
    half_life = _find_half_life(course.tasks[-1])
    *finer, whole = [_learn(task, half_life) for task in course.tasks]
    honest = add_finer(whole.honest, finer[0].honest if finer else whole.honest, course.starts)
    pull = np.hstack([each.pull for each in (*finer, whole)])
    weights = course.table.T @ pull
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-12) / 127
    return Model(
        labels, course.vocabularies, np.round(weights / scale).astype(np.int8), scale.astype(np.float32),
        pull.sum(axis=0).astype(np.float32), course.starts, Certainty.fit(honest, whole.truth),
    )  # fmt: skip


def _learn(task: Task, half_life: float) -> _Learned:
    """Where old examples lose weight, the youngest texts judge, else all: each by what the others teach."""
    if half_life != HALF_LIVES[0]:
        young, old = _part(task)
        foreseen = task.alike[np.ix_(young, old)] @ solve(task.take(old), half_life, STRENGTH_OF_FEW)[0]
        return _Learned(solve(task, half_life, STRENGTH_OF_FEW)[0], foreseen, task.truth[young])
    pull, honest = solve(task, half_life, STRENGTH)
    judged = np.flatnonzero(task.lesson == 0)
    return _Learned(pull, honest[judged], task.truth[judged])


def _find_half_life(task: Task) -> float:
    young, old = _part(task)
    if min(len(young), len(old)) < FEWEST_YOUNG:
        return HALF_LIVES[0]
    past, near, truth = task.take(old), task.alike[np.ix_(young, old)], task.truth[young]
    worth = {half: rate(truth, near @ solve(past, half, STRENGTH_OF_FEW)[0]) for half in HALF_LIVES}
    return max(half for half in HALF_LIVES if worth[half] >= max(worth.values()) - BETTER)


def _part(task: Task) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The youngest texts, and all that teaches besides."""
    young = (task.lesson == 0) & (task.age < YOUNGEST)
    return np.flatnonzero(young), np.flatnonzero(~young)
