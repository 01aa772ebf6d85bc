"""Every way to say who we are, against a server that checks it by itself."""

import base64
import hashlib
import hmac
import json
import threading
import time
from typing import Any
from urllib.parse import parse_qsl

import pytest
from lxml import etree

from adapters.connect import Connect
from adapters.contract import Tools
from adapters.errors import Refused, Unavailable
from adapters.http import Outgoing
from adapters.line import Line, make_line
from tests.adapters.scripted import Answered, Asked, serving

SECRETS = {"USER": "gateway", "PASSWORD": "pass:word", "KEY": "key-1", "ARROW": "pass→word"}
USER, PASSWORD = {"secret": "USER"}, {"secret": "PASSWORD"}


def make(base: str, **settings: Any) -> Line:
    raw = {"base_url": base, "timeouts": {"total": "2s"}, **settings}
    tools = Tools(secret=SECRETS.__getitem__, read_file=lambda digest: b"")
    return make_line("town", Connect.model_validate(raw), tools)


def get(line: Line, path: str = "/list") -> Any:
    return line.call(Outgoing("list", "GET", line.wire.base + path))


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


FIXED = {
    "none": ({"by": "none"}, lambda asked: "authorization" not in asked.headers),
    "basic": (
        {"by": "basic", "user": USER, "password": PASSWORD},
        lambda asked: asked.headers["authorization"] == basic("gateway", "pass:word"),
    ),
    "bearer": (
        {"by": "bearer", "token": {"secret": "KEY"}},
        lambda asked: asked.headers["authorization"] == "Bearer key-1",
    ),
    "header": (
        {"by": "header", "name": "X-Api-Key", "value": {"secret": "KEY"}, "prefix": "Token "},
        lambda asked: asked.headers["x-api-key"] == "Token key-1",
    ),
    "query": (
        {"by": "query", "name": "api key", "value": "a&b"},
        lambda asked: asked.query == {"api key": "a&b", "page": "1"},
    ),
}


@pytest.mark.parametrize(("auth", "proves"), FIXED.values(), ids=FIXED)
def test_fixed_proofs(auth: Any, proves: Any) -> None:
    seen: list[Asked] = []

    def answer(asked: Asked) -> Answered:
        seen.append(asked)
        return Answered()

    with serving(answer) as base:
        get(make(base, auth=auth), "/list?page=1")
    assert proves(seen[0])


def test_a_key_that_is_not_accepted_is_no_refusal_of_what_we_send() -> None:
    with serving(lambda asked: Answered(401)) as base, pytest.raises(Unavailable):
        get(make(base, auth={"by": "bearer", "token": "x"}))
    with serving(lambda asked: Answered(403)) as base, pytest.raises(Refused):
        get(make(base, auth={"by": "bearer", "token": "x"}))


def test_a_missing_secret_is_named() -> None:
    with pytest.raises(Unavailable, match="the secret NOWHERE is not set"):
        make("http://127.0.0.1:9", auth={"by": "bearer", "token": {"secret": "NOWHERE"}})
    with pytest.raises(Unavailable, match="TSUR_NOWHERE is not set"):
        make("http://127.0.0.1:9", headers={"X-A": {"env": "TSUR_NOWHERE"}})


def test_the_environment_and_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSUR_HERE", "from the environment")
    line = make(
        "http://127.0.0.1:9", headers={"X-A": {"env": "TSUR_HERE"}, "X-B": {"env": "TSUR_NOWHERE", "else": "default"}}
    )
    assert line.headers["X-A"] == "from the environment"
    assert line.headers["X-B"] == "default"


class Office:
    """Gives tokens that end after `uses` calls."""

    def __init__(self, uses: int = 10**6, expires: float | None = None, refuse: int = 0) -> None:
        self.uses, self.expires, self.refuse = uses, expires, refuse
        self.logins: list[Asked] = []
        self.left: dict[str, int] = {}
        self.lock = threading.Lock()

    def __call__(self, asked: Asked) -> Answered:
        with self.lock:
            return self.login(asked) if asked.path in ("/token", "/login") else self.work(asked)

    def login(self, asked: Asked) -> Answered:
        self.logins.append(asked)
        if self.refuse:
            return Answered(self.refuse)
        token = f"t{len(self.logins)}"
        self.left[token] = self.uses
        told = {"access_token": token, "session": {"id": token}}
        if self.expires is not None:
            told["expires_in"] = self.expires  # type: ignore[assignment]
        return Answered(body=json.dumps(told).encode(), headers={"Set-Cookie": f"SID={token}; Path=/; HttpOnly"})

    def work(self, asked: Asked) -> Answered:
        cookie = asked.headers.get("cookie", "").removeprefix("SID=")
        token = asked.headers.get("authorization", "").removeprefix("Bearer ") or asked.headers.get("x-session", cookie)
        if self.left.get(token, 0) <= 0:
            return Answered(401)
        self.left[token] -= 1
        return Answered()


