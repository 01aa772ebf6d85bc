"""Documents that could not be used: see why, mend the mapping, replay them in the order they arrived."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.active import Active, By, Json, admit, open_active, open_store, refuse_unknown
from gateway.commands.output import fail, print_json, print_table, show_time
from gateway.commands.then_and_now import attempt_now, attempt_then, list_fields, read_again, show_change

if TYPE_CHECKING:
    from gateway.operators import Operator

quarantine = typer.Typer(no_args_is_help=True, help="Documents that could not be used, and trying them again.")
System = Annotated[str | None, typer.Option(help="only documents of this system")]
Kind = Annotated[str | None, typer.Option(help="only documents of this kind: appeal, answer, …")]
Reason = Annotated[str | None, typer.Option("--reason", help="only with this reason: unreadable, unknown_code, …")]
#: Documents replayed in one transaction.
CHUNK = 200


@quarantine.command("list")
def show_list(system: System = None, kind: Kind = None, reason: Reason = None, as_json: Json = False) -> None:
    """What is in quarantine and why, oldest first."""
    from ledger.quarantine import find

    _admit("viewer")
    _check_kind(kind)
    with open_store().read() as tx:
        rows = find(tx, system, kind, reason)
        refuse_unknown(tx, system, rows)
    names = ("id", "system", "kind", "external_id", "revision", "reason", "detail", "received_at")
    if as_json:
        print_json([{name: getattr(row, name) for name in names} for row in rows])
        return
    print_table(("id", "system", "kind", "external id", "reason", "since", "detail"), [
        (r.id, r.system, r.kind, r.external_id, r.reason, show_time(r.received_at), r.detail or "-") for r in rows
    ])  # fmt: skip


@quarantine.command()
def show(
    name: Annotated[str, typer.Argument(metavar="DOCUMENT")],
    unmask: Annotated[
        bool, typer.Option("--unmask", help="show content and values; needs --reason, is audited")
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="why you must see residents' data")] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """What arrived, what its mapping made of it then and the active one makes of it now, and what changed in it."""
    from gateway.commands.papers import Papers
    from ledger import audit

    if unmask and not (reason or "").strip():
        raise fail('unmasking needs a reason: --unmask --reason "the mapping fails on this document only"')
    one = _admit("operator" if unmask else "viewer", by)
    active = open_active()
    with active.store.write() as tx:
        row, body = _open(tx, name)
        _, shown = Papers(tx, unmask).of_document(name)
        then, now = attempt_then(tx, row, body), attempt_now(tx, active, row, body)
        if unmask:
            audit.record(tx, [audit.note(tx, "desk.unmasked", name, one.name, why=reason)])
    lines = [_show_field(line, unmask) for line in list_fields(then, now)]
    if as_json:
        told = then and {"config": then.config, "verdict": then.verdict}
        print_json({
            "document": shown, "then": told, "now": now.verdict, "fields": lines, "change": show_change(then, now),
        })  # fmt: skip
        return
    for key, value in shown.items():
        typer.echo(f"{key}: {value if value not in (None, '') else '-'}")
    typer.echo(f"\nwith the mapping of then, {then.config}: {then.verdict}" if then else "")
    typer.echo(f"with the active mapping, {now.config}: {now.verdict}\n")
    print_table(("field", "their path", "raw", "then", "now", "changed"), lines)
    if change := show_change(then, now):
        typer.echo("\n" + "\n".join(change))


def _show_field(line: tuple[str, str, Any, Any, Any], unmask: bool) -> tuple[Any, ...]:
    name, path, raw, then, now = line
    shown = (raw, then, now) if unmask else (_hide(raw), _hide(then), _hide(now))
    return name, path, *shown, "yes" if then != now else ""


def _admit(role: str, by: str | None = None) -> "Operator":
    """What could not be read is of no known municipality: it is for those who see all."""
    one = admit(by, role)
    if one.municipalities is not None:
        raise fail(
            f"{one.name} sees {', '.join(one.municipalities)}; of a document in quarantine nobody knows the place"
        )
    return one


def _check_kind(kind: str | None) -> None:
    from canonical.document import KINDS
    from canonical.mapping.report import suggest

    if kind is not None and kind not in KINDS:
        raise fail(f"no kind of document {kind!r}; {suggest(kind, list(KINDS))}")


def _hide(value: Any) -> str:
    return "-" if value is None else "***"


def _open(tx: Any, name: str) -> tuple[Any, bytes]:
    from ledger.quarantine import load

    row, body = load(tx, name)
    if body is None:
        raise fail(f"no document {name!r}" if row is None else f"the content of {name} was forgotten")
    return row, body


@quarantine.command()
def replay(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[DOCUMENT …]", help="none: all that the filter fits")
    ] = None,
    system: System = None,
    kind: Kind = None,
    reason: Reason = None,
    preview: Annotated[bool, typer.Option("--preview", help="only read them with the active mapping")] = False,
    as_json: Json = False,
) -> None:
    """Try documents again with the active mapping, in the order they arrived."""
    from ledger.quarantine import find

    _admit("operator")
    _check_kind(kind)
    active = open_active()
    with active.store.read() as tx:
        rows = [row for row in find(tx, system, kind, reason) if not names or row.id in names]
        refuse_unknown(tx, system, rows)
        known = {row.id for row in rows}
        missing = [name for name in names or () if name not in known]
        if missing:
            raise fail(f"not in quarantine: {', '.join(missing)}; see `tsur quarantine list`")
        tried = [(row, _try(active, row, _open(tx, row.id)[1])) for row in rows if preview]
    if preview:
        _tell_preview(tried, as_json)
        return
    done = _replay(active.store, [row.id for row in rows])
    print_json({"replayed": done}) if as_json else typer.echo(f"{done} document(s) start again, oldest first")


def _try(active: Active, row: Any, body: bytes) -> str:
    return read_again(active.mappings.get(row.system), row, body)[0]


def _tell_preview(tried: list[tuple[Any, str]], as_json: bool) -> None:
    if as_json:
        print_json([{"id": row.id, "system": row.system, "kind": row.kind, "now": verdict} for row, verdict in tried])
        return
    print_table(("id", "system", "kind", "was", "now"), [(r.id, r.system, r.kind, r.reason, v) for r, v in tried])
    good = sum(verdict.startswith("readable") for _, verdict in tried)
    typer.echo(f"\n{good} of {len(tried)} would be readable now")


def _replay(store: Any, ids: list[str]) -> int:
    from ledger import documents

    done = 0
    for start in range(0, len(ids), CHUNK):
        with store.write() as tx:
            done += documents.replay(tx, ids[start : start + CHUNK])
    return done


def register(app: typer.Typer) -> None:
    app.add_typer(quarantine, name="quarantine")
