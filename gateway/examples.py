"""Labelled texts from CSV files, and what a model learned from some is worth on others."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.pairs import BadFile, read_rows
from router.classifier.training import Example

#: Told by the text alone: knowing the theme would be knowing the answer.
FROM_TEXT_ALONE = ("theme", "category")
THEME = "theme"


def read_examples(path: Path, label: str, text: str) -> list[Example]:
    """Rows that have a label. BadFile."""
    rows = [row for _, row in read_rows(path, (text, label)) if row[label].strip()]
    if not rows:
        raise BadFile(f"{path}: no row has a value in the column {label!r}; label some texts first")
    uses_theme = label not in FROM_TEXT_ALONE
    return [
        Example(row[text], row[label].strip(), (f"{THEME}={row[THEME]}",) if uses_theme and row.get(THEME) else ())
        for row in rows
    ]


def judge_model(train_file: Path, test_file: Path, label: str, text: str) -> dict[str, Any]:
    """Measures of `router.classifier.measures.Quality`, and seconds, texts per second and MB. ValueError."""
    import numpy as np

    from router.classifier.measures import measure
    from router.classifier.model import Model
    from router.classifier.training import train

    known, asked = read_examples(train_file, label, text), read_examples(test_file, label, text)
    begun = time.perf_counter()
    content = train(known).dump()
    trained = time.perf_counter()
    model = Model.load(content)  # what a worker would read
    loaded = time.perf_counter()
    chances = np.array([model.weigh(each.text, each.known) for each in asked])
    ended = time.perf_counter()
    quality = asdict(measure([each.label for each in asked], model.labels, chances))
    return {
        **{name: round(value, 4) for name, value in quality.items()},
        "train_seconds": round(trained - begun, 2), "load_seconds": round(loaded - trained, 3),
        "texts_per_second": round(len(asked) / (ended - loaded)), "model_mb": round(len(content) / 1e6, 2),
        "trained_on": len(known), "texts": len(asked), "labels": len(model.labels),
    }  # fmt: skip
