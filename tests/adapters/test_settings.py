"""Mistakes in `connect:`, `changes:` and `webhook:`: each on its line, with what mends it."""

from typing import Any

import pytest

from adapters import registry
from adapters.contract import Tools
from adapters.errors import Unavailable
from canonical.mapping import load
from tests.adapters.mappings import compile_part, write

IN = """
in:
  appeal:
    source: {{format: json}}
    {way}
    id: id
    fields: {{text: text, created_at: {{path: at, formats: iso}}}}
"""
POLL = "changes: {by: snapshot, start: 2026-01-01, get: list}"


def changes(**lines: str) -> str:
    body = "".join(f"\n      {name}: {value}" for name, value in lines.items())
    return IN.format(way=f"changes:{body}")


def webhook(*lines: str) -> str:
    return IN.format(way="webhook:" + "".join(f"\n      {line}" for line in lines))


BASE = {"by": "snapshot", "start": "2026-01-01", "get": "list"}
HMAC = "verify: {by: hmac, secret: {secret: X}, header: X-Sign"

#: name → (part, more of connect, code, text of the line, words of what is wrong or mends it)
MISTAKES: dict[str, tuple[str, str, str, str, str]] = {
    "unknown key of connect": (IN.format(way=POLL), "  timeout: 5s", "unknown-setting", "timeout: 5s", "timeouts"),
    "unknown key below": (IN.format(way=POLL), "  limits: {concurency: 3}", "unknown-setting", "limits", "concurrency"),
    "not a number": (IN.format(way=POLL), "  limits: {concurrency: many}", "bad-setting", "limits", "whole number"),
    "out of range": (IN.format(way=POLL), "  limits: {concurrency: 0}", "bad-setting", "limits", "at least 1"),
    "no time at all": (IN.format(way=POLL), "  files: {total: 0}", "bad-setting", "total: 0", "more than 0"),
    "without a pause": (IN.format(way=POLL), "  poll: {every: 0s}", "bad-setting", "poll", "more than 0"),
    "no window at all": (webhook(HMAC + ", window: 0}"), "", "bad-setting", "window", "more than 0"),
    "a header's name": (IN.format(way=POLL), '  headers: {"X A": b}', "bad-setting", "X A", "spaces"),
    "a header's text": (IN.format(way=POLL), "  headers: {X-A: ключ}", "bad-setting", "X-A", "ASCII"),
    "a header of two lines": (IN.format(way=POLL), '  headers: {X-A: "a\\nB: c"}', "bad-setting", "X-A", "one line"),
    "a word for a mapping": (IN.format(way=POLL), "  auth: oauth2", "bad-setting", "auth", "`key: value` lines"),
    "not a duration": (IN.format(way=POLL), "  poll: {every: soon}", "bad-setting", "poll", "5m"),
    "not a size": (IN.format(way=POLL), "  limits: {max_bytes: big}", "bad-setting", "limits", "10mb"),
    "not a status": (IN.format(way=POLL), "  statuses: {refused: [x]}", "bad-setting", "statuses", "whole number"),
    "a header that is none": (webhook(HMAC.replace("X-Sign", "X Sign") + "}"), "", "bad-setting", "verify", "spaces"),
    "unknown auth": (IN.format(way=POLL), "  auth: {by: magic}", "unknown-choice", "auth", "oauth2"),
    "auth without by": (IN.format(way=POLL), "  auth: {user: x}", "missing-setting", "auth", "`by`"),
    "auth lacks a key": (IN.format(way=POLL), "  auth: {by: basic, user: x}", "missing-setting", "auth", "password"),
    "auth with a typo": (
        IN.format(way=POLL),
        "  auth: {by: basic, user: x, pasword: {secret: Y}, password: {secret: Z}}",
        "unknown-setting",
        "auth",
        "did you mean `password`?",
    ),
    "a secret's name": (IN.format(way=POLL), "  headers: {A: {secret: my key}}", "bad-setting", "headers", "no name"),
    "a secret elsewhere": (IN.format(way=POLL), "  headers: {A: {secret: ../k}}", "bad-setting", "headers", "no name"),
    "a variable's name": (IN.format(way=POLL), "  headers: {A: {env: TOWN KEY}}", "bad-setting", "headers", "no name"),
    "a given that is none": (
        IN.format(way=POLL),
        "  auth: {by: bearer, token: {file: x}}",
        "bad-setting",
        "auth",
        "{secret: NAME}",
    ),
    "certificate without key": (IN.format(way=POLL), "  tls: {cert: a.pem}", "bad-setting", "tls", "`key`"),
    "signing a timestamp that no header carries": (
        IN.format(way=POLL),
        "  auth: {by: hmac, secret: {secret: X}, over: [timestamp, body]}",
        "bad-setting",
        "auth",
        "`timestamp:`",
    ),
    "unknown way of polling": (changes(**BASE | {"by": "magic"}), "", "unknown-choice", "by: magic", "snapshot"),
    "no way of polling": (changes(start="2026-01-01", get="list"), "", "missing-setting", "changes", "`by`"),
    "unknown key of changes": (changes(**BASE, overlap="5m"), "", "unknown-setting", "overlap", "known"),
    "neither get nor post": (changes(by="snapshot", start="2026-01-01"), "", "bad-setting", "changes", "`post:`"),
    "both get and post": (changes(**BASE, post="list"), "", "bad-setting", "changes", "either"),
    "body of a get": (changes(**BASE, json="{a: b}"), "", "bad-setting", "changes", "use `post:`"),
    "two bodies": (
        changes(by="snapshot", start="2026-01-01", post="list", json="{a: b}", xml="{a: b}"),
        "",
        "bad-setting",
        "changes",
        "one body",
    ),
    "xml of two roots": (
        changes(by="snapshot", start="2026-01-01", post="list", xml="{a: b, c: d}"),
        "",
        "bad-setting",
        "changes",
        "one root",
    ),
    "an encoding that is none": (
        changes(by="snapshot", start="2026-01-01", post="list", form="{a: b}", encoding="win-1251"),
        "",
        "bad-setting",
        "encoding",
        "windows-1251",
    ),
    "a number that is none": (
        changes(by="snapshot", start="2026-01-01", post="list", json="{a: {const: x, type: integer}}"),
        "",
        "bad-setting",
        "changes",
        "is no integer",
    ),
    "unknown fill": (changes(**BASE, query="{a: {fill: sinse}}"), "", "unknown-choice", "query", "since"),
    "a time in an unknown form": (
        changes(**BASE | {"by": "window"}, query="{a: {fill: since, format: dd/mm}}"),
        "",
        "bad-setting",
        "query",
        "part of a time",
    ),
    "a window without since": (changes(**BASE | {"by": "window"}), "", "bad-setting", "changes", "{fill: since}"),
    "a cursor that nothing carries": (
        changes(**BASE | {"by": "cursor"}, next="next"),
        "",
        "bad-setting",
        "changes",
        "{fill: cursor}",
    ),
    "a cursor without next": (
        changes(**BASE | {"by": "cursor"}, query="{a: {fill: cursor}}"),
        "",
        "missing-setting",
        "changes",
        "`next",
    ),
    "next in two places": (
        changes(**BASE | {"by": "cursor"}, query="{a: {fill: cursor}}", next="{path: a, header: B}"),
        "",
        "bad-setting",
        "next",
        "either",
    ),
    "pages that nothing turns": (
        changes(**BASE, query="{n: {fill: size}}", pages="{size: 5}"),
        "",
        "bad-setting",
        "changes",
        "turns the pages",
    ),
    "a page without pages": (
        changes(**BASE, query="{n: {fill: offset}}"),
        "",
        "bad-setting",
        "changes",
        "with `pages:` it would",
    ),
    "a cursor of a snapshot": (
        changes(**BASE, query="{c: {fill: cursor}}"),
        "",
        "bad-setting",
        "changes",
        "never has a value",
    ),
    "a moment of a follow": (
        changes(by="follow", start="2026-01-01", get="[list, {fill: number}]", query="{c: {fill: since}}"),
        "",
        "bad-setting",
        "changes",
        "known: number",
    ),
    "pages that nothing carries": (
        changes(**BASE | {"by": "page"}, pages="{size: 5}"),
        "",
        "bad-setting",
        "changes",
        "{fill: page}",
    ),
    "a zone that is none": (changes(**BASE, zone="Asia/Yekat"), "", "bad-setting", "zone", "Asia/Yekaterinburg"),
    "steps shorter than their overlap": (
        changes(**BASE | {"by": "window"}, query="{a: {fill: since}}", step="5m", overlap="5m"),
        "",
        "bad-setting",
        "changes",
        "`step`",
    ),
    "a detail without its list": (
        changes(**BASE, detail="{get: [one, {fill: item}]}"),
        "",
        "bad-setting",
        "changes",
        "`list:`",
    ),
    "a detail of nothing": (
        changes(**BASE, list="{each: a, id: b}", detail="{get: one}"),
        "",
        "bad-setting",
        "changes",
        "{fill: item}",
    ),
    "following nothing": (changes(**BASE | {"by": "follow"}), "", "bad-setting", "changes", "{fill: number}"),
    "a webhook open by accident": (webhook("max_bytes: 1mb"), "", "missing-setting", "webhook", "`verify:`"),
    "unknown proof": (webhook("verify: {by: trust}"), "", "unknown-choice", "verify", "hmac"),
    "unknown key of a proof": (webhook(HMAC + ", window_s: 5}"), "", "unknown-setting", "verify", "window"),
    "a window over an unsigned time": (webhook(HMAC + ", timestamp: X-Time}"), "", "bad-setting", "verify", "replay"),
    "a body that nothing covers": (
        webhook(HMAC + ", over: [timestamp], timestamp: T}"),
        "",
        "bad-setting",
        "verify",
        "cover",
    ),
    "a token in no place": (
        webhook("verify: {by: token, secret: {secret: X}}"),
        "",
        "bad-setting",
        "verify",
        "`header:`",
    ),
    "a reply that refuses": (
        webhook("verify: {by: none}", "reply: {status: 500}"),
        "",
        "bad-setting",
        "reply",
        "at most",
    ),
    "a kind that nothing brings": (IN.format(way="when: {path: id}"), "", "no-way-in", "appeal:", "`webhook:`"),
}


