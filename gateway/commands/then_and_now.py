"""What its mapping made of a document when it arrived, beside what the active one makes of it now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from canonical.document import WHOLE
from gateway.commands.active import Active
from ledger import configs

if TYPE_CHECKING:
    from ledger.store import Tx

#: Lines of a mapping's diff that are shown.
SHOWN = 80


@dataclass(frozen=True, slots=True)
class Attempt:
    """`config`: its hash, None: not known any more. fields: name → (their path, raw, result)."""

    config: str | None
    verdict: str
    fields: Mapping[str, tuple[str, Any, Any]]
    text: str = ""  # the mapping's file


def attempt(config: str | None, files: Mapping[str, str], mapping: Any, row: Any, body: bytes) -> Attempt:
    """`mapping`: of the document's system, None where this configuration has none."""
    verdict, trace = read_again(mapping, row, body)
    fields = {one.field: (one.path, one.raw, one.result) for one in reversed(trace)}
    return Attempt(config, verdict, fields, files.get(mapping.path, "") if mapping else "")


def attempt_then(tx: "Tx", row: Any, body: bytes) -> Attempt | None:
    """With the configuration that was active when it arrived; None when that is not known or not readable any more."""
    from canonical import mapping as language

    name = row.config or configs.find_at(tx, row.received_at)
    if name is None:
        return None
    files = configs.load(tx, name)
    try:
        mappings = {one.system: one for one in language.load_folder(files)}
    except language.MappingErrors:  # the language has moved on
        return None
    return attempt(name, files, mappings.get(row.system), row, body)


def attempt_now(tx: "Tx", active: Active, row: Any, body: bytes) -> Attempt:
    return attempt(configs.read_active(tx), active.files, active.mappings.get(row.system), row, body)


def read_again(mapping: Any, row: Any, body: bytes) -> tuple[str, list[Any]]:
    """What reading it gives, without values, and the trace of every field."""
    from canonical.mapping import ReadingError

    if mapping is None or row.kind not in mapping.kinds:
        return f"no mapping reads {row.kind} of {row.system}", []
    if row.external_id.startswith(WHOLE):
        return _split_again(mapping, row, body), []
    try:
        number = len(mapping.read(row.kind, body))
    except ReadingError as error:
        return f"unreadable: {error}", mapping.trace(row.kind, body)
    return f"readable, {number} reading(s)", mapping.trace(row.kind, body)


def _split_again(mapping: Any, row: Any, body: bytes) -> str:
    """A whole list or call: its documents are what is read."""
    from canonical.mapping import ReadingError
    from workers.translate import split_whole

    try:
        return f"readable, {len(split_whole(mapping, row.kind, body, row.content_type))} document(s)"
    except ReadingError as error:
        return f"unreadable: {error}"


def list_fields(then: Attempt | None, now: Attempt) -> Iterator[tuple[str, str, Any, Any, Any]]:
    """(field, their path, raw, result then, result now), a field of only one of them too."""
    before = then.fields if then else {}
    for name in dict.fromkeys([*reversed(list(now.fields)), *before]):
        path, raw, result = now.fields.get(name, ("-", None, None))
        old = before.get(name, ("-", None, None))
        yield name, path if name in now.fields else f"({old[0]})", raw if raw is not None else old[1], old[2], result


def show_change(then: Attempt | None, now: Attempt) -> list[str]:
    """The lines of the mapping that were changed since."""
    if then is None or then.text == now.text:
        return []
    old, new = then.text.splitlines(), now.text.splitlines()
    lines = list(unified_diff(old, new, f"mapping of {then.config}", f"mapping of {now.config}", n=1, lineterm=""))
    return lines[:SHOWN] + ([f"… and {len(lines) - SHOWN} more lines"] if len(lines) > SHOWN else [])
