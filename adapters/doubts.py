"""What the paths that end a list found in a reply: a mistake in one of them looks like a list that has ended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.changes import ByCursor, Listed, Listing, Pages, Polled
from adapters.paths import find_nodes, find_text, has_node, open_tree
from adapters.positions import Seen, State, count_nodes, count_page, read_more, read_next, read_total


@dataclass(frozen=True, slots=True)
class Told:
    """What one path found. `said` holds no word of the reply but numbers and flags: the others may be a resident's.

    `doubtful`: the rest of the reply speaks against it; None: the reply shows neither.
    """

    name: str
    said: str
    doubtful: bool | None


def observe(rules: Polled, state: State, seen: Seen) -> list[Told]:
    """What each path of `changes` found in a reply that could be read."""
    found = [*_observe_refuse(rules), *(_observe_list(rules.list, seen) if rules.list else ())]
    if isinstance(rules, ByCursor):
        return [*found, *_observe_cursor(rules, state, seen)]
    return [*found, *(_observe_pages(rules.pages, state, seen) if rules.pages else ())]


def _observe_refuse(rules: Listed) -> Iterator[Told]:
    """Of a reply that was no error."""
    for name, question in (("refuse", rules), ("detail.refuse", rules.detail)):
        if question is not None and question.refuse is not None:
            yield Told(name, "finds nothing, as it should in a good reply; only an error proves it", False)


def _observe_list(rules: Listing, seen: Seen) -> Iterator[Told]:
    tree = open_tree(seen.reply.body)
    nodes, there = find_nodes(tree, rules.each), has_node(tree, rules.each)
    lacking = sum(find_text(node, rules.id) is None for node in nodes)
    said = f"finds {len(nodes)} entries" if there else "finds no list: right only if an empty one is left out"
    yield Told("list.each", said, not there or (None if not nodes else False))
    said = f"is lacking in {lacking} of {len(nodes)} entries, which are passed over"
    yield Told("list.id", said, lacking > 0 if nodes else None)


def _observe_cursor(rules: ByCursor, state: State, seen: Seen) -> Iterator[Told]:
    told, more, full = read_next(rules.next, seen), read_more(rules, seen), seen.count >= rules.size
    never = told is None and state.get("cursor") == rules.first
    said = "tells no cursor to go on from: right only if there is no more to come" if told is None else "tells a cursor"
    yield Told("next", said, False if told is not None else more or (never and full) or None)
    if rules.more:
        flag = "neither true nor false: we ask until nothing comes" if more is None else str(more).lower()
        yield Told("more", f"tells {flag}", (full or None) if more is None else False)


def _observe_pages(pages: Pages, state: State, seen: Seen) -> Iterator[Told]:
    page, count = state.get("page", pages.first), count_page(pages, seen)
    if pages.total:
        total = read_total(pages, page, seen)
        said = "tells no number of pages that can be: a short page is the last" if total is None else f"tells {total}"
        wrong = count >= pages.size or seen.look(pages.total) is not None
        yield Told("pages.total", said, (wrong or None) if total is None else False)
    if pages.each:
        found = count_nodes(pages.each, seen)
        said = f"finds {found} entries on a page of {seen.count} documents"
        yield Told("pages.each", said, found < seen.count if count else None)


def keep_doubts(before: Mapping[str, str], told: Sequence[Told]) -> dict[str, str]:
    """Doubts by the path's name, for the cursor: one stays until its path finds what it should, or is named no more."""
    unsettled = {one.name for one in told if one.doubtful is None}
    kept = {name: said for name, said in before.items() if name in unsettled}
    return kept | {one.name: one.said for one in told if one.doubtful}


def name_doubts(cursor: Mapping[str, Any]) -> list[str]:
    """The doubts of all kinds, as people read them."""
    states = {kind: state for kind, state in cursor.items() if isinstance(state, dict)}
    doubts = [(kind, name, said) for kind, state in states.items() for name, said in state.get("doubts", {}).items()]
    return [f"`{name}` of `{kind}` {said}" for kind, name, said in sorted(doubts)]
