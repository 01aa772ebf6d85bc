"""The exchange through SMEV against its stand: one message of many attempts, Ack after the record, nothing forged.

The seal is made of the stand's own cryptography: what is tried here is the exchange, not the signing.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from lxml import etree

from adapters import smev
from adapters.contract import Batch, Confirms, Delivers, Tools
from adapters.errors import Refused, Unavailable
from adapters.smev.seal import Forged
from adapters.smev.settings import Settings
from canonical.delivery import AnswerView, AppealView, CaseView, Delivery, Scope
from stand.server import Stand
from stand.smev import gost
from stand.smev.business import check_content
from stand.smev.certificate import make_certificate, read_pem
from stand.smev.signature import Rejected, Signer, check
from tests.adapters.contract.subject import TEXT, Subject, caught, wait_for

FILE = b"%PDF-1.4 plan"
PLAIN = {"declined": 0, "postponed": 0, "interim": 0}
REPLY = "SendRequestResponse"


class StandSeal:
    """The stand's signatures on our side of the line. `trusted`: certificates of SMEV, DER."""

    def __init__(self, signer: Signer, trusted: set[bytes]) -> None:
        self.signer, self.trusted = signer, trusted

    def sign(self, target: Any) -> Any:
        return self.signer.sign(target)

    def check(self, document: bytes, holder: str) -> Any:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False))
        ids = [node.get("Id") for node in root.iter() if node.get("Id")]
        (found,) = root.iter(f"{{*}}{holder}")
        if len(ids) != len(set(ids)):
            raise Forged("PoorSOAPEnvelopeFormat")
        try:
            certificate = check(found.find("{*}SMEVSignature"), found[0])
        except Rejected as error:
            raise Forged(error.code) from None
        if certificate.der not in self.trusted:
            raise Forged("CertificateIsNotFound")
        return found[0]

    def sign_personally(self, target: Any) -> Any:
        return self.signer.sign(target)

    def digest(self, pieces: Any, bits: int = 256) -> bytes:
        return gost.hash_bytes(b"".join(pieces), (bits or 256) // 8)

    def detach(self, digest: bytes) -> bytes:
        raise NotImplementedError("files are signed by the gateway's own seal: test_smev_signed.py")

    def check_file(self, digest: Any, signature: bytes) -> None:
        raise NotImplementedError("files are checked by the gateway's own seal: test_smev_signed.py")

    def health(self) -> str:
        return ""


class Smev(Subject):
    intent: Any = "forward"
    steps = ("send",)
    idempotent, finds = True, False

    def __init__(self, stand: Stand, signer: Signer) -> None:
        super().__init__(stand)
        with urlopen(f"{stand.url(self.system)}/certificate", timeout=5) as reply:
            theirs = read_pem(reply.read()).der
        self.seal, self.stored = StandSeal(signer, {theirs}), dict[str, bytes]()
        self.control(delay=[0.05, 0.1], shares=PLAIN) if self.system == "smev_ministry" else None

    def tools(self) -> Tools:
        return Tools(self.secrets.__getitem__, self.read_file, self.still_mine, self.record, write_file=self.write_file)

    def read_file(self, digest: str) -> bytes:
        return self.stored.get(digest, FILE)

    def write_file(self, pieces: Any) -> tuple[str, int]:
        content = b"".join(map(bytes, pieces))
        digest = hashlib.sha256(content).hexdigest()
        self.stored[digest] = content
        return digest, len(content)

    def records(self, delivery: str) -> tuple[str, ...]:
        return tuple(name for name in super().records(delivery) if not name.endswith(".message"))

    def build(self, **settings: Any) -> Any:
        made = smev.build(
            self.mapping, Settings.model_validate(dict(self.mapping.settings) | settings), self.tools(), self.seal
        )  # fmt: skip
        self.adapters.append(made)
        return made

    def book_of(self, delivery: str) -> Any:
        return self.book()["filings"][delivery]

    def message_id(self, delivery: str) -> str:
        return str(self.recorded[delivery]["send.message"]["id"])


class Ministry(Smev):
    system = "smev_ministry"


class Portal(Smev):
    system = "smev_portal"
    intent, steps = "answer", ("answer",)

    def write(self, id: str) -> None:
        self.ask("/_control/channel/send", {"appeals": [{"id": id, "channel": self.system, "text": TEXT}]})

    def answer(self, id: str, reply_to: str) -> Delivery:
        scope = Scope(
            delivery_id=id, intent=self.intent, system=self.system, case=CaseView(id="c", state="routed"),
            appeal=AppealView(id="a", system=self.system, external_id="e", thread=reply_to),
            answer=AnswerView(text=f"Сделано {id}", outcome="solved"),
        )  # fmt: skip
        plan = self.mapping.render(self.intent, scope)
        progress = self.recorded.get(id, {})
        return Delivery(id=id, system=self.system, intent=self.intent, plan=plan, progress=progress)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signer]:
    """The gateway's key, registered with the stand."""
    folder = tmp_path_factory.mktemp("senders")
    key = gost.make_key()
    made = Signer(key, make_certificate("gateway", key))
    Path(folder, "gateway.pem").write_bytes(made.certificate.pem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMEV_SENDERS", str(folder))
        yield made


@pytest.fixture
def ministry(stand: Stand, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ministry]:
    yield from _open(Ministry, stand, signer, monkeypatch)


@pytest.fixture
def portal(stand: Stand, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    yield from _open(Portal, stand, signer, monkeypatch)


def _open(kind: Any, stand: Stand, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in stand.environment().items():
        monkeypatch.setenv(name, value)
    made = kind(stand, signer)
    drain(made.build())
    yield made
    made.close()


def drain(adapter: Any) -> list[Any]:
    """Everything that waits, acknowledged, as the worker does it."""
    documents: list[Any] = []
    more = True
    while more:
        batch: Batch = adapter.poll(None)
        adapter.confirm(batch)
        documents += batch.documents
        more = batch.more
    return documents


def about(receipt: Any, documents: list[Any]) -> list[Any]:
    """Those that speak of one delivery: others may still come of earlier tests."""
    return [one for one in documents if receipt.number.encode() in one.body]


def test_it_says_what_it_can(ministry: Ministry) -> None:
    adapter = ministry.build()
    assert isinstance(adapter, Delivers)
    assert isinstance(adapter, Confirms)
    assert adapter.check_health().ok


def test_a_delivery_is_one_request_and_is_answered(ministry: Ministry) -> None:
    adapter = ministry.build()
    receipt = adapter.deliver(ministry.delivery("s-plain"))
    assert receipt.number == ministry.message_id("s-plain")
    assert ministry.effects("s-plain") == 1
    found: list[Any] = []

    def answered() -> bool:
        found.extend(drain(adapter))
        return any(b"ANSWERED" in one.body for one in about(receipt, found))

    wait_for(answered)
    readings = [one for document in about(receipt, found) for one in ministry.mapping.read("answer", document.body)]
    assert {one.reference.number for one in readings} == {receipt.number}
    assert [one.state for one in readings] == ["registered", "in_work", "answered"]
    assert readings[-1].text
    assert readings[-1].number == "СМ-" + readings[-1].number[3:]
    assert not about(receipt, drain(adapter))


@pytest.mark.parametrize("fault", ["commit_then_reset", "commit_then_timeout", "malformed", "reset"])
def test_a_lost_reply_makes_no_second_request(ministry: Ministry, fault: str) -> None:
    adapter, more = ministry.build(), {"seconds": 5} if fault == "commit_then_timeout" else {}
    ministry.fault(fault, **more)
    assert isinstance(caught(lambda: adapter.deliver(ministry.delivery(f"s-{fault}"))), Unavailable)
    before = ministry.message_id(f"s-{fault}")
    receipt = adapter.deliver(ministry.delivery(f"s-{fault}"))
    assert receipt.number == before, "every attempt uses the id of the first"
    assert ministry.effects(f"s-{fault}") == 1


def test_an_id_that_never_left_is_made_anew(ministry: Ministry) -> None:
    adapter = ministry.build(base_url="http://127.0.0.1:9")
    assert isinstance(caught(lambda: adapter.deliver(ministry.delivery("s-9"))), Unavailable)
    assert ministry.recorded["s-9"]["send.message"] == {}


@pytest.mark.parametrize("name", ["SMEVFailure", "DestinationOverflow"])
def test_some_faults_are_for_later(ministry: Ministry, name: str) -> None:
    ministry.control(smev_fault={"next": 1, "name": name})
    assert isinstance(caught(lambda: ministry.build().deliver(ministry.delivery(f"s-{name}"))), Unavailable)


@pytest.mark.parametrize(
    "name", ["InvalidContent", "AccessDenied", "StaleMessageId", "QuoteLimitExceeded", "SignatureVerificationFault"]
)
def test_others_are_for_a_person_with_a_remedy(ministry: Ministry, name: str) -> None:
    ministry.control(smev_fault={"next": 1, "name": name})
    error = caught(lambda: ministry.build().deliver(ministry.delivery(f"s-{name}")))
    assert isinstance(error, Refused)
    assert error.code.startswith(name)
    assert ";" in str(error)


@pytest.mark.parametrize(
    ("name", "kind"), [("MessageIsAlreadySent", None), ("InvalidContent", Refused), ("SMEVFailure", Unavailable)]
)
def test_a_packed_fault_means_what_a_plain_one_does(ministry: Ministry, name: str, kind: Any) -> None:
    """As stacks with MTOM on send it: HTTP 500 with multipart/related."""
    ministry.control(smev_fault={"next": 1, "name": name}, packed={"next": 1, "match": name})
    adapter, delivery = ministry.build(), ministry.delivery(f"s-packed-{name}")
    if kind is None:
        assert adapter.deliver(delivery).number == ministry.message_id(f"s-packed-{name}")
        return
    error = caught(lambda: adapter.deliver(delivery))
    assert isinstance(error, kind)
    assert name in str(error)


def test_an_id_is_made_anew_also_after_another_exchange_left(ministry: Ministry) -> None:
    """What counts is whether this message left, not the last one of the thread."""
    adapter = ministry.build(limits={"concurrency": "1"}, timeouts={"total": "0.2s"})
    adapter.deliver(ministry.delivery("s-left"))
    assert adapter.exchange.line.wire.clock.left
    with adapter.exchange.line.wire.room:  # all connections are busy: nothing leaves
        assert isinstance(caught(lambda: adapter.deliver(ministry.delivery("s-kept"))), Unavailable)
    assert ministry.recorded["s-kept"]["send.message"] == {}


def test_a_wrong_key_is_refused_by_name(ministry: Ministry) -> None:
    key = gost.make_key()
    ministry.seal.signer = Signer(key, make_certificate("stranger", key))
    error = caught(lambda: ministry.build().deliver(ministry.delivery("s-stranger")))
    assert isinstance(error, Refused)
    assert error.code == "SignatureVerificationFault.CertificateIsNotFound"


@pytest.mark.parametrize("fault", ["forge", "unsigned", "repeat_id"])
def test_a_receipt_that_smev_did_not_sign_proves_nothing(ministry: Ministry, fault: str) -> None:
    ministry.control(**{fault: {"next": 1, "match": REPLY}})
    adapter = ministry.build()
    assert isinstance(caught(lambda: adapter.deliver(ministry.delivery(f"s-{fault}"))), Unavailable)
    adapter.deliver(ministry.delivery(f"s-{fault}"))
    assert ministry.effects(f"s-{fault}") == 1


@pytest.mark.parametrize("form", ["mtom", "base64"])
def test_files_travel_with_the_request(ministry: Ministry, form: str) -> None:
    ministry.build(attachments={"form": form}).deliver(ministry.delivery(f"s-{form}", files=2))
    (filing,) = ministry.book_of(f"s-{form}")
    assert filing["facts"]["files"] == {"file-1": len(FILE), "file-2": len(FILE)}


def test_too_large_files_are_refused_before_they_leave(ministry: Ministry) -> None:
    adapter = ministry.build(attachments={"most": "10"})
    error = caught(lambda: adapter.deliver(ministry.delivery("s-large", files=1)))
    assert isinstance(error, Refused)
    assert error.code == "AttachmentSizeLimitExceeded"
    assert ministry.effects("s-large") == 0


def test_files_of_an_answer_go_into_the_store(ministry: Ministry) -> None:
    ministry.control(file_only=1)
    adapter = ministry.build()
    adapter.deliver(ministry.delivery("s-file"))
    found: list[Any] = []
    wait_for(lambda: found.extend(drain(adapter)) or any(b"urn:tsur:smev:files" in one.body for one in found))
    document = next(one for one in found if b"urn:tsur:smev:files" in one.body)
    (file,) = ministry.mapping.read("answer", document.body)[0].attachments
    assert ministry.stored[file.digest].startswith(b"%PDF")
    assert b"AttachmentContentList" not in document.body


def test_what_was_not_confirmed_comes_again_under_the_same_name(ministry: Ministry) -> None:
    """A kill between commit and Ack: the ledger knows the document by kind, external id and revision."""
    ministry.control(visibility=0.2)
    adapter = ministry.build()
    adapter.deliver(ministry.delivery("s-again"))
    first = wait_for(lambda: list(adapter.poll(None).documents))[0]
    again = wait_for(lambda: [one for one in adapter.poll(None).documents if one.external_id == first.external_id])[0]
    assert (first.kind, first.external_id, first.revision) == (again.kind, again.external_id, again.revision)
    assert first.revision


def test_confirming_twice_is_harmless(ministry: Ministry) -> None:
    adapter = ministry.build()
    adapter.deliver(ministry.delivery("s-twice"))
    batch = wait_for(lambda: (found := adapter.poll(None)).documents and found)
    adapter.confirm(batch)
    adapter.confirm(batch)
    taken = {(one.external_id, one.revision) for one in batch.documents}
    assert not taken & {(one.external_id, one.revision) for one in drain(adapter)}


def test_a_queue_is_drained_side_by_side_and_by_batches(ministry: Ministry) -> None:
    """Each message once, no batch larger than said, and the last one says that nothing waits."""
    adapter = ministry.build(batch=5, limits={"concurrency": "4"})
    numbers = {adapter.deliver(ministry.delivery(f"s-batch-{n}")).number for n in range(6)}
    wait_for(lambda: all(ministry.book_of(f"s-batch-{n}")[0]["final"] for n in range(6)))
    batches: list[Batch] = []
    while not batches or batches[-1].more:
        batches.append(adapter.poll(None))
    documents = [one for batch in batches for one in batch.documents]
    assert max(len(batch.documents) for batch in batches) == 5
    assert len({one.external_id for one in documents}) == len(documents)
    told = [ministry.mapping.read("answer", one.body)[0].reference.number for one in documents]
    assert {number: told.count(number) for number in numbers} == dict.fromkeys(numbers, 3)
    for batch in batches:
        adapter.confirm(batch)


@pytest.mark.parametrize("fault", ["forge", "unsigned", "repeat_id"])
def test_a_message_that_smev_did_not_sign_is_kept_and_not_accepted(ministry: Ministry, fault: str) -> None:
    adapter = ministry.build()
    adapter.deliver(ministry.delivery(f"s-m-{fault}"))
    ministry.control(**{fault: {"next": 1, "match": "ResponseMessage"}})
    batch = wait_for(lambda: (found := adapter.poll(None)).documents and found)
    (fault_said,) = [one.fault for one in batch.documents if one.fault]
    assert "signing.trust" in fault_said
    assert sum(token.startswith("false:") for token in batch.tokens) == 1


def test_a_late_rejection_is_for_a_person(ministry: Ministry) -> None:
    ministry.control(reject={"next": 1})
    adapter = ministry.build()
    receipt = adapter.deliver(ministry.delivery("s-rejected"))
    (document,) = about(receipt, drain(adapter))
    assert "rejected our message" in document.fault
    assert "smev-3" in document.fault


def test_a_rejection_by_the_body_is_an_answer(ministry: Ministry) -> None:
    ministry.control(no_data=1)
    adapter = ministry.build()
    receipt = adapter.deliver(ministry.delivery("s-no-data"))
    (document,) = about(receipt, drain(adapter))
    (reading,) = ministry.mapping.read("answer", document.body)
    assert (reading.state, reading.finality, reading.outcome) == ("declined", "final", "rejected")


def test_an_appeal_arrives_and_its_answer_goes_back(portal: Portal) -> None:
    adapter = portal.build()
    portal.write("p-1")
    (document,) = wait_for(lambda: drain(adapter))
    (appeal,) = portal.mapping.read("appeal", document.body)
    assert (document.external_id, appeal.text) == ("p-1", TEXT)
    portal.fault("commit_then_reset")
    assert isinstance(caught(lambda: adapter.deliver(portal.answer("a-1", appeal.thread))), Unavailable)
    adapter.deliver(portal.answer("a-1", appeal.thread))
    (told,) = portal.book()["answers"]["p-1"]
    assert (told["kind"], told["outcome"], told["text"]) == ("final", "solved", "Сделано a-1")


def test_a_response_that_smev_rejected_later_is_for_a_person(portal: Portal) -> None:
    """Only GetStatus tells it, and the mapping does not have to ask; good news is acknowledged and kept by nobody."""
    adapter = portal.build()
    portal.write("p-late")
    (document,) = wait_for(lambda: drain(adapter))
    (appeal,) = portal.mapping.read("appeal", document.body)
    portal.control(good_news=True)
    good = adapter.deliver(portal.answer("a-good", appeal.thread)).number
    portal.control(reject={"next": 1})
    bad = adapter.deliver(portal.answer("a-late", appeal.thread)).number
    (told,) = wait_for(lambda: drain(adapter))
    assert told.external_id == bad
    assert f"rejected our message {bad}" in told.fault
    assert {good, bad} <= {one["id"] for one in portal.book()["effects"] if one["effect"] == "acknowledged"}


def test_a_response_to_nobody_is_refused(portal: Portal) -> None:
    error = caught(lambda: portal.build().deliver(portal.answer("a-2", "nobody")))
    assert isinstance(error, Refused)
    assert error.code == "RecipientIsNotFound"


def test_the_stand_says_only_what_its_contract_allows(ministry: Ministry) -> None:
    ministry.control(shares={"declined": 0.3, "postponed": 0.3, "interim": 0}, file_only=1)
    adapter, sent, found = ministry.build(), set[str](), list[Any]()
    for number in range(6):
        sent.add(str(adapter.deliver(ministry.delivery(f"s-x-{number}")).number))
    wait_for(lambda: found.extend(drain(adapter)) or sum(b"<AppealAnswer" in one.body for one in found) >= 6)
    tag = "{urn://x-artefacts-tsur/appeal-exchange/1.0}AppealAnswer"
    answers = [content for document in found for content in etree.fromstring(document.body).iter(tag)]
    assert len(answers) >= 6
    for content in answers:
        check_content(content)


def test_content_that_the_message_type_does_not_allow_is_refused(ministry: Ministry) -> None:
    delivery = ministry.delivery("s-invalid")
    delivery.plan.calls[0].body.tree["children"].append({"tag": "Extra", "text": "x", "children": []})  # type: ignore[union-attr]
    error = caught(lambda: ministry.build().deliver(delivery))
    assert isinstance(error, Refused)
    assert error.code == "InvalidContent"
    assert ministry.effects("s-invalid") == 0


@pytest.mark.parametrize("version", ["1.1", "1.2", "1.3"])
def test_every_version_of_the_contract(ministry: Ministry, version: str) -> None:
    adapter = ministry.build(contract=version)
    adapter.deliver(ministry.delivery(f"s-{version}"))
    assert wait_for(lambda: drain(adapter))


def test_an_answer_cut_off_in_its_file_comes_again_whole(ministry: Ministry) -> None:
    ministry.control(visibility=0.2, file_only=1)
    adapter = ministry.build()
    receipt = adapter.deliver(ministry.delivery("s-cut"))
    wait_for(lambda: ministry.book_of("s-cut")[0]["final"])
    before = dict(ministry.stored)
    ministry.fault("malformed", next=2)
    found: list[Any] = []

    def read() -> bool:
        try:
            found.extend(drain(adapter))
        except Unavailable as error:
            assert "cut off" in str(error) or "not XML" in str(error)
        return any(b"ANSWERED" in one.body for one in about(receipt, found))

    wait_for(read)
    # The queue may give it once more before it hears that it arrived: then it is the same one.
    answer, *again = [one for one in about(receipt, found) if b"ANSWERED" in one.body]
    assert {(one.external_id, one.revision) for one in again} <= {(answer.external_id, answer.revision)}
    (reading,) = ministry.mapping.read("answer", answer.body)
    (file,) = reading.attachments
    assert ministry.stored[file.digest].rstrip().endswith(b"%%EOF")
    assert not answer.fault
    assert file.digest in ministry.stored.keys() - before.keys()


def test_a_reply_beyond_the_limit_waits_with_the_figure(ministry: Ministry) -> None:
    ministry.control(visibility=0.2, file_only=1)
    receipt = ministry.build().deliver(ministry.delivery("s-large"))
    wait_for(lambda: ministry.book_of("s-large")[0]["final"])
    small = ministry.build(limits={"max_bytes": "3500"})
    errors: list[str] = []

    def fail() -> bool:
        try:
            drain(small)
        except Unavailable as error:
            errors.append(str(error))
        return any("longer than 3500 bytes" in one for one in errors)

    wait_for(fail)
    found: list[Any] = []
    wait_for(lambda: found.extend(drain(ministry.build())) or any(b"ANSWERED" in one.body for one in found))
    assert about(receipt, found)
