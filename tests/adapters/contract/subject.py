"""What an adapter's test file hands to the suites: its mapping, its stand, and what counts as an effect there."""

import dataclasses
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from adapters import registry
from adapters.contract import Tools
from adapters.errors import AdapterError
from canonical.applicant import Applicant
from canonical.attachment import Attachment
from canonical.delivery import AnswerView, AppealView, CaseView, Delivery, Scope
from canonical.mapping import Mapping as Compiled
from canonical.mapping import load
from stand.server import Stand

SYSTEMS = Path(__file__).parent.parent / "systems"
#: Invented; whatever an adapter says aloud must not hold it.
NAME, PHONE, TEXT = (
    "Заповедных Аристарх Илларионович",
    "+79000001234",
    "Промёрзла труба у Заповедных, звоните +79000001234",
)


class Subject:
    """One system of the stands with its adapter. Subclasses say what is theirs."""

    system: str
    intent = "forward"
    steps: tuple[str, ...] = ("create",)
    idempotent = False  # repeats make one effect by themselves
    finds = True
    effect = "POST"  # faults strike calls whose «METHOD /path» contains it
    question = "GET"  # the same of calls that only ask
    numbered = True

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.secrets = stand.environment()
        self.mapping: Compiled = load(self.text(), f"systems/{self.system}.yaml")
        self.recorded: dict[str, dict[str, Any]] = {}
        self.asked = 0  # calls of still_mine
        self.adapters: list[Any] = []
        self.control(clear=True)

    # the gateway's side

    def text(self) -> str:
        """Of the mapping."""
        return (SYSTEMS / f"{self.system}.yaml").read_text(encoding="utf-8")

    def tools(self) -> Tools:
        return Tools(self.secrets.__getitem__, self.read_file, self.still_mine, self.record)

    def read_file(self, digest: str) -> bytes:
        return f"content of {digest}".encode()

    def still_mine(self) -> None:
        self.asked += 1

    def record(self, delivery: str, call: str, taken: Mapping[str, str]) -> None:
        self.recorded.setdefault(delivery, {})[call] = dict(taken)

    def records(self, delivery: str) -> tuple[str, ...]:
        """Names of a delivery's calls that were recorded."""
        return tuple(self.recorded.get(delivery, {}))

    def build(self, **settings: Any) -> Any:
        """A new adapter; `settings` replace keys of `connect:`."""
        mapping = dataclasses.replace(self.mapping, settings=self.mapping.settings | settings)
        adapter = registry.build(mapping, self.tools())
        self.adapters.append(adapter)
        return adapter

    def delivery(self, id: str, files: int = 0) -> Delivery:
        """With the progress recorded so far."""
        attachments = tuple(Attachment(name=f"{n}.jpg", digest=f"{n}" * 8) for n in range(1, files + 1))
        scope = Scope(
            delivery_id=id,
            intent=self.intent,
            system=self.system,
            case=CaseView(id="c", state="routed", text=TEXT, files=attachments),
            appeal=AppealView(id="a", system="x", external_id=self.appeal(id), text=TEXT),
            applicant=Applicant(name=NAME, phone=PHONE),
            answer=AnswerView(text=f"{TEXT} {id}"),
        )
        plan = self.mapping.render(self.intent, scope)
        if not self.finds:
            plan = plan.model_copy(update={"find": None})
        return Delivery(
            id=id,
            system=self.system,
            intent=self.intent,
            plan=plan,
            progress=self.recorded.get(id, {}),
            files=attachments,
        )

    def close(self) -> None:
        for adapter in self.adapters:
            adapter.close()
        self.control(clear=True)

    # the stand's side

    def appeal(self, delivery: str) -> str:
        """External id of the appeal that a delivery speaks of; a channel must know it."""
        return "e1"

    def control(self, **switches: Any) -> None:
        self.ask(f"/_control/{self.system}", switches)

    def fault(self, name: str, times: int = 1, match: str | None = None, **more: Any) -> None:
        """Strikes the next calls that have an effect."""
        self.control(**{name: {"next": times, "match": self.effect if match is None else match, **more}})

    def ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.stand.base + path, data, {"Content-Type": "application/json"})
        with urlopen(request, timeout=5) as reply:
            return json.load(reply)

    def book(self) -> Any:
        return self.ask(f"/_book/{self.system}?effects=1")

    def effects(self, id: str) -> int:
        """How often a delivery really happened."""
        return sum(one["effect"] == "filing" and one["external_id"] == id for one in self.book()["effects"])


class ChannelSubject(Subject):
    """A channel: its residents write first."""

    intent = "answer"
    steps = ("answer",)

    def appeal(self, delivery: str) -> str:
        known = f"e-{delivery}"
        if known not in self.book()["sent"]:
            self.write(known)
        return known

    def write(self, id: str, **more: Any) -> None:
        appeal = {"id": id, "channel": self.system, "text": TEXT, "name": NAME, "phone": PHONE, **more}
        self.ask("/_control/channel/send", {"appeals": [appeal]})

    def effects(self, id: str) -> int:
        told = self.book()["effects"]
        return sum(one["effect"] == "answer" and one["text"].endswith(f" {id}") for one in told)


def caught(act: Callable[[], Any]) -> AdapterError:
    """The adapter's error; anything else fails the test. It must not speak of the resident."""
    try:
        result = act()
    except AdapterError as error:
        assert_silent(error)
        return error
    raise AssertionError(f"no error, but {type(result).__name__}")


def assert_silent(error: BaseException | None) -> None:
    while error is not None:
        for word in (*NAME.split(), PHONE, PHONE[1:], "Промёрзла", "content of"):
            assert word not in str(error), f"{type(error).__name__} speaks of the resident"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def wait_for(said: Callable[[], Any], seconds: float = 5) -> Any:
    until = time.monotonic() + seconds
    while not (word := said()):
        assert time.monotonic() < until, f"still {word!r}"
        time.sleep(0.02)
    return word
