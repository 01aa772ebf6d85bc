"""Finds secrets that stand in the file itself: whoever reads the configuration, or its copy in the ledger, has them."""

from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.report import Report

_ALWAYS = {"password", "client_secret", "api_key", "secret_key", "private_key"}
#: By the way of proving who one is: elsewhere `token` is a path and `value` anything.
_BY = {"bearer": {"token"}, "header": {"value"}, "query": {"value"}}
_HEADERS = {"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-auth-token"}


def find_secrets(node: Node | None, report: Report) -> None:
    """Findings for every secret that is written out below `node`."""
    if isinstance(node, Seq):
        for item in node.items:
            find_secrets(item, report)
    elif isinstance(node, Map):
        hidden = _name_hidden(node)
        for key, value in node.items:
            if key.value in hidden:
                _refuse_texts(key, value, report)
            if key.value == "headers" and isinstance(value, Map):
                _look_at_headers(value, report)
            find_secrets(value, report)


def _name_hidden(node: Map) -> set[str]:
    by = node.get("by")
    if not isinstance(by, Text):
        return _ALWAYS
    return _ALWAYS | {"secret"} | _BY.get(by.value, set())


def _look_at_headers(headers: Map, report: Report) -> None:
    for key, value in headers.items:
        if key.value.lower() in _HEADERS:
            _refuse_texts(key, value, report)


def _refuse_texts(key: Text, value: Node, report: Report) -> None:
    for item in value.items if isinstance(value, Seq) else (value,):
        if isinstance(item, Text):
            what = f"`{key.value}` stands in the file"
            report.add(item, "plain-secret", what, f"write `{key.value}: {{secret: NAME}}` and keep it outside")
