"""Who calls us: signatures, windows, tokens."""

import base64
import hashlib
import hmac
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.contract import Request
from adapters.errors import Unverified
from adapters.verify import make_check, read_time
from adapters.webhook_settings import WEBHOOK

NOW = 1_800_000_000.0
SECRETS = {"NEW": "new-key", "OLD": "old-key"}


def check(rules: dict[str, Any], request: Request) -> bool:
    verify = WEBHOOK.validate_python({"verify": rules}).verify
    try:
        make_check(verify, SECRETS.__getitem__, lambda: NOW)(request)
    except Unverified as error:
        assert "key" not in str(error)
        return False
    return True


def call(headers: dict[str, str] | None = None, body: bytes = b'{"a": 1}', **query: str) -> Request:
    return Request("POST", "/in/town", query, headers or {}, body)


def sign(text: bytes, key: str = "new-key", algorithm: str = "sha256") -> bytes:
    return hmac.new(key.encode(), text, algorithm).digest()


BODY = {"by": "hmac", "secret": {"secret": "NEW"}, "header": "X-Sign"}
TIMED = BODY | {"over": ["timestamp", "body"], "joined": ".", "timestamp": "X-Time", "window": "5m"}


def test_a_signature_of_the_body() -> None:
    good = sign(b'{"a": 1}').hex()
    assert check(BODY, call({"x-sign": good}))
    assert check(BODY, call({"x-sign": good.upper()})), "hex in either case"
    assert not check(BODY, call({"x-sign": good}, b'{"a": 2}'))
    assert not check(BODY, call({"x-sign": sign(b'{"a": 1}', "other").hex()}))
    for odd in ("", "zz", good[:-2], good + "00", "ы" * 64, "\x00"):
        assert not check(BODY, call({"x-sign": odd}))
    assert not check(BODY, call())


def test_prefix_base64_and_other_algorithms() -> None:
    rules = BODY | {"prefix": "sha512=", "algorithm": "sha512", "encoding": "base64"}
    made = base64.b64encode(sign(b"x", algorithm="sha512")).decode()
    assert check(rules, call({"x-sign": f"sha512={made}"}, b"x"))
    assert not check(rules, call({"x-sign": made}, b"x"))
    assert not check(rules, call({"x-sign": "sha512=???"}, b"x"))


def test_both_keys_hold_during_a_rotation() -> None:
    rules = BODY | {"secret": [{"secret": "NEW"}, {"secret": "OLD"}]}
    assert check(rules, call({"x-sign": sign(b"x").hex()}, b"x"))
    assert check(rules, call({"x-sign": sign(b"x", "old-key").hex()}, b"x"))
    assert not check(rules, call({"x-sign": sign(b"x", "oldest").hex()}, b"x"))


def timed(stamp: str) -> Request:
    return call({"x-time": stamp, "x-sign": sign(stamp.encode() + b'.{"a": 1}').hex()})


@pytest.mark.parametrize(
    ("stamp", "good"),
    [
        (f"{NOW:.0f}", True),
        (f"{NOW - 299:.0f}", True),
        (f"{NOW + 299:.0f}", True),
        (f"{NOW - 301:.0f}", False),
        (f"{NOW + 301:.0f}", False),
        (f"{NOW * 1000:.0f}", True),
        ("2027-01-15T08:00:00Z", True),
        ("2027-01-15T13:00:00+05:00", True),
        ("2027-01-15T08:06:00Z", False),
        ("nan", False),
        ("inf", False),
        ("", False),
        ("yesterday", False),
    ],
)
def test_the_replay_window(stamp: str, good: bool) -> None:
    assert check(TIMED, timed(stamp)) is good


def test_a_fresh_time_does_not_revive_an_old_signature() -> None:
    old = timed(f"{NOW - 900:.0f}")
    forged = Request("POST", old.path, {}, {**old.headers} | {"x-time": f"{NOW:.0f}"}, old.body)
    assert not check(TIMED, forged)