def findings(part: str, more: str, adapter: str = "rest") -> tuple[list[Any], list[str]]:
    text = write(part, adapter, more)
    return registry.check(load(text, "town.yaml")), text.split("\n")


@pytest.mark.parametrize(("part", "more", "code", "line", "words"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_is_found_on_its_line(part: str, more: str, code: str, line: str, words: str) -> None:
    found, lines = findings(part, more)
    assert found, "nothing was found"
    told = {(one.code, one.line) for one in found}
    assert any(c == code and line in lines[number - 1] for c, number in told), f"{told} in\n" + "\n".join(lines)
    assert any(words in str(one) for one in found), [str(one) for one in found]
    assert all(one.remedy and one.file == "town.yaml" for one in found)


def test_a_sound_mapping_has_no_findings() -> None:
    assert findings(IN.format(way=POLL), "")[0] == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("base_url: {secret: BASE}", ""),
        ("base_url: http://town.example", "plain http"),
        ("base_url: town.example", "not an http"),
        ("base_url: {env: TOWN, else: http://town.example}", "plain http"),
        ("base_url: {env: TOWN, else: town.example}", "not an http"),
        ("base_url: {env: TOWN, else: https://town.example}", ""),
        ("base_url: https://me:key@town.example", "login"),
        ("poll: {every: 60s}", "`base_url` is missing"),
    ],
)
def test_addresses(line: str, words: str) -> None:
    text = write(IN.format(way=POLL)).replace("base_url: {secret: BASE}", line)
    found = registry.check(load(text, "town.yaml"))
    assert bool(found) == bool(words)
    assert not words or words in str(found[0])


