"""A process that starts an engine and is then killed."""

import signal
import subprocess
import sys

BODY = """
import sys, time
from pathlib import Path
{setup}
server = start(Path(folder))
print(server.process.pid, server.url, flush=True)
time.sleep(600)
"""


class Mortal:
    """`setup` defines `start` and `folder`; the engine runs when this returns, its process id in `server`."""

    def __init__(self, setup: str) -> None:
        code = BODY.format(setup=setup)
        self.process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        pid, self.url = self.process.stdout.readline().split()
        self.server = int(pid)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
