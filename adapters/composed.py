"""Adapters put together from shared parts: a class for each set of capabilities, so that isinstance tells the truth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from adapters.asks import Asker
from adapters.changes import Followed, read_changes
from adapters.connect import Connect
from adapters.contract import Batch, Cursor, Health, Reception, Request, Stored, Tools
from adapters.download import Downloader
from adapters.errors import Unavailable
from adapters.following import Follower, KindFollower
from adapters.line import Line, make_line
from adapters.listening import KindListener, Listener
from adapters.mapped import Mapped
from adapters.plan import Runner
from adapters.polling import KindPoller, Poller
from adapters.settings import Missing, resolve
from adapters.verify import make_check
from adapters.webhook_settings import WEBHOOK
from canonical.delivery import Delivery
from canonical.plan import Plan
from canonical.receipt import Receipt

FETCH = "fetch"


class Reader(Protocol):
    def read(self, request: Request) -> Reception: ...


@dataclass(slots=True)
class Parts:
    """`line` None: a system that only calls us."""

    line: Line | None
    poller: Poller
    follower: Follower
    listener: Reader
    runner: Runner | None
    downloader: Downloader | None = None


class Base:
    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    @property
    def concurrency(self) -> int:
        """Calls at once that this system bears from one process."""
        return self.parts.line.settings.limits.concurrency if self.parts.line else 1

    def check_health(self) -> Health:
        return self.parts.line.check_health() if self.parts.line else Health(True, "only calls us")

    def close(self) -> None:
        if self.parts.line:
            self.parts.line.close()
        if self.parts.downloader:
            self.parts.downloader.close()


class Polling(Base):
    def poll(self, cursor: Cursor | None) -> Batch:
        return self.parts.poller.poll(cursor)


class Confirming(Base):
    """Only adapters of protocols that keep what was not confirmed; they say how."""

    def confirm(self, batch: Batch) -> None:
        raise NotImplementedError


class Following(Base):
    def follow(self, numbers: Sequence[str]) -> Batch:
        return self.parts.follower.follow(numbers)


class Listening(Base):
    def read(self, request: Request) -> Reception:
        return self.parts.listener.read(request)


class Delivering(Base):
    def deliver(self, delivery: Delivery) -> Receipt:
        return _runner(self).deliver(delivery)


class Finding(Base):
    def find(self, delivery: Delivery) -> Receipt | None:
        return _runner(self).find(delivery)


class Fetching(Base):
    def fetch(self, plan: Plan) -> Stored:
        if self.parts.downloader is None:
            raise Unavailable("this system has no line")
        runner = _runner(self)
        return self.parts.downloader.fetch(plan, lambda plan: runner.build(plan.calls[0], {}))


def _runner(adapter: Base) -> Runner:
    if adapter.parts.runner is None:
        raise Unavailable("this system has no line")
    return adapter.parts.runner


def choose(mapping: Mapped) -> tuple[type[Base], ...]:
    """The capabilities that a mapping's text gives its system."""
    ways = {str(rules.get("by")) for rules in mapping.changes.values()}
    has = {
        Polling: bool(ways - {"follow"}),
        Confirming: "queue" in ways,
        Following: "follow" in ways,
        Listening: bool(mapping.webhooks),
        Delivering: bool(mapping.intents - {FETCH}),
        Finding: bool(mapping.intents - {FETCH}),
        Fetching: FETCH in mapping.intents,
    }
    return tuple(part for part, present in has.items() if present)


@cache
def _to_class(name: str, parts: tuple[type[Base], ...]) -> type[Base]:
    return type(name, parts or (Base,), {})


def compose(
    name: str,
    mapping: Mapped,
    settings: Connect,
    tools: Tools,
    change: Callable[[Parts], Parts] = lambda parts: parts,
    listen: Callable[[Mapped, Tools], Reader] | None = None,
) -> Base:
    """`change` puts in what is special about a protocol, `listen` how it is called. Raises Unavailable when a secret is
    missing."""
    try:
        parts = change(make_parts(mapping, settings, tools, listen or _listen))
    except Missing as error:
        raise Unavailable(f"{mapping.system}: cannot be connected: {error}") from None
    return _to_class(name, choose(mapping))(parts)


def make_parts(mapping: Mapped, settings: Connect, tools: Tools, listen: Callable[[Mapped, Tools], Reader]) -> Parts:
    asks = bool(mapping.changes or mapping.intents)
    line = make_line(mapping.system, settings, tools) if asks else None
    pollers, followers = _make_asking(mapping, line, tools) if line else ([], [])
    runner = Runner(line, mapping, tools) if line else None
    return Parts(
        line,
        Poller(pollers),
        Follower(followers),
        listen(mapping, tools),
        runner,
        _make_downloader(runner, tools),
    )


def _make_downloader(runner: Runner | None, tools: Tools) -> Downloader | None:
    if runner is None or FETCH not in runner.mapping.intents:
        return None
    return Downloader(runner.line, tools, lambda name, reply: runner.judge(FETCH, name, reply))


def _make_asking(mapping: Mapped, line: Line, tools: Tools) -> tuple[list[KindPoller], list[KindFollower]]:
    pollers, followers = [], []
    for kind in mapping.changes:
        rules = read_changes(mapping, kind)
        asker = Asker(line, rules.zone, tools.secret)
        if isinstance(rules, Followed):
            followers.append(KindFollower(kind, rules, line, mapping, asker))
        else:
            pollers.append(KindPoller(kind, rules, line, mapping, tools, asker))
    return pollers, followers


def _listen(mapping: Mapped, tools: Tools) -> Listener:
    return Listener([_make_listener(kind, raw, tools) for kind, raw in mapping.webhooks.items()], mapping)


def _make_listener(kind: str, raw: object, tools: Tools) -> KindListener:
    rules = WEBHOOK.validate_python(raw)
    check = make_check(rules.verify, tools.secret, lambda: tools.now().timestamp())
    confirm = resolve(rules.handshake.body, tools.secret) if rules.handshake else ""
    return KindListener(kind, rules, check, confirm.encode())
