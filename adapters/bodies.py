"""Bodies of a plan's calls: trees with every marker replaced, written as the recipient reads them."""

import base64
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

import orjson
from lxml import etree

from adapters.errors import Refused
from canonical.plan import Body

#: A tree with its markers replaced; files are bytes.
Fill = Callable[[Any], Any]


def write_question(form: str, tree: Any, encoding: str) -> tuple[str, bytes]:
    """(content type, bytes) of what settings hold: `json`, `form`, or `xml` with its one root."""
    if form == "xml":
        ((root, content),) = tree.items()
        tree = to_tree(root, content)
    return write_body(Body(format=form, tree=tree, encoding=encoding), lambda whole: whole)


def write_body(body: Body, fill: Fill) -> tuple[str, bytes]:
    """(content type, bytes). Raises Refused for what the declared form cannot carry, without the value."""
    try:
        return _WRITERS[body.format](fill(body.tree), body.encoding)
    except KeyError:
        raise Refused(f"no body format {body.format}", "format") from None
    except UnicodeEncodeError:
        raise Refused(f"a character that {body.encoding} lacks", "encoding") from None
    except (TypeError, ValueError):
        raise Refused(f"a value that {body.format} cannot carry", "value") from None


def _json(tree: Any, encoding: str) -> tuple[str, bytes]:
    made = orjson.dumps(tree, default=_to_base64)
    return "application/json", made if _is_utf8(encoding) else made.decode().encode(encoding)


def _to_base64(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError


def _is_utf8(encoding: str) -> bool:
    return encoding.lower() in ("utf-8", "utf8")


def _xml(tree: Any, encoding: str) -> tuple[str, bytes]:
    body: bytes = etree.tostring(to_element(tree), encoding=encoding, xml_declaration=True)
    return f"application/xml; charset={encoding}", body


def to_element(tree: Any, known: Mapping[str | None, str] | None = None) -> Any:
    """Namespaces are declared as in XML itself, by attributes `xmlns` and `xmlns:p`, and hold for what is inside.

    Raises ValueError for a prefix that nobody declared.
    """
    given = tree.get("attributes") or {}
    spaces = {name.partition(":")[2] or None: _text(value) for name, value in given.items() if _declares(name)}
    around = {**(known or {}), **spaces}
    own = {_qualify(name, around, None): _text(value) for name, value in given.items() if not _declares(name)}
    made = etree.Element(_qualify(tree["tag"], around, around.get(None)), own, nsmap=spaces or None)
    if tree.get("text") is not None:
        made.text = _text(tree["text"])
    made.extend([to_element(child, around) for child in tree.get("children") or ()])
    return made


def to_tree(tag: str, content: Any) -> dict[str, Any]:
    """From nested mappings as settings hold them; `@name` is an attribute, `#text` text, null leaves out."""
    if not isinstance(content, Mapping):
        return {"tag": tag, "attributes": {}, "text": "" if content is None else content, "children": []}
    said = {name[1:]: value for name, value in content.items() if name.startswith("@") and value is not None}
    inner = [(n, v) for n, value in content.items() for v in (value if isinstance(value, list) else [value])]
    children = [to_tree(n, v) for n, v in inner if v is not None and not n.startswith(("@", "#"))]
    return {"tag": tag, "attributes": said, "text": content.get("#text"), "children": children}


def _declares(name: str) -> bool:
    return name == "xmlns" or name.startswith("xmlns:")


def _qualify(name: str, known: Mapping[str | None, str], bare: str | None) -> str:
    if name.startswith("{"):
        return name
    prefix, colon, local = name.partition(":")
    if colon and prefix not in known:
        raise ValueError("an undeclared prefix")
    space = known[prefix] if colon else bare
    return f"{{{space}}}{local if colon else name}" if space else name


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return _to_base64(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def to_pairs(tree: Any) -> list[tuple[str, Any]]:
    """[[name, value], …] or {name: value}; a list value is repeated, null is left out."""
    items = tree.items() if isinstance(tree, dict) else tree or ()
    return [
        (name, one)
        for name, value in items
        for one in (value if isinstance(value, list) else [value])
        if one is not None
    ]


def _form(tree: Any, encoding: str) -> tuple[str, bytes]:
    pairs = [(quote_plus(name, encoding=encoding), _quote(value, encoding)) for name, value in to_pairs(tree)]
    kind = "application/x-www-form-urlencoded" + ("" if _is_utf8(encoding) else f"; charset={encoding}")
    return kind, "&".join(f"{name}={value}" for name, value in pairs).encode()


def _quote(value: Any, encoding: str) -> str:
    return quote_plus(_text(value), encoding=encoding, errors="strict")


def _multipart(tree: Any, encoding: str) -> tuple[str, bytes]:
    border = secrets.token_hex(16)
    parts = [_part(part, border, encoding) for part in tree]
    return f"multipart/form-data; boundary={border}", b"".join(parts) + f"--{border}--\r\n".encode()


def _part(part: Any, border: str, encoding: str) -> bytes:
    value = part["value"]
    name, media = _header_text(part.get("filename")), part.get("media_type")
    head = f'--{border}\r\nContent-Disposition: form-data; name="{_header_text(part["name"])}"'
    if isinstance(value, bytes):
        head += f'; filename="{name or "file"}"\r\nContent-Type: {_media(media)}'
    elif media:
        head += f"\r\nContent-Type: {_media(media)}"
    content = value if isinstance(value, bytes) else _text(value).encode(encoding)
    return f"{head}\r\n\r\n".encode(encoding, "xmlcharrefreplace") + content + b"\r\n"


def _header_text(value: Any) -> str:
    """As browsers do: quotes and line ends are escaped; names are in the form's encoding, which may lack a sign of a
    file's name: `&#8470;`."""
    return str(value or "").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _media(value: Any) -> str:
    text = str(value or "application/octet-stream")
    return text if text.isascii() and text.isprintable() else "application/octet-stream"


def _bytes(tree: Any, encoding: str) -> tuple[str, bytes]:
    return "application/octet-stream", tree if isinstance(tree, bytes) else _text(tree).encode(encoding)


def _plain(tree: Any, encoding: str) -> tuple[str, bytes]:
    return f"text/plain; charset={encoding}", _text(tree).encode(encoding)


_WRITERS: dict[str, Callable[[Any, str], tuple[str, bytes]]] = {
    "json": _json,
    "xml": _xml,
    "form": _form,
    "multipart": _multipart,
    "bytes": _bytes,
    "text": _plain,
}
