"""`python -m gateway` is `tsur`. Background processes take the short way: they need no command line to be read."""

import sys

# structlog would load it for tracebacks in colour, which a log of JSON lines never has: 4 MB in every process.
sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402, F401

del sys.modules["rich"]  # the pages of `--help` do have colours


def main() -> None:
    """Entry point of the `tsur` script too."""
    if sys.argv[1:] in (["web"], ["worker"], ["sweeper"]):
        _run(sys.argv[1])
        return
    from gateway import cli

    cli.main()


def _run(role: str) -> None:
    """Asked for by that one word: all commands and their options would be 8 MB in each process."""
    from gateway.commands import run
    from gateway.mishaps import describe
    from gateway.settings import read_settings

    roles = {"web": run.run_web, "worker": run.run_worker, "sweeper": run.run_sweeper}
    try:
        roles[role](read_settings())
    except Exception as error:
        said = describe(error)
        if said is None:
            raise
        sys.exit(f"tsur: {said}")


if __name__ == "__main__":
    main()
