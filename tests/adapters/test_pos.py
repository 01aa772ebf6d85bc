"""The ПОС in both modes; what its region mode looks like is an assumption."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.errors import Refused, Unavailable
from adapters.pos import Dictionaries
from stand.server import Stand
from tests.adapters.contract.delivers import DeliversSuite
from tests.adapters.contract.finds import FindsSuite
from tests.adapters.contract.follows import FollowsSuite
from tests.adapters.contract.polls import PollsSuite
from tests.adapters.contract.subject import ChannelSubject, Subject, caught, wait_for


class External(Subject):
    """We file a message; the ПОС cannot be asked whether it came."""

    system = "pos"
    finds = False
    effect = "POST /pos/inbox-service"

    def effects(self, id: str) -> int:
        told = self.book()["effects"]
        return sum(one["effect"] == "filing" and one["facts"]["description"].endswith(f" {id}") for one in told)

    def delivery(self, id: str, files: int = 0) -> Any:
        made = super().delivery(id, files)
        uploads, create = made.plan.calls[:-1], made.plan.calls[-1]
        assert create.body is not None
        tree = create.body.tree | {"description": f"{create.body.tree['description']} {id}"}  # to tell effects apart
        create = create.model_copy(update={"body": create.body.model_copy(update={"tree": tree})})
        return made.model_copy(update={"plan": made.plan.model_copy(update={"calls": (*uploads, create)})})


class Region(ChannelSubject):
    system = "pos"
    steps = ("history",)
    effect = "/history"
    made = 0

    def appeal(self, delivery: str) -> str:
        known = f"e-{delivery}"
        if known not in self.book()["sent"]:
            self.write(known)
        return str(self.book()["sent"][known]["pos_id"])

    def make_news(self, count: int) -> set[str]:
        Region.made += count
        ids = [f"r-{Region.made}-{number}" for number in range(count)]
        for id in ids:
            self.write(id)
        sent = self.book()["sent"]
        return {str(sent[id]["pos_id"]) for id in ids}


def fixture(kind: type[Subject], stand: Stand) -> Iterator[Subject]:
    made = kind(stand)
    made.control(delay=[0.05, 0.1], shares={"declined": 0, "postponed": 0, "interim": 0})
    yield made
    made.close()


class TestExternalMode(DeliversSuite, FollowsSuite):
    @pytest.fixture
    def subject(self, stand: Stand) -> Iterator[Subject]:
        yield from fixture(External, stand)

    def test_files_go_first(self, subject: Any, adapter: Any) -> None:
        receipt = adapter.deliver(subject.delivery("x-files", files=2))
        facts = next(e for e in subject.book()["effects"] if e["effect"] == "filing" and e["number"] == receipt.number)
        uploads = [e for e in subject.book()["effects"] if e["effect"] == "upload"]
        assert facts["facts"]["attachmentIds"] == [upload["id"] for upload in uploads[-2:]]
        assert list(subject.recorded["x-files"]) == ["upload.1", "upload.2"]

    def test_files_are_not_uploaded_twice(self, subject: Any, adapter: Any) -> None:
        before = sum(e["effect"] == "upload" for e in subject.book()["effects"])
        subject.fault("fail", match="/appeals")
        caught(lambda: adapter.deliver(subject.delivery("x-twice", files=2)))
        adapter.deliver(subject.delivery("x-twice", files=2))
        assert sum(e["effect"] == "upload" for e in subject.book()["effects"]) == before + 2

    @pytest.mark.parametrize("status", [401, 403])
    def test_logs_in_again_once(self, subject: Any, adapter: Any, status: int) -> None:
        adapter.deliver(subject.delivery(f"x-{status}-1"))
        logins = subject.book()["counts"]["logins"]
        subject.control(fail={"next": 1, "status": status, "match": "/appeals"})
        adapter.deliver(subject.delivery(f"x-{status}-2"))
        assert subject.book()["counts"]["logins"] == logins + 1
        subject.control(fail={"next": 2, "status": status, "match": "/appeals"})
        error = caught(lambda: adapter.deliver(subject.delivery(f"x-{status}-3")))
        assert isinstance(error, Unavailable if status == 401 else Refused)

    def test_a_wrong_password_is_asked_once_and_never_refuses_a_delivery(self, subject: Any) -> None:
        adapter = subject.build(password="wrong")
        error = caught(lambda: adapter.deliver(subject.delivery("x-login")))
        assert isinstance(error, Unavailable)
        error = caught(lambda: adapter.deliver(subject.delivery("x-login")))
        assert isinstance(error, Unavailable)
        assert "a moment ago" in str(error)
        assert not adapter.check_health().ok

    def test_reads_the_dictionaries(self, subject: Any, adapter: Any) -> None:
        from adapters.registry import read_settings

        known = Dictionaries(adapter.parts.line, read_settings(subject.mapping)).read()  # type: ignore[arg-type]
        assert known["regions"]["89"]
        assert known["subjects"]["10"] == "Дороги"
        assert known["subsubjects"]["1001"]

    def test_a_code_that_the_dictionaries_lack_never_leaves(self, subject: Any, adapter: Any) -> None:
        delivery = subject.delivery("x-code")
        (call,) = delivery.plan.calls
        call = call.model_copy(
            update={"body": call.body.model_copy(update={"tree": call.body.tree | {"regionId": 999}})}
        )
        bad = delivery.model_copy(update={"plan": delivery.plan.model_copy(update={"calls": (call,)})})
        error = caught(lambda: adapter.deliver(bad))
        assert isinstance(error, Refused)
        assert error.code == "regionId"
        assert subject.effects("x-code") == 0


class TestRegionModeAssumed(DeliversSuite, FindsSuite, PollsSuite):
    poll_match = "region-appeal-system"

    @pytest.fixture
    def subject(self, stand: Stand) -> Iterator[Subject]:
        yield from fixture(Region, stand)

    def test_a_reopened_message_is_another_revision(self, subject: Any, adapter: Any) -> None:
        subject.control(reopens=1)
        appeal = subject.appeal("g-1")

        def revisions() -> set[str | None]:
            found = []
            cursor, more = None, True
            while more:
                batch = adapter.poll(cursor)
                found += [d.revision for d in batch.documents if d.external_id == appeal]
                cursor, more = batch.cursor, batch.more
            return set(found)

        first = revisions()
        adapter.deliver(subject.delivery("g-1"))
        assert wait_for(revisions) != first
