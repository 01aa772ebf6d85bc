"""Two real processes at a barrier. What they run is a function of this package, by name: `spawn` imports it anew."""

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from typing import Any

from ledger.store import Store, open_engine
from tests.ledger.material import make_vault

_spawn = multiprocessing.get_context("spawn")
LONGEST_S = 60


def race(step: Callable[..., Any], *arguments: tuple[Any, ...]) -> list[Any]:
    """Runs `step(meet, *arguments[i])` in one process each; what they returned. `meet()` waits for the others."""
    barrier, results = _spawn.Barrier(len(arguments)), _spawn.Queue()
    processes = [
        _spawn.Process(target=_run, args=(step, barrier, results, number, given), daemon=True)
        for number, given in enumerate(arguments)
    ]
    for process in processes:
        process.start()
    try:
        answers = dict(results.get(timeout=LONGEST_S) for _ in processes)
    finally:
        for process in processes:
            process.join(5)
            process.kill()
    failed = [answer for answer in answers.values() if isinstance(answer, Failure)]
    assert not failed, "\n".join(map(str, failed))
    return [answers[number] for number in sorted(answers)]


class Failure(str):
    """The traceback of a process."""


def _run(step: Callable[..., Any], barrier: Barrier, results: Any, number: int, given: tuple[Any, ...]) -> None:
    try:
        results.put((number, step(lambda: barrier.wait(LONGEST_S), *given)))
    except BaseException:
        barrier.abort()
        results.put((number, Failure(traceback.format_exc())))


def open_store(url: str) -> Store:
    return Store(open_engine(url), make_vault())


@contextmanager
def victim(step: Callable[..., Any], *given: Any) -> Iterator[tuple[Any, Any]]:
    """A process to kill or stop: `step(say, listen, *given)`; yields it and our end of the pipe."""
    here, there = _spawn.Pipe()
    process = _spawn.Process(target=_suffer, args=(step, there, given), daemon=True)
    process.start()
    try:
        yield process, here
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.join(5)


def _suffer(step: Callable[..., Any], pipe: Any, given: tuple[Any, ...]) -> None:
    try:
        step(pipe.send, pipe.recv, *given)
    except BaseException:
        pipe.send(Failure(traceback.format_exc()))


def hear(pipe: Any, longest: float = LONGEST_S) -> Any:
    assert pipe.poll(longest), "the process said nothing"
    said = pipe.recv()
    assert not isinstance(said, Failure), said
    return said


def wait_until(condition: Callable[[], bool], longest: float = LONGEST_S) -> None:
    end = time.monotonic() + longest
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)
