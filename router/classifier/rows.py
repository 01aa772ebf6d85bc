"""Texts as rows of numbers, all texts at once; needs scipy."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from router.classifier.grams import AT_LEAST, Marks
from router.classifier.model import join_rows
from router.classifier.vocabulary import Vocabulary


def tabulate(texts: Iterable[tuple[Marks, ...]]) -> tuple[list[Vocabulary], Any]:
    """From the marks of each: what marks are known, and the sparse table with a row per text."""
    from scipy.sparse import csr_array

    marks = list(texts)
    vocabularies = [Vocabulary.collect([row[n] for row in marks], least) for n, least in enumerate(AT_LEAST)]
    widths = [len(v.marks) for v in vocabularies]
    rows = [join_rows([v.weigh(m) for v, m in zip(vocabularies, row, strict=True)], widths) for row in marks]
    ends = np.concatenate(([0], np.cumsum([len(at) for at, _ in rows])))
    columns, values = np.concatenate([at for at, _ in rows]), np.concatenate([v for _, v in rows])
    return vocabularies, csr_array((values, columns, ends), shape=(len(rows), sum(widths)))
