"""The adapter, put together: what a mapping uses of the exchange."""

from adapters.composed import Base, Confirming, Delivering, Parts, Polling
from adapters.contract import Batch, Cursor, Health, Tools
from adapters.errors import AdapterError, Unavailable
from adapters.following import Follower
from adapters.line import make_line
from adapters.listening import Listener
from adapters.mapped import Mapped
from adapters.polling import Poller
from adapters.settings import Missing
from adapters.smev.exchange import Exchange
from adapters.smev.fileserver import FileServer, open_server
from adapters.smev.queues import Queues
from adapters.smev.seal import Seal
from adapters.smev.sending import Sender
from adapters.smev.settings import CHANGES, Settings, Taken
from canonical.delivery import Delivery
from canonical.receipt import Receipt


class Smev(Base):
    """`sender` and `queues` share one exchange; the mapping decides which of them is used."""

    def __init__(self, parts: Parts, exchange: Exchange, sender: Sender, queues: Queues) -> None:
        super().__init__(parts)
        self.exchange, self.sender, self.queues = exchange, sender, queues

    def check_health(self) -> Health:
        """What waits in our queues, and certificates that end soon."""
        try:
            waiting = self.exchange.count_waiting()
        except AdapterError as error:
            return Health(False, str(error))
        told = [f"{count} waiting in {queue}" for queue, count in sorted(waiting.items()) if count]
        return Health(True, "; ".join([warned for warned in (self.exchange.seal.health(), *told) if warned]))

    def close(self) -> None:
        self.queues.close()
        super().close()


class Consuming(Smev, Confirming, Polling):
    def poll(self, cursor: Cursor | None) -> Batch:
        return self.queues.poll(cursor)

    def confirm(self, batch: Batch) -> None:
        self.queues.confirm(batch)


class Sending(Smev, Delivering):
    def deliver(self, delivery: Delivery) -> Receipt:
        return self.sender.deliver(delivery)


class Both(Consuming, Sending):
    pass


def make_smev(mapping: Mapped, settings: Settings, tools: Tools, seal: Seal) -> Smev:
    line = make_line(mapping.system, settings, tools)
    exchange = Exchange(line, settings, seal, tools, _open_server(mapping.system, settings, tools))
    kinds = [(kind, CHANGES.validate_python(raw)) for kind, raw in mapping.changes.items()]
    watched = _list_statuses(kinds) if mapping.intents else []
    parts = Parts(line, Poller([]), Follower([]), Listener([], mapping), None)
    made = {(True, True): Both, (True, False): Consuming, (False, True): Sending}
    kind = made.get((bool(kinds), bool(mapping.intents)), Smev)
    return kind(parts, exchange, Sender(exchange, tools), Queues(exchange, mapping, tools, kinds, watched))


def _list_statuses(kinds: list[tuple[str, Taken]]) -> list[tuple[str, Taken]]:
    """Who answers requests has to hear which answers SMEV rejected later, also when the mapping does not ask."""
    asked = {rule.take for _, rule in kinds}
    if "requests" not in asked or "statuses" in asked:
        return []
    return [(kinds[0][0], Taken(by="queue", take="statuses"))]


def _open_server(system: str, settings: Settings, tools: Tools) -> FileServer | None:
    """Raises Unavailable naming the missing secret or the bad address."""
    rules = settings.attachments.ftp
    if rules is None:
        return None
    try:
        return open_server(f"{system}: files", rules, settings.timeouts.total, tools.secret)
    except (Missing, ValueError) as error:
        raise Unavailable(f"{system}: cannot be connected: {error}") from None
