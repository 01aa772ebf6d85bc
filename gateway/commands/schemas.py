"""`tsur schema` and `tsur reference`: what the code knows, printed, so that no document can lag behind it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.output import fail, print_json

if TYPE_CHECKING:
    from canonical.form import Form


def list_forms() -> "dict[str, type[Form]]":
    """Every canonical model by its name in lower case."""
    from canonical import answer, appeal, applicant, attachment, case, delivery, document, place, plan, receipt, topic

    forms = (
        document.Document, case.Thread, appeal.Appeal, applicant.Applicant, place.Place, topic.Topic,
        attachment.Attachment, case.Case, case.Assignment, case.Obligation, case.Event, answer.Answer,
        answer.StatusChange, answer.Question, answer.Reply, answer.Satisfaction, receipt.Receipt,
        delivery.Delivery, delivery.Scope, plan.Plan,
    )  # fmt: skip
    return {form.__name__.lower(): form for form in forms}


def schema(name: Annotated[str | None, typer.Argument(help="a model, e.g. appeal; none: all of them")] = None) -> None:
    """Print the JSON Schema of the canonical models: what a document is translated into."""
    from canonical.form import SCHEMA_VERSION
    from canonical.mapping.report import suggest

    forms = list_forms()
    if name is not None and name.lower() not in forms:
        raise fail(f"no model {name!r}; {suggest(name.lower(), list(forms))}")
    chosen = [forms[name.lower()]] if name else list(forms.values())
    made = {form.__name__: form.model_json_schema() | {"x-version": SCHEMA_VERSION} for form in chosen}
    print_json(made if name is None else next(iter(made.values())))


def reference(
    file: Annotated[
        Path | None, typer.Argument(help="write here, e.g. docs/mapping-reference.md [standard output]")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="exit 1 when FILE is not what would be written")] = False,
) -> None:
    """Print the reference of the mapping language, made from the code that reads mappings."""
    from canonical.mapping.reference import write_reference

    text = write_reference()
    if file is None:
        typer.echo(text)
    elif check:
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            raise fail(f"{file} is out of date; run `tsur reference {file}`")
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def register(app: typer.Typer) -> None:
    app.command()(schema)
    app.command()(reference)
