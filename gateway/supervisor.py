"""Everything on one machine: starts the gateway's processes and starts again what dies. Imports no heavy library."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from gateway.engines.child import Engine, spawn, tail
from gateway.engines.redis import start_redis
from gateway.engines.sockets import require_free
from gateway.mishaps import Mishap, describe
from gateway.settings import Settings, read_settings

#: Seconds between looks at the children, and before a child that died is started again: twice as long each time,
#: while it keeps dying.
LOOK_S, RESTART_S, LONGEST_S = 0.2, 0.5, 30.0
#: Who lived so long (seconds) works: it may die of what is down for a while, and is started again for ever.
STEADY_S = 20.0
#: Who never worked and ended so often by itself would do so for ever.
TRIES = 3
#: Seconds that the children may take to end.
GRACE_S = 25.0


class Broken(Mishap):
    """A process cannot run here, so nothing does. `log`: what it said."""

    def __init__(self, what: str, log: Path | None = None) -> None:
        super().__init__(f"{what}; its log: {log}" if log else what)
        self.log = log

    def last_words(self) -> str:
        return "".join(f"  | {line}\n" for line in tail(self.log).splitlines()) if self.log else ""


@dataclass
class Life:
    """Of a child. failures: times in a row that it ended by itself before it was steady."""

    started: float
    failures: int = 0
    steady: bool = False
    again_at: float | None = None

    @property
    def pause(self) -> float:
        doublings = min(max(0, self.failures - 1), 8)
        return min(LONGEST_S, RESTART_S * float(2**doublings))


@dataclass
class Supervisor:
    settings: Settings
    workers: int = 1
    children: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    lives: dict[str, Life] = field(default_factory=dict)
    redis: Engine | None = None
    stopping: bool = False

    def start(self) -> None:
        """Raises Mishap."""
        require_free(self.settings.host, self.settings.port)
        self.settings.state_dir.mkdir(parents=True, exist_ok=True)
        # Children inherit the environment and start in the root folder.
        paths = {name: value for name, value in vars(self.settings).items() if isinstance(value, Path)}
        os.environ |= {f"TSUR_{name.upper()}": str(path.absolute()) for name, path in paths.items()}
        # Threads of one process need not each keep their own heap.
        os.environ.setdefault("MALLOC_ARENA_MAX", "2")
        self._start_redis()
        self._run("db", "upgrade", "--quiet")
        if self.settings.mappings_dir.is_dir():
            self._run("apply", str(self.settings.mappings_dir), "--quiet", "--if-changed")
        else:
            say(f"{self.settings.mappings_dir} is not a folder: what was active stays so")
        for name in ("web", "sweeper", *(f"worker-{n}" for n in range(1, self.workers + 1))):
            self._start_child(name)

    def _start_redis(self) -> None:
        if self.settings.redis_url is None:
            self.redis = start_redis(self.settings.state_dir / "redis")
            os.environ["TSUR_REDIS_URL"] = self.redis.url

    def _run(self, *words: str) -> None:
        done = subprocess.run([sys.executable, "-m", "gateway", *words], check=False)
        if done.returncode:
            raise Broken(f"`tsur {' '.join(words)}` {_tell(done.returncode)}, so the gateway does not start")

    def _find_log(self, name: str) -> Path:
        return self.settings.state_dir / "logs" / f"{name}.log"

    def _start_child(self, name: str) -> None:
        log = self._find_log(name)
        log.parent.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "gateway", name.split("-")[0]]
        self.children[name] = spawn(command, log, death=signal.SIGTERM)
        life = self.lives.setdefault(name, Life(0.0))
        life.started, life.again_at = time.monotonic(), None

    def watch(self) -> None:
        """Until SIGTERM: what dies is started again. Work it held is freed by the sweeper. Raises Broken."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop_soon())
        while not self.stopping:
            time.sleep(LOOK_S)
            self.revive()

    def revive(self) -> None:
        """Raises Broken for a child that was never steady and ends again and again."""
        if self.redis is not None and self.redis.process.poll() is not None:
            say("redis ended; starting it again")
            self._start_redis()  # the same socket: nobody needs to be told
        for name, child in list(self.children.items()):
            if child.poll() is not None and not self.stopping:
                self._revive_child(name, child.returncode)

    def _revive_child(self, name: str, ended: int) -> None:
        life, now = self.lives[name], time.monotonic()
        if life.again_at is None:
            self._judge(name, life, ended, now)
            life.again_at = now + life.pause
            say(f"{name} {_tell(ended)}, see {self._find_log(name)}; starting it again")
        elif now >= life.again_at:
            self._start_child(name)

    def _judge(self, name: str, life: Life, ended: int, now: float) -> None:
        """A signal comes from outside: it says nothing of whether the process could live."""
        lasted = now - life.started >= STEADY_S
        life.steady |= lasted
        life.failures = life.failures + 1 if ended > 0 and not lasted else 0
        if life.failures >= TRIES and not life.steady:
            said = f"{name} {_tell(ended)}, {life.failures} times in a row, so the gateway does not start"
            raise Broken(said, self._find_log(name))

    def stop_soon(self) -> None:
        self.stopping = True

    def stop(self) -> None:
        self.stopping = True
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


def _tell(ended: int) -> str:
    return f"ended with {ended}" if ended >= 0 else f"was ended by {signal.Signals(-ended).name}"


def say(text: str) -> None:
    print(f"tsur: {text}", file=sys.stderr, flush=True)


def run_up(settings: Settings, workers: int) -> None:
    supervisor = Supervisor(settings, workers)
    try:
        supervisor.start()
        where = f"http://{settings.host}:{settings.port}/health"
        say(f"started; {where} tells when all are ready; logs in {settings.state_dir / 'logs'}")
        supervisor.watch()
    except Broken as error:
        sys.exit(f"{error.last_words()}tsur: {error}")
    except KeyboardInterrupt:
        sys.exit("tsur: interrupted while starting")
    except Exception as error:
        said = describe(error)
        if said is None:
            raise
        sys.exit(f"tsur: {said}")
    finally:
        supervisor.stop()


if __name__ == "__main__":
    # `tsur up` becomes this, so that what only watches holds no command line: 25 MB less.
    run_up(read_settings(), int(sys.argv[1]))
