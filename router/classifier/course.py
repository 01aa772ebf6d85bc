"""Everything that teaches a model, side by side: labelled texts, the labels' titles, what the primer says of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.classifier.certainty import Matrix
from router.classifier.example import Example
from router.classifier.finer import order_finer
from router.classifier.grams import mark
from router.classifier.primer import NOTHING, WEIGHT, Topic, find_labels
from router.classifier.ridge import Task
from router.classifier.rows import tabulate
from router.classifier.vocabulary import Vocabulary

#: A label's own title teaches as much as so many texts.
TITLE_WEIGHT = 6.0
#: So much of a text speaks for each other label of its kind too: the three likeliest come from the right branch.
KINSHIP = 0.1


@dataclass(frozen=True, slots=True)
class Course:
    """table: a row of marks per text. tasks: that of the finer labels first, where there are any. starts: where each
    label's finer ones begin, in their order."""

    vocabularies: Sequence[Vocabulary]
    table: Any
    tasks: Sequence[Task]
    starts: NDArray[np.intp]


def plan_course(examples: Sequence[Example], labels: Sequence[str], primer: Sequence[Topic]) -> Course:
    """What the primer says of none of these labels is left out."""
    said = [(number, text) for number, topic in enumerate(primer) for text in topic.list_lessons()]
    marks = [mark(each.text, each.known, each.places) for each in examples]
    vocabularies, table = tabulate([*marks, *(mark(text) for _, text in said)])
    alike = (table @ table.T).toarray().astype(np.float64) + 1.0
    label_of = _find_labels_of(examples)
    names, starts = order_finer(label_of, labels)
    fine = np.array([names.index(each.finer or each.label) for each in examples], np.intp)
    lesson = np.array([TITLE_WEIGHT if each.title else 0.0 for each in examples])
    taught = _find_taught(alike, [number for number, _ in said], fine, lesson)
    used = np.concatenate([np.arange(len(examples)), len(examples) + np.flatnonzero(taught != NOTHING)])
    taught = taught[taught != NOTHING]
    alike = alike[np.ix_(used, used)]  # the largest by far: the tasks share it
    age = np.concatenate([[each.age for each in examples], np.zeros(len(taught))])
    lesson = np.concatenate([lesson, np.full(len(taught), WEIGHT)])

    def set_task(truth: Iterable[int], names: Sequence[str], kinds: Mapping[str, str]) -> Task:
        return Task(alike, np.array([*truth], np.intp), age, lesson, _relate(names, kinds))

    of = [labels.index(label_of[name]) for name in names]
    whole = set_task(
        [*(labels.index(each.label) for each in examples), *(of[at] for at in taught)], labels,
        {each.label: each.kind for each in examples if each.kind},
    )  # fmt: skip
    finer = [] if names == labels else [set_task([*fine, *taught], names, label_of)]
    return Course(vocabularies, table[used], [*finer, whole], starts if finer else starts[:0])


def _find_labels_of(examples: Iterable[Example]) -> dict[str, str]:
    """Finer label → the label that its texts mostly have."""
    met: dict[str, Counter[str]] = {}
    for each in examples:
        met.setdefault(each.finer or each.label, Counter())[each.label] += 1
    return {name: found.most_common(1)[0][0] for name, found in met.items()}


def _find_taught(alike: Matrix, topics: Sequence[int], truth: NDArray[np.intp], lesson: Matrix) -> NDArray[np.intp]:
    """Per lesson the label that it teaches, or NOTHING."""
    if not topics:
        return np.empty(0, np.intp)
    return find_labels(alike, np.array(topics), truth, np.where(lesson > 0, lesson, 1.0))[topics]


def _relate(labels: Sequence[str], kind_of: Mapping[str, str]) -> Matrix:
    """What a text of one label should get in each."""
    kinds = np.array([kind_of.get(label, f"only {label}") for label in labels])
    alike: Matrix = np.where(kinds[:, None] == kinds, KINSHIP, 0.0)
    np.fill_diagonal(alike, 1.0)
    return alike
