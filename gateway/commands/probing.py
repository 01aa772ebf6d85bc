"""`tsur probe`: login, list and detail of a system are tried, and what its replies make doubtful is said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.active import Folder, Json, find_mapping, load_mappings, mappings_folder, read_folder
from gateway.commands.output import fail, print_json, print_table

if TYPE_CHECKING:
    from adapters.contract import Tools
    from adapters.polling import KindPoller

OK, DOUBT, FAILED = "ok", "DOUBT", "FAILED"


@dataclass(frozen=True, slots=True)
class Step:
    """`state`: `DOUBT` is what may be right and would go wrong silently."""

    name: str
    state: str
    detail: str


def probe(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="the system's name")],
    number: Annotated[str | None, typer.Option(help="also ask about this filing of ours, by its number there")] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Test login, list and detail of a system without writing: nothing is sent or stored. Exit 1 on failure.

    DOUBT: a path that ends the list (`next`, `more`, `total`) looks mistaken: entries may be missed.
    """
    from adapters import registry
    from gateway.settings import read_settings

    files = read_folder(mappings_folder(folder))
    mapping = find_mapping(load_mappings(files), system)
    if findings := registry.check(mapping, files):
        raise fail("\n".join(map(str, findings)))
    steps = list(_probe(mapping, _make_tools(read_settings(), files), number))
    if as_json:
        print_json([
            {"step": s.name, "ok": s.state != FAILED, "doubt": s.state == DOUBT, "detail": s.detail} for s in steps
        ])  # fmt: skip
    else:
        print_table(("step", "", "detail"), [(step.name, step.state, step.detail) for step in steps])
    if any(step.state == FAILED for step in steps):
        raise typer.Exit(1)


def _make_tools(settings: Any, files: dict[str, str]) -> "Tools":
    """Tools with which nothing can be delivered."""
    from adapters.contract import Tools
    from gateway.settings import read_secret

    def refuse(*_: Any) -> None:
        raise PermissionError("a probe has no effects")

    return Tools(
        secret=lambda name: read_secret(settings, name), read_file=lambda _: b"", still_mine=refuse, files=files
    )


def _probe(mapping: Any, tools: "Tools", number: str | None) -> Iterator[Step]:
    from adapters import registry
    from adapters.errors import AdapterError

    try:
        adapter = registry.build(mapping, tools)
    except AdapterError as error:
        yield _of_error(type(error).__name__, error)
        return
    try:
        health = adapter.check_health()
        yield Step("reach and log in", OK if health.ok else FAILED, health.detail or "answers")
        if health.ok:
            yield from _ask(adapter, mapping, number)
    finally:
        adapter.close()


def _of_error(name: str, error: Exception) -> Step:
    return Step(name, FAILED, str(error))


def _ask(adapter: Any, mapping: Any, number: str | None) -> Iterator[Step]:
    from adapters.contract import Follows, Polls

    if isinstance(adapter, Polls):
        yield from _poll(adapter, mapping)
    if number and isinstance(adapter, Follows):
        yield from _follow(adapter, mapping, number)
    if not isinstance(adapter, Polls | Follows):
        yield Step("list", OK, f"it calls us: nothing to ask; send a document to {_entrance(mapping)}")


def _poll(adapter: Any, mapping: Any) -> Iterator[Step]:
    """Each kind by itself: the success of one must not hide that another fails."""
    from adapters.composed import Base
    from adapters.errors import AdapterError

    kinds = adapter.parts.poller.kinds if isinstance(adapter, Base) else ()
    for poller in kinds:
        name = f"list of `{poller.kind}` from the configured start"
        try:
            documents, _, more = poller.poll(None)
            yield from _show(name, mapping, documents, more)
            yield from _look_at_paths(poller)
        except AdapterError as error:
            yield _of_error(name, error)
    if not kinds:
        batch = adapter.poll(None)
        yield from _show("list from the configured start", mapping, batch.documents, batch.more)


def _show(name: str, mapping: Any, documents: Sequence[Any], more: bool) -> Iterator[Step]:
    yield Step(name, OK, f"{len(documents)} document(s){', more to come' if more else ''}")
    yield _read(mapping, documents)


def _look_at_paths(poller: "KindPoller") -> Iterator[Step]:
    ahead = poller.look_ahead()
    for told in (*poller.told, *([ahead] if ahead else ())):
        yield Step(f"`{told.name}` of `{poller.kind}`", DOUBT if told.doubtful else OK, told.said)


def _follow(adapter: Any, mapping: Any, number: str) -> Iterator[Step]:
    from adapters.errors import AdapterError

    try:
        found = adapter.follow([number]).documents
    except AdapterError as error:
        yield _of_error(f"filing {number}", error)
        return
    yield Step(f"filing {number}", OK if found else FAILED, f"{len(found)} document(s)")
    yield _read(mapping, found)


def _entrance(mapping: Any) -> str:
    return f"/{'soap' if mapping.adapter == 'soap' else 'in'}/{mapping.system}"


def _read(mapping: Any, documents: Any) -> Step:
    """Whether the mapping reads what came; the first reason why not, which holds no values."""
    from canonical.mapping import ReadingError

    faults = []
    for document in documents:
        try:
            if document.fault:
                faults.append(document.fault)
            else:
                mapping.read(document.kind, document.body)
        except ReadingError as error:
            faults.append(str(error))
    said = f", {len(faults)} not, the first: {faults[0]}" if faults else ""
    return Step("read by the mapping", FAILED if faults else OK, f"{len(documents) - len(faults)} readable{said}")


def register(app: typer.Typer) -> None:
    app.command()(probe)
