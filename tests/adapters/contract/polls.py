"""Suite of Polls: every document arrives, also after failures; the same cursor gives the same again."""

import json
import time
from typing import Any, Protocol

import pytest

from adapters.contract import Polls
from adapters.errors import Refused, Unavailable
from canonical.document import Document
from tests.adapters.contract.subject import Subject, caught, wait_for

#: More than one page of every test mapping.
NEWS = 5
#: Seconds after which nothing changes at the stand by itself.
QUIET = 0.3


class Source(Protocol):
    """A subject that can be made to have news; `make_news` returns the external ids of the documents to come."""

    def make_news(self, count: int) -> set[str]: ...


def read_all(adapter: Any, cursor: Any = None) -> tuple[list[Document], Any]:
    """As the worker does it; the cursor goes through JSON, as in the ledger."""
    documents: list[Document] = []
    for _ in range(100):
        batch = adapter.poll(cursor)
        documents += batch.documents
        cursor = json.loads(json.dumps(batch.cursor))
        if not batch.more:
            return documents, cursor
    raise AssertionError("more without end")


def name(document: Document) -> tuple[str, str, str | None, bytes]:
    return document.kind, document.external_id, document.revision, document.body


def starts(cursor: Any) -> Any:
    """From where each kind is asked for; the end of a window that is being read does not move that."""
    return {kind: {name: at for name, at in state.items() if name != "until"} for kind, state in cursor.items()}


class PollsSuite:
    """Needs the fixture `subject`, whose system has news by `make_news(count)` → external ids."""

    poll_match = "GET"

    @pytest.fixture
    def poller(self, subject: Subject) -> Any:
        return subject.build()

    def make(self, subject: Any, count: int = NEWS) -> set[str]:
        wanted: set[str] = subject.make_news(count)
        return wanted

    def test_says_that_it_polls(self, poller: Any) -> None:
        assert isinstance(poller, Polls)

    def test_all_news_arrive(self, subject: Subject, poller: Any) -> None:
        wanted = self.make(subject)
        found, _ = read_all(poller)
        assert wanted <= {document.external_id for document in found}
        assert not any(document.fault for document in found)
        assert all(self.readable(subject, document) for document in found)

    def readable(self, subject: Subject, document: Document) -> bool:
        return bool(subject.mapping.read(document.kind, document.body))

    def test_later_news_arrive_from_the_cursor(self, subject: Subject, poller: Any) -> None:
        self.make(subject)
        _, cursor = read_all(poller)
        wanted = self.make(subject)
        found, _ = read_all(poller, cursor)
        assert wanted <= {document.external_id for document in found}

    def test_an_unsaved_cursor_gives_the_same_again(self, subject: Subject, poller: Any) -> None:
        self.make(subject)
        time.sleep(QUIET)
        first, _ = read_all(poller)
        again, _ = read_all(subject.build())
        assert {name(document) for document in first} == {name(document) for document in again}

    def test_another_process_goes_on_in_the_middle(self, subject: Subject, poller: Any) -> None:
        wanted = self.make(subject)
        batch = poller.poll(None)
        rest, _ = read_all(subject.build(), json.loads(json.dumps(batch.cursor)))
        assert wanted <= {document.external_id for document in [*batch.documents, *rest]}

    @pytest.mark.parametrize("fault", ["fail", "too_many", "reset", "malformed", "error_body", "commit_then_timeout"])
    def test_a_failure_loses_nothing(self, subject: Subject, poller: Any, fault: str) -> None:
        _, cursor = read_all(poller)
        wanted = self.make(subject)
        more = {"seconds": 5} if fault == "commit_then_timeout" else {}
        subject.fault(fault, match=self.poll_match, **more)
        error = caught(lambda: read_all(poller, cursor))
        assert isinstance(error, Unavailable)
        found, _ = read_all(poller, cursor)
        assert wanted <= {document.external_id for document in found}

    def test_retry_after_is_told(self, subject: Subject, poller: Any) -> None:
        read_all(poller)
        subject.fault("too_many", retry_after=4, match=self.poll_match)
        error = caught(lambda: poller.poll(None))
        assert isinstance(error, Unavailable)
        assert error.retry_after == 4

    def test_a_closed_door_is_refused(self, subject: Subject, poller: Any) -> None:
        read_all(poller)
        subject.fault("fail", status=404, match=self.poll_match)
        assert isinstance(caught(lambda: poller.poll(None)), Refused)

    def test_an_outage_passes(self, subject: Subject, poller: Any) -> None:
        wanted = self.make(subject)
        subject.control(outage=True)
        assert isinstance(caught(lambda: poller.poll(None)), Unavailable)
        subject.control(outage=False)
        found, _ = read_all(poller)
        assert wanted <= {document.external_id for document in found}

    def test_what_stays_malformed_is_kept_as_a_faulty_document_and_asked_for_again(
        self, subject: Subject, poller: Any
    ) -> None:
        _, cursor = read_all(poller)
        wanted = self.make(subject)
        subject.fault("malformed", 3, match=self.poll_match)
        for _ in range(2):
            assert isinstance(caught(lambda: poller.poll(cursor)), Unavailable)
        batch = poller.poll(cursor)
        (document,) = batch.documents
        assert document.fault
        assert document.body
        assert not batch.more, "what is broken is not asked for without a pause"
        assert starts(batch.cursor) == starts(cursor), "a list that nobody could read is not passed over"
        found, _ = read_all(poller, batch.cursor)
        assert wanted <= {one.external_id for one in found}


__all__ = ["NEWS", "PollsSuite", "Source", "name", "read_all", "wait_for"]
