"""`python -m gateway` is `tsur`, as background processes are started."""

import sys

# structlog would load it for tracebacks in colour, which a log of JSON lines never has: 4 MB in every process.
sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402, F401

del sys.modules["rich"]  # the pages of `--help` do have colours

from gateway.cli import main  # noqa: E402

main()
