"""The reference and the schemas are made from the code, and cover all of it."""

import jsonschema

from canonical.form import SCHEMA_VERSION
from canonical.mapping.codes import CODES
from canonical.mapping.grammar import SECTIONS
from canonical.mapping.reference import write_reference
from canonical.schemas import make_schemas


def test_reference_names_every_key_and_code() -> None:
    text = write_reference()
    for name in [*CODES, *(key for section in SECTIONS for key in section.keys)]:
        assert f"| `{name}` |" in text
    assert "`place.street`" in text and "`case.text`" in text


def test_reference_is_stable() -> None:
    assert write_reference() == write_reference()


def test_schemas_are_valid_and_versioned() -> None:
    made = make_schemas()
    assert {"appeal", "answer", "case", "receipt", "thread"} <= set(made)
    for schema in made.values():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["version"] == SCHEMA_VERSION
