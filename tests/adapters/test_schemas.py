"""Schemas compiled while other threads read documents: libxml2 has one loader of imports for the whole process."""

import threading
from typing import Any

from lxml import etree

from adapters.schemas import compile_schema

_XS = "http://www.w3.org/2001/XMLSchema"


class Held:
    """A document that ends when somebody lets it."""

    def __init__(self) -> None:
        self.left = [b"", b"<a/>"]
        self.begun, self.released = threading.Event(), threading.Event()

    def read(self, size: int) -> bytes:
        self.begun.set()
        assert self.released.wait(10)
        return self.left.pop()


class Parts(etree.Resolver):  # type: ignore[misc]
    """Schemas `part:…`; the first that is asked for waits until the document beside has ended."""

    def __init__(self, beside: Held, reader: threading.Thread) -> None:
        super().__init__()
        self.beside, self.reader = beside, reader

    def resolve(self, url: str, public_id: str, context: Any) -> Any:
        self.beside.released.set()
        self.reader.join(10)
        name = url[-1]
        return self.resolve_string(
            f'<xs:schema xmlns:xs="{_XS}" targetNamespace="urn:{name}"><xs:element name="e"/></xs:schema>',
            context,
            base_url=url,
        )


def test_a_document_that_ends_beside_a_compilation_takes_nothing_from_it() -> None:
    beside = Held()
    reader = threading.Thread(target=etree.parse, args=(beside,))
    parser = etree.XMLParser()
    parser.resolvers.add(Parts(beside, reader))
    imports = "".join(f'<xs:import namespace="urn:{name}" schemaLocation="part:{name}"/>' for name in "ab")
    uses = "".join(f'<xs:element ref="{name}:e"/>' for name in "ab")
    whole = (
        f'<xs:schema xmlns:xs="{_XS}" xmlns:a="urn:a" xmlns:b="urn:b" targetNamespace="urn:c">{imports}'
        f'<xs:element name="c"><xs:complexType><xs:sequence>{uses}</xs:sequence></xs:complexType></xs:element>'
        "</xs:schema>"
    )
    root = etree.fromstring(whole, parser, base_url="part:c")
    reader.start()
    assert beside.begun.wait(10)
    schema = compile_schema(root)
    assert schema.validate(etree.XML('<c xmlns="urn:c"><e xmlns="urn:a"/><e xmlns="urn:b"/></c>'))
