"""The desk: everything that waits for a person, one list."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands import events, operators, quarantine, stopping
from gateway.commands.active import By, Json, admit, open_active, open_store, refuse_unknown
from gateway.commands.output import fail, print_json, print_table, show_time
from gateway.commands.words import KINDS, explain

if TYPE_CHECKING:
    from gateway.operators import Operator
    from ledger.desk_list import Filter
    from ledger.store import Tx
    from workers.resolve import Report

desk = typer.Typer(no_args_is_help=True, help="What waits for a person: see it, decide it, take a decision back.")
Kind = Annotated[str | None, typer.Option(help="suggestion, delivery, triage, quarantine, file, fan_out, question, …")]
System = Annotated[str | None, typer.Option(help="only items about this system")]
Reason = Annotated[str | None, typer.Option("--reason", help="only items with this reason")]
Preview = Annotated[bool, typer.Option("--preview", help="do it, count what it causes, and roll it back")]
#: A preview really decides: more than so many items would hold up the workers.
PREVIEWED = 100


@desk.command("list")
def show_list(
    kind: Kind = None,
    system: System = None,
    reason: Reason = None,
    limit: Annotated[int, typer.Option(min=1, help="at most so many items")] = 50,
    as_json: Json = False,
) -> None:
    """What waits, urgent first, and how much there is of each kind.

    \b
    tsur desk list --kind triage
    tsur desk list --kind delivery --system nadym --json
    """
    from ledger import desk_list

    _check_kind(kind)
    wanted = desk_list.Filter(kind, system, reason, municipalities=admit(None, "viewer").municipalities)
    with open_store().read() as tx:
        rows, counts = desk_list.list_open(tx, wanted, limit), desk_list.count_open(tx, wanted)
        refuse_unknown(tx, system, rows)
    if as_json:
        print_json({"items": [_plain(row) for row in rows], "counts": [dict(row._mapping) for row in counts]})
        return
    heads = ("id", "kind", "reason", "system", "urgency", "since", "about")
    print_table(heads, [
        (r.id, r.kind, r.reason, r.system, ("life", "urgent", "normal")[r.urgency], show_time(r.opened_at), r.subject)
        for r in rows
    ])  # fmt: skip
    total = sum(row.number for row in counts)
    typer.echo(f"\n{total} item(s) wait" + (f", {len(rows)} shown (--limit)" if total > len(rows) else ""))
    for row in counts:
        where = f" ({row.system})" if row.system else ""
        typer.echo(f"  {row.number:>6}  {row.kind}: {row.reason}{where}  {explain(row.kind, row.reason)}")


def _plain(row: Any) -> dict[str, Any]:
    """Without what undoes it."""
    return {name: value for name, value in row._mapping.items() if name != "undo"}


@desk.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="an item's id, or the id of what it is about")],
    unmask: Annotated[
        bool, typer.Option("--unmask", help="show residents' data; needs --reason and is audited")
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="why you must see residents' data")] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """One item with its papers and the decisions it allows. Residents are masked.

    \b
    tsur desk show q_01m85
    tsur desk show q_01m85 --unmask --reason "the resident asked by phone"
    """
    from gateway.commands.papers import Papers
    from ledger import audit, desk_list
    from workers.resolve import DECISIONS

    if unmask and not (reason or "").strip():
        raise fail('unmasking needs a reason: --unmask --reason "the resident asked by phone"')
    one = admit(by, "operator" if unmask else "viewer")
    with open_store().write() as tx:
        item = desk_list.get(tx, name)
        if item is None or not _is_theirs(one, tx, [item.id]):
            raise fail(f"nothing on the desk is called {name!r}; `tsur desk list` shows what waits")
        papers = Papers(tx, unmask).of_item(item)
        if unmask:
            audit.record(tx, [audit.note(tx, "desk.unmasked", item.subject, one.name, item=item.id, why=reason)])
    decisions = list(DECISIONS.get(item.kind, ())) if item.open else []
    if as_json:
        print_json({"item": _plain(item), "papers": papers, "decisions": decisions})
        return
    state = "waits" if item.open else f"decided: {item.decision} by {item.decided_by}"
    typer.echo(f"{item.id}: {item.kind}, {item.reason}, since {show_time(item.opened_at)}, {state}")
    typer.echo(explain(item.kind, item.reason))
    for title, content in papers:
        typer.echo(f"\n{title}")
        for key, value in content.items():
            typer.echo(f"  {key}: {value if value not in (None, '') else '-'}")
    if decisions:
        typer.echo(f"\ndecide: tsur desk decide {item.id} {' | '.join(decisions)}")


@desk.command()
def decide(
    words: Annotated[list[str] | None, typer.Argument(metavar="[ID …] DECISION")] = None,
    kind: Kind = None,
    system: System = None,
    reason: Reason = None,
    preview: Preview = False,
    undo: Annotated[str | None, typer.Option("--undo", metavar="BATCH", help="take a batch of decisions back")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask before deciding many")] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Decide items by their ids, or all that --kind, --system and --reason choose.

    \b
    quarantine   replay | discard:REASON
    delivery     send | cancel[:REASON] | delivered[:NUMBER]
    file         retry | without[:REASON] | share (every resident of the case may see it)
    fan_out      release (ten first; once more for the rest) | stop[:REASON]
    late_answer  tell | done
    suggestion   join | separate
    event        open | separate
    triage       route:SYSTEM | topic:CODE | close:REASON
    others       done | reopen

    \b
    tsur desk decide q_01m85 q_01m86 separate --preview
    tsur desk decide send --kind delivery --system nadym --reason unavailable_for_long
    tsur desk decide --undo b_01m85
    """
    from ledger.desk_list import Filter

    _check_kind(kind)
    one = admit(by, "operator")
    wanted = Filter(kind, system, reason, municipalities=one.municipalities)
    if undo is not None:
        _undo(undo, one, preview, as_json)
        return
    *names, decision = words or [""]
    if not decision or bool(names) == (not wanted.is_empty):
        raise fail("say which: ids and a decision, or --kind/--system/--reason and a decision; see --help")
    ids = _choose(wanted, names, decision, one)
    if ids and not names and not preview and not yes and not _agree(f"{decision!r} for {len(ids)} item(s)?"):
        raise fail("nothing was decided; --yes decides without asking")
    _decide(ids, decision, one.name, preview, as_json)


