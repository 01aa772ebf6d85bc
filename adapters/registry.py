"""Every adapter by its name, and what each can do. The one place to add a line for a new one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from adapters import pos, rest, smev, soap
from adapters.changes import CHANGES
from adapters.composed import FETCH, choose
from adapters.connect import Connect
from adapters.contract import Adapter, Tools
from adapters.errors import Unavailable
from adapters.findings import check_settings
from adapters.http import check_base
from adapters.mapped import Mapped
from adapters.webhook_settings import WEBHOOK
from canonical.finding import Finding
from canonical.mapping.nodes import Map
from canonical.mapping.report import suggest

CAPABILITIES = ("polls", "follows", "listens", "delivers", "finds", "fetches", "confirms")
_NAMES = dict(
    zip(
        ("Polling", "Following", "Listening", "Delivering", "Finding", "Fetching", "Confirming"),
        CAPABILITIES,
        strict=True,
    )
)


_UNFETCHED = (
    "`attachments` without `out.fetch`: the files would be named to the recipient and never fetched",
    "add `out.fetch`, or leave `attachments` out",
)
#: The configuration's files by path below the mappings folder go with the mapping.
Check = Callable[[Mapped, Mapping[str, str]], list[Finding]]


def check_plain(mapping: Mapped, files: Mapping[str, str]) -> list[Finding]:
    """An adapter of plain HTTP knows no operations."""
    places: list[tuple[str, ...]] = [
        ("in", kind, "changes") for kind, raw in mapping.changes.items() if "operation" in raw
    ]
    for intent, writer in mapping.writers.items():
        places += [("out", intent, "steps") for step in writer.calls() if step.method == "operation"]
    what = f"the adapter `{mapping.adapter}` speaks no SOAP"
    return [_at(mapping, [*place], "no-such-capability", what, "write `adapter: soap`") for place in places]


@dataclass(frozen=True, slots=True)
class Kind:
    """`settings`: model of `connect:`. `capabilities`: what its protocol can do; a mapping uses some of it."""

    settings: type[Connect]
    build: Callable[[Mapped, Any, Tools], Adapter]
    capabilities: frozenset[str]
    title: str
    changes: Any = CHANGES  # pydantic's TypeAdapter of `changes:`
    webhook: Any = WEBHOOK  # the same of `webhook:`
    check: Check = check_plain  # what only the protocol knows, of a mapping whose settings are sound


ADAPTERS: dict[str, Kind] = {
    "pos": Kind(pos.Settings, pos.build, pos.CAPABILITIES, pos.TITLE),
    "rest": Kind(rest.Settings, rest.build, rest.CAPABILITIES, rest.TITLE),
    "smev": Kind(smev.Settings, smev.build, smev.CAPABILITIES, smev.TITLE, smev.CHANGES),
    "soap": Kind(soap.Settings, soap.build, soap.CAPABILITIES, soap.TITLE, webhook=soap.WEBHOOK, check=soap.check),
}


def build(mapping: Mapped, tools: Tools) -> Adapter:
    """A ready adapter, to be kept for as long as the mapping is in force: it holds connections and logins.

    Raises Unavailable naming the missing secret, certificate or setting; nothing was sent then.
    """
    kind = ADAPTERS.get(mapping.adapter)
    if kind is None:
        raise Unavailable(f"{mapping.system}: there is no adapter `{mapping.adapter}`")
    try:
        return kind.build(mapping, read_settings(mapping), tools)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, one["loc"])) for one in error.errors(include_input=False))
        raise Unavailable(f"{mapping.system}: wrong settings at {places}; run `tsur check`") from None


def read_settings(mapping: Mapped) -> Connect:
    """`connect:` as numbers and durations, also for the lanes: limits, poll, follow, breaker.

    Raises pydantic.ValidationError, which `check` would have found.
    """
    kind = ADAPTERS.get(mapping.adapter)
    return (kind.settings if kind else Connect).model_validate(dict(mapping.settings))


def capabilities(mapping: Mapped) -> frozenset[str]:
    """What this mapping makes its adapter do."""
    kind = ADAPTERS.get(mapping.adapter)
    chosen = {_NAMES[part.__name__] for part in choose(mapping)}
    return frozenset(chosen & kind.capabilities) if kind else frozenset()


def matrix() -> list[tuple[str, str, dict[str, bool]]]:
    """(name, title, capability → can) of every adapter, for `tsur adapters`."""
    return [
        (name, kind.title, {can: can in kind.capabilities for can in CAPABILITIES})
        for name, kind in sorted(ADAPTERS.items())
    ]


def check(mapping: Mapped, files: Mapping[str, str] | None = None) -> list[Finding]:
    """What is wrong with the adapter's own parts of a mapping: `adapter`, `connect`, `changes`, `webhook`.

    `files`: the configuration's, by path below the mappings folder.
    """
    kind = ADAPTERS.get(mapping.adapter)
    if kind is None:
        what, remedy = f"there is no adapter `{mapping.adapter}`", suggest(mapping.adapter, list(ADAPTERS))
        return [Finding(mapping.path, *mapping.place("adapter"), "unknown-adapter", what, remedy)]
    found = check_settings(mapping, kind.settings, dict(mapping.settings), ["connect"])
    for name, raw in mapping.changes.items():
        found += check_settings(mapping, kind.changes, raw, ["in", name, "changes"])
    for name, raw in mapping.webhooks.items():
        found += check_settings(mapping, kind.webhook, raw, ["in", name, "webhook"])
    found += _check_whole(mapping, kind)
    return sorted(found or kind.check(mapping, files or {}))


def _check_whole(mapping: Mapped, kind: Kind) -> list[Finding]:
    found = []
    for name in sorted(mapping.kinds - set(mapping.changes) - set(mapping.webhooks)):
        what = f"nothing brings documents of the kind `{name}`"
        found.append(_at(mapping, ["in", name], "no-way-in", what, "add `changes:` or `webhook:`"))
    if mapping.webhooks and "listens" not in kind.capabilities:
        first = next(iter(mapping.webhooks))
        what = f"the adapter `{mapping.adapter}` takes no webhooks"
        found.append(_at(mapping, ["in", first, "webhook"], "no-such-capability", what, "use `changes:`"))
    if "fetches" in kind.capabilities and FETCH not in mapping.intents:
        found += [_at(mapping, keys, "no-way-to-fetch", *_UNFETCHED) for keys in _find_attachments(mapping)]
    return found + _check_base(mapping)


def _find_attachments(mapping: Mapped) -> list[list[str]]:
    places = [["in", kind, "fields", "attachments"] for kind in sorted(mapping.kinds)]
    return [keys for keys in places if _holds(mapping.node, keys)]


def _holds(node: Any, keys: list[str]) -> bool:
    for key in keys:
        node = node.get(key) if isinstance(node, Map) else None
    return node is not None


def _check_base(mapping: Mapped) -> list[Finding]:
    raw = mapping.settings.get("base_url")
    if raw is None and (mapping.changes or mapping.intents):
        what = "`base_url` is missing, and this system is asked or delivered to"
        return [_at(mapping, ["connect"], "missing-setting", what, "add `base_url:`")]
    if isinstance(raw, dict):
        raw = raw.get("else")  # what the machine says instead, only the machine knows
    try:
        if isinstance(raw, str):
            check_base(raw.rstrip("/"), mapping.settings.get("plain_http") == "true")
    except ValueError as error:
        return [_at(mapping, ["connect", "base_url"], "bad-address", str(error), "see docs/adapters.md")]
    return []


def _at(mapping: Mapped, keys: list[str], code: str, what: str, remedy: str) -> Finding:
    return Finding(mapping.path, *mapping.place(*keys), code, what, remedy)