GRANT = {"by": "oauth2", "url": "token", "client": USER, "secret": PASSWORD}


def test_client_credentials_in_the_form_and_in_the_header() -> None:
    office = Office()
    with serving(office) as base:
        get(make(base, auth=GRANT | {"scope": "a b"}))
        get(make(base, auth=GRANT | {"send": "basic", "url": f"{base}/token"}))
    form, header = office.logins
    wanted = {"grant_type": "client_credentials", "scope": "a b", "client_id": "gateway", "client_secret": "pass:word"}
    assert dict(parse_qsl(form.body.decode())) == wanted
    assert header.body == b"grant_type=client_credentials"
    assert header.headers["authorization"] == basic("gateway", "pass:word")


def test_password_grant() -> None:
    office = Office()
    auth = {"by": "password", "url": ["token"], "user": USER, "password": PASSWORD, "scope": "any", "send": "basic"}
    with serving(office) as base:
        get(make(base, auth=auth))
        get(make(base, auth=auth | {"client": "c", "secret": "s", "send": "form"}))
    first, second = office.logins
    assert dict(parse_qsl(first.body.decode())) == {
        "grant_type": "password", "username": "gateway", "password": "pass:word", "scope": "any"
    }  # fmt: skip
    assert first.headers["authorization"] == basic("gateway", "pass:word")
    assert {"client_id": "c", "client_secret": "s"}.items() <= dict(parse_qsl(second.body.decode())).items()


LOGIN = {"post": "login", "json": {"login": USER, "password": PASSWORD}}


@pytest.mark.parametrize(
    "auth",
    [
        {"by": "session", "login": LOGIN, "token": "session.id", "header": "X-Session"},
        {"by": "session", "login": LOGIN, "token": "session.id"},
        {"by": "session", "login": LOGIN},
        {"by": "session", "login": {"post": "login", "form": {"login": USER, "password": PASSWORD}}},
    ],
    ids=["header", "bearer", "cookie", "form"],
)
def test_session_logins(auth: Any) -> None:
    office = Office(uses=2)
    with serving(office) as base:
        line = make(base, auth=auth)
        for _ in range(5):
            get(line)
    assert len(office.logins) == 3
    body = office.logins[0].body
    form = b"login=gateway&password=pass%3Aword"
    assert body == form or json.loads(body) == {"login": "gateway", "password": "pass:word"}


def test_expiry_that_is_told_is_not_waited_for() -> None:
    office = Office(expires=0.2)
    with serving(office) as base:
        line = make(base, auth=GRANT)
        get(line)
        get(line)
        assert len(office.logins) == 1
        time.sleep(0.25)
        get(line)
    assert len(office.logins) == 2


def test_expiry_inside_a_200() -> None:
    office = Office(uses=1)

    def answer(asked: Asked) -> Answered:
        made = office(asked)
        return Answered(200, b'{"error": {"code": "OVER"}}') if made.status == 401 else made

    with serving(answer) as base:
        line = make(base, auth=GRANT, expired={"path": "error.code", "is": ["OVER"]})
        for _ in range(3):
            assert get(line).body == b"{}"
    assert len(office.logins) == 3


