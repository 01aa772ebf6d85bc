"""`python -m gateway` is `tsur`, as background processes are started."""

import sys

# structlog would load it for tracebacks in colour, which a log of JSON lines never has: 4 MB in every process.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]

from gateway.cli import main  # noqa: E402

main()
