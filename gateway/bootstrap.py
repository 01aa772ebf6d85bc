"""The only wiring: settings become engines, a store, a waker and a runtime."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from canonical.finding import Finding
from gateway.keys import KeyRing, create_keys, load_keys
from gateway.mishaps import Mishap
from gateway.settings import Settings, read_secret
from ledger import schema
from ledger.deliveries import save_progress
from ledger.filestore import FileStore
from ledger.shelf import Directory
from ledger.store import Store, open_engine
from router.classifier import LARGEST, SUFFIX
from workers.runtime import Runtime
from workers.wake import Waker, make_broker

if TYPE_CHECKING:
    from adapters.contract import Tools


EXAMPLES = "examples/"
#: Mappings and policy; contracts of SOAP services, which stand beside their mappings.
SUFFIXES = ("yaml", "wsdl", "xsd")


class UnreadableFile(Mishap, ValueError):
    """A configuration file that is none, or in another encoding; `finding` says where."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(str(finding))


class MissingKeys(Mishap):
    """The ledger cannot be read without the keys it was written with."""


class MissingLedger(Mishap):
    """Nothing is made by a command that only looks: it may stand in the wrong folder."""


class MissingRedis(Mishap):
    """Processes of several hosts need one to wake each other."""


@dataclass(frozen=True)
class Parts:
    settings: Settings
    keys: KeyRing
    store: Store
    files: FileStore


def open_parts(settings: Settings, upgrade: bool = False) -> Parts:
    """The ledger, opened. `upgrade`: bring an embedded or new one up to date first.

    Raises MissingLedger, MissingKeys, keys.BadKeys, schema.WrongSchema, and what the driver says of a ledger that does
    not answer.
    """
    if not upgrade:
        _require_file(settings)
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.ledger_url, pool_size=settings.threads + 4)
    if not upgrade:
        schema.require_current(engine)
    ring = _open_keys(settings, engine)
    if upgrade:
        schema.upgrade(engine)
    vault = ring.make_vault(settings.key_ring)
    return Parts(settings, ring, Store(engine, vault), FileStore(vault, Directory(settings.file_store)))


def _require_file(settings: Settings) -> None:
    kind, _, place = settings.ledger_url.partition(":///")
    if kind == "sqlite" and not Path(place).exists():
        raise MissingLedger(
            f"there is no ledger at {place}: name its folder by TSUR_STATE_DIR; "
            "`tsur up` or `tsur db upgrade` makes a new one"
        )


def _open_keys(settings: Settings, engine: Engine) -> KeyRing:
    """A new ring only for a new ledger: to another one it would close everything that was written."""
    if settings.key_ring.exists():
        return load_keys(settings.key_ring)
    with engine.connect() as connection:
        if schema.read_version(connection) is not None:
            raise MissingKeys(
                f"{settings.key_ring}: no key ring, but the ledger has rows written with one; "
                "put it back from your backup or name it by TSUR_KEYS_FILE"
            )
    return create_keys(settings.key_ring)


def make_runtime(parts: Parts, role: str) -> Runtime:
    if parts.settings.redis_url is None:
        raise MissingRedis("TSUR_REDIS_URL is not set; `tsur up` starts a private Redis, or name yours")
    waker = Waker(make_broker(parts.settings.redis_url))
    return Runtime(
        parts.store, waker, lambda runtime: _make_tools(parts, runtime), role, parts.settings.batch, parts.files.shelf
    )


def _make_tools(parts: Parts, runtime: Runtime) -> "Tools":
    from adapters.contract import StoredContent, Tools

    files = parts.files

    def record(delivery: str, call: str, taken: object) -> None:
        lease = runtime.own_lease
        with runtime.store.write(lease) as tx:
            save_progress(tx, lease, delivery, call, taken)

    def write_file(pieces: Iterable[bytes]) -> tuple[str, int]:
        kept = files.write(pieces)
        return kept.digest, kept.size

    return Tools(
        secret=lambda name: read_secret(parts.settings, name),
        read_file=lambda digest: b"".join(files.read(digest)),
        still_mine=runtime.still_mine,
        record=record,
        write_file=write_file,
        open_file=lambda digest: StoredContent(files.size(digest), lambda: files.read(digest)),
    )


def read_files(folder: Path) -> dict[str, str]:
    """The configuration's files by path below `folder`. `examples/` is no part of it: those are bytes of outer systems,
    in whatever encoding they come, and only a check reads them.

    Raises FileNotFoundError and UnreadableFile.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder; point TSUR_MAPPINGS_DIR to your mappings")
    found = (path for suffix in SUFFIXES for path in folder.rglob(f"*.{suffix}"))
    names = sorted(path.relative_to(folder).as_posix() for path in found)
    texts = {name: _read_text(folder / name, name) for name in names if not name.startswith(EXAMPLES)}
    return texts | {path.name: _read_model(path) for path in sorted(folder.glob(f"*{SUFFIX}"))}


def _read_model(path: Path) -> str:
    """A model as base64, so that a configuration is text. Of one that is too large only so much that it is refused."""
    with path.open("rb") as file:
        return base64.b64encode(file.read(LARGEST + 1)).decode()


def _read_text(path: Path, name: str) -> str:
    try:
        content = path.read_bytes()
        return content.decode("utf-8")
    except OSError as error:
        what, remedy = f"cannot be read: {error.strerror}", "make it a file that can be read, or remove it"
        raise UnreadableFile(Finding(name, 1, 1, "unreadable-file", what, remedy)) from None
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        what, remedy = "a byte that is not UTF-8", "save the file as UTF-8"
        raise UnreadableFile(Finding(name, line, column, "not-utf-8", what, remedy)) from None