def test_one_thread_logs_in_for_all() -> None:
    office = Office(uses=8)
    with serving(office) as base:
        line = make(base, auth=GRANT, limits={"concurrency": "8"})
        threads = [threading.Thread(target=get, args=(line,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(office.logins) == 1
        get(line)
    assert len(office.logins) == 2


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_login_waits_before_it_is_tried_again(status: int) -> None:
    office = Office(refuse=status)
    with serving(office) as base:
        line = make(base, auth=GRANT)
        for _ in range(3):
            with pytest.raises(Unavailable) as caught:
                get(line)
            assert caught.value.retry_after
    assert len(office.logins) == 1, "more would lock the account"


def test_a_login_refused_inside_a_200_waits_too() -> None:
    asked: list[Asked] = []

    def refuse(each: Asked) -> Answered:
        asked.append(each)
        return Answered(body=b'{"error": {"code": "BAD_LOGIN"}}')

    with serving(refuse) as base:
        line = make(base, auth={"by": "session", "login": LOGIN, "token": "session.id"})
        for _ in range(3):
            with pytest.raises(Unavailable) as caught:
                get(line)
            assert caught.value.retry_after
    assert len(asked) == 1, "more would lock the account"


def test_a_login_by_xml_in_another_encoding() -> None:
    asked: list[Asked] = []

    def answer(each: Asked) -> Answered:
        asked.append(each)
        return Answered(body=b"<Answer><Session key='s1'/></Answer>")

    login = {"post": "login", "xml": {"Вход": {"@версия": "1", "Имя": USER, "Пароль": PASSWORD}},
             "encoding": "windows-1251"}  # fmt: skip
    with serving(answer) as base:
        get(make(base, auth={"by": "session", "login": login, "token": "Answer/Session/@key", "header": "X-Key"}))
    login_call, call = asked
    root = etree.fromstring(login_call.body)
    assert "Вход".encode("cp1251") in login_call.body
    assert (root.get("версия"), root.findtext("Имя"), root.findtext("Пароль")) == ("1", "gateway", "pass:word")
    assert login_call.headers["content-type"] == "application/xml; charset=windows-1251"
    assert call.headers["x-key"] == "s1"


def test_a_password_that_the_logins_encoding_lacks_is_told_before_anything_is_asked() -> None:
    login = {"post": "login", "form": {"password": {"secret": "ARROW"}}, "encoding": "windows-1251"}
    with pytest.raises(Unavailable, match="windows-1251 lacks"):
        make("http://127.0.0.1:9", auth={"by": "session", "login": login})


def test_a_login_that_fails_for_a_moment_is_tried_again() -> None:
    office = Office(refuse=500)
    with serving(office) as base:
        line = make(base, auth=GRANT)
        with pytest.raises(Unavailable):
            get(line)
        office.refuse = 0
        get(line)


@pytest.mark.parametrize("said", [b"", b"<html>", b"{}", b'{"access_token": null}', b'{"access_token": {"a": 1}}'])
def test_a_login_without_a_token(said: bytes) -> None:
    with serving(lambda asked: Answered(body=said)) as base, pytest.raises(Unavailable, match="login"):
        get(make(base, auth=GRANT))


def test_an_effect_asks_again_whether_it_may_before_the_repeat() -> None:
    office, asked = Office(uses=1), []
    with serving(office) as base:
        line = make(base, auth=GRANT)
        get(line)
        call = Outgoing("create", "POST", f"{base}/x", effect=True)
        line.call(call, lambda: asked.append(1))
    assert len(asked) == 2


def test_signed_requests() -> None:
    seen: list[Asked] = []

    def answer(asked: Asked) -> Answered:
        seen.append(asked)
        return Answered()

    auth = {
        "by": "hmac", "secret": {"secret": "KEY"}, "header": "X-Sign", "prefix": "v1=", "algorithm": "sha512",
        "encoding": "base64", "over": ["method", "path", "timestamp", "nonce", "body_hash", "body"], "joined": "|",
        "timestamp": "X-Time", "nonce": "X-Nonce", "key_id": {"name": "X-Id", "value": "id-7"},
    }  # fmt: skip
    with serving(answer) as base:
        line = make(base, auth=auth)
        line.call(Outgoing("create", "POST", f"{base}/a%20b?c=%D1%8F", content="тело".encode(), effect=True))
    (asked,) = seen
    stamp, nonce = asked.headers["x-time"], asked.headers["x-nonce"]
    parts = ["POST", asked.raw_path, stamp, nonce, hashlib.sha256(asked.body).hexdigest(), asked.body.decode()]
    made = hmac.new(b"key-1", "|".join(parts).encode(), hashlib.sha512).digest()
    assert asked.headers["x-sign"] == "v1=" + base64.b64encode(made).decode()
    assert asked.headers["x-id"] == "id-7"
    assert abs(int(stamp) - time.time()) < 5
    assert asked.raw_path == "/a%20b?c=%D1%8F"


def test_no_secret_is_said_aloud() -> None:
    with serving(lambda asked: Answered(500)) as base:
        for auth in (GRANT, {"by": "query", "name": "k", "value": PASSWORD}):
            with pytest.raises(Unavailable) as caught:
                get(make(base, auth=auth))
            assert "pass" not in str(caught.value).replace("password", "")
