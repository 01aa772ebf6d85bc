"""What every stage works with: the store, the lease, the compiled configuration, the waker."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from canonical.clock import measure_skew
from ledger import configs, leases
from ledger.store import Fenced, Lease, Store, Tx
from ledger.trouble import name_trouble
from workers.wake import Waker

if TYPE_CHECKING:
    from adapters.contract import Tools
    from ledger.shelf import Shelf
    from workers.site import Site

log = structlog.get_logger()
BEAT_S = 1.0
#: A machine's clock may be so far (ms) from the database's before it is told.
SKEW_MS = 2500
#: Between two tries to build the adapters that could not be built.
MEND_S = 5.0


@dataclass
class Runtime:
    store: Store
    waker: Waker
    make_tools: "Callable[[Runtime], Tools]"
    role: str = "worker"
    batch: int = 64
    shelf: "Shelf | None" = None  # where files lie, for the housekeeping
    lease: Lease = field(init=False)
    trouble: str | None = None  # why the last heartbeat could not be written
    _site: "Site | None" = None
    _asked: float = 0.0
    _mend_at: float = 0.0
    _seen: str | None = None  # the configuration that a process acts by without compiling it
    _compiling: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _acting: threading.local = field(default_factory=threading.local)
    _skewed: bool = False
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        self.lease = leases.take_lease(self.store, self.role)
        self._beating = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._beating.start()

    def finish(self) -> None:
        """From now on stages end after the batch they have."""
        self._stopping.set()

    def stop(self) -> None:
        """Everything ended: whatever is still claimed goes back."""
        self._stopping.set()
        self._ended.set()
        self._beating.join(BEAT_S * 2)
        leases.release(self.store, self.lease)
        if self._site:
            self._site.close()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_S):
            try:
                self._beat_once()
                self.trouble = None
            except Exception as error:  # the database is away: the lease runs out by itself, the next beat tries again
                self.trouble = name_trouble(error)
                log.warning("heartbeat.failed", error=self.trouble)

    def _beat_once(self) -> None:
        self.store.vault.refresh()
        try:
            leases.beat(self.store, self.lease, self.config)
            self._tell_skew()
        except Fenced:
            # Our rows went to others, or soon will. A new incarnation starts with nothing held.
            self.lease = leases.take_lease(self.store, self.role)
            log.warning("worker.fenced", worker=self.lease.id)

    def _tell_skew(self) -> None:
        """Once, when this machine's clock has left the database's: what others sign and date is judged by ours."""
        skew = measure_skew()
        if (abs(skew) > SKEW_MS) != self._skewed:
            self._skewed = not self._skewed
            log.warning("clock.skewed" if self._skewed else "clock.right", ahead_s=round(skew / 1000, 1))

    @contextmanager
    def acting(self, lease: Lease) -> Iterator[None]:
        """This thread works with what `lease` claimed, also when the process has taken a new one meanwhile."""
        self._acting.lease = lease
        try:
            yield
        finally:
            del self._acting.lease

    @property
    def own_lease(self) -> Lease:
        """The lease of what this thread works on."""
        lease: Lease = getattr(self._acting, "lease", self.lease)
        return lease

    @contextmanager
    def renouncing(self, lease: Lease) -> Iterator[None]:
        """What escapes from here may strand what was claimed, so the lease is renounced: the heartbeat takes
        a new one, and all that the old one holds is freed when it is buried."""
        try:
            yield
        except Exception:
            lease.fenced = True
            raise

    @contextmanager
    def handing_back(self, lease: Lease) -> Iterator[Tx]:
        """A transaction that frees after a failure what was claimed."""
        with self.renouncing(lease), self.store.write(lease) as tx:
            yield tx

    def still_mine(self) -> None:
        """Just before an effect: raises Fenced when this worker may have been declared dead."""
        self.own_lease.check()

    def current_site(self) -> "Site":
        """As `site`, but the ledger is asked at most once a second: for the hot path of the web."""
        if self._site is None or time.monotonic() - self._asked > 1.0:
            self._asked = time.monotonic()
            return self.site()
        return self._site

    @property
    def config(self) -> str | None:
        """The hash of the configuration that this process acts by."""
        return self._site.hash if self._site else self._seen

    def see_config(self) -> None:
        """For a process that needs no adapters: which configuration is active, as the heartbeat tells."""
        with self.store.read() as tx:
            self._seen = configs.read_active(tx)

    def _mend(self, site: "Site") -> "Site":
        """Now and then what could not be built is built again: who puts a missing secret in place restarts nothing."""
        if time.monotonic() < self._mend_at or not self._compiling.acquire(blocking=False):
            return site
        try:
            from workers.site import mend_site

            self._mend_at = time.monotonic() + MEND_S
            self._site = mend_site(site, self.make_tools(self)) if self._site is site else self._site
            return self._site or site
        finally:
            self._compiling.release()

    def site(self) -> "Site":
        """The configuration in effect. A new one is compiled once per process."""
        from workers.site import compile_site  # the sweeper does without adapters

        with self.store.read() as tx:
            active = configs.read_active(tx)
            if self._site is not None and self._site.hash == active:
                return self._mend(self._site)
            if active is None:
                raise LookupError("no configuration is active; run `tsur apply mappings`")
            with self._compiling:
                if self._site is None or self._site.hash != active:
                    self._site = compile_site(active, configs.load(tx, active), self.make_tools(self))
                    log.info("config.loaded", config=active)
            return self._site
