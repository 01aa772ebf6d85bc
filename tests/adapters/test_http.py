"""The wire against servers that misbehave: deadlines, halves, floods, redirects."""

import gzip
import socket
import threading
import time
from typing import Any

import pytest

from adapters.connect import Connect
from adapters.errors import AdapterError, Refused, Unavailable, Unknown
from adapters.http import Outgoing, Wire, check_base
from tests.adapters.scripted import answering, read_request, reply, talking


def make_wire(base: str, **settings: Any) -> Wire:
    timeouts = settings.pop("timeouts", {"total": "500ms"})
    return Wire("town", base, Connect.model_validate({"base_url": base, "timeouts": timeouts, **settings}))


def get(wire: Wire, path: str = "/list", **more: Any) -> Any:
    return wire.exchange(Outgoing("list", "GET", wire.base + path, **more))


def post(wire: Wire, path: str = "/cases", content: bytes = b"{}", **more: Any) -> Any:
    return wire.exchange(Outgoing("create", "POST", wire.base + path, content=content, effect=True, **more))


def test_one_connection_serves_many_calls() -> None:
    connections = []

    def talk(connection: socket.socket) -> None:
        connections.append(connection)
        while read_request(connection):
            connection.sendall(reply(b'{"n": 1}'))

    with talking(talk) as base:
        wire = make_wire(base)
        assert [get(wire).body for _ in range(5)] == [b'{"n": 1}'] * 5
        assert len(connections) == 1


def test_cookies_are_not_collected() -> None:
    """Whoever sets a new one with each reply would fill the memory."""
    with talking(answering(reply(b"1", "200 OK", "Set-Cookie: a=1; Path=/"))) as base:
        wire = make_wire(base)
        assert get(wire).headers["set-cookie"].startswith("a=1")
        assert not list(wire.client.cookies.jar)


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    with talking(answering(reply())) as base:
        wire = make_wire(base)
        for _ in range(5):
            assert post(wire).status == 200
            time.sleep(0.02)


def test_an_old_connection_is_not_used() -> None:
    connections = []

    def talk(connection: socket.socket) -> None:
        connections.append(connection)
        while read_request(connection):
            connection.sendall(reply())

    with talking(talk) as base:
        wire = make_wire(base, limits={"keep_alive": "50ms"})
        get(wire)
        time.sleep(0.1)
        get(wire)
        assert len(connections) == 2


@pytest.mark.parametrize(
    "said",
    [
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n',
        b'HTTP/1.1 200 OK\r\n\r\n{"a":1}',
        b'HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}',
        b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}',
        b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{"a":1}',
        b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nbad',
    ],
    ids=["chunked", "until the end", "HTTP/1.0", "after a 100", "close", "two at once"],
)
def test_all_ways_to_end_a_reply(said: bytes) -> None:
    with talking(answering(said)) as base:
        wire = make_wire(base)
        for _ in range(2):
            found = post(wire)
            assert (found.status, found.body) == (200, b'{"a":1}')
            time.sleep(0.02)  # the server hangs up after each


def test_compressed_replies_are_read_and_counted_unpacked() -> None:
    packed = gzip.compress(b"0" * 100_000)
    said = reply(packed, "200 OK", "Content-Encoding: gzip")
    with talking(answering(said)) as base:
        assert len(get(make_wire(base)).body) == 100_000
        with pytest.raises(Unavailable, match="longer than 50000"):
            get(make_wire(base, limits={"max_bytes": "50000"}))


def test_a_reply_packed_twice_is_not_unpacked() -> None:
    twice = gzip.compress(gzip.compress(b"0" * 10_000_000))  # one kilobyte
    said = reply(twice, "200 OK", "Content-Encoding: gzip, gzip")
    with talking(answering(said)) as base, pytest.raises(Unavailable, match="packed more than once"):
        get(make_wire(base))


HALVES = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}",
    "no HTTP": b"220 mail.example ESMTP\r\n",
    "packed badly": reply(b"not gzip", "200 OK", "Content-Encoding: gzip"),
}


@pytest.mark.parametrize("said", HALVES.values(), ids=HALVES)
def test_half_a_reply(said: bytes) -> None:
    with talking(answering(said)) as base:
        wire = make_wire(base)
        with pytest.raises(Unknown):
            post(wire)
        with pytest.raises(Unavailable):
            post(wire, idempotent=True)
        with pytest.raises(Unavailable):
            get(wire)


def drip(first: bytes) -> Any:
    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(first)
        while True:
            connection.sendall(b"x")
            time.sleep(0.02)

    return talk


@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_the_deadline_holds_against_a_byte_at_a_time(first: bytes) -> None:
    with talking(drip(first)) as base:
        began = time.monotonic()
        with pytest.raises(Unknown, match="no reply in time"):
            post(make_wire(base))
        assert time.monotonic() - began == pytest.approx(0.5, abs=0.2)


