"""`tsur train`: what a site learns from its own labelled texts."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.output import fail

train = typer.Typer(no_args_is_help=True, help="Learn from labelled texts.")
Labelled = Annotated[Path, typer.Option(help="CSV in UTF-8 with labelled texts", exists=True, dir_okay=False)]
LabelColumn = Annotated[str, typer.Option("--label", help="column with the label: theme, category, executor …")]
TextColumn = Annotated[str, typer.Option("--text", help="column with the text, HTML or plain")]


@train.command("topics")
def train_topics(
    source: Annotated[Path, typer.Option("--input", help="CSV in UTF-8", exists=True, dir_okay=False)],
    label: LabelColumn = "theme",
    text: TextColumn = "text",
    output: Annotated[Path, typer.Option(help="where the model is written")] = Path("topics.model"),
) -> None:
    """Train a topic model and write it as data: arrays and a hash, never code; no word of a text is in it."""
    from gateway.examples import read_examples, read_titles
    from router.classifier.certainty import NEVER
    from router.classifier.training import train as learn

    try:
        model = learn([*read_examples(source, label, text), *read_titles(source, label)])
    except ValueError as error:
        raise fail(str(error)) from error
    content = model.dump()
    output.write_bytes(content)
    sure = "asks always: no confidence reached 95 % in its own trial"
    if model.threshold < NEVER:
        sure = f"asks below a probability of {model.threshold:.2f}"
    typer.echo(f"{output}: {len(model.labels)} labels, {len(content) / 1e6:.1f} MB; {sure}")


def register(app: typer.Typer) -> None:
    app.add_typer(train, name="train")
