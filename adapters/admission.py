"""Which addresses a link may lead to. Links are a stranger's word: they never reach into our own network."""

import socket
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote, urljoin

import httpx

from adapters.errors import Refused

NOT_ALLOWED = "not_allowed"
#: All of the public IPv6 addresses there are (RFC 4291 and IANA's registry): what else looks global is a way to wrap an
#: IPv4 address (`::ffff:…`, `64:ff9b::…`).
_UNICAST = IPv6Network("2000::/3")


def admit(base: str, link: str, hosts: tuple[str, ...]) -> tuple[str, bool]:
    """(the whole address, whether it lies at our system itself and may see our login). Raises Refused."""
    try:
        url = httpx.URL(urljoin(base + "/", link.strip()))
    except (httpx.InvalidURL, ValueError):
        raise Refused("a link that is no address", NOT_ALLOWED) from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise Refused("a link that is neither http nor https, or carries a login", NOT_ALLOWED)
    if ".." in unquote(url.path):
        raise Refused("a link that climbs out of its place", NOT_ALLOWED)
    home = httpx.URL(base + "/")
    if _origin(url) == _origin(home):
        if not url.path.startswith(home.path):
            raise Refused("a link to another place of this host than `base_url`", NOT_ALLOWED)
        return str(url), True
    if url.scheme != "https" or url.port not in (None, 443):
        raise Refused("a link to another host that is not plain https", NOT_ALLOWED)
    if not any(_fits(url.host.lower(), host) for host in hosts):
        raise Refused("a link to a host that `connect.files.hosts` does not name", NOT_ALLOWED)
    return str(url), False


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host.lower(), url.port


def _fits(host: str, allowed: str) -> bool:
    return host.endswith(allowed[1:]) if allowed.startswith("*.") else host == allowed


def resolve_public(host: str, port: int) -> str:
    """The address that is then connected to, so that nobody changes the name in between. Raises Refused for a
    private one, httpx.ConnectError for none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx.ConnectError(type(error).__name__) from None
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(map(is_public, addresses)):
        raise Refused("a link to a host inside a private network", NOT_ALLOWED)
    return addresses[0]


def is_public(address: str) -> bool:
    """One host of the public network: not private, shared, local or reserved, not many hosts at once, and no IPv6
    address that only wraps an IPv4 one."""
    one = ip_address(address.partition("%")[0])
    if isinstance(one, IPv6Address) and (one not in _UNICAST or one.sixtofour or one.teredo):
        return False
    return one.is_global and not one.is_multicast
