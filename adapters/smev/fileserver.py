"""SMEV's file server, for files that a message has no room for: FTP, resumed where it broke off, in both directions."""

import ftplib
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

from adapters.contract import StoredContent
from adapters.errors import Unavailable
from adapters.settings import resolve
from adapters.smev.settings import Ftp

#: Attempts in a row that move no byte.
_ATTEMPTS = 3
_PIECE = 64 * 1024
_FAILURES = (OSError, EOFError, ftplib.Error)


class Gone(Exception):
    """The file server says that there is no such file."""


class TooLong(Exception):
    """Longer than `ftp.most`; it would be fetched and given up again and again."""


@dataclass(frozen=True, slots=True)
class Login:
    """The password is of one file, or everybody's (`anonymous`)."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class FileServer:
    """`patience`: seconds for a connection and for each silence; `total`: for one file, all attempts together."""

    host: str
    port: int
    own: Login
    patience: float
    total: float
    most: int
    where: str

    def put(self, folder: str, name: str, content: StoredContent) -> None:
        """The file stands whole in its folder afterwards; what an earlier attempt left there is continued.

        Raises Unavailable.
        """
        deadline = time.monotonic() + self.total
        for attempt in range(_ATTEMPTS):
            try:
                with self._open(self.own) as server:
                    _enter(server, folder)
                    self._continue(server, name, content, deadline)
                    return
            except _FAILURES as error:
                if attempt == _ATTEMPTS - 1 or time.monotonic() > deadline:
                    raise self._give_up("cannot take a file", error) from None

    def get(self, login: Login, name: str) -> Iterator[bytes]:
        """Raises Gone, TooLong, and Unavailable after the pieces that came."""
        deadline, done, failures = time.monotonic() + self.total, 0, 0
        while True:
            try:
                with self._open(login) as server:
                    size = _find_size(server, name)
                    if size is not None and size > self.most:
                        raise TooLong
                    if done and size is not None and done >= size:
                        return  # all came; only the server's last word was lost
                    for piece in self._receive(server, name, done, deadline):
                        done, failures = done + len(piece), 0
                        yield piece
                if size is None or done >= size:
                    return
                raise EOFError("cut off")
            except _FAILURES as error:
                if str(error).startswith("550") and not done:
                    raise Gone from None
                failures += 1
                if failures == _ATTEMPTS or time.monotonic() > deadline:
                    raise self._give_up("does not give a file", error) from None

    @contextmanager
    def _open(self, login: Login) -> Iterator[ftplib.FTP]:
        """Says goodbye only after good work: in the middle of a file the server's answer would be of that file."""
        with closing(ftplib.FTP(timeout=self.patience, encoding="utf-8")) as server:  # noqa: S321  the contract's own
            server.connect(self.host, self.port)
            server.login(login.user, login.password)
            server.voidcmd("TYPE I")
            yield server
            with suppress(*_FAILURES):
                server.quit()

    def _continue(self, server: ftplib.FTP, name: str, content: StoredContent, deadline: float) -> None:
        there = _find_size(server, name)
        if there == content.size:
            return
        done = there if there is not None and there < content.size else 0
        with server.transfercmd(f"APPE {name}" if done else f"STOR {name}") as line:
            for piece in _skip(content.pieces(), done):
                self._hurry(deadline)
                line.sendall(piece)
        server.voidresp()
        if _find_size(server, name) != content.size:
            raise EOFError("cut off")

    def _receive(self, server: ftplib.FTP, name: str, done: int, deadline: float) -> Iterator[bytes]:
        with server.transfercmd(f"RETR {name}", rest=done or None) as line:
            while piece := line.recv(_PIECE):
                self._hurry(deadline)
                done += len(piece)
                if done > self.most:
                    raise TooLong
                yield piece
        server.voidresp()

    def _hurry(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise TimeoutError

    def _give_up(self, what: str, error: Exception) -> Unavailable:
        """FTP's own words may hold the file's name: only their number is told."""
        told = str(error)[:3] if isinstance(error, ftplib.Error) else type(error).__name__
        remedy = "check `attachments.ftp.user` and `password`" if told == "530" else "check `attachments.ftp.address`"
        return Unavailable(f"{self.where}: SMEV's file server {what} ({told}); {remedy} and the way there")


def open_server(where: str, rules: Ftp, patience: float, secret: Callable[[str], str]) -> FileServer | None:
    """None: no address is given. Raises Missing, and ValueError for a bad address."""
    address = resolve(rules.address, secret)
    if not address:
        return None
    host, _, port = address.rpartition(":") if ":" in address else (address, "", "21")
    if not port.isdigit():
        raise ValueError("`attachments.ftp.address` is HOST or HOST:PORT")
    own = Login(resolve(rules.user, secret), resolve(rules.password, secret))
    return FileServer(host, int(port), own, patience, rules.total, rules.most, where)


def _enter(server: ftplib.FTP, folder: str) -> None:
    with suppress(ftplib.error_perm):  # it exists already
        server.mkd(folder)
    server.cwd(folder)


def _find_size(server: ftplib.FTP, name: str) -> int | None:
    try:
        return server.size(name)
    except ftplib.error_perm:
        return None


def _skip(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    for piece in pieces:
        if count < len(piece):
            yield piece[count:]
        count = max(count - len(piece), 0)
