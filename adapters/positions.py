"""Where polling stands: what to ask next, and where we are after a reply. A state is JSON and is kept in the cursor."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.changes import ByCursor, ByPage, Next, Pages, Polled, Snapshot, Window
from adapters.http import Reply
from adapters.outcome import read_date
from adapters.paths import find_nodes, look, open_tree

State = dict[str, Any]
#: A window that brings something new each time is read so often; what is missed then is in its source's hands.
ROUNDS = 5
_WHOLE = re.compile("[0-9]{1,9}")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Seen:
    """One reply. `count`: how many documents its page held."""

    reply: Reply
    count: int
    now: datetime

    def look(self, path: str) -> str | None:
        """Text at a path of the reply; None also when the reply has no paths."""
        return look(self.reply.body, path)


def begin(rules: Polled, now: datetime) -> State:
    """The state before the first question."""
    if isinstance(rules, Window):
        return {"since": (rules.begin() or now).isoformat()}
    if isinstance(rules, ByCursor):
        return {"cursor": rules.first}
    return {"page": rules.pages.first if rules.pages else 0}


def to_fills(rules: Polled, state: State, now: datetime) -> dict[str, Any]:
    """What the question carries. For a window this also fixes its end."""
    if isinstance(rules, ByCursor):
        return {"cursor": state.get("cursor"), "size": rules.size}
    fills: dict[str, Any] = _page_fills(rules.pages, state) if rules.pages else {}
    if isinstance(rules, Window):
        since = datetime.fromisoformat(state["since"])
        state.setdefault("until", _end(rules, since, now).isoformat())
        fills |= {"since": since, "until": datetime.fromisoformat(state["until"])}
    return fills


def _end(rules: Window, since: datetime, now: datetime) -> datetime:
    return now if rules.step is None else min(now, since + timedelta(seconds=rules.step))


def _page_fills(pages: Pages, state: State) -> dict[str, Any]:
    page = state.get("page", pages.first)
    return {"page": page, "size": pages.size, "offset": (page - pages.first) * pages.size}


def advance(rules: Polled, state: State, seen: Seen) -> tuple[State, bool]:
    """(the state after this reply, whether to ask again at once)."""
    if isinstance(rules, ByCursor):
        return _next_cursor(rules, state, seen)
    if isinstance(rules, Window):
        return _next_window(rules, state, seen)
    if isinstance(rules, ByPage):
        return _next_page(rules, state, seen)
    return _next_round(rules, state, seen)


def _next_cursor(rules: ByCursor, state: State, seen: Seen) -> tuple[State, bool]:
    told = read_next(rules.next, seen)
    if told is None or told == state.get("cursor"):
        return state, False
    more = read_more(rules, seen)
    return {**state, "cursor": told}, seen.count > 0 if more is None else more


def read_more(rules: ByCursor, seen: Seen) -> bool | None:
    """What the reply says of whether more is to come; None: nothing, or nothing that is yes or no."""
    return _FLAGS.get((seen.look(rules.more) or "").lower()) if rules.more else None


def read_next(rule: Next, seen: Seen) -> str | None:
    """The cursor to go on from; None: the reply tells none."""
    text = seen.reply.headers.get(rule.header) if rule.header else seen.look(rule.path or "")
    if not text or not rule.plus:
        return text or None
    return str(int(text) + rule.plus) if text.lstrip("-").isdigit() else None


def _has_more(pages: Pages | None, page: int, seen: Seen) -> bool:
    if pages is None:
        return False
    total = read_total(pages, page, seen)
    return count_page(pages, seen) >= pages.size if total is None else page + 1 - pages.first < total


def read_total(pages: Pages, page: int, seen: Seen) -> int | None:
    """How many pages the reply says there are; None: it does not, or fewer than this one with documents on it."""
    text = (seen.look(pages.total) or "") if pages.total else ""
    total = int(text) if _WHOLE.fullmatch(text) else None
    return None if total is None or (seen.count and total < page + 1 - pages.first) else total


def count_page(pages: Pages, seen: Seen) -> int:
    """Documents on the page, before the kind chose from them: an `each` that finds fewer than came is wrong."""
    return max(seen.count, count_nodes(pages.each, seen) if pages.each else 0)


def count_nodes(path: str, seen: Seen) -> int:
    try:
        return len(find_nodes(open_tree(seen.reply.body), path))
    except ValueError:  # CSV, say, which has no paths
        return 0


def _next_window(rules: Window, state: State, seen: Seen) -> tuple[State, bool]:
    """The source's own clock ends the window: what it changes later than that belongs to the next one.

    What is changed between two pages leaves its place, and another document slips into a page that was read already.
    So a window of several pages is read until a whole round brings nothing new.
    """
    page = state.get("page", rules.pages.first if rules.pages else 0)
    until = datetime.fromisoformat(state["until"])
    high = min(until, datetime.fromisoformat(state["high"]) if "high" in state else _source_now(seen))
    if _has_more(rules.pages, page, seen):
        return {**state, "page": page + 1, "high": high.isoformat()}, True
    if rules.pages and page > rules.pages.first and state.get("news") and state.get("round", 1) < ROUNDS:
        again = {name: state[name] for name in ("since", "until")} | {"high": high.isoformat(), "before": state["now"]}
        return again | {"page": rules.pages.first, "round": state.get("round", 1) + 1}, True
    since = max(datetime.fromisoformat(state["since"]), high - timedelta(seconds=rules.overlap))
    return {"since": since.isoformat()}, rules.step is not None and until < seen.now - timedelta(seconds=1)


def _source_now(seen: Seen) -> datetime:
    return read_date(seen.reply.headers.get("date", "")) or seen.now


def _next_page(rules: ByPage, state: State, seen: Seen) -> tuple[State, bool]:
    """The last, half-filled page is asked again until it is full."""
    page = state.get("page", rules.pages.first)
    more = _has_more(rules.pages, page, seen)
    return {**state, "page": page + 1 if more else page}, more


def _next_round(rules: Snapshot, state: State, seen: Seen) -> tuple[State, bool]:
    page = state.get("page", rules.pages.first if rules.pages else 0)
    if _has_more(rules.pages, page, seen):
        return {**state, "page": page + 1}, True
    return {"page": rules.pages.first if rules.pages else 0, "before": state.get("now", "")}, False


#: Bytes of a mark.
MARK = 8


def to_mark(*parts: bytes) -> bytes:
    """A digest by which a document is known to have been there just so."""
    return hashlib.blake2b(b"\0".join(parts), digest_size=MARK).digest()


def join_marks(marks: Iterable[bytes]) -> str:
    return base64.b64encode(b"".join(sorted(marks))).decode()


def split_marks(text: str) -> set[bytes]:
    whole = base64.b64decode(text)
    return {whole[at : at + MARK] for at in range(0, len(whole), MARK)}


class Marks:
    """What the last whole round held: the same again is no news.

    Only the last round counts, so that A → B → A is three documents.
    """

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.before = split_marks(state.get("before", ""))
        self.now = split_marks(state.get("now", ""))
        self.news = bool(state.get("news"))

    def is_news(self, mark: bytes) -> bool:
        """Notes a document; True when the last round did not hold it just so."""
        self.now.add(mark)
        self.news |= mark not in self.before
        return mark not in self.before

    def to_state(self) -> dict[str, Any]:
        return {"before": join_marks(self.before), "now": join_marks(self.now), "news": self.news}


class NoMarks(Marks):
    """For ways of polling in which nothing changes its place."""

    def to_state(self) -> dict[str, Any]:
        return {}


def open_marks(rules: Polled, state: Mapping[str, Any]) -> Marks:
    return Marks(state) if isinstance(rules, Snapshot | Window) else NoMarks({})
