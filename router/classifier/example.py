"""Texts that teach a model."""

from collections.abc import Sequence
from dataclasses import dataclass


class BadExamples(ValueError):
    """Says what is wrong with the labelled texts and what to do."""


@dataclass(frozen=True, slots=True)
class Example:
    """age: the share of its channel's history that is younger, 0 to 1. title: not a resident's text but the label's own
    words; it teaches, and is never judged. kind: what the label is one of (a theme's category), where that is known;
    finer: what within the label the text is about (a category's theme), where that is known."""

    text: str
    label: str
    known: Sequence[str] = ()
    places: Sequence[str] = ()
    age: float = 0.0
    title: bool = False
    kind: str = ""
    finer: str = ""
