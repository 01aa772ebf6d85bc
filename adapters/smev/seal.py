"""What the exchange asks of signatures. `adapters/smev/signing` answers it; a site may put its own provider there."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol


class Seal(Protocol):
    def sign(self, target: Any) -> Any:
        """A ds:Signature over an element by its `Id`."""
        ...

    def sign_personally(self, target: Any) -> Any:
        """The same by a person's key: a PersonalSignature of the business content."""
        ...

    def check(self, document: bytes, holder: str) -> Any:
        """The element that the SMEVSignature inside the one element named `holder` (a local name) really signs: its
        sibling, of the parsed `document`; nobody else looks it up again. Raises Forged."""
        ...

    def digest(self, pieces: Iterable[bytes], bits: int = 0) -> bytes:
        """Streebog of a file; without `bits` (256 or 512), of our key's size."""
        ...

    def detach(self, digest: bytes) -> bytes:
        """A detached PKCS#7 of a file by its `digest`, DER."""
        ...

    def check_file(self, digest: Callable[[int], bytes], signature: bytes) -> None:
        """The PKCS#7 of a file, whose digest of so many bits `digest` gives. Raises Forged."""
        ...

    def health(self) -> str:
        """What is wrong or will be soon (a certificate that ends), else empty."""
        ...


class Forged(Exception):
    """`code`: the contract's reason; the message says which element and certificate, and holds nothing personal."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
