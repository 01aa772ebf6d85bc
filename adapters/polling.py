"""Polling: one question a call, by cursor, page, window or snapshot, with or without a detail for each document."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
from lxml import etree

from adapters import outcome, positions
from adapters.asks import Asker
from adapters.changes import Pages, Polled
from adapters.contract import Batch, Cursor, Tools
from adapters.documents import Item, Splits, to_document, to_faulty, to_unsplit
from adapters.doubts import Told, keep_doubts, name_doubts, observe
from adapters.errors import AdapterError, Refused, Unavailable
from adapters.http import Reply
from adapters.line import Line
from adapters.paths import find_nodes, find_text, open_tree
from adapters.positions import Seen, State, join_marks, open_marks, split_marks, to_mark
from canonical.document import Document
from canonical.mapping.errors import ReadingError

#: A reply that cannot be read is asked for again so often before it is kept as a document with a fault.
MALFORMED_TRIES = 3
#: Details fetched in one call of poll(), so that progress is saved.
DETAILS = 50


@dataclass(slots=True)
class KindPoller:
    """Polls one kind of document."""

    kind: str
    rules: Polled
    line: Line
    mapping: Splits
    tools: Tools
    asker: Asker
    malformed: int = 0
    unread: str = ""  # why the last reply could not be read
    told: Sequence[Told] = ()  # what the paths of `changes` found in the last one

    def poll(self, state: Mapping[str, Any] | None) -> tuple[list[Document], State, bool]:
        """(documents, state after them, ask again at once). Raises Unavailable or Refused."""
        now = self.tools.now()
        at = dict(state) if state else positions.begin(self.rules, now)
        reply = self.asker.ask(self.kind, self.rules, positions.to_fills(self.rules, at, now))
        if self.rules.detail is not None:
            return self._detailed(reply, at, now)
        items = self._split(reply)
        if items is None:
            return [self._to_unreadable(reply)], at, False  # asked again from here: what it held is not lost
        seen = Seen(reply, len(items), now)
        doubts, marks = self._doubt(at, seen), open_marks(self.rules, at)
        news = [item for item in items if self._wanted(item) and marks.is_news(_mark(item))]
        documents = [to_document(self.kind, item, _type(reply)) for item in news]
        at, more = positions.advance(self.rules, at | marks.to_state(), seen)
        return documents, at | doubts, more

    def _doubt(self, at: State, seen: Seen) -> State:
        """The part of the state that tells what looks mistaken. Takes the former out of `at`."""
        self.told = observe(self.rules, at, seen)
        doubts = keep_doubts(at.pop("doubts", {}), self.told)
        return {"doubts": doubts} if doubts else {}

    def look_ahead(self) -> Told | None:
        """For a probe: what follows a first page that looks like the last one, since it holds fewer than `size`.

        Systems that give fewer at once than they are asked for would lose all but that page. Raises as `poll`.
        """
        pages, first = getattr(self.rules, "pages", None), positions.begin(self.rules, self.tools.now())
        if pages is None or pages.total:
            return None
        one, two = (self._count_page(pages, first | {"page": pages.first + n}) for n in range(2))
        if not 0 < one[0] < pages.size or not two[0] or one[1] == two[1]:
            return None
        said = f"is {pages.size}, but a page of {one[0]} was not the last: write `size: {one[0]}`, or name `total`"
        return Told("pages.size", said, True)

    def _count_page(self, pages: Pages, at: State) -> tuple[int, bytes]:
        """How many documents a page holds, and the page."""
        now = self.tools.now()
        reply = self.asker.ask(self.kind, self.rules, positions.to_fills(self.rules, at, now))
        entries = (self._split(reply) if self.rules.detail is None else self._entries(reply)) or ()
        return positions.count_page(pages, Seen(reply, len(entries), now)), reply.body

    def _split(self, reply: Reply) -> list[Item] | None:
        """None: it stayed unreadable. Raises Unavailable while that may still be a passing failure."""
        try:
            items = list(self.mapping.split(self.kind, reply.body, _type(reply)))
        except ReadingError as error:
            self._count_malformed(error.reason)
            return None
        self.malformed = 0
        return items

    def _count_malformed(self, why: str) -> None:
        self.malformed, self.unread = self.malformed + 1, why
        if self.malformed < MALFORMED_TRIES:
            raise outcome.of_unreadable(self.line.wire.where(self.kind), why, True) from None
        self.malformed = 0

    def _to_unreadable(self, reply: Reply) -> Document:
        why = f"unreadable {MALFORMED_TRIES} times in a row: {self.unread}"
        return to_unsplit(self.kind, reply.body, _type(reply), why)

    def _wanted(self, item: Item) -> bool:
        """What is older than the start is not ours to take, where the question could not say so."""
        start = self.rules.begin()
        return start is None or item.sent_at is None or item.sent_at >= start

    # a list first, then each document by itself

    def _detailed(self, reply: Reply, at: State, now: datetime) -> tuple[list[Document], State, bool]:
        entries = self._entries(reply)
        if entries is None:
            return [self._to_unreadable(reply)], at, False  # asked again from here: what it held is not lost
        seen = Seen(reply, len(entries), now)
        doubts, marks = self._doubt(at, seen), open_marks(self.rules, at)
        fetched, again = split_marks(at.pop("fetched", "")), dict(at.pop("again", {}))
        news = {id: mark for id, mark in entries if marks.is_news(mark) and mark not in fetched}
        asked = [*news, *(id for id in again if id not in news)][:DETAILS]
        documents = [document for id in asked for document in self._detail(id, again)]
        if more := len(news) > DETAILS:
            at |= {"fetched": join_marks(fetched | {news[id] for id in asked})}
        else:
            at, more = positions.advance(self.rules, at | marks.to_state(), seen)
        at |= doubts
        return documents, at | ({"again": dict(islice(again.items(), DETAILS))} if again else {}), more

    def _entries(self, reply: Reply) -> list[tuple[str, bytes]] | None:
        """(id, what tells that it changed) of each entry of the list."""
        try:
            tree = open_tree(reply.body)
        except ValueError as error:
            self._count_malformed(str(error))
            return None
        self.malformed = 0
        return list(self._read_entries(tree))

    def _read_entries(self, tree: Any) -> Iterator[tuple[str, bytes]]:
        rules = self.rules.list
        for node in find_nodes(tree, rules.each) if rules else ():
            if rules and (id := find_text(node, rules.id)):
                changed = find_text(node, rules.changed) if rules.changed else None
                yield id, to_mark(id.encode(), changed.encode() if changed is not None else _dump(node))

    def _detail(self, id: str, again: dict[str, int]) -> list[Document]:
        """Raises Unavailable; a document that the system shows in its list and then denies is a fault, not silence.

        `again`: how often each detail was unreadable in a row. It is asked for with every list until it can be read:
        the list itself will not name it anew.
        """
        if self.rules.detail is None:
            return []
        try:
            reply = self.asker.ask(self.kind, self.rules.detail, {"item": id})
            items = list(self.mapping.split(self.kind, reply.body, _type(reply)))
        except Refused as error:
            again.pop(id, None)
            return [to_faulty(self.kind, b"", "", f"listed, but its detail was refused: {error.code}", id)]
        except ReadingError as error:
            again[id] = again.get(id, 0) + 1
            return self._judge_detail(id, reply, error.reason) if again[id] >= MALFORMED_TRIES else []
        again.pop(id, None)
        return [to_document(self.kind, item, _type(reply)) for item in items if self._wanted(item)]

    def _judge_detail(self, id: str, reply: Reply, why: str) -> list[Document]:
        return [to_faulty(self.kind, reply.body, _type(reply), f"its detail is unreadable: {why}", id)]


def _mark(item: Item) -> bytes:
    return to_mark(item.external_id.encode(), (item.revision or "").encode(), item.body)


def _type(reply: Reply) -> str:
    return reply.headers.get("content-type", "")


def _dump(node: Any) -> bytes:
    return etree.tostring(node) if isinstance(node, etree._Element) else orjson.dumps(node)


@dataclass(slots=True)
class Poller:
    """All polled kinds of one system. The cursor holds a state for each: {kind: state}.

    One kind's failure does not hold up the others: it is put aside until they have nothing more, then asked once more
    alone, and raised if it fails again.
    """

    kinds: Sequence[KindPoller]
    turn: set[str] = field(default_factory=set)  # kinds to be asked now; none: all of them
    aside: set[str] = field(default_factory=set)  # kinds that failed while others went on

    def poll(self, cursor: Cursor | None) -> Batch:
        """Raises Unavailable or Refused when every kind asked now failed."""
        states: dict[str, Any] = dict(cursor or {})
        asked = [kind for kind in self.kinds if not self.turn or kind.kind in self.turn]
        documents: list[Document] = []
        going: set[str] = set()
        failures: dict[str, AdapterError] = {}
        for poller in asked:
            try:
                found, states[poller.kind], more = poller.poll(states.get(poller.kind))
            except (Unavailable, Refused) as error:
                failures[poller.kind] = error
                continue
            documents += found
            going |= {poller.kind} if more else set()
        more = self._choose_turn(len(asked), going, failures)
        return Batch(documents, states, more, doubts=name_doubts(states))

    def _choose_turn(self, asked: int, going: set[str], failures: dict[str, AdapterError]) -> bool:
        """Who is asked next, and whether at once."""
        if failures and len(failures) == asked:
            self.turn, self.aside = set(), set()
            raise next(iter(failures.values()))
        self.aside |= failures.keys()
        if going:
            self.turn = going
            return True
        self.turn, self.aside = self.aside, set()
        return bool(self.turn)
