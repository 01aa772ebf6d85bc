"""The model that topics.yaml names: what a site's history says a text is about, in the topics of that file.
It travels with the configuration as base64, so that one hash names both.

model:
  file: topics.model          # beside topics.yaml, written by `tsur train topics`
  sha256: 5f2c…               # of that file: a changed one is refused
  threshold: 0.9              # optional; below it a person is asked [the model's own: 95 of 100 are right above it]
topics:
  heating: {title: Отопление, labels: [Нарушение теплоснабжения]}   # the model's labels that mean this topic

A label that is a topic's code or title needs no line under `labels:`.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from canonical.mapping.nodes import Map, Text
from router.classifier import LARGEST, SUFFIX
from router.report import Report, suggest
from router.section import Section
from router.topics_file import Entry

if TYPE_CHECKING:
    from router.classifier.model import Model

KEYS = ("file", "sha256", "threshold")
TOP = 3
_OWN = 0.0


@dataclass(frozen=True, slots=True)
class Named:
    """As topics.yaml names it. threshold: 0 is the model's own."""

    file: str
    sha256: str
    threshold: float
    at: Text | Map


@dataclass(frozen=True, slots=True)
class Opinion:
    """ranked: the likeliest topics with their probabilities. sure: whether the first needs no person."""

    ranked: tuple[tuple[str, float], ...]
    sure: bool

    def __str__(self) -> str:
        return ", ".join(f"{code} {chance:.0%}" for code, chance in self.ranked)


class Learned:
    def __init__(self, model: "Model", codes: Sequence[str], threshold: float) -> None:
        """`codes`: the topic of each label of the model."""
        self.model, self.threshold = model, threshold or model.threshold
        self.codes = list(dict.fromkeys(codes))
        self.topic_of = [self.codes.index(code) for code in codes]

    def judge(self, text: str) -> Opinion:
        """A topic is as likely as all its labels together."""
        import numpy as np

        chances = np.bincount(self.topic_of, weights=self.model.weigh(text), minlength=len(self.codes))
        best = np.argsort(-chances)[:TOP]
        ranked = tuple((self.codes[at], float(chances[at])) for at in best)
        return Opinion(ranked, ranked[0][1] >= self.threshold)


def read_named(top: Section) -> Named | None:
    if not top.has("model"):
        return None
    section = top.section("model", KEYS)
    for key in ("file", "sha256"):
        if not section.text(key):
            section.report.add(top.at("model"), "missing-key", f"`model:` has no `{key}`", f"write `{key}: …`")
    return Named(section.text("file"), section.text("sha256").lower(), section.number("threshold", 0.0, 1.0, _OWN),
                 section.at("sha256"))  # fmt: skip


def load_learned(report: Report, named: Named, entries: Sequence[Entry], files: Mapping[str, str]) -> Learned | None:
    """`files`: the configuration's, models as base64. None after a finding."""
    content = _read(report, named, files)
    if content is None:
        return None
    try:
        from router.classifier.model import BadModel, Model
    except ImportError:
        what = f"`{named.file}` needs numpy, which is not installed"
        report.add(named.at, "model-unreadable", what, 'install the extra: pip install "tsur-gateway[topics]"')
        return None
    try:
        model = Model.load(content)
    except BadModel as error:
        what, _, remedy = str(error).partition("; ")
        report.add(named.at, "model-unreadable", f"`{named.file}`: {what}", remedy)
        return None
    if not named.threshold and model.threshold > 1:
        what = f"`{named.file}` is never sure: every appeal without a code of its channel would wait for a person"
        report.warn(named.at, "model-unsure", what, "train it on more or better told texts, or write `threshold:`")
    return _name_topics(report, named, model, entries)


def _read(report: Report, named: Named, files: Mapping[str, str]) -> bytes | None:
    if named.file not in files or not named.file.endswith(SUFFIX):
        known = [name for name in files if name.endswith(SUFFIX)]
        remedy = suggest(named.file, known) if known else "write it there with `tsur train topics`"
        report.add(named.at, "model-missing", f"no model `{named.file}` beside topics.yaml", remedy)
        return None
    try:
        content = base64.b64decode(files[named.file], validate=True)
    except (binascii.Error, ValueError):
        content = b""
    digest = hashlib.sha256(content).hexdigest()
    if len(content) > LARGEST:
        what = f"`{named.file}` is larger than {LARGEST // 1_000_000} MB"
        report.add(named.at, "model-unreadable", what, "train it again on fewer labels")
        return None
    if digest != named.sha256:
        what = f"`{named.file}` is not the file that `sha256` names"
        report.add(named.at, "model-changed", what, f"if it is the one that you mean, write `sha256: {digest}`")
        return None
    return content


def _name_topics(report: Report, named: Named, model: "Model", entries: Sequence[Entry]) -> Learned | None:
    known: dict[str, str] = {}
    for names in (lambda one: one.labels, lambda one: (one.title,), lambda one: (one.code,)):
        known |= {name: entry.code for entry in entries for name in names(entry)}
    strange = [label for label in model.labels if label not in known]
    if strange:
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        what = f"`{named.file}` tells «{strange[0]}»{more}, which is no topic"
        report.add(named.at, "label-unknown", what, "write it under `labels:` of the topic that it means")
        return None
    return Learned(model, [known[label] for label in model.labels], named.threshold)
