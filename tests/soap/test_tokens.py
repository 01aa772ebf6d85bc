"""UsernameTokens of who calls us: right ones, guessed, stale and stolen ones."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from adapters.contract import Tools
from adapters.soap.contract import NS11
from adapters.soap.envelope import open_envelope, write
from adapters.soap.proof import TokenCheck, Unproven, make_proof
from adapters.soap.security import DIGEST, TEXT, WSSE, WSU, digest, to_stamp
from adapters.soap.settings import TokenProof

NOW = datetime(2026, 2, 1, 3, 5, tzinfo=UTC)
RULES = TokenProof(by="username", user="partner", password="sesame")
TOOLS = Tools(str, lambda digest: b"", now=lambda: NOW)


def make(rules: TokenProof = RULES, now: datetime = NOW) -> Any:
    return make_proof(rules, replace(TOOLS, now=lambda: now))


def write_call(
    text: str = "Темно", *, user: str = "partner", password: str = "sesame", nonce: bytes = b"n1", at: datetime = NOW,
    plain: bool = False, stamp: str = "", more: str = "",
) -> bytes:  # fmt: skip
    """As a partner writes it; `stamp`, `more`: what else stands in the Security header, and in the token."""
    created = to_stamp(at)
    told = password if plain else digest(nonce, created, password)
    rest = "" if plain else (
        f"<s:Nonce>{base64.b64encode(nonce).decode()}</s:Nonce><u:Created>{created}</u:Created>"
    )  # fmt: skip
    return (
        f'<e:Envelope xmlns:e="{NS11}" xmlns:s="{WSSE}" xmlns:u="{WSU}"><e:Header><s:Security>{stamp}<s:UsernameToken>'
        f'<s:Username>{user}</s:Username><s:Password Type="{TEXT if plain else DIGEST}">{told}</s:Password>{rest}{more}'
        f"</s:UsernameToken></s:Security></e:Header><e:Body><a>{text}</a></e:Body></e:Envelope>"
    ).encode()


def check(proof: Any, body: bytes) -> None:
    proof.check(open_envelope(body))


def refuse(proof: Any, body: bytes) -> Unproven:
    with pytest.raises(Unproven) as caught:
        check(proof, body)
    assert "sesame" not in str(caught.value)
    return caught.value


def test_a_right_one_and_its_redelivery() -> None:
    proof = make()
    check(proof, write_call())
    check(proof, write_call())  # our reply was lost: the ledger knows the document
    check(proof, write_call("Светло", nonce=b"n2"))


def test_a_stolen_one_with_another_message() -> None:
    proof = make()
    check(proof, write_call())
    assert "nonce was used before" in str(refuse(proof, write_call("Отдайте")))


@pytest.mark.parametrize(("call", "code"), [
    (write_call(password="guess"), "FailedAuthentication"),
    (write_call(user="other"), "FailedAuthentication"),
    (write_call(at=NOW - timedelta(seconds=301)), "MessageExpired"),
    (write_call(at=NOW + timedelta(seconds=301)), "MessageExpired"),
    (write_call(plain=True), "UnsupportedSecurityToken"),
    (write_call(nonce=b""), "InvalidSecurityToken"),
    (write_call(more="<s:Password>sesame</s:Password>"), "InvalidSecurity"),
    (write_call().replace(b"Z</u:Created>", b"?</u:Created>"), "InvalidSecurity"),
    (write_call().replace(b"<s:Nonce>", b"<s:Nonce>*"), "InvalidSecurityToken"),
])  # fmt: skip
def test_wrong_ones(call: bytes, code: str) -> None:
    assert refuse(make(), call).code == code


def test_a_failed_guess_burns_no_nonce() -> None:
    proof = make()
    refuse(proof, write_call("Темно", password="guess"))
    check(proof, write_call("Светло"))


@pytest.mark.parametrize(("ends", "taken"), [(timedelta(seconds=1), True), (timedelta(0), False),
                                             (timedelta(seconds=-1), False)])  # fmt: skip
def test_a_timestamp_that_is_over(ends: timedelta, taken: bool) -> None:
    created = to_stamp(NOW - timedelta(seconds=60))
    stamp = f"<u:Timestamp><u:Created>{created}</u:Created><u:Expires>{to_stamp(NOW + ends)}</u:Expires></u:Timestamp>"
    if taken:
        check(make(), write_call(stamp=stamp))
    else:
        assert refuse(make(), write_call(stamp=stamp)).code == "MessageExpired"


def test_nonces_are_forgotten_when_their_token_is_stale() -> None:
    proof = make()
    assert isinstance(proof, TokenCheck)
    check(proof, write_call())
    later = NOW + timedelta(seconds=601)
    proof.now = lambda: later
    check(proof, write_call("Светло", at=later))


def test_the_same_message_written_anew_is_the_same() -> None:
    """A proxy on the way may write it anew: another declaration and other quotes make no other message."""
    proof = make()
    check(proof, write_call())
    check(proof, write(etree.fromstring(write_call())))
