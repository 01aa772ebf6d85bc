"""Following: what became of our filings, asked by their numbers, also after the first answer (reopening)."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.asks import Asker
from adapters.changes import Followed
from adapters.contract import Batch
from adapters.documents import Splits, to_document, to_faulty
from adapters.errors import AdapterError, Refused, Unavailable
from adapters.line import Line
from canonical.document import Document
from canonical.mapping.errors import ReadingError


@dataclass(frozen=True, slots=True)
class KindFollower:
    kind: str
    rules: Followed
    line: Line
    mapping: Splits
    asker: Asker

    def follow(self, number: str) -> list[Document]:
        """Raises Unavailable. A number that the system denies, or a reply that stays unreadable, is a fault."""
        try:
            reply = self.asker.ask(self.kind, self.rules, {"number": number})
        except Refused as error:
            return [to_faulty(self.kind, b"", "", f"our filing is denied: {error.code}", number)]
        kind = reply.headers.get("content-type", "")
        try:
            return [to_document(self.kind, item, kind) for item in self.mapping.split(self.kind, reply.body, kind)]
        except ReadingError as error:
            raise Unavailable(f"{self.line.wire.where(self.kind)}: unreadable reply: {error.reason}") from None


@dataclass(frozen=True, slots=True)
class Follower:
    kinds: Sequence[KindFollower]

    def follow(self, numbers: Sequence[str]) -> Batch:
        """What was read before a failure is kept; the failure is raised when there is nothing."""
        documents: list[Document] = []
        unreadable: AdapterError | None = None
        for number in numbers:
            for follower in self.kinds:
                try:
                    documents += follower.follow(number)
                except Unavailable as error:
                    if not _is_unreadable(error):
                        return self._end(documents, error)
                    unreadable = error
        return self._end(documents, unreadable)

    def _end(self, documents: list[Document], error: AdapterError | None) -> Batch:
        if error and not documents:
            raise error
        return Batch(documents, None)


def _is_unreadable(error: Unavailable) -> bool:
    return "unreadable reply" in str(error)
