"""What `tsur demo` becomes: `python -m gateway.demo SOURCE MAPPINGS json|"" KEEP|""`, all of them needed."""

import sys
from pathlib import Path

from gateway.demo.play import play

if __name__ == "__main__":
    source, mappings, form, keep = sys.argv[1:]
    sys.exit(play(Path(source), Path(mappings), form == "json", Path(keep) if keep else None))
