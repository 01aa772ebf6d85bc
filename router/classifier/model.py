"""A trained model: from a text to its likely topics, and its form as a file."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from router.classifier import LARGEST, LARGEST_UNPACKED
from router.classifier.certainty import Certainty
from router.classifier.finer import add_finer
from router.classifier.grams import SHARES, mark
from router.classifier.vocabulary import Row, Vocabulary

VERSION = 5
_TOO_LARGE = f"the model is larger than {LARGEST // 1_000_000} MB; train it again on fewer labels"


class BadModel(ValueError):
    """The file is not a model of this version, or was changed since it was written."""


@dataclass(frozen=True, slots=True)
class Guess:
    """ranked: labels with their probabilities, likeliest first. sure: whether the first may be used without asking."""

    ranked: Sequence[tuple[str, float]]
    sure: bool


@dataclass(frozen=True, slots=True)
class Model:
    """weights: int8, a row per mark of each vocabulary in turn, a column per finer label (if any), then one per label;
    scale and offset per column. starts: where each label's finer ones begin; empty where there are none."""

    labels: Sequence[str]
    vocabularies: Sequence[Vocabulary]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    offset: NDArray[np.float32]
    starts: NDArray[np.intp]
    certainty: Certainty

    @property
    def threshold(self) -> float:
        """The probability from which 95 of 100 guesses are right."""
        return self.certainty.threshold

    def guess(self, text: str, known: Iterable[str] = (), places: Iterable[str] = (), top: int = 3) -> Guess:
        """`known`: what else is known of the appeal, as `theme=…`; `places`: see `localities`."""
        chances = self.weigh(text, known, places)
        best = np.argsort(-chances)[:top]
        ranked = [(self.labels[at], float(chances[at])) for at in best]
        return Guess(ranked, ranked[0][1] >= self.threshold)

    def weigh(self, text: str, known: Iterable[str] = (), places: Iterable[str] = ()) -> NDArray[np.float64]:
        """Probabilities in the order of `labels`."""
        marks = mark(text, known, places)
        at, values = join_rows([v.weigh(m) for v, m in zip(self.vocabularies, marks, strict=True)],
                               [len(v.marks) for v in self.vocabularies])  # fmt: skip
        # Not `@`: BLAS wakes a thread per core for it, and their waiting costs more than the sum.
        scores = np.einsum("i,ij->j", values, self.weights[at].astype(np.float32)) * self.scale + self.offset
        finer, own = np.split(scores[None, :].astype(np.float64), [-len(self.labels)], axis=1)
        chances: NDArray[np.float64] = self.certainty.judge(add_finer(own, finer, self.starts))[0]
        return chances

    def dump(self) -> bytes:
        """Data, never code: arrays without objects and a JSON head, behind a hash of them."""
        head = {"version": VERSION, "labels": list(self.labels), "certainty": self.certainty.as_dict()}
        arrays: dict[str, Any] = {"weights": self.weights, "scale": self.scale, "offset": self.offset,
                                  "starts": self.starts.astype(np.uint32)}  # fmt: skip
        for number, vocabulary in enumerate(self.vocabularies):
            arrays |= {f"marks{number}": vocabulary.marks, f"rarity{number}": vocabulary.rarity}
        file = io.BytesIO()
        np.savez_compressed(file, head=np.frombuffer(json.dumps(head).encode(), np.uint8), **arrays)
        return hashlib.sha256(file.getvalue()).digest() + file.getvalue()

    @classmethod
    def load(cls, content: bytes) -> Self:
        """Raises BadModel."""
        if len(content) > LARGEST:
            raise BadModel(_TOO_LARGE)
        digest, body = content[:32], content[32:]
        if hashlib.sha256(body).digest() != digest:
            raise BadModel("the model's file is damaged or none at all; train it again with `tsur train topics`")
        try:
            return cls._read(body)
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError) as error:
            if isinstance(error, BadModel):
                raise
            raise BadModel("the file is no model; train it again with `tsur train topics`") from error

    @classmethod
    def _read(cls, body: bytes) -> Self:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            if sum(one.file_size for one in packed.infolist()) > LARGEST_UNPACKED:
                raise BadModel(_TOO_LARGE)
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            head = json.loads(arrays["head"].tobytes())
            if head["version"] != VERSION:
                raise BadModel(f"the model has version {head['version']}, this gateway reads {VERSION}; train it again")
            vocabularies = [Vocabulary(arrays[f"marks{n}"], arrays[f"rarity{n}"]) for n in range(len(SHARES))]
            model = cls(head["labels"], vocabularies, arrays["weights"], arrays["scale"], arrays["offset"],
                        arrays["starts"].astype(np.intp), Certainty(**head["certainty"]))  # fmt: skip
        model._check()
        return model

    def _check(self) -> None:
        rows, columns = sum(len(v.marks) for v in self.vocabularies), len(self.scale)
        fits = self.weights.shape == (rows, columns) and self.scale.shape == self.offset.shape == (columns,)
        nested = columns == len(self.labels) if not len(self.starts) else self._nests(columns - len(self.labels))
        if not fits or not nested or any(v.marks.shape != v.rarity.shape for v in self.vocabularies):
            raise BadModel("the model's parts do not fit together; train it again with `tsur train topics`")

    def _nests(self, finer: int) -> bool:
        """Each label has at least one of the finer ones."""
        ends = np.append(self.starts, finer)
        return len(self.starts) == len(self.labels) and ends[0] == 0 and bool((np.diff(ends) > 0).all())


def join_rows(rows: Sequence[Row], widths: Sequence[int]) -> Row:
    """One row over all vocabularies, each with its share."""
    starts = np.concatenate(([0], np.cumsum(widths)[:-1])).astype(np.intp)
    at = np.concatenate([row[0] + start for row, start in zip(rows, starts, strict=True)])
    return at, np.concatenate([row[1] * np.float32(share) for row, share in zip(rows, SHARES, strict=True)])
