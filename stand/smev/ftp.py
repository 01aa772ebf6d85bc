"""The exchange's file server: FTP by pyftpdlib, on a port and in a thread of its own."""

import logging
import secrets
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from stand.smev.switches import SmevSwitches

_LOG = logging.getLogger("pyftpdlib")
#: Uploads: list, enter, make folders, store and append, but read nothing. Downloads: only read.
_UPLOADS, _DOWNLOADS = "elamw", "elr"


class FileServer:
    """`in`: a folder for each uploaded uuid; `out`: one for each file that somebody may fetch.

    `note` hears of each transfer that begins: STOR or RETR.
    """

    def __init__(self, switches: Callable[[], SmevSwitches], note: Callable[[str], None]) -> None:
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.ioloop import IOLoop
        from pyftpdlib.servers import FTPServer

        _LOG.handlers, _LOG.propagate = [logging.NullHandler()], False
        self.folder = TemporaryDirectory(prefix="smev-stand-")
        self.uploads, self.downloads = (Path(self.folder.name, name) for name in ("in", "out"))
        self.uploads.mkdir()
        self.downloads.mkdir()
        self.accounts: Any = DummyAuthorizer()
        with warnings.catch_warnings():  # that everybody may write here is the contract's
            warnings.simplefilter("ignore", RuntimeWarning)
            self.accounts.add_user("anonymous", "smev", str(self.uploads), perm=_UPLOADS)
        self.server = FTPServer(("127.0.0.1", 0), _make_handler(self.accounts, switches, note), ioloop=IOLoop())
        self.stopping = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def address(self) -> str:
        host, port = self.server.address[:2]
        return f"{host}:{port}"

    def _serve(self) -> None:
        while not self.stopping:
            self.server.serve_forever(timeout=0.1, blocking=False)
        self.server.close_all()

    def read(self, uuid: str) -> bytes:
        """The one file of an uploaded folder. Raises FileNotFoundError."""
        if "/" in uuid or uuid in ("", ".", "..") or not (self.uploads / uuid).is_dir():
            raise FileNotFoundError(uuid)
        found = list((self.uploads / uuid).iterdir())
        if len(found) != 1:
            raise FileNotFoundError(uuid)
        return found[0].read_bytes()

    def offer(self, uuid: str, name: str, content: bytes) -> tuple[str, str]:
        """(user, password) that may fetch it."""
        folder, user, password = self.downloads / uuid, secrets.token_hex(15), secrets.token_hex(15)
        folder.mkdir()
        (folder / name).write_bytes(content)
        self.accounts.add_user(user, password, str(folder), perm=_DOWNLOADS)
        return user, password

    def close(self) -> None:
        self.stopping = True
        self.thread.join(5)
        self.folder.cleanup()


def _make_handler(accounts: Any, switches: Callable[[], SmevSwitches], note: Callable[[str], None]) -> Any:
    from pyftpdlib.filesystems import AbstractedFS
    from pyftpdlib.handlers import FTPHandler

    class Folder(AbstractedFS):  # type: ignore[misc]
        def open(self, filename: str, mode: str) -> Any:
            if mode == "rb" and switches().ftp_gone:
                raise FileNotFoundError(2, "No such file", filename)
            whole = super().open(filename, mode)
            direction = "RETR" if mode == "rb" else "STOR"
            note(direction)
            return Torn(whole, switches().ftp_torn_at) if switches().ftp_torn.strikes(direction) else whole

    class Handler(FTPHandler):  # type: ignore[misc]
        authorizer = accounts
        abstracted_fs = Folder
        use_sendfile = False

        def on_connect(self) -> None:
            if switches().ftp_outage:
                self.close()

        def ftp_SIZE(self, path: str) -> None:
            if switches().ftp_sizeless:
                self.respond("502 Command not implemented.")
            else:
                super().ftp_SIZE(path)

        def respond(self, resp: str, **more: Any) -> None:
            if resp.startswith("226") and switches().ftp_mute.strikes(resp):
                self.close()
            else:
                super().respond(resp, **more)

    return Handler


class Torn:
    """A file that breaks off after so many bytes of one transfer."""

    def __init__(self, whole: Any, left: int) -> None:
        self.whole, self.left = whole, left

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)

    def read(self, count: int) -> bytes:
        return bytes(self._take(self.whole.read(count)))

    def write(self, piece: bytes) -> int:
        return int(self.whole.write(self._take(piece)))

    def _take(self, piece: bytes) -> bytes:
        if self.left <= 0:
            self.whole.flush()
            raise OSError("torn")
        piece = piece[: self.left]
        self.left -= len(piece)
        return piece
