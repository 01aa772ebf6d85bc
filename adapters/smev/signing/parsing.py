"""Bytes from outside as an lxml tree, with nothing opened, fetched or expanded."""

from contextlib import suppress
from typing import Any

from lxml import etree

from adapters.smev.signing.faults import TransformError


def parse(document: bytes) -> Any:
    """The root element, without comments (the digest does not see them, so nobody shall), with processing instructions.

    Bounded by libxml2's ordinary limits: 256 levels, 10 million bytes per text, which leaves room for an inline
    attachment of 5 MiB. Raises TransformError with line and reason.
    """
    return _parse(document, huge=False)


def parse_large(document: bytes) -> Any:
    """The same for files of our own choice: 2048 levels, texts of any length.

    Those limits also guard against entities, so a DTD is refused before the parser without them sees it.
    """
    _refuse_doctype(document)
    return _parse(document, huge=True)


def _parse(document: bytes, huge: bool) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, huge_tree=huge
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise TransformError(f"not well-formed XML: {_reason(error)}") from None
    if root.getroottree().docinfo.doctype:
        raise TransformError("a DTD is not accepted; remove the DOCTYPE")
    return root


class _Prolog:
    """Ends the reading at the first element or the DOCTYPE, whichever comes first."""

    def __init__(self) -> None:
        self.doctype_seen = False

    def doctype(self, *_: object) -> None:
        self.doctype_seen = True
        raise _Read

    def start(self, *_: object) -> None:
        raise _Read

    def close(self) -> None:
        pass


class _Read(Exception):
    pass


def _refuse_doctype(document: bytes) -> None:
    prolog = _Prolog()
    with suppress(_Read, etree.XMLSyntaxError, ValueError, LookupError):  # the parser that reads all says what is wrong
        etree.fromstring(document, etree.XMLParser(target=prolog, resolve_entities=False, no_network=True))
    if prolog.doctype_seen:
        raise TransformError("a DTD is not accepted; remove the DOCTYPE")


def _reason(error: Exception) -> str:
    """libxml2's words and place, without the document's content."""
    return getattr(error, "msg", None) or str(error)
