"""`python -m stand --port 8900 --gateway http://127.0.0.1:8080 --state DIR`"""

import argparse
from pathlib import Path

from stand.server import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="stand", description="Simulated outer systems on loopback.")
    parser.add_argument("--port", type=int, default=8900, help="0: a free one, printed")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; another only inside a private network")
    parser.add_argument("--gateway", default="http://127.0.0.1:8080", help="where webhooks are sent")
    parser.add_argument("--state", type=Path, help="folder of the books, one JSON line per effect")
    chosen = parser.parse_args()
    run(chosen.port, chosen.gateway, chosen.state, chosen.host)


if __name__ == "__main__":
    main()
