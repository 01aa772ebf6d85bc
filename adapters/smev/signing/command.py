"""`command:TOOL OPTIONS`: a site's certified provider behind a program. Content on stdin, arguments say what is asked.

    TOOL OPTIONS digest BITS                     → the raw Streebog digest on stdout
    TOOL OPTIONS bits KEY                        → 256 or 512
    TOOL OPTIONS sign BITS KEY                   → raw s‖r on stdout; KEY is what the configuration calls the key
    TOOL OPTIONS verify BITS SPKI SIGNATURE      → exit 0 valid, 1 invalid; both base64
Any other exit code is a failure. No shell is involved.
"""

import base64
import shlex
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from adapters.smev.signing.faults import SigningError
from adapters.smev.signing.keys import PublicKey

_SECONDS = 30


class Command:
    def __init__(self, line: str) -> None:
        self.name = f"command:{line}"
        self._words = shlex.split(line)
        if not self._words:
            raise SigningError("`command:` needs a program, for example command:/opt/gost/sign")

    def digest(self, bits: int, content: bytes) -> bytes:
        return self._expect(self._run(["digest", str(bits)], content), bits // 8)

    def digest_pieces(self, bits: int, pieces: Iterable[bytes]) -> bytes:
        """By way of a temporary file, which is the tool's stdin: pipes both ways may wait for each other."""
        with TemporaryFile() as content:
            for piece in pieces:
                content.write(piece)
            content.seek(0)
            return self._expect(self._run(["digest", str(bits)], content), bits // 8)

    def open_key(self, path: Path) -> "CommandKey":
        answer = self._run(["bits", str(path)], b"").stdout.strip()
        if answer not in (b"256", b"512"):
            raise SigningError(f"{self._words[0]}: `bits` must answer 256 or 512")
        return CommandKey(int(answer), str(path), self)

    def sign(self, bits: int, key: str, content: bytes) -> bytes:
        return self._expect(self._run(["sign", str(bits), key], content), bits // 4)

    def verify(self, key: PublicKey, content: bytes, signature: bytes) -> bool:
        encoded = [base64.b64encode(part).decode() for part in (key.spki, signature)]
        return self._run(["verify", str(key.bits), *encoded], content, (0, 1)).returncode == 0

    def _run(
        self, arguments: list[str], content: "bytes | IO[bytes]", good: tuple[int, ...] = (0,)
    ) -> subprocess.CompletedProcess[bytes]:
        given: Any = {"input": content} if isinstance(content, bytes) else {"stdin": content}
        try:
            done = subprocess.run([*self._words, *arguments], **given, capture_output=True, timeout=_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SigningError(f"{self._words[0]}: {type(error).__name__}; check the provider's command") from None
        if done.returncode not in good:
            raise SigningError(f"{self._words[0]} {arguments[0]}: exit code {done.returncode}; see its own log")
        return done

    def _expect(self, done: subprocess.CompletedProcess[bytes], length: int) -> bytes:
        if len(done.stdout) != length:
            raise SigningError(f"{self._words[0]}: {len(done.stdout)} bytes where {length} belong")
        return done.stdout


@dataclass(frozen=True)
class CommandKey:
    bits: int
    key: str
    provider: Command

    def sign(self, content: bytes) -> bytes:
        return self.provider.sign(self.bits, self.key, content)
