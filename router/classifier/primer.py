"""The primer: what residents say about the topics of municipal life, known before a site's first text.

Its topics are nobody's labels: every site has a list of its own. Which label a topic teaches is found from the site's
texts and titles: the label whose texts and titles speak of the topic most. A topic that none speaks of teaches nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from router.classifier.certainty import Matrix, soften

#: Sentences are put together to lessons of so many words, and a lesson counts as so many texts.
WORDS, WEIGHT = 40, 2.0
#: Strength of the ridge that tells the topics apart, and how far the topic that a text speaks of outweighs the others.
STRENGTH, SHARPNESS = 3.0, 40.0
#: A label with few texts must speak of a topic clearly: as if so many of its texts spoke of nothing.
DOUBT = 1.0
#: A topic that no label speaks of by so much teaches nothing.
LEAST = 0.03
NOTHING = -1


@dataclass(frozen=True, slots=True)
class Topic:
    """says: sentences and whole texts as residents write them."""

    title: str
    says: Sequence[str]

    def list_lessons(self) -> list[str]:
        count = ceil(sum(len(each.split()) for each in self.says) / WORDS)
        return [" ".join(self.says[first::count]) for first in range(min(count, len(self.says)))]


def find_labels(
    alike: Matrix, topic_of: NDArray[np.intp], label_of: NDArray[np.intp], weight: Matrix
) -> NDArray[np.intp]:
    """Per topic the label that it teaches, or NOTHING.

    alike: of each two texts, the labelled ones first, then the lessons. weight: of the labelled ones.
    """
    known, topics = len(label_of), np.eye(topic_of.max() + 1)
    among = alike[known:, known:] + STRENGTH * np.eye(len(topic_of))
    spoken = soften(alike[:known, known:] @ np.linalg.solve(among, topics[topic_of]), SHARPNESS)
    labels = np.eye(label_of.max() + 1)[label_of] * weight[:, None]
    shares = (labels.T @ spoken) / (labels.sum(axis=0) + DOUBT)[:, None]
    found: NDArray[np.intp] = shares.argmax(axis=0)
    found[shares.max(axis=0) < LEAST] = NOTHING
    return found
