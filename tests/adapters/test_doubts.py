"""A mistake in a path that ends a list: what comes after the first page is read all the same, and the doubt is told."""

from typing import Any

import pytest

from tests.adapters.contract.polls import read_all
from tests.adapters.mappings import appeals, build
from tests.adapters.scripted import Answered, Asked, serving
from tests.adapters.test_polling import ids, item, to_json

#: Two on a page, five in all; each way tells its end rightly.
PAGES = "{by: page, start: 2026-01-01, get: l, query: {page: {fill: page}}, pages: {first: 1, size: 2, WRONG}}"
CURSOR = """
      by: cursor
      start: 2026-01-01
      get: l
      query: {after: {fill: cursor}}
      next: {path: items.-1.id}
      first: "0"
      size: 2
      WRONG"""


def answer(asked: Asked) -> Answered:
    page = int(asked.query.get("page", 1))
    after = int(asked.query.get("after", (page - 1) * 2))
    items = [item(n) for n in range(after + 1, min(after + 2, 5) + 1)]
    more = {"more": after + 2 < 5, "left": "да" if after + 2 < 5 else "нет"}
    return to_json(items, pages=3, none=0, next=str(after + 2) if items else None, **more)


def poll(changes: str, cursor: Any = None) -> tuple[list[str], Any, list[str]]:
    """(ids, cursor, doubts) of one round to the end."""
    with serving(answer) as base:
        adapter = build(appeals(changes), base)
        found, cursor = read_all(adapter, cursor)
        return ids(found), cursor, list(adapter.poll(cursor).doubts)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        (PAGES.replace("WRONG", "total: pgaes"), "pages.total"),
        (PAGES.replace("WRONG", "total: none"), "pages.total"),  # a number that cannot be
        (PAGES.replace("WRONG", "total: items.0.text"), "pages.total"),
        (PAGES.replace("WRONG", "each: itmes"), "pages.each"),
        (CURSOR.replace("WRONG", "more: moer"), "more"),
        (CURSOR.replace("WRONG", "more: left"), "more"),  # neither true nor false
    ],
)
def test_a_wrong_path_loses_nothing_and_is_doubted(changes: str, name: str) -> None:
    found, cursor, doubts = poll(changes)
    assert found == ["1", "2", "3", "4", "5"]
    assert [doubt.split()[:3] for doubt in doubts] == [[f"`{name}`", "of", "`appeal`"]]
    _, _, still = poll(changes, cursor)
    assert still == doubts, "a short page tells nothing, so the doubt stays"


@pytest.mark.parametrize("right", [PAGES.replace("WRONG", "total: pages"), PAGES.replace("WRONG", "each: items"),
                                   CURSOR.replace("WRONG", "more: more"), CURSOR.replace("WRONG", "")])  # fmt: skip
def test_right_paths_are_not_doubted(right: str) -> None:
    assert poll(right)[::2] == (["1", "2", "3", "4", "5"], [])


def test_a_doubt_ends_when_the_path_is_mended() -> None:
    _, cursor, doubts = poll(CURSOR.replace("WRONG", "more: moer"))
    assert doubts and "doubts" in cursor["appeal"]
    _, cursor, doubts = poll(CURSOR.replace("WRONG", "more: more"), cursor)
    assert (doubts, "doubts" in cursor["appeal"]) == ([], False)


def test_a_cursor_that_is_never_told_is_doubted() -> None:
    """The first page comes again for ever, and nothing after it."""
    changes = CURSOR.replace("items.-1.id", "items.-1.number").replace("WRONG", "")
    with serving(answer) as base:
        batch = build(appeals(changes), base).poll(None)
        assert "`next` of `appeal` tells no cursor" in batch.doubts[0]
        assert list(build(appeals(changes), base).poll({"appeal": {"cursor": "4"}}).doubts) == [], "the end of the list"


def test_a_list_that_is_not_where_the_mapping_looks_is_doubted() -> None:
    changes = """
      by: snapshot
      start: 2026-01-01
      get: l
      list: {each: itmes, id: id}
      detail: {get: [one, {fill: item}]}"""
    with serving(answer) as base:
        told = build(appeals(changes, "{format: json}"), base).poll(None).doubts
        assert told[0].startswith("`list.each` of `appeal` finds no list")
        changes = changes.replace("itmes", "items").replace("id: id", "id: ident")
        told = build(appeals(changes, "{format: json}"), base).poll(None).doubts
        assert told[0].startswith("`list.id` of `appeal` is lacking in 2 of 2 entries")


def test_a_system_that_gives_fewer_than_it_is_asked_for_is_found_by_a_look_ahead() -> None:
    with serving(answer) as base:
        for size, doubted in ((100, True), (2, False)):
            changes = PAGES.replace("size: 2, WRONG", f"size: {size}")
            (poller,) = build(appeals(changes), base).parts.poller.kinds
            told = poller.look_ahead()
            assert bool(told) == doubted
            assert not doubted or "write `size: 2`" in told.said
