"""The private Redis: only ours, nothing on disk, gone when we are gone."""

import stat
import threading
from pathlib import Path

import psutil
import pytest
import redis as client

from gateway.engines import redis as engine
from gateway.engines.child import EngineError
from gateway.engines.redis import find_redis, start_redis
from tests.engines.mortal import Mortal
from tests.waiting import wait_for


def test_it_answers_on_a_private_socket_only(tmp_path: Path) -> None:
    with start_redis(tmp_path) as server:
        assert client.Redis.from_url(server.url).ping()
        assert stat.S_IMODE((tmp_path / "redis.sock").stat().st_mode) == 0o700
        assert not psutil.Process(server.process.pid).net_connections("inet")


def test_it_runs_what_the_broker_needs(redis_url: str) -> None:
    with client.Redis.from_url(redis_url) as connection:
        assert connection.eval("return redis.call('INCRBY', KEYS[1], ARGV[1])", 1, "n", 7) == 7


def test_it_keeps_nothing(tmp_path: Path) -> None:
    with start_redis(tmp_path) as server:
        client.Redis.from_url(server.url).set("wake", "1")
    assert {path.name for path in tmp_path.iterdir()} <= {"redis.lock", "redis.log", "redis.sock"}
    with start_redis(tmp_path) as server:
        assert client.Redis.from_url(server.url).get("wake") is None


def test_it_dies_with_a_killed_parent_and_can_start_at_once_again(tmp_path: Path) -> None:
    parent = Mortal(f"from gateway.engines.redis import start_redis as start\nfolder = {str(tmp_path)!r}")
    server = psutil.Process(parent.server)
    parent.kill()
    with start_redis(tmp_path) as again:  # the same socket, so clients only reconnect
        assert again.url == parent.url
        assert client.Redis.from_url(again.url).ping()
    wait_for(lambda: not server.is_running())


def test_a_second_one_for_the_same_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "TAKEOVER_S", 0.2)
    with start_redis(tmp_path) as server:
        with pytest.raises(EngineError, match="already runs"):
            start_redis(tmp_path)
        assert client.Redis.from_url(server.url).ping()


def test_a_folder_too_deep_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    with start_redis(deep) as server:
        assert len(server.url) <= len("unix://") + 107
        assert client.Redis.from_url(server.url).ping()
    short = Path(server.url.removeprefix("unix://")).parent
    assert not short.exists()  # nothing stays behind
    with start_redis(deep) as again:
        assert again.url == server.url


def test_a_folder_with_odd_characters_works(tmp_path: Path) -> None:
    with start_redis(tmp_path / "обращения и ответы 50%?#") as server:
        assert client.Redis.from_url(server.url).ping()


def test_it_is_started_from_the_main_thread_only(tmp_path: Path) -> None:
    raised: list[BaseException] = []

    def start() -> None:
        try:
            start_redis(tmp_path)
        except EngineError as error:
            raised.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(raised[0])


def test_the_wheel_serves_where_no_server_is_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_redis().name in ("redis-server", "valkey-server")


def test_no_server_at_all_names_the_ways_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(engine, "WHEELS", {"no_such_wheel": "server"})
    with pytest.raises(EngineError, match="TSUR_REDIS_URL"):
        find_redis()