def test_files_that_nothing_fetches() -> None:
    """A resident's photo would only be named to the recipient."""
    listed = IN.format(way=POLL).replace("formats: iso}}", "formats: iso}, attachments: {each: f?, fields: {id: i}}}")
    (found,), lines = findings(listed, "")
    assert (found.code, "attachments" in lines[found.line - 1]) == ("no-way-to-fetch", True)
    fetch = "\nout: {fetch: {discloses: [], steps: [{file: {get: [f, {from: file.id}]}}]}}\n"
    assert findings(listed + fetch, "")[0] == []


def test_a_secret_that_may_not_be_read_is_no_matter_of_tls() -> None:
    def forbid(name: str) -> str:
        raise PermissionError(13, "Permission denied", f"/secrets/{name}")

    with pytest.raises(Unavailable, match="connected: /secrets/BASE: Permission denied"):
        registry.build(compile_part(IN.format(way=POLL)), Tools(secret=forbid, read_file=lambda digest: b""))


def test_who_only_calls_us_needs_no_address() -> None:
    text = write(webhook("verify: {by: none}")).replace("base_url: {secret: BASE}", "poll: {every: 60s}")
    mapping = load(text, "town.yaml")
    assert registry.check(mapping) == []
    adapter = registry.build(mapping, Tools(secret=str, read_file=lambda digest: b""))
    assert adapter.check_health().ok
    adapter.close()


def test_an_adapter_that_does_not_exist() -> None:
    (found,), lines = findings(IN.format(way=POLL), "", "soap2")
    assert found.code == "unknown-adapter"
    assert "adapter:" in lines[found.line - 1]
    with pytest.raises(Unavailable, match="no adapter"):
        registry.build(compile_part(IN.format(way=POLL), "soap2"), Tools(secret=str, read_file=lambda digest: b""))


def test_an_adapter_that_takes_no_webhooks() -> None:
    (found,), _ = findings(webhook("verify: {by: none}"), "", "pos")
    assert found.code == "no-such-capability"


def test_a_mapping_with_mistakes_is_not_built() -> None:
    mapping = compile_part(IN.format(way=POLL), more="  limits: {concurrency: many}")
    with pytest.raises(Unavailable, match=r"limits\.concurrency"):
        registry.build(mapping, Tools(secret=str, read_file=lambda digest: b""))


def test_settings_for_the_lanes() -> None:
    more = "  poll: {every: 90s}\n  breaker: {failures: 3, pause: 1m}\n  follow: {closed_for: 7d}"
    settings = registry.read_settings(compile_part(IN.format(way=POLL), more=more))
    assert settings.poll.every == 90
    assert (settings.breaker.failures, settings.breaker.pause) == (3, 60)
    assert settings.follow.closed_for == 7 * 86400
    assert settings.limits.max_bytes == 20 * 1024 * 1024


def test_the_matrix_and_what_a_mapping_uses() -> None:
    rows = {name: can for name, _, can in registry.matrix()}
    assert rows["rest"]["listens"]
    assert not rows["pos"]["listens"]
    assert registry.capabilities(compile_part(IN.format(way=POLL))) == {"polls"}
    follow = changes(**BASE | {"by": "follow", "get": "[one, {fill: number}]"})
    assert registry.capabilities(compile_part(follow)) == {"follows"}
    assert registry.capabilities(compile_part(webhook("verify: {by: none}"))) == {"listens"}
