"""Long-running processes: web, worker, sweeper. SIGTERM ends each of them gracefully."""

import contextlib
import gc
import signal
import threading

import structlog

from gateway.bootstrap import make_runtime, open_parts
from gateway.engines.sockets import require_free
from gateway.logs import start_logs
from gateway.settings import Settings
from workers.runtime import Runtime

log = structlog.get_logger()
#: Seconds that running work may take after SIGTERM.
GRACE_S = 20.0
#: New objects before the collector of cycles looks for some: batches make many objects and hardly a cycle, and Python's
#: own 700 cost a tenth of a worker's time.
COLLECT = (10_000, 20, 20)


def _wait_for_signal() -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    # A signal's handler runs between Python instructions: wait in short turns.
    while not stop.wait(0.5):
        pass


def _open(settings: Settings, role: str) -> tuple[Runtime, bytes]:
    start_logs(settings.log_level, role)
    gc.set_threshold(*COLLECT)
    parts = open_parts(settings)
    runtime = make_runtime(parts, role)
    runtime.start()
    log.info("process.started", worker=runtime.lease.id)
    return runtime, parts.keys.audit


def run_worker(settings: Settings) -> None:
    from dramatiq import Worker

    from workers.actors import declare_actors

    runtime, _ = _open(settings, "worker")
    declare_actors(runtime)
    # The broker is asked this often (ms) when idle; one wake-up per lane keeps the queue short.
    worker = Worker(runtime.waker.broker, worker_threads=settings.threads, worker_timeout=25)
    worker.start()
    _wait_for_signal()
    runtime.finish()
    worker.stop(timeout=round(GRACE_S * 1000))
    runtime.stop()
    log.info("process.stopped")


def run_sweeper(settings: Settings) -> None:
    from ledger import lanes
    from ledger.anchor import Anchor
    from workers.housekeeping import TICKS
    from workers.sweeper import TICK_S, sweep

    runtime, audit_key = _open(settings, "sweeper")
    with runtime.store.write() as tx:
        lanes.add_ticks(tx, TICKS)
    anchor = Anchor(settings.audit_anchor)
    ended = threading.Event()

    def loop() -> None:
        tick = 0
        while not ended.wait(TICK_S):
            try:
                sweep(runtime, tick, audit_key, anchor)
                tick += 1
            except Exception as error:  # the database or Redis is away: the next tick tries again
                log.exception("sweep.failed", error=type(error).__name__)

    sweeping = threading.Thread(target=loop, name="sweep")
    sweeping.start()
    _wait_for_signal()
    ended.set()
    sweeping.join(GRACE_S)
    runtime.stop()
    log.info("process.stopped")


def run_web(settings: Settings) -> None:
    import uvicorn

    from gateway.web.app import Web

    require_free(settings.host, settings.port)
    runtime, _ = _open(settings, "web")
    with contextlib.suppress(LookupError):  # nothing applied yet
        runtime.site()  # now, and not while the first caller waits
    web = Web(runtime)
    config = uvicorn.Config(
        web, host=settings.host, port=settings.port, loop="uvloop", http="httptools", lifespan="off",
        access_log=False, log_level="warning", server_header=False, date_header=False,
        timeout_graceful_shutdown=4,
    )  # fmt: skip
    # When running requests were answered, uvicorn sends itself the signal again, to whoever listened before it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    try:
        uvicorn.Server(config).run()
    finally:
        web.intake.close()
        runtime.stop()
    log.info("process.stopped")