def _agree(question: str) -> bool:
    """A job has no terminal to answer at."""
    try:
        return typer.confirm(question)
    except typer.Abort:
        return False


def _check_kind(kind: str | None) -> None:
    """A mistyped kind would look like an empty desk."""
    from canonical.mapping.report import suggest

    if kind is not None and kind not in KINDS:
        raise fail(f"no kind {kind!r}; {suggest(kind, list(KINDS))}")


def _is_theirs(one: "Operator", tx: "Tx", items: list[str]) -> bool:
    from ledger.municipality import holds_items

    return one.municipalities is None or holds_items(tx, items, one.municipalities)


def _choose(wanted: "Filter", names: list[str], decision: str, one: "Operator") -> list[str]:
    from ledger import desk_list
    from workers.resolve import find_step
    from workers.resolve_effects import NotPossible

    with open_store().read() as tx:
        found = [(n, desk_list.get(tx, n)) for n in names] or [(r.id, r) for r in desk_list.list_open(tx, wanted)]
        missing = [name for name, row in found if row is None or not _is_theirs(one, tx, [row.id])]
        refuse_unknown(tx, wanted.system, found)
    if missing:
        raise fail(f"nothing on the desk is called {', '.join(missing)}; `tsur desk list` shows what waits")
    try:
        for row_kind in sorted({row.kind for _, row in found}):
            find_step(row_kind, decision.partition(":")[0])
    except NotPossible as error:
        raise fail(str(error)) from error
    return [row.id for _, row in found]


def _decide(ids: list[str], decision: str, by: str, preview: bool, as_json: bool) -> None:
    from workers.resolve import decide as resolve

    active = open_active()
    if preview and len(ids) > PREVIEWED:
        typer.echo(f"{len(ids)} item(s) chosen; the preview decides the first {PREVIEWED}", err=True)
        ids = ids[:PREVIEWED]
    report = resolve(active.store, active.sends, ids, decision, by, preview)
    _tell(report, decision, preview, as_json)
    if not preview and report.done and not as_json:
        typer.echo(f"batch {report.batch}; take it back with `tsur desk decide --undo {report.batch}`")


def _undo(batch: str, one: "Operator", preview: bool, as_json: bool) -> None:
    from ledger import desk_list
    from workers.resolve import undo as take_back

    active = open_active()
    with active.store.read() as tx:
        if not _is_theirs(one, tx, desk_list.find_batch(tx, batch)):
            raise fail(f"batch {batch} has decisions on other municipalities than yours")
    report = take_back(active.store, active.sends, batch, one.name, preview)
    if not report.done and not report.faults:
        raise fail(f"no decision of batch {batch} is there to undo; it may have been undone already")
    _tell(report, "undone", preview, as_json)


def _tell(report: "Report", word: str, preview: bool, as_json: bool) -> None:
    if as_json:
        print_json(report.__dict__ | {"preview": preview})
    else:
        typer.echo(f"{'would be ' if preview else ''}{word}: {report.done} item(s)")
        for what, number in sorted(report.counts.items()):
            typer.echo(f"  {number:>6}  {what}")
    for name, why in report.faults:
        typer.echo(f"tsur: {name}: {why}", err=True)
    if report.faults:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Adds `desk`, `quarantine`, `stop`, `resend`, `pause`, `resume`, `event` and `operators`."""
    app.add_typer(desk, name="desk")
    quarantine.register(app)
    stopping.register(app)
    events.register(app)
    operators.register(app)
