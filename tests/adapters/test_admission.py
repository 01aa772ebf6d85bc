"""Links are a stranger's word: where they may lead, and that the address which was judged is the one connected to."""

import socket
from typing import Any

import httpx
import pytest

from adapters.admission import admit, is_public, resolve_public
from adapters.deadline import Clock
from adapters.errors import Refused
from adapters.http import default_context
from adapters.transport import Transport

BASE = "https://town.example/api"
HOSTS = ("files.town.example", "*.cdn.example")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.2.7", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1",
        "ff0e::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1",
        "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1",
    ],
)  # fmt: skip
def test_an_address_inside_some_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "77.88.8.8", "2a02:6b8::feed:ff", "2606:4700::1111"])
def test_an_address_of_the_public_network_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "link",
    [
        "ftp://files.town.example/a.jpg", "file:///etc/passwd", "gopher://town.example/", "javascript:alert(1)",
        "https://user:pass@files.town.example/a.jpg", "https://town.example@evil.example/a.jpg",
        "http://files.town.example/a.jpg", "https://files.town.example:8443/a.jpg",
        "https://evil.example/a.jpg", "https://files.town.example.evil.example/a.jpg", "https://cdn.example/a.jpg",
        "https://evilcdn.example/a.jpg", "//evil.example/a.jpg",
        "https://2130706433/a.jpg", "https://0x7f000001/a.jpg", "https://0177.0.0.1/a.jpg", "https://127.1/a.jpg",
        "https://[::1]/a.jpg", "https://[::ffff:127.0.0.1]/a.jpg", "https://localhost/a.jpg",
        "http://town.example/api/a.jpg", "https://town.example:444/api/a.jpg", "https://town.example/admin",
        "../admin", "%2e%2e/admin", "files/%2e%2e/%2e%2e/admin", "https://town.example/api/../admin", "http:///a",
    ],
)  # fmt: skip
def test_a_link_that_leads_elsewhere_is_refused(link: str) -> None:
    with pytest.raises(Refused) as caught:
        admit(BASE, link, HOSTS)
    assert caught.value.code == "not_allowed"
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize(
    ("link", "url", "own"),
    [
        ("files/a.jpg", "https://town.example/api/files/a.jpg", True),
        ("https://town.example/api/a.jpg?sign=1", "https://town.example/api/a.jpg?sign=1", True),
        ("https://FILES.town.example/a.jpg", "https://files.town.example/a.jpg", False),
        ("https://x7.cdn.example:443/a", "https://x7.cdn.example/a", False),
    ],
)
def test_a_link_that_the_configuration_allows_is_followed(link: str, url: str, own: bool) -> None:
    assert admit(BASE, link, HOSTS) == (url, own)


class Names:
    """The names of the network, which tell something else every time they are asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, ...]) -> None:
        self.answers, self.connected = list(answers), []
        monkeypatch.setattr(socket, "getaddrinfo", self.tell)
        monkeypatch.setattr(socket, "create_connection", self.connect)

    def tell(self, host: str, port: int, *_: Any, **__: Any) -> Any:
        found = self.answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def connect(self, address: tuple[str, int], _: float) -> Any:
        self.connected.append(address)
        raise ConnectionRefusedError


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a00:1", "224.0.0.1"]
)
def test_a_public_name_with_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    for told in ((address,), ("8.8.8.8", address), (address, "8.8.8.8")):
        Names(monkeypatch, told)
        with pytest.raises(Refused, match="private network"):
            resolve_public("files.town.example", 443)


def test_the_address_that_was_judged_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is judged and private a moment later: nobody asks it a second time."""
    names = Names(monkeypatch, ("8.8.8.8",), ("127.0.0.1",))
    clock = Clock()
    clock.start(5)
    transport = Transport(default_context(), 1, 1, clock, resolve_public)
    with httpx.Client(transport=transport) as client, pytest.raises(httpx.ConnectError):
        client.get("https://files.town.example/a.jpg")
    assert names.connected == [("8.8.8.8", 443)]
    assert names.answers == [("127.0.0.1",)]
    with httpx.Client(transport=transport) as client, pytest.raises(Refused, match="private network"):
        client.get("https://files.town.example/a.jpg")
    assert names.connected == [("8.8.8.8", 443)]
