"""`tsur evaluate routes`: a rule set played over history, and against another one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.active import Folder, Json, mappings_folder, read_mappings
from gateway.commands.output import fail, print_json, print_table
from gateway.commands.rules import load_policy_of

if TYPE_CHECKING:
    from router.policy import Policy

History = Annotated[Path, typer.Option("--input", help="CSV in UTF-8, one appeal a line", exists=True, dir_okay=False)]
Other = Annotated[
    Path | None, typer.Option(help="another mappings folder: what its rules would change", exists=True, file_okay=False)
]
#: Lines of a table; JSON has all.
SHOWN = 15


def evaluate_routes(
    source: History,
    folder: Folder = None,
    against: Other = None,
    text: Annotated[str, typer.Option(help="column with the text, HTML or plain")] = "text",
    topic: Annotated[str, typer.Option(help="column with the channel's own topic, if there is one")] = "theme",
    executor: Annotated[str, typer.Option(help="column with the recipient that had it, if there is one")] = "executor",
    as_json: Json = False,
) -> None:
    """Play the rules over the appeals of a file: who would have got them, which rules do nothing or contradict.

    Columns `id`, `channel`, `place`, `oktmo`, `municipality` and `settlement` are used where they are. An executor
    is compared when it is the name or the title of a system. Nothing is stored, nothing is sent.
    """
    from gateway.history import list_unknown, read_history
    from gateway.pairs import BadFile
    from router.simulation import compare, simulate

    where = mappings_folder(folder)
    titles = {name: mapping.title for name, mapping in read_mappings(where).items()}
    try:
        history = read_history(source, text, topic, executor, titles)
        unknown = list_unknown(source, executor, titles)
    except BadFile as error:
        raise fail(str(error)) from error
    rules, others = _load(where), _load(against) if against else None  # a mistake in either is told at once
    now = simulate(rules, history)
    told = now.as_dict() | {"unknown_executors": len(unknown)}
    if others is not None:
        other = simulate(others, history)
        told["against"] = compare(history, now, other) | {"outcome": other.as_dict()}
    if as_json:
        print_json(told)
        return
    _show(told)
    if against is not None:
        _show_changes(told["against"], str(against))


def _load(folder: Path) -> "Policy":
    return load_policy_of(folder, set(read_mappings(folder)))


def _show(told: dict[str, Any]) -> None:
    agreement = "nothing to compare with" if told["agreement"] is None else f"{told['agreement']:.1%}"
    typer.echo(
        f"{told['appeals']} appeals: {told['routed']:.1%} routed ({told['by_fallback']:.1%} by the fallback), "
        f"{told['triage']:.1%} to a person ({told['topic_unsure']:.1%} for an unsure topic)\n"
        f"agreement with the known executor: {agreement} of {told['compared']}"
    )
    if told["unknown_executors"]:
        typer.echo(f"{told['unknown_executors']} executor(s) of the file are no system here and were not compared")
    typer.echo("")
    print_table(("rule", "appeals"), sorted(told["rules"].items(), key=lambda one: -one[1]))
    typer.echo(f"\nnever used: {', '.join(told['unused']) or 'none'}")
    _show_list("conflicts: the order in the file alone decides", told["conflicts"], "rule", "to", "also", "instead")
    _show_list("other than the executor", told["disagreements"], "rule", "to", "executor")


def _show_changes(told: dict[str, Any], folder: str) -> None:
    typer.echo(
        f"\nwith the rules of {folder}: {told['changed']} go elsewhere ({told['share_changed']:.1%}); "
        f"{told['won']} then agree with their executor, {told['lost']} no longer do"
    )
    _show_list("changes", told["moves"], "rule_before", "to_before", "rule_after", "to_after")


def _show_list(title: str, rows: list[dict[str, Any]], *heads: str) -> None:
    if rows:
        typer.echo(f"\n{title}" + (f" (the first {SHOWN} of {len(rows)})" if len(rows) > SHOWN else ""))
        shown = [(*(row[head] for head in heads), row["appeals"], " ".join(row["ids"])) for row in rows[:SHOWN]]
        print_table((*(head.replace("_", " ") for head in heads), "appeals", "for example"), shown)
