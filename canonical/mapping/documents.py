"""Bytes to documents and back, by format. Everything hostile ends as Misfit; nothing is fetched, no entity opened."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
from lxml import etree

from canonical.mapping.errors import Misfit

MAX_BYTES = 64 * 1024 * 1024
FORMATS = {
    "json": "JSON; paths are `a.b.0.c`",
    "xml": "XML without DTD; paths are `A/B/@attr`, namespaces are ignored",
    "form": "application/x-www-form-urlencoded; paths are names",
    "csv": "rows with a header (or `columns`); every row is a document, paths are column names",
}


@dataclass(frozen=True, slots=True)
class Source:
    """How one kind's bytes are read. `encoding` None: utf-8, for XML the document's own declaration."""

    format: str
    encoding: str | None = None
    delimiter: str = ";"
    columns: tuple[str, ...] = ()

    def compile(self) -> Callable[[bytes], Any]:
        """bytes → root node; raises Misfit."""
        return {"json": _json_opener, "xml": _xml_opener, "form": _form_opener, "csv": _csv_opener}[self.format](self)

    def dump(self, node: Any) -> bytes:
        """A node as a document that `compile()`'s result reads alone."""
        try:
            if self.format == "xml":
                encoding = self.encoding or "utf-8"
                made: bytes = etree.tostring(node, encoding=encoding, xml_declaration=True, with_tail=False)
                return made
            if self.format == "form":
                return urlencode(node, doseq=True, encoding=self.encoding or "utf-8").encode()
            body = _write_row(node, self) if self.format == "csv" else orjson.dumps(node).decode()
            return body.encode(self.encoding or "utf-8")
        except (TypeError, ValueError, LookupError, RecursionError):
            raise Misfit("nested too deep or not writable again") from None


def _decode(body: bytes, encoding: str | None) -> str:
    try:
        return body.decode(encoding or "utf-8-sig").removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError):
        raise Misfit(f"not {encoding or 'utf-8'}") from None


def _limit(body: bytes) -> bytes:
    if len(body) > MAX_BYTES:
        raise Misfit(f"longer than {MAX_BYTES} bytes")
    return body


def _json_opener(source: Source) -> Callable[[bytes], Any]:
    plain = (source.encoding or "utf-8").lower().replace("_", "-") in ("utf-8", "utf8")

    def open_json(body: bytes) -> Any:
        try:
            if plain and body[:3] != b"\xef\xbb\xbf":
                return orjson.loads(_limit(body))
            return orjson.loads(_decode(_limit(body), source.encoding))
        except orjson.JSONDecodeError as error:
            if error.msg.startswith("str is not valid UTF-8"):
                raise Misfit("not utf-8: name its `encoding` in `source`") from None
            raise Misfit("not JSON: " + (f"line {error.lineno}, column {error.colno}" if body else "empty")) from None
        except (ValueError, RecursionError):
            raise Misfit("not JSON") from None

    return open_json


def _xml_opener(source: Source) -> Callable[[bytes], Any]:
    parser = etree.XMLParser(
        encoding=source.encoding, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip

    def open_xml(body: bytes) -> Any:
        try:
            root = etree.fromstring(_limit(body), parser)
        except etree.XMLSyntaxError as error:
            place = f"line {error.lineno or 1}, column {(error.offset or 0) + 1}" if body else "empty"
            raise Misfit("not XML: " + place) from None
        except (ValueError, LookupError):
            raise Misfit("not XML") from None
        if root.getroottree().docinfo.doctype:
            raise Misfit("a DTD is not accepted")
        if b"xmlns" in body or source.encoding is not None or b"\x00" in body:
            _drop_namespaces(root)
        return root

    return open_xml


def _drop_namespaces(root: Any) -> None:
    for node in root.iter():
        tag = node.tag
        if tag.__class__ is str and "}" in tag:
            node.tag = tag.rpartition("}")[2]
        for name in [name for name in node.attrib if "}" in name]:
            node.attrib[name.rpartition("}")[2]] = node.attrib.pop(name)


def _form_opener(source: Source) -> Callable[[bytes], Any]:
    def open_form(body: bytes) -> Any:
        try:
            pairs = parse_qs(
                _limit(body).decode("ascii"), keep_blank_values=True, encoding=source.encoding or "utf-8",
                errors="strict", max_num_fields=10_000,
            )  # fmt: skip
        except (ValueError, LookupError):
            raise Misfit("not an urlencoded form") from None
        return {name: values[0] if len(values) == 1 else values for name, values in pairs.items()}

    return open_form


def _csv_opener(source: Source) -> Callable[[bytes], Any]:
    def open_rows(body: bytes) -> Any:
        text = _decode(_limit(body), source.encoding)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter)
        try:
            rows = [row for row in reader if row]
        except csv.Error:
            raise Misfit("not CSV") from None
        names = list(source.columns) or ([name.strip() for name in rows.pop(0)] if rows else [])
        return [_to_record(names, row) for row in rows]

    return open_rows


def _to_record(names: list[str], row: list[str]) -> dict[str, str]:
    if len(row) > len(names):
        raise Misfit("a row is longer than the header")
    return dict(zip(names, row, strict=False))


def _write_row(node: dict[str, str], source: Source) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=source.delimiter, lineterminator="\n")
    rows: Iterable[Iterable[str]] = [node.values()] if source.columns else [node.keys(), node.values()]
    writer.writerows(rows)
    return out.getvalue()
