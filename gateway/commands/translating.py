"""`tsur translate`: one document as a mapping reads it, field by field, and as another mapping would send it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.active import Folder, Json, find_mapping, mappings_folder, read_mappings
from gateway.commands.output import fail, print_json, print_table

if TYPE_CHECKING:
    from canonical.attachment import Attachment
    from canonical.delivery import Scope
    from canonical.mapping import FieldTrace, Mapping

File = Annotated[Path, typer.Argument(help="what arrived, as it came", exists=True, dir_okay=False)]


def translate(
    file: File,
    system: Annotated[str, typer.Option(help="whose document it is")],
    kind: Annotated[str, typer.Option(help="appeal, answer, question, reply, satisfaction or status")] = "appeal",
    to: Annotated[str | None, typer.Option(help="show what this system would be sent")] = None,
    intent: Annotated[str, typer.Option(help="with --to: forward, answer, status, …")] = "forward",
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Show document → canonical with a trace per field, or with --to the way out. Nothing is stored or sent.

    The output holds the document's personal data. Exit 1 when something cannot be read or written.

    \b
    tsur translate --system city_app mappings/examples/city_app-appeal.json
    tsur translate --system city_app --to nadym mappings/examples/city_app-appeal.json
    tsur translate --system nadym --kind answer mappings/examples/nadym-list.xml --json
    """
    mappings = read_mappings(mappings_folder(folder))
    source = find_mapping(mappings, system)
    if kind not in source.kinds:
        raise fail(f"{source.path} reads no {kind!r}; it reads {', '.join(sorted(source.kinds)) or 'nothing'}")
    documents = split(source, kind, file.read_bytes())
    told = [_tell(source, kind, name, body, fault) for name, body, fault in documents]
    if to is not None:
        _enrich(told, mappings_folder(folder), system, set(mappings))
        _add_way_out(told, find_mapping(mappings, to), intent, source)
    if as_json:
        print_json([{key: value for key, value in one.items() if key != "readings"} for one in told])
    else:
        for one in told:
            _print(one)
    if any(one["error"] for one in told):
        raise typer.Exit(1)


def split(mapping: "Mapping", kind: str, raw: bytes) -> list[tuple[str, bytes, str | None]]:
    """(external id, body, fault) of each document: `raw` may be a whole reply or one document of it."""
    from canonical.mapping import ReadingError

    try:
        items = mapping.split(kind, raw)
    except ReadingError as error:
        try:
            mapping.read(kind, raw)
        except ReadingError:
            raise fail(f"{mapping.system}: {error}") from error
        items = []
    return [(item.external_id, item.body, item.fault) for item in items] or [("-", raw, None)]


def _tell(mapping: "Mapping", kind: str, name: str, body: bytes, fault: str | None) -> dict[str, Any]:
    from canonical.mapping import ReadingError

    error, readings = fault, []
    try:
        readings = mapping.read(kind, body)
    except ReadingError as problem:
        error = error or str(problem)
    return {
        "id": name, "kind": kind, "error": error, "fields": [_plain(trace) for trace in mapping.trace(kind, body)],
        "canonical": [reading.model_dump(mode="json", exclude_defaults=True) for reading in readings],
        "readings": readings,
    }  # fmt: skip


def _plain(trace: "FieldTrace") -> dict[str, Any]:
    return {
        "field": trace.field, "path": trace.path, "raw": trace.raw, "absent": trace.absent,
        "steps": [f"{name}: {value}" for name, value in trace.steps], "result": trace.result,
    }  # fmt: skip


def _enrich(told: list[dict[str, Any]], folder: Path, system: str, systems: set[str]) -> None:
    """As the router leaves it: with topic and place filled in."""
    from canonical.appeal import Appeal
    from gateway.commands.rules import load_policy_of

    if not (folder / "routes.yaml").exists():
        return
    policy = load_policy_of(folder, systems)
    for one in told:
        one["readings"] = [policy.enrich(r, system) if isinstance(r, Appeal) else r for r in one["readings"]]