def test_method_path_and_nonce_may_be_covered() -> None:
    rules = BODY | {"over": ["method", "path", "nonce", "body"], "joined": "\n", "nonce": "X-Nonce"}
    made = sign(b"POST\n/in/town\nn1\nx").hex()
    assert check(rules, call({"x-sign": made, "x-nonce": "n1"}, b"x"))
    assert not check(rules, call({"x-sign": made, "x-nonce": "n2"}, b"x"))


@pytest.mark.parametrize(
    ("place", "good"),
    [
        ({"header": "X-Key"}, call({"x-key": "new-key"})),
        ({"header": "Authorization", "prefix": "Bearer "}, call({"authorization": "Bearer new-key"})),
        ({"query": "key"}, call(key="new-key")),
        ({"path": "auth.key"}, call(body=b'{"auth": {"key": "new-key"}}')),
        ({"path": "Call/@key"}, call(body=b'<Call key="new-key"/>')),
    ],
)
def test_tokens_in_any_place(place: dict[str, str], good: Request) -> None:
    rules = {"by": "token", "secret": {"secret": "NEW"}} | place
    assert check(rules, good)
    assert not check(rules, call())
    assert not check(rules, call({"x-key": "new-ke", "authorization": "new-key"}, key="new-key2"))


def test_basic() -> None:
    rules = {"by": "basic", "user": "town", "password": {"secret": "NEW"}}
    assert check(rules, call({"authorization": "Basic " + base64.b64encode(b"town:new-key").decode()}))
    assert not check(rules, call({"authorization": "Basic " + base64.b64encode(b"town:old-key").decode()}))
    assert not check(rules, call())


def test_open_must_be_said_aloud() -> None:
    assert check({"by": "none"}, call())
    with pytest.raises(ValidationError):
        WEBHOOK.validate_python({})


@pytest.mark.parametrize(
    "rules",
    [
        BODY | {"over": ["timestamp", "body"]},
        BODY | {"over": ["nonce", "body"]},
        TIMED | {"over": ["body"]},
        TIMED | {"over": ["timestamp"]},
        {"by": "token", "secret": "x"},
        {"by": "token", "secret": "x", "header": "A", "query": "b"},
        {"by": "token", "secret": [], "header": "A"},
    ],
)
def test_rules_that_protect_nothing_are_mistakes(rules: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WEBHOOK.validate_python({"verify": rules})


def test_the_status_is_as_the_caller_expects_it() -> None:
    verify = WEBHOOK.validate_python({"verify": BODY | {"status": "403"}}).verify
    with pytest.raises(Unverified) as caught:
        make_check(verify, SECRETS.__getitem__)(call())
    assert caught.value.status == 403


def test_times() -> None:
    assert read_time("1800000000") == read_time("1800000000000") == read_time("2027-01-15T08:00:00") == NOW
    assert read_time("soon") is None


def test_digests_are_those_of_the_standard_library() -> None:
    assert sign(b"x") == hmac.digest(b"new-key", b"x", hashlib.sha256)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "no signature in X-Sign"),
        ({"x-sign": sign(b"x").hex()}, "does not begin with `prefix`"),
        ({"x-sign": "s=" + sign(b"x", algorithm="sha512").hex()}, "not as long as sha256 in hex"),
        ({"x-sign": "s=" + sign(b"y").hex()}, "look at the secret, `over` and `joined`"),
    ],
)
def test_a_caller_that_is_turned_away_tells_where_to_look(headers: dict[str, str], said: str) -> None:
    """In the log only: the caller hears nothing of it."""
    verify = WEBHOOK.validate_python({"verify": BODY | {"prefix": "s="}}).verify
    with pytest.raises(Unverified, match=said):
        make_check(verify, SECRETS.__getitem__, lambda: NOW)(call(headers, b"x"))
