"""The `tsur` command. Heavy imports wait until a command needs them."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from gateway.mishaps import describe
from gateway.settings import read_settings

app = typer.Typer(
    name="tsur", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Gateway between residents' channels and the systems that settle their problems. "
    "Settings come from TSUR_* variables; see docs/operations.md.",
)  # fmt: skip
#: The demo is started from any folder.
PROJECT = Path(__file__).parents[1]
EXAMPLES, MAPPINGS = PROJECT / "examples" / "appeals.jsonl", PROJECT / "mappings"


def become(module: str, *words: object) -> NoReturn:
    """Goes on as another program, which holds none of the libraries that read a command line: 25 MB."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", module, *map(str, words)])  # noqa: S606


@app.command()
def up(workers: Annotated[int, typer.Option(help="worker processes", min=1)] = 1) -> None:
    """Run everything on this machine: web, workers, sweeper, embedded engines where no URL is given."""
    read_settings()  # what is wrong with them is said by this command
    become("gateway.supervisor", workers)


@app.command()
def web() -> None:
    """Run the web process: webhooks in, health and metrics out."""
    from gateway.commands.run import run_web

    run_web(read_settings())


@app.command()
def worker() -> None:
    """Run one worker process; start as many as you like, on any number of hosts."""
    from gateway.commands.run import run_worker

    run_worker(read_settings())


@app.command()
def sweeper() -> None:
    """Run the sweeper: the schedule, due rows, dead workers, the audit's seals."""
    from gateway.commands.run import run_sweeper

    run_sweeper(read_settings())


@app.command()
def demo(
    source: Annotated[
        Path, typer.Option("--input", help="JSONL, or CSV with columns id,channel,text[,…]", show_default="its own")
    ] = EXAMPLES,
    mappings: Annotated[Path, typer.Option(help="the configuration to run", show_default="the project's")] = MAPPINGS,
    as_json: Annotated[bool, typer.Option("--json", help="end with one JSON object as the last line")] = False,
    keep: Annotated[Path | None, typer.Option(help="keep ledger, logs and books in this folder")] = None,
) -> None:
    """Run the whole main job on simulated systems and prove that nothing was lost or done twice."""
    become("gateway.demo", source, mappings, "json" if as_json else "", keep or "")


def main() -> None:
    """Entry point of the `tsur` script and of `python -m gateway`."""
    from gateway.commands import register
    from gateway.commands.output import forgive_terminal

    forgive_terminal()
    register(app)
    try:
        app()
    except Exception as error:
        said = describe(error)
        if said is None:
            raise
        sys.exit(f"tsur: {said}")
