"""`tsur tune`: numbers that a site chooses by its own labelled examples."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.active import Folder, Json
from gateway.commands.evaluating import Appeals, Pairs, load_policy
from gateway.commands.output import fail, print_json, print_table

if TYPE_CHECKING:
    from router.duplicates.rules import Rules
    from router.duplicates.tuning import Share, Tuned

tune = typer.Typer(no_args_is_help=True, help="Choose numbers by labelled examples.")


@tune.command("duplicates")
def tune_duplicates(
    pairs: Pairs,
    appeals: Appeals,
    write: Annotated[Path | None, typer.Option(help="a duplicates.yaml to put them into; its comments stay")] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Choose the weights and thresholds of duplicates.yaml by labelled pairs, and say what to expect of them.

    What is expected comes from cross-validation: no pair is judged by weights that were learned from it or from a
    pair of the same appeals. Join is the lowest probability that keeps 95 % precision, suggest the lowest that keeps
    60 %. Nothing is changed without --write.
    """
    from gateway.labelled import list_examples, read_labelled
    from gateway.pairs import BadFile
    from router.duplicates import tuning

    policy = load_policy(folder)
    try:
        agreed, _, samples = read_labelled(pairs, appeals)
        tuned = tuning.tune(list_examples(policy, agreed, samples))
    except (BadFile, ValueError) as error:
        raise fail(str(error)) from error
    if write is not None:
        _write(write, tuned)
    if as_json:
        print_json(_tell(tuned))
    else:
        _print(tuned, policy.duplicates)


def _write(path: Path, tuned: "Tuned") -> None:
    from router.duplicates.rewriting import rewrite
    from router.report import PolicyErrors

    try:
        path.write_text(rewrite(path.read_text("utf-8") if path.exists() else "", str(path), tuned), "utf-8")
    except (PolicyErrors, UnicodeDecodeError) as error:
        raise fail(f"{path} stays as it was: {error}") from error


def _print(tuned: "Tuned", now: "Rules") -> None:
    of_now = {"base": now.weights.base, **now.weights.of}
    rows = [("same_problem.join", now.same_problem.join, tuned.join),
            ("same_problem.suggest", now.same_problem.suggest, tuned.suggest),
            *((f"weights.{name}", of_now[name], value) for name, value in _list_weights(tuned).items())]  # fmt: skip
    print_table(("duplicates.yaml", "now", "chosen"), [(name, f"{a:.2f}", f"{b:.2f}") for name, a, b in rows])
    typer.echo("\nExpected of pairs that were not seen (95 % intervals):")
    for name, share in _list_shares(tuned).items():
        low, high = share.interval
        typer.echo(f"  {name:18}{share.right} of {share.of}, {low:.2f}–{high:.2f}")
    typer.echo(f"  best F1 {tuned.best_f1:.2f}, recall at 95 % precision {tuned.recall_at_p95:.2f}")


def _tell(tuned: "Tuned") -> dict[str, object]:
    expected = {name: {"right": share.right, "of": share.of, "interval": [round(end, 4) for end in share.interval]}
                for name, share in _list_shares(tuned).items()}  # fmt: skip
    for name in ("best_f1", "recall_at_p95", "recall_at_p90"):
        expected[name] = round(getattr(tuned, name), 4)
    weights = {name: round(value, 4) for name, value in _list_weights(tuned).items()}
    return {"join": tuned.join, "suggest": tuned.suggest, "weights": weights, "expected": expected}


def _list_weights(tuned: "Tuned") -> dict[str, float]:
    return {"base": tuned.weights.base, **tuned.weights.of}


def _list_shares(tuned: "Tuned") -> dict[str, "Share"]:
    return {"join precision": tuned.join_precision, "join recall": tuned.join_recall,
            "suggest precision": tuned.suggest_precision, "suggest recall": tuned.suggest_recall}  # fmt: skip


def register(app: typer.Typer) -> None:
    app.add_typer(tune, name="tune")
