"""HTML to the text a person would read: block ends become line ends, links keep their address."""

import re
from html import unescape

_BLOCK = re.compile(
    r"<(?:br|hr)\b[^<>]*>|</(?:p|div|tr|h[1-6]|ul|ol|table|blockquote|section|article)\s*>|<p\b[^<>]*>", re.I
)
_ITEM = re.compile(r"<li\b[^<>]*>", re.I)
_LINK = re.compile(r"<a\b([^<>]*)>|</a\s*>", re.I)
_ADDRESS = re.compile(r"href\s*=\s*[\"']?(https?://[^\"'\s<>]+)", re.I)
_TAG = re.compile(r"</?[a-zA-Z!?][^<>]*>")
_CELL = re.compile(r"</t[dh]\s*>", re.I)


def html_to_text(text: str) -> str:
    """Linear in the text's length, whatever it holds. A bare `<` or `&` of a resident stays as it is."""
    if "<" in text:
        text = _drop(text, "<!--", "-->")
        for name in ("script", "style"):
            text = _drop(text, f"<{name}", f"</{name}>")
        text = _ITEM.sub("\n- ", _BLOCK.sub("\n", _keep_links(text)))
        text = _TAG.sub("", _CELL.sub(" ", text))
    return unescape(text) if "&" in text else text


def _drop(text: str, start: str, end: str) -> str:
    """`text` without everything from each `start` to the next `end`; an unclosed one loses its mark only."""
    lower = text.lower() if start in text.lower() else ""
    if len(lower) != len(text):  # nothing to drop, or letters whose lower case is longer
        return text
    kept, at = [], 0
    while (begin := lower.find(start, at)) >= 0:
        stop = lower.find(end, begin)
        if stop < 0:
            break
        kept.append(text[at:begin])
        at = stop + len(end)
    return "".join([*kept, text[at:]])


def _keep_links(text: str) -> str:
    addresses: list[str] = []

    def mark(found: re.Match[str]) -> str:
        if found[1] is not None:
            link = _ADDRESS.search(found[1])
            addresses.append(unescape(link[1]) if link else "")
            return ""
        address = addresses.pop() if addresses else ""
        return f" ({address})" if address else ""

    return _LINK.sub(mark, text)
