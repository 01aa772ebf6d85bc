"""A recipient that speaks SOAP: by WSDL and YAML alone, with the shipped mapping itself."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import Tools
from adapters.errors import Refused, Unavailable, Unknown
from gateway.bootstrap import read_files
from stand.server import Stand, start
from tests.adapters.contract.delivers import DeliversSuite
from tests.adapters.contract.finds import FindsSuite
from tests.adapters.contract.polls import PollsSuite
from tests.adapters.contract.subject import Subject, caught

MAPPINGS = Path(__file__).parent.parent.parent / "mappings"
FILES = read_files(MAPPINGS)
#: Nothing happens to a filing but its answer.
PLAIN = {"declined": 0, "postponed": 0, "interim": 0}


class Inspection(Subject):
    system = "inspection"
    effect, question = "RegisterAppeal", "FindAppeal"
    version = "1.1"
    made = 0

    def text(self) -> str:
        """Pages shorter than the news of the suites."""
        return FILES["systems/inspection.yaml"].replace("size: 100", "size: 10").replace("overlap: 10m", "overlap: 0s")

    def tools(self) -> Tools:
        return Tools(self.secrets.__getitem__, self.read_file, self.still_mine, self.record, files=FILES)

    def build(self, **settings: Any) -> Any:
        base = {"base_url": self.stand.url("inspection"), "timeouts": {"total": "1.5s"}, "version": self.version}
        return super().build(**base | settings)

    def make_news(self, count: int) -> set[str]:
        adapter = self.build()
        before = len(self.news())
        for number in range(count):
            type(self).made += 1
            adapter.deliver(self.delivery(f"n-{self.version}-{type(self).made}-{number}"))
        while len(found := self.news()[before:]) < count:
            time.sleep(0.02)
        return set(found)

    def news(self) -> list[str]:
        """Ids of the changes."""
        stages = [one for one in self.book()["effects"] if one["effect"] == "stage"]
        return [str(place) for place, _ in enumerate(stages, 1)]


class Inspection12(Inspection):
    version = "1.2"


@pytest.fixture(scope="class")
def stand() -> Iterator[Stand]:
    """Each class its own: both versions use the same names."""
    with start() as running:
        yield running


class Suites(DeliversSuite, FindsSuite, PollsSuite):
    kind: type[Inspection]
    poll_match = "ListChanges"

    @pytest.fixture
    def subject(self, stand: Stand) -> Iterator[Subject]:
        made = self.kind(stand)
        made.control(delay=[0.05, 0.1], shares=PLAIN)
        yield made
        made.close()


class WithFiles(Inspection):
    """Its mapping sends files inside the message, and the password as a text."""

    def text(self) -> str:
        line = "              Residents: {from: case.count}\n"
        content = "Content: {from: item.bytes, type: base64}"
        files = f"              Attachment: {{each: case.files?, item: {{Name: {{from: item.name}}, {content}}}}}\n"
        made = super().text().replace("digest: true", "digest: false, ttl: 5m").replace(line, line + files, 1)
        return made.replace("discloses: [text, place]", "discloses: [text, place, files]")


class TestInspection11(Suites):
    kind = Inspection

    def test_files_inside_the_message_and_a_password_as_text(self, stand: Stand) -> None:
        subject = WithFiles(stand)
        subject.control(password="text", delay=[0.05, 0.1])
        adapter = subject.build()
        adapter.deliver(subject.delivery("d-files", files=2))
        (filing,) = subject.book()["filings"]["d-files"]
        assert filing["facts"]["files"] == ["1.jpg", "2.jpg"]
        error = caught(lambda: adapter.deliver(subject.delivery("d-many", files=11)))
        assert isinstance(error, Refused), "the WSDL takes ten at most"
        assert "Appeal/Attachment" in str(error)
        assert subject.effects("d-many") == 0
        subject.close()

    def test_a_wrong_password_is_about_us_and_for_later(self, subject: Any) -> None:
        subject.secrets["INSPECTION_PASSWORD"] = "guess"
        error = caught(lambda: subject.build().deliver(subject.delivery("d-login")))
        assert isinstance(error, Unavailable)
        assert "FailedAuthentication" in str(error)
        assert "guess" not in str(error)


class TestInspection12(Suites):
    kind = Inspection12

    @pytest.mark.parametrize(
        ("switch", "error", "effects"), [("busy", Unavailable, 0), ("closed", Refused, 0), ("crash", Unknown, 1)]
    )
    def test_faults_mean_what_the_mapping_says(self, subject: Any, switch: str, error: Any, effects: int) -> None:
        subject.control(**{switch: {"next": 1, "match": "RegisterAppeal"}})
        adapter, id = subject.build(), f"d-{switch}"
        assert isinstance(caught(lambda: adapter.deliver(subject.delivery(id))), error)
        assert subject.effects(id) == effects
