"""What an installation lacks, found before residents find it. Reads only."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import redis
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.certificates import look_at_certificates
from gateway.engines.child import EngineError
from gateway.engines.redis import find_redis
from gateway.engines.sqlite import check_sqlite
from gateway.keys import load_keys
from gateway.provisions import look_at_provisions
from gateway.settings import Settings
from gateway.symptom import FAIL, OK, WARN, Symptom
from ledger import configs, schema
from ledger.clock import database_now, now_ms
from ledger.store import DEAD_AFTER_MS, open_engine
from ledger.tables import activation, config, desk

#: Bytes left where the state lies.
LITTLE, TOO_LITTLE = 2 * 1024**3, 200 * 1024**2


def examine(settings: Settings) -> list[Symptom]:
    looks: tuple[Callable[[Settings], Iterator[Symptom]], ...] = (_look_at_keys, _look_at_disk, _look_at_redis)
    found = [symptom for look in looks for symptom in look(settings)]
    engine = open_engine(settings.ledger_url, pool_size=1)
    try:
        return found + list(_look_at_ledger(settings, engine))
    finally:
        engine.dispose()


def _look_at_keys(settings: Settings) -> Iterator[Symptom]:
    path = settings.key_ring
    if not path.exists():
        yield Symptom("keys", WARN, f"{path} does not exist yet", "a new ledger makes it; for an old one restore it")
        return
    try:
        load_keys(path)
    except (ValueError, OSError) as error:
        yield Symptom("keys", FAIL, f"{path}: {error}", "put it back from your backup")
        return
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Symptom("keys", FAIL, f"{path} can be read by others", f"chmod 600 {path}")
    else:
        yield Symptom("keys", OK, f"{path} can be read by us alone")


def _look_at_disk(settings: Settings) -> Iterator[Symptom]:
    place = next(folder for folder in (settings.state_dir.absolute(), *settings.state_dir.absolute().parents)
                 if folder.exists())  # fmt: skip
    left = shutil.disk_usage(place).free
    state = OK if left > LITTLE else WARN if left > TOO_LITTLE else FAIL
    yield Symptom("disk", state, f"{left / 1024**3:.1f} GiB left at {place}", "" if state == OK else "make room there")
    ledger = settings.state_dir / "ledger.db"
    for path in (place, *([ledger] if settings.database_url is None and ledger.exists() else [])):
        if not os.access(path, os.W_OK):
            yield Symptom("disk", FAIL, f"{path} cannot be written", "run as its owner, or mend its mode or mount")


def _look_at_redis(settings: Settings) -> Iterator[Symptom]:
    if settings.redis_url is None:
        try:
            yield Symptom("redis", OK, f"embedded: {find_redis()}")
        except EngineError as error:
            yield Symptom("redis", FAIL, str(error), "install redis-server or set TSUR_REDIS_URL")
        return
    try:
        redis.Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=3).ping()
    except (redis.RedisError, ValueError) as error:
        yield Symptom("redis", FAIL, f"does not answer: {type(error).__name__}", "check TSUR_REDIS_URL and the server")
    else:
        yield Symptom("redis", OK, "answers")


def _look_at_ledger(settings: Settings, engine: Engine) -> Iterator[Symptom]:
    if engine.dialect.name == "sqlite":
        if warning := check_sqlite():
            yield Symptom("sqlite", WARN, *warning.split("; ", 1))
        if not (settings.state_dir / "ledger.db").exists():
            yield Symptom("ledger", WARN, "there is none yet", "tsur up, or tsur db upgrade")
            return
    try:
        yield from _ask_ledger(settings, engine)
    except SQLAlchemyError as error:
        yield Symptom("ledger", FAIL, f"does not answer: {type(error).__name__}", "check TSUR_DATABASE_URL")


def _ask_ledger(settings: Settings, engine: Engine) -> Iterator[Symptom]:
    with engine.connect() as connection:
        version, known = schema.read_version(connection), schema.known_versions()
        if version not in known:
            yield Symptom(
                "ledger", FAIL, f"its schema is {version or 'missing'}", "tsur db upgrade, or a newer gateway"
            )
            return
        yield _judge("ledger", version == known[0], f"schema {version}", "tsur db upgrade")
        skew = abs(connection.execute(select(database_now())).scalar_one() - now_ms())
        yield _judge("clock", skew < DEAD_AFTER_MS / 2, f"{skew / 1000:.1f} s from the database's", "set both by NTP")
        active = connection.execute(select(func.count()).select_from(activation)).scalar_one()
        yield _judge("configuration", bool(active), "active" if active else "none is active", "tsur apply")
        applied = select(config.c.content).join(activation, activation.c.hash == config.c.hash)
        for (content,) in connection.execute(applied):
            yield from look_at_certificates(configs.unpack(content), datetime.now(UTC))
            yield from look_at_provisions(configs.unpack(content), settings)
        waiting = connection.execute(select(func.count()).where(desk.c.open.is_(True))).scalar_one()
        yield _judge("desk", not waiting, f"{waiting} items wait for a person", "tsur desk list", WARN)


def _judge(subject: str, good: bool, said: str, remedy: str, otherwise: str = FAIL) -> Symptom:
    return Symptom(subject, OK, said) if good else Symptom(subject, otherwise, said, remedy)
