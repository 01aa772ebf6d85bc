"""Starting the stands: in a thread for tests, in the main thread for a process."""

import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import uvicorn

from stand.accounts import environment
from stand.injector import keep_transport
from stand.site import NAMES, build_site


@dataclass(slots=True)
class Stand:
    """Running stands; leaving it as a context stops them."""

    base: str  # http://127.0.0.1:port; each system is at base/name
    server: uvicorn.Server
    thread: threading.Thread

    def url(self, name: str) -> str:
        return f"{self.base}/{name}"

    def environment(self) -> dict[str, str]:
        return environment(self.base, NAMES)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)

    def __enter__(self) -> "Stand":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """Port 0 takes a free one. Loopback, unless the stands have a machine of their own."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind((host, port))
    return place


def make_server(gateway: str, folder: Path | None) -> uvicorn.Server:
    config = uvicorn.Config(
        keep_transport(build_site(gateway, folder)),
        log_level="error",
        access_log=False,
        loop="uvloop",
        http="httptools",
        ws="none",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def start(port: int = 0, gateway: str = "http://127.0.0.1:9", folder: Path | None = None) -> Stand:
    """In a thread of this process; requests are answered as soon as it returns. `gateway`: where webhooks go."""
    place, server = listen(port), make_server(gateway, folder)
    place.listen(128)  # callers may connect before the loop runs
    thread = threading.Thread(target=server.run, args=([place],), daemon=True)
    thread.start()
    return Stand(f"http://127.0.0.1:{place.getsockname()[1]}", server, thread)


def run(port: int, gateway: str, folder: Path | None, host: str = "127.0.0.1") -> None:
    """Until SIGTERM or SIGINT."""
    place = listen(port, host)
    print(f"stands: http://{host}:{place.getsockname()[1]}", flush=True)
    make_server(gateway, folder).run([place])
