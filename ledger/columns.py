"""Lists of values as PostgreSQL arrays: one pass over the values instead of one adapter call for each."""

from typing import Any

from psycopg import Connection
from psycopg.adapt import Dumper


class ColumnDumper(Dumper):
    """Flat lists of text, bytes, numbers, booleans and None.

    Our statements cast every array, so that it goes as text of an unknown type: numbers of any size then share one
    prepared statement. Raises TypeError for any other value.
    """

    oid = 0

    def dump(self, obj: list[Any]) -> bytes:
        return ("{" + ",".join([_write(value) for value in obj]) + "}").encode()


def _write(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value is None:
        return "NULL"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return '"\\\\x' + value.hex() + '"'
    if isinstance(value, (bool, int, float)):
        return str(value)
    raise TypeError(f"a column of {type(value).__name__} cannot be written as an array")


def register(raw: "Connection[Any]") -> None:
    raw.adapters.register_dumper(list, ColumnDumper)
