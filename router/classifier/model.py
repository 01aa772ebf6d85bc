"""A trained model: from a text to its likely topics, and its form as a file."""

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from router.classifier.grams import mark
from router.classifier.vocabulary import Row, Vocabulary

VERSION = 1
#: A confidence that nothing reaches: such a model always asks a person.
NEVER = 2.0


class BadModel(ValueError):
    """The file is not a model of this version, or was changed since it was written."""


@dataclass(frozen=True, slots=True)
class Guess:
    """ranked: labels with their probabilities, likeliest first. sure: whether the first may be used without asking."""

    ranked: Sequence[tuple[str, float]]
    sure: bool


@dataclass(frozen=True, slots=True)
class Model:
    """weights: int8, a row per mark of each vocabulary in turn, a column per label; scale per column.
    sharpness: turns scores into probabilities. threshold: the probability from which 95 of 100 guesses are right.
    """

    labels: Sequence[str]
    vocabularies: Sequence[Vocabulary]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    offset: NDArray[np.float32]
    sharpness: float
    threshold: float

    def guess(self, text: str, known: Iterable[str] = (), top: int = 3) -> Guess:
        """`known`: what else is known of the appeal, as `theme=…`."""
        chances = self.weigh(text, known)
        best = np.argsort(-chances)[:top]
        ranked = [(self.labels[at], float(chances[at])) for at in best]
        return Guess(ranked, ranked[0][1] >= self.threshold)

    def weigh(self, text: str, known: Iterable[str] = ()) -> NDArray[np.float64]:
        """Probabilities in the order of `labels`."""
        at, values = join_rows([v.weigh(m) for v, m in zip(self.vocabularies, mark(text, known), strict=True)],
                               [len(v.marks) for v in self.vocabularies])  # fmt: skip
        scores = (values @ self.weights[at].astype(np.float32)) * self.scale + self.offset
        chances: NDArray[np.float64] = soften(scores[None, :], self.sharpness)[0]
        return chances

    def dump(self) -> bytes:
        """Data, never code: arrays without objects and a JSON head, behind a hash of them."""
        head = {"version": VERSION, "labels": list(self.labels), "sharpness": self.sharpness,
                "threshold": self.threshold, "vocabularies": len(self.vocabularies)}  # fmt: skip
        arrays: dict[str, Any] = {"weights": self.weights, "scale": self.scale, "offset": self.offset}
        for number, vocabulary in enumerate(self.vocabularies):
            arrays |= {f"marks{number}": vocabulary.marks, f"rarity{number}": vocabulary.rarity}
        file = io.BytesIO()
        np.savez_compressed(file, head=np.frombuffer(json.dumps(head).encode(), np.uint8), **arrays)
        return hashlib.sha256(file.getvalue()).digest() + file.getvalue()

    @classmethod
    def load(cls, content: bytes) -> Self:
        """Raises BadModel."""
        digest, body = content[:32], content[32:]
        if hashlib.sha256(body).digest() != digest:
            raise BadModel("the model's file is damaged or none at all; train it again with `tsur train topics`")
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            head = json.loads(arrays["head"].tobytes())
            if head["version"] != VERSION:
                raise BadModel(f"the model has version {head['version']}, this gateway reads {VERSION}; train it again")
            vocabularies = [Vocabulary(arrays[f"marks{n}"], arrays[f"rarity{n}"]) for n in range(head["vocabularies"])]
            return cls(head["labels"], vocabularies, arrays["weights"], arrays["scale"], arrays["offset"],
                       head["sharpness"], head["threshold"])  # fmt: skip


def join_rows(rows: Sequence[Row], widths: Sequence[int]) -> Row:
    """One row over all vocabularies."""
    starts = np.concatenate(([0], np.cumsum(widths)[:-1])).astype(np.intp)
    at = np.concatenate([row[0] + start for row, start in zip(rows, starts, strict=True)])
    return at, np.concatenate([row[1] for row in rows])


def soften(scores: NDArray[np.float32], sharpness: float) -> NDArray[np.float64]:
    """Scores as probabilities, per row."""
    shifted = sharpness * (scores - scores.max(axis=1, keepdims=True))
    raised = np.exp(shifted.astype(np.float64))
    chances: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return chances
