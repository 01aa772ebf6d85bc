"""`tsur train`: what a site learns from its own labelled texts."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.active import open_store
from gateway.commands.output import fail

if TYPE_CHECKING:
    from router.classifier.example import Example

train = typer.Typer(no_args_is_help=True, help="Learn from labelled texts.")
Labelled = Annotated[Path, typer.Option(help="CSV in UTF-8 with labelled texts", exists=True, dir_okay=False)]
LabelColumn = Annotated[str, typer.Option("--label", help="column with the label: theme, category, executor …")]
TextColumn = Annotated[str, typer.Option("--text", help="column with the text, HTML or plain")]
Primer = Annotated[
    str, typer.Option(help="what residents say about municipal topics: built-in, none, or a file that is added to it")
]


@train.command("topics")
def train_topics(
    source: Annotated[Path | None, typer.Option("--input", help="CSV in UTF-8", exists=True, dir_okay=False)] = None,
    ledger: Annotated[bool, typer.Option("--ledger", help="learn from this site's own ledger instead")] = False,
    label: LabelColumn = "theme",
    text: TextColumn = "text",
    primer: Primer = "built-in",
    output: Annotated[Path, typer.Option(help="where the model is written")] = Path("topics.model"),
) -> None:
    """Train a topic model and write it as data: arrays and a hash, never code; no word of a text is in it.

    From the ledger, `theme` is a topic that the channel's code or a person gave, `executor` the recipient whom a case
    came to in the end: what was sent back or moved by hand teaches as well. What was only guessed teaches nothing.
    """
    from gateway.examples import choose_primer
    from router.classifier.training import train as learn

    if (source is None) is not ledger:
        raise fail("learn from what? write --input FILE.csv or --ledger")
    if not output.parent.is_dir():
        raise fail(f"no folder {output.parent}; make it, or name another --output")
    try:
        examples = _read_ledger(label) if source is None else _read_file(source, label, text)
        model = learn(examples, choose_primer(primer, label))
        content = model.dump()
        output.write_bytes(content)
    except (ValueError, OSError) as error:
        raise fail(str(error)) from error
    sure = "asks always: no confidence reached 95 % in its own trial"
    if model.threshold <= 1:
        sure = f"asks below a probability of {model.threshold:.2f}"
    typer.echo(f"{output}: {len(model.labels)} labels, {len(content) / 1e6:.1f} MB; {sure}")
    if label != "executor":
        named = f"{{file: {output.name}, sha256: {hashlib.sha256(content).hexdigest()}}}"
        typer.echo(f"beside topics.yaml, and in it:\nmodel: {named}")


def _read_file(source: Path, label: str, text: str) -> "list[Example]":
    from gateway.examples import read_examples, read_titles

    return [*read_examples(source, label, text), *read_titles(source, label)]


def _read_ledger(label: str) -> "list[Example]":
    from gateway.decided import LABELS, read_decided

    if label not in LABELS:
        raise fail(f"the ledger has no {label!r}; choose {' or '.join(LABELS)}")
    with open_store().read() as tx:
        return read_decided(tx, label)


def register(app: typer.Typer) -> None:
    app.add_typer(train, name="train")
