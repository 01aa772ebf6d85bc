"""`tsur up`: everything on one machine. A small supervisor: it imports no heavy library and restarts what dies."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from gateway.engines.child import Engine, spawn
from gateway.engines.redis import start_redis
from gateway.engines.sockets import require_free
from gateway.settings import Settings

#: Seconds between looks at the children, and before a child that died is started again.
LOOK_S, RESTART_S = 0.2, 0.5
#: Seconds that the children may take to end.
GRACE_S = 25.0


@dataclass
class Supervisor:
    settings: Settings
    workers: int = 1
    children: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    redis: Engine | None = None
    stopping: bool = False

    def start(self) -> None:
        require_free(self.settings.host, self.settings.port)
        self.settings.state_dir.mkdir(parents=True, exist_ok=True)
        # Children inherit the environment and start in the root folder.
        os.environ["TSUR_STATE_DIR"] = str(self.settings.state_dir.absolute())
        # Threads of one process need not each keep their own heap.
        os.environ.setdefault("MALLOC_ARENA_MAX", "2")
        os.environ["TSUR_MAPPINGS_DIR"] = str(self.settings.mappings_dir.absolute())
        self._start_redis()
        self._run("db", "upgrade", "--quiet")
        if self.settings.mappings_dir.is_dir():
            self._run("apply", str(self.settings.mappings_dir), "--quiet", "--if-changed")
        else:
            print(f"tsur: {self.settings.mappings_dir} is not a folder: what was active stays so", file=sys.stderr)
        for name in ("web", "sweeper", *(f"worker-{n}" for n in range(1, self.workers + 1))):
            self._start_child(name)

    def _start_redis(self) -> None:
        if self.settings.redis_url is None:
            self.redis = start_redis(self.settings.state_dir / "redis")
            os.environ["TSUR_REDIS_URL"] = self.redis.url

    def _run(self, *words: str) -> None:
        done = subprocess.run([sys.executable, "-m", "gateway", *words], check=False)
        if done.returncode:
            raise SystemExit(done.returncode)

    def _start_child(self, name: str) -> None:
        log = self.settings.state_dir / "logs" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "gateway", name.split("-")[0]]
        self.children[name] = spawn(command, log, death=signal.SIGTERM)

    def watch(self) -> None:
        """Until SIGTERM: what dies is started again. Work it held is freed by the sweeper."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop_soon())
        while not self.stopping:
            time.sleep(LOOK_S)
            self.revive()
        self.stop()

    def revive(self) -> None:
        if self.redis is not None and self.redis.process.poll() is not None:
            print("tsur: redis ended; starting it again", file=sys.stderr)
            self._start_redis()  # the same socket: nobody needs to be told
        for name, child in list(self.children.items()):
            if child.poll() is not None and not self.stopping:
                log = self.settings.state_dir / "logs" / f"{name}.log"
                print(f"tsur: {name} ended with {child.returncode}, see {log}; starting it again", file=sys.stderr)
                time.sleep(RESTART_S)
                self._start_child(name)

    def stop_soon(self) -> None:
        self.stopping = True

    def stop(self) -> None:
        for child in self.children.values():
            child.terminate()
        deadline = time.monotonic() + GRACE_S
        for child in self.children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
        if self.redis is not None:
            self.redis.stop()


def run_up(settings: Settings, workers: int) -> None:
    supervisor = Supervisor(settings, workers)
    supervisor.start()
    where = f"http://{settings.host}:{settings.port}/health"
    print(f"tsur is up: {where}; logs in {Path(settings.state_dir) / 'logs'}", file=sys.stderr)
    supervisor.watch()
