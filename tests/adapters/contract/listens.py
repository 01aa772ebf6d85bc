"""Suite of Listens: the caller is verified first, and whatever a verified caller says is kept."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from adapters.contract import Listens, Reception, Request
from adapters.errors import Unverified
from tests.adapters.contract.subject import Subject, caught, wait_for

ENTITY = b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"


@dataclass
class Gateway:
    """A real server that hands every call to the adapter, as the gateway's web does."""

    url: str = ""
    reads: dict[str, Callable[[Request], Reception]] = field(default_factory=dict)
    calls: list[tuple[Request, Reception | Unverified]] = field(default_factory=list)

    def take(self, request: Request) -> Reception | Unverified:
        system = request.path.split("/")[2]
        try:
            result: Reception | Unverified = self.reads[system](request)
        except Unverified as error:
            result = error
        self.calls.append((request, result))
        return result

    def receptions(self) -> list[Reception]:
        return [result for _, result in self.calls if isinstance(result, Reception)]


def serve(gateway: Gateway) -> Iterator[Gateway]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            result = gateway.take(Request("POST", url.path, dict(parse_qsl(url.query)), headers, body))
            content = result.body if isinstance(result, Reception) else b""
            self.send_response(result.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield gateway
    server.shutdown()
    server.server_close()


class ListensSuite:
    """Needs the fixtures `subject` and `gateway`; `provoke` makes the system call us, by default a resident writes."""

    @pytest.fixture
    def listener(self, subject: Subject, gateway: Gateway) -> Any:
        adapter = subject.build()
        gateway.reads[subject.system] = adapter.read
        gateway.calls.clear()
        return adapter

    def provoke(self, subject: Any, listener: Any, id: str) -> None:
        subject.write(id)

    def first(self, subject: Any, listener: Any, gateway: Gateway, id: str) -> tuple[Request, Any]:
        """The first call that speaks of this id; calls of earlier tests may still come in."""
        self.provoke(subject, listener, id)
        found: tuple[Request, Any] = wait_for(
            lambda: next((c for c in gateway.calls if id.encode() in c[0].body), None)
        )
        return found

    def test_says_that_it_listens(self, listener: Any) -> None:
        assert isinstance(listener, Listens)

    def test_a_call_becomes_readable_documents(self, subject: Subject, listener: Any, gateway: Gateway) -> None:
        _, reception = self.first(subject, listener, gateway, "l-1")
        assert reception.status == 200
        (document,) = reception.documents
        assert document.fault is None
        assert subject.mapping.read(document.kind, document.body)

    def test_the_same_call_again_is_the_same_document(self, subject: Subject, listener: Any, gateway: Gateway) -> None:
        request, reception = self.first(subject, listener, gateway, "l-2")
        assert listener.read(request).documents == reception.documents

    def test_a_stranger_is_turned_away(self, subject: Subject, listener: Any, gateway: Gateway) -> None:
        subject.control(wrong_proof=True)
        _, error = self.first(subject, listener, gateway, "l-3")
        assert isinstance(error, Unverified)
        assert error.status == 401
        subject.control(wrong_proof=False)
        wait_for(lambda: gateway.receptions(), 8)

    def test_without_any_proof(self, subject: Subject, listener: Any, gateway: Gateway) -> None:
        request, _ = self.first(subject, listener, gateway, "l-4")
        bare = replace(request, headers={"content-type": request.headers["content-type"]}, query={})
        assert isinstance(caught(lambda: listener.read(bare)), Unverified)

    def test_a_changed_body_is_noticed_or_kept(self, subject: Subject, listener: Any, gateway: Gateway) -> None:
        """A signature covers the body; behind a token, half a body is a document with a fault."""
        request, _ = self.first(subject, listener, gateway, "l-5")
        half = replace(request, body=request.body[: len(request.body) // 2])
        try:
            reception = listener.read(half)
        except Unverified:
            return
        assert all(document.fault or document.external_id for document in reception.documents)
        assert reception.status == 200

    def test_an_oversized_call_is_kept_up_to_the_limit(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        request, _ = self.first(subject, listener, gateway, "l-6")
        whole = self.sign(subject, replace(request, body=request.body + b" " * 70_000))
        (document,) = listener.read(whole).documents
        assert "longer than 65536" in (document.fault or "")
        assert len(document.body) == 65536

    def test_garbage_from_a_known_caller_is_kept(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        request, _ = self.first(subject, listener, gateway, "l-7")
        for body in (
            b"",
            b"\xff\xfe{<",
            b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
            b"[" * 90_000,
        ):
            reception = listener.read(self.sign(subject, replace(request, body=body)))
            assert reception.status == 200
            assert reception.documents[0].fault
            assert body.startswith(reception.documents[0].body)

    def sign(self, subject: Any, request: Request) -> Request:
        """The same caller with another body; a system that signs bodies signs it anew."""
        return request