def test_the_deadline_holds_against_a_reader_that_sleeps() -> None:
    with talking(lambda connection: time.sleep(5)) as base:
        began = time.monotonic()
        with pytest.raises(Unknown):
            post(make_wire(base), content=b"0" * 30_000_000)
        assert time.monotonic() - began < 1


def test_a_refusal_before_all_was_read_is_heard() -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(reply(b"", "413 Too Large", "Connection: close"))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 20):
            pass

    with talking(talk) as base:
        assert post(make_wire(base), content=b"0" * 5_000_000).status == 413


def test_busy_connections_are_waited_for_but_not_for_ever() -> None:
    most, now, lock = [0], [0], threading.Lock()

    def talk(connection: socket.socket) -> None:
        while read_request(connection):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.1)
            with lock:
                now[0] -= 1
            connection.sendall(reply())

    with talking(talk) as base:
        wire = make_wire(base, limits={"concurrency": "2"}, timeouts={"total": "350ms"})
        results: list[str] = []

        def one() -> None:
            try:
                results.append(str(post(wire).status))
            except AdapterError as error:
                results.append(type(error).__name__)

        threads = [threading.Thread(target=one) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most[0] == 2
    assert results.count("200") >= 4
    assert "Unavailable" in results, "who never got a connection sent nothing"


def test_a_rate_is_kept() -> None:
    with talking(answering(*[reply()] * 10)) as base:
        wire = make_wire(base, limits={"rate": "20"})
        began = time.monotonic()
        for _ in range(5):
            get(wire)
        assert time.monotonic() - began >= 0.19


def test_a_turn_far_away_is_for_later() -> None:
    with talking(answering(reply(), reply())) as base:
        wire = make_wire(base, limits={"rate": "0.1"})
        get(wire)
        with pytest.raises(Unavailable) as caught:
            get(wire)
        assert caught.value.retry_after == pytest.approx(10, abs=1)


def redirecting(status: str, place: str) -> Any:
    def talk(connection: socket.socket) -> None:
        while asked := read_request(connection):
            moved = b"/list" in asked.split(b"\r\n")[0] or b"/cases" in asked.split(b"\r\n")[0]
            connection.sendall(reply(b"", status, f"Location: {place}") if moved else reply(asked.split(b" ")[0]))

    return talk


def test_a_redirect_on_the_same_host_is_followed_for_reads() -> None:
    with talking(redirecting("302 Found", "/new")) as base:
        assert get(make_wire(base)).body == b"GET"
        assert post(make_wire(base)).status == 302, "an effect is not sent elsewhere as something else"


def test_a_redirect_that_keeps_the_method_is_followed() -> None:
    with talking(redirecting("307 Moved", "/new")) as base:
        assert post(make_wire(base)).body == b"POST"


def test_a_redirect_to_another_host_is_never_followed() -> None:
    reached = []
    with talking(lambda connection: reached.append(connection)) as other:
        for place in (f"{other}/steal", f"//127.0.0.2:{other.rpartition(':')[2]}/", "https://127.0.0.1/x"):
            with talking(redirecting("307 Moved", place)) as base:
                assert get(make_wire(base)).status == 307
                assert post(make_wire(base)).status == 307
    assert not reached


def test_redirects_without_end_are_left() -> None:
    with talking(redirecting("302 Found", "/list")) as base:
        assert get(make_wire(base)).status == 302


def test_a_header_with_a_line_end_never_leaves() -> None:
    with talking(answering(reply())) as base, pytest.raises(Unavailable):
        get(make_wire(base), headers={"X-Key": "a\r\nX-Evil: 1"})


def test_no_one_there() -> None:
    with pytest.raises(Unavailable, match="no connection: nobody listens there"):
        post(make_wire("http://127.0.0.1:9"))


def test_a_host_that_nobody_knows() -> None:
    with pytest.raises(Unavailable, match="no connection: its name is not known here"):
        post(make_wire("https://no-such-host.invalid"))


def test_what_is_said_aloud_holds_no_address_and_no_body() -> None:
    with talking(answering(b"")) as base, pytest.raises(Unknown) as caught:
        post(make_wire(base), "/cases?phone=79000001234", b"Zapovednykh")
    assert "7900" not in str(caught.value)
    assert "Zapov" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("base", "why"),
    [
        ("ftp://x", "not an http"),
        ("town.example", "not an http"),
        ("http://town.example", "plain http"),
        ("https://me:key@town.example", "login"),
        ("https://town.example/?key=1", "query"),
    ],
)
def test_bases_that_are_not_safe(base: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_base(base, False)


def test_plain_http_must_be_said_aloud() -> None:
    assert check_base("http://10.0.0.7/api", True)
    assert check_base("http://localhost:8080", False)


def test_errors_are_of_three_kinds() -> None:
    assert not issubclass(Unknown, Unavailable | Refused)