def _add_way_out(told: list[dict[str, Any]], target: "Mapping", intent: str, source: "Mapping") -> None:
    from canonical.mapping import RenderingError
    from canonical.mapping.shown import show_call

    if intent not in target.intents:
        raise fail(f"{target.path} sends no {intent!r}; it sends {', '.join(sorted(target.intents)) or 'nothing'}")
    for one in told:
        one["calls"] = []
        for reading in one["readings"]:
            try:
                plan = target.render(intent, make_scope(reading, one["id"], source.system, target.system, intent))
                one["calls"].append([{call.name: show_call(call)} for call in plan.calls])
            except RenderingError as error:
                one["error"] = f"{target.system} {intent}: {error}"


def make_scope(reading: Any, external_id: str, source: str, target: str, intent: str) -> "Scope":
    """What an out-mapping may see of this one document; what only a real case has gets made-up ids."""
    from canonical.answer import Answer
    from canonical.appeal import Appeal
    from canonical.delivery import AnswerView, AppealView, CaseView, Intent, Scope

    files = [_stand_in(file, number) for number, file in enumerate(getattr(reading, "attachments", ()), 1)]
    ids: dict[str, Any] = {"delivery_id": "v_example", "intent": Intent(intent), "system": target}
    case, appeal = (
        {"id": "c_example", "state": "routed"},
        {"id": "a_example", "system": source, "external_id": external_id},
    )
    if isinstance(reading, Appeal):
        shared = {"text": reading.text, "topic": reading.topic, "place": reading.place, "files": files}
        more = {"opened_at": reading.created_at, "due_at": reading.due_at, "urgency": reading.urgency,
                "legal_kind": reading.legal_kind}  # fmt: skip
        seen = AppealView(**appeal, **shared, created_at=reading.created_at, thread=reading.thread)
        return Scope(**ids, case=CaseView(**case, **shared, **more), appeal=seen, applicant=reading.applicant)
    view = AnswerView(id="n_example", text=getattr(reading, "text", ""), at=getattr(reading, "at", None))
    if isinstance(reading, Answer):
        kept = {
            name: getattr(reading, name) for name in ("finality", "outcome", "raw", "reason", "postponed_to", "number")
        }
        view = view.model_copy(update=kept | {"state": reading.state, "files": tuple(files), "recipient": source})
    appeal["external_id"] = "example"
    return Scope(**ids, case=CaseView(**case), appeal=AppealView(**appeal), answer=view)


def _stand_in(file: "Attachment", number: int) -> "Attachment":
    """As if it had been fetched: nothing is fetched here, and what is sent names a file by its digest."""
    return file.model_copy(update={"digest": file.digest or f"digest-of-file-{number}"})


def _print(one: dict[str, Any]) -> None:
    typer.echo(f"{one['kind']} {one['id']}")
    print_table(("field", "path", "raw", "steps", "result"), [
        (f["field"], f["path"] or "-", "(absent)" if f["absent"] else _short(f["raw"]),
         " → ".join(map(_short, f["steps"])) or "-", _short(f["result"]))
        for f in one["fields"]
    ])  # fmt: skip
    if one["error"]:
        typer.echo(f"tsur: cannot go on: {one['error']}", err=True)
    if not one["readings"] and not one["error"]:
        typer.echo(f"nothing to read: `when` or `entries` of in.{one['kind']} chooses none of it")
    elif "calls" not in one and not one["error"]:
        typer.echo("\ncanonical")
        for reading in one["canonical"]:
            print_json(reading)
    for calls in one.get("calls", ()):
        typer.echo("\nwould be sent")
        for call in calls:
            print_json(call)
    typer.echo("")


def _short(value: Any, most: int = 60) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= most else text[: most - 1] + "…"


def register(app: typer.Typer) -> None:
    app.command()(translate)
