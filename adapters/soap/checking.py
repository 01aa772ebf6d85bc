"""A mapping held against its WSDL, as `tsur check` does it: without a network, with line and remedy."""

from collections.abc import Iterator, Mapping

from adapters.mapped import Mapped
from adapters.soap.contract import Contract
from adapters.soap.listening import fill_reply
from adapters.soap.message import build_reply
from adapters.soap.schema import Misfit
from adapters.soap.settings import WEBHOOK, Settings, open_incoming, open_pinned
from adapters.soap.shelf import BadContract
from adapters.soap.uses import find_uses
from canonical.finding import Finding


def check(mapping: Mapped, files: Mapping[str, str]) -> list[Finding]:
    """Findings of a mapping whose settings are sound."""
    settings = Settings.model_validate(dict(mapping.settings))
    if mapping.webhooks and settings.incoming is None:
        what, remedy = "`incoming` is missing, and partners call this system", "add `incoming: {security: …}`"
        return [Finding(mapping.path, *mapping.place("connect"), "missing-setting", what, remedy)]
    try:
        contract = open_pinned(settings, files)
        incoming = open_incoming(settings, files) if mapping.webhooks else contract
    except BadContract as error:
        place = mapping.place("connect", "pin" if "`pin`" in str(error) else "wsdl")
        return [Finding(mapping.path, *place, "bad-contract", str(error), "see docs/soap.md")]
    wrong = [use for use in find_uses(mapping, contract, incoming) if use.wrong]
    found = [_to_finding(mapping, use.line, use.column, f"{use.where}: {use.wrong}", use.remedy) for use in wrong]
    return found + list(_find_strangers(mapping)) + ([] if found else list(_try_replies(mapping, incoming)))


def _try_replies(mapping: Mapped, incoming: Contract) -> Iterator[Finding]:
    """What partners would be answered, written once with sample values."""
    sample = {"id": "1", "now": "2026-01-01T00:00:00.000Z"}
    for kind, raw in mapping.webhooks.items():
        rules = WEBHOOK.validate_python(raw)
        operation = incoming.operation(rules.operation)
        try:
            build_reply(incoming, operation, fill_reply(rules.reply, sample), incoming.envelope)
        except Misfit as misfit:
            at = mapping.place("in", kind, "webhook", "reply")
            yield _to_finding(mapping, *at, f"the reply does not fit the WSDL at {misfit}", "mend `reply:`")


def _find_strangers(mapping: Mapped) -> Iterator[Finding]:
    """Calls that are no operations; files may be fetched by plain HTTP."""
    for intent, writer in mapping.writers.items():
        for step in writer.calls():
            if (step.method == "operation") == (intent == "fetch"):
                what = f"`out.{intent}.{step.name}` is {'an' if intent == 'fetch' else 'no'} operation"
                yield _to_finding(
                    mapping, *mapping.place("out", intent), what, "only `fetch` asks by `get:` or `link:`"
                )
    for kind, raw in mapping.changes.items():
        if "operation" not in raw:
            at = mapping.place("in", kind, "changes")
            yield _to_finding(mapping, *at, "asks without an operation", "add `operation:` and `message:`")


def _to_finding(mapping: Mapped, line: int, column: int, what: str, remedy: str) -> Finding:
    return Finding(mapping.path, line, column, "not-in-wsdl", what, remedy or "see `tsur soap inspect`")
