"""Training: ridge regression towards each label, rare labels weighing more.

Solved over texts, not marks (the dual form): with some thousands of texts that takes seconds, and what each text would
have got without itself follows from the solution. From those honest scores come strength, evenness and certainty.
Where practice changes (who is responsible, rather than what it is about), what the youngest texts would have got from
the older ones says how fast old examples lose their weight.
Needs scipy, which the extra `topics` brings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.classifier.certainty import Certainty, Matrix
from router.classifier.grams import SHARES, mark
from router.classifier.measures import hits_top3, weighted_f1
from router.classifier.model import Model, join_rows
from router.classifier.vocabulary import Vocabulary

#: Tried in turn: strength of the ridge, and how much more rare labels weigh (0: not at all, 1: as much as all others).
STRENGTHS, EVENNESS = (0.3, 1.0, 2.0), (0.0, 0.5, 0.75)
#: Tried on the youngest texts: after which share of the history an example weighs half.
HALF_LIVES = (float("inf"), 0.3, 0.1, 0.05)
#: With which strength and evenness they are tried, and used.
PLAIN = (1.0, 0.5)
#: The share of the history that judges half-lives, and by how much (see `_rate`) a shorter one must be better: what a
#: few hundred texts can tell.
YOUNGEST, BETTER = 0.2, 0.03
#: Texts that the dual form can hold in memory (a square matrix of them); the newest are used.
MOST_TEXTS = 8_000
#: Fewer texts judge nothing.
FEWEST_YOUNG = 50
#: A label's own title teaches as much as so many texts.
TITLE_WEIGHT = 3.0
#: So much of a text speaks for each other label of its kind too: the three likeliest come from the right branch.
KINSHIP = 0.1


class BadExamples(ValueError):
    """Says what is wrong with the labelled texts and what to do."""


@dataclass(frozen=True, slots=True)
class Example:
    """age: the share of its channel's history that is younger, 0 to 1. title: not a resident's text but the label's own
    words; it teaches, and is never judged. kind: what the label is one of (a theme's category), where that is known."""

    text: str
    label: str
    known: Sequence[str] = ()
    places: Sequence[str] = ()
    age: float = 0.0
    title: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Task:
    alike: Matrix  # of each two examples
    truth: NDArray[np.intp]
    age: Matrix
    title: NDArray[np.bool_]
    wanted: Matrix  # a row per label: what its texts should get in each label

    def take(self, chosen: NDArray[np.intp]) -> "_Task":
        alike = self.alike[np.ix_(chosen, chosen)]
        return _Task(alike, self.truth[chosen], self.age[chosen], self.title[chosen], self.wanted)

    def weigh(self, half_life: float, evenness: float) -> Matrix:
        weight: Matrix = np.where(self.title, TITLE_WEIGHT, 0.5 ** (self.age / half_life))
        per_label = np.bincount(self.truth, weights=weight, minlength=len(self.wanted))[self.truth]
        weight *= (weight.sum() / (len(self.wanted) * per_label)) ** evenness
        weight /= weight.mean()
        return weight


def train(examples: Sequence[Example]) -> Model:
    """Raises BadExamples."""
    texts = [each for each in examples if each.label and not each.title][-MOST_TEXTS:]
    labels = sorted({each.label for each in texts})
    if len(labels) < 2:
        raise BadExamples(f"{len(texts)} labelled texts with {len(labels)} label; at least two labels are needed")
    used = [*texts, *(each for each in examples if each.title and each.label in set(labels))]
    vocabularies, table = _tabulate(used)
    if not table.nnz:
        raise BadExamples("no word stands in two texts; is this the column with the texts?")
    task = _Task(
        (table @ table.T).toarray().astype(np.float64) + 1.0, np.array([labels.index(each.label) for each in used]),
        np.array([each.age for each in used]), np.array([each.title for each in used]), _relate(labels, used),
    )  # fmt: skip
    half_life, foreseen = _find_half_life(task)
    pull, honest = _solve(task, half_life, *PLAIN) if foreseen else _solve_best(task, half_life)
    judged = np.flatnonzero(~task.title)
    weights = table.T @ pull
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-12) / 127
    return Model(
        labels, vocabularies, np.round(weights / scale).astype(np.int8), scale.astype(np.float32),
        pull.sum(axis=0).astype(np.float32), Certainty.fit(*(foreseen or (honest[judged], task.truth[judged]))),
    )  # fmt: skip


def _relate(labels: Sequence[str], examples: Sequence[Example]) -> Matrix:
    """What a text of one label should get in each."""
    kind_of = {each.label: each.kind for each in examples if each.kind}
    kinds = np.array([kind_of.get(label, f"only {label}") for label in labels])
    alike: Matrix = np.where(kinds[:, None] == kinds, KINSHIP, 0.0)
    np.fill_diagonal(alike, 1.0)
    return alike


def _tabulate(examples: Sequence[Example]) -> tuple[list[Vocabulary], Any]:
    from scipy.sparse import csr_array

    marks = [mark(each.text, each.known, each.places) for each in examples]
    vocabularies = [Vocabulary.collect([row[n] for row in marks], at_least=2) for n in range(len(SHARES))]
    widths = [len(v.marks) for v in vocabularies]
    rows = [join_rows([v.weigh(m) for v, m in zip(vocabularies, row, strict=True)], widths) for row in marks]
    ends = np.concatenate(([0], np.cumsum([len(at) for at, _ in rows])))
    columns, values = np.concatenate([at for at, _ in rows]), np.concatenate([v for _, v in rows])
    return vocabularies, csr_array((values, columns, ends), shape=(len(rows), sum(widths)))


def _find_half_life(task: _Task) -> tuple[float, tuple[Matrix, NDArray[np.intp]] | None]:
    """And, where old examples lose weight, the scores of the youngest texts by the older ones, with their labels."""
    young = np.flatnonzero(~task.title & (task.age < YOUNGEST))
    old = np.flatnonzero(task.title | (task.age >= YOUNGEST))
    if min(len(young), len(old)) < FEWEST_YOUNG:
        return HALF_LIVES[0], None
    past, near = task.take(old), task.alike[np.ix_(young, old)]
    scores = {half: near @ _solve(past, half, *PLAIN)[0] for half in HALF_LIVES}
    worth = {half: _rate(task.truth[young], found) for half, found in scores.items()}
    best = max(half for half in HALF_LIVES if worth[half] >= max(worth.values()) - BETTER)
    return best, None if best == HALF_LIVES[0] else (scores[best], task.truth[young])


def _solve_best(task: _Task, half_life: float) -> tuple[Matrix, Matrix]:
    """How each example pulls towards each label, and the scores that each gets from all the others; by the best."""
    found = [_solve(task, half_life, strength, evenness) for evenness in EVENNESS for strength in STRENGTHS]
    judged = ~task.title
    return max(found, key=lambda one: _rate(task.truth[judged], one[1][judged]))


def _rate(truth: NDArray[np.intp], scores: Matrix) -> float:
    """By the first guesses and the first three alike: one is acted upon, the others are shown to a person."""
    return weighted_f1(truth, scores.argmax(axis=1)) + float(hits_top3(truth, scores).mean())


def _solve(task: _Task, half_life: float, strength: float, evenness: float) -> tuple[Matrix, Matrix]:
    inverse = np.linalg.inv(task.alike + np.diag(strength / task.weigh(half_life, evenness)))
    wanted = task.wanted[task.truth]
    pull: Matrix = inverse @ wanted
    honest: Matrix = wanted - pull / np.diag(inverse)[:, None]
    return pull, honest
