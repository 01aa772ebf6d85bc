"""What a caller is told when its call was not recorded: a line of text, or at `/soap/` a SOAP fault."""

from collections.abc import MutableMapping
from typing import Any

SOAP = "/soap/"


def refuse(scope: MutableMapping[str, Any], status: int, words: str) -> tuple[int, bytes, str]:
    """(status, body, content type). Of a SOAP fault the status is 500, as its 1.1 demands and 1.2 allows."""
    if not scope["path"].startswith(SOAP) or scope["method"] != "POST":
        return status, f"{words}\n".encode(), "text/plain"
    from adapters.soap.contract import NS11, NS12
    from adapters.soap.envelope import content_type, write_fault

    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    space = NS12 if any(b"soap+xml" in kind for kind in kinds) else NS11
    return 500, write_fault(space, status < 500, words), content_type(space)
