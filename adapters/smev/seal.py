"""What the exchange asks of signatures. `adapters/smev/signing` answers it; a site may put its own provider there."""

from typing import Any, Protocol


class Seal(Protocol):
    def sign(self, target: Any) -> Any:
        """A ds:Signature over an element by its `Id`."""
        ...

    def check(self, document: bytes, holder: str) -> Any:
        """The element that the SMEVSignature inside the one element named `holder` (a local name) really signs: its
        sibling, of the parsed `document`; nobody else looks it up again. Raises Forged."""
        ...

    def detach(self, content: bytes) -> bytes:
        """A detached PKCS#7 of a file, DER."""
        ...

    def health(self) -> str:
        """What is wrong or will be soon (a certificate that ends), else empty."""
        ...


class Forged(Exception):
    """`code`: the contract's reason; the message says which element and certificate, and holds nothing personal."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
