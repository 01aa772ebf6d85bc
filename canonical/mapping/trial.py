"""What running examples shares: the mapping, where findings go, files, and what has been reached."""

from dataclasses import dataclass, field
from pathlib import Path

from canonical.mapping.compiler import Compiled
from canonical.mapping.differing import Difference
from canonical.mapping.mapping import Mapping
from canonical.mapping.nodes import Map, Node, Text
from canonical.mapping.report import Placed, Report

_SHOWN = 10  # differences of one example


@dataclass(slots=True)
class Trial:
    mapping: Mapping
    report: Report
    cover: dict[str, Placed]
    folder: Path | None
    reached: set[str] = field(default_factory=set)

    def tell(self, differences: list[Difference]) -> None:
        for node, where, expected, actual in differences[:_SHOWN]:
            what = f"{where}: expected {expected}, came {actual}"
            self.report.add(node, "example-differs", what, "mend the mapping or the example")

    def fail(self, node: Placed, what: str) -> None:
        self.report.add(node, "example-fails", what, "mend the mapping or the example")

    def load(self, node: Node, encoding: str | None) -> bytes | None:
        """The example's bytes: a text in the source's encoding, or `{file: …}` below the folder as it is."""
        if isinstance(node, Text):
            return self._encode(node, encoding)
        name = node.get("file") if isinstance(node, Map) and len(node.items) == 1 else None
        if not isinstance(name, Text):
            self.report.add(node, "wrong-shape", "neither a text nor `{file: …}`", "write the document as a text")
            return None
        return self._read(name)

    def _encode(self, node: Text, encoding: str | None) -> bytes | None:
        try:
            return node.value.encode(encoding or "utf-8")
        except UnicodeError as error:
            first = f", such as `{node.value[error.start]}`" if isinstance(error, UnicodeEncodeError) else ""
            what = f"the text has characters that {encoding} lacks{first}"
            self.report.add(node, "encoding-lacks", what, "use characters of the source's encoding")
            return None

    def _read(self, name: Text) -> bytes | None:
        if self.folder is None:
            self.report.add(name, "example-file", "there is no folder to read from", "write the document as a text")
            return None
        try:
            folder = self.folder.resolve()
            path = (folder / name.value).resolve()
            if not path.is_relative_to(folder):
                self.report.add(
                    name, "example-file", f"`{name.value}` is outside the folder", "keep files in `examples/`"
                )
                return None
            return path.read_bytes()
        except (OSError, ValueError):
            self.report.add(
                name, "example-file", f"`{name.value}` cannot be read", f"it is looked for in {self.folder}"
            )
            return None


def begin(compiled: Compiled, folder: Path | None) -> Trial | None:
    if compiled.mapping is None:
        return None
    return Trial(compiled.mapping, compiled.desk.report, compiled.desk.cover, folder)
