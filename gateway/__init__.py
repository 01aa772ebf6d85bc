"""Starting it: settings, wiring, web, command line, logs."""

import sys

# httpx imports its own command line, with a colour library of 6 MB, wherever that happens to be installed.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
