"""`tsur evaluate`: how well decisions agree with what people decided. Nothing is stored."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands import simulating
from gateway.commands.active import Folder, Json, mappings_folder
from gateway.commands.learning import LabelColumn, Labelled, Primer, TextColumn
from gateway.commands.output import fail, print_json, print_table

if TYPE_CHECKING:
    from router.policy import Policy

evaluate = typer.Typer(no_args_is_help=True, help="Measure decisions against what people decided.")
Pairs = Annotated[
    Path, typer.Option(help="CSV id_a,id_b,label_a,label_b: same, related or different", exists=True, dir_okay=False)
]
Appeals = Annotated[
    list[Path],
    typer.Option(help="CSV with id and text (HTML or plain); several are read as one", exists=True, dir_okay=False),
]
Plot = Annotated[Path | None, typer.Option(help="draw it too, as a PNG", dir_okay=False)]


@evaluate.command("duplicates")
def evaluate_duplicates(pairs: Pairs, appeals: Appeals, folder: Folder = None, plot: Plot = None,
                        as_json: Json = False) -> None:  # fmt: skip
    """Judge labelled pairs by the very code and configuration that the workers use.

    Only pairs on which both readers agree count; `same` is the positive class. Times are taken from a column
    `created_at` when there is one.
    """
    from gateway.labelled import judge_pairs, plot_pairs, read_labelled
    from gateway.pairs import BadFile
    from gateway.plot import NoPillow
    from router.duplicates.quality import measure

    policy = load_policy(folder)
    try:
        agreed, _, samples = read_labelled(pairs, appeals)
        scored = judge_pairs(policy, agreed, samples)
        if plot is not None:
            plot_pairs(scored, policy.duplicates.same_problem, plot)
    except (BadFile, NoPillow, OSError) as error:
        raise fail(str(error)) from error
    told = measure(scored).as_dict()
    if as_json:
        print_json(told)
    else:
        print_table(("measure", "value"), list(told.items()))


@evaluate.command("topics")
def evaluate_topics(train: Labelled, test: Labelled, label: LabelColumn, text: TextColumn = "text",
                    primer: Primer = "built-in", plot: Plot = None, as_json: Json = False) -> None:  # fmt: skip
    """Train on one file and measure on another: what a model of this history would be worth.

    For any label but `theme` and `category`, the column `theme` is used as known, where both files have it.
    coverage_at_p95 is the share of texts that could be labelled without asking, 95 of 100 of them rightly.
    """
    from gateway.examples import judge_model, plot_trial
    from gateway.plot import NoPillow

    try:
        trial = judge_model(train, test, label, text, primer)
        if plot is not None:
            plot_trial(trial, plot)
    except (ValueError, NoPillow, OSError) as error:
        raise fail(str(error)) from error
    told = trial.measures
    if as_json:
        print_json(told)
    else:
        print_table(("measure", "value"), list(told.items()))


def load_policy(folder: Path | None) -> "Policy":
    from gateway.commands.active import read_mappings
    from gateway.commands.rules import load_policy_of

    where = mappings_folder(folder)
    return load_policy_of(where, set(read_mappings(where)))


def register(app: typer.Typer) -> None:
    evaluate.command("routes")(simulating.evaluate_routes)
    app.add_typer(evaluate, name="evaluate")
