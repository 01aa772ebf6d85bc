"""JSON Schema of every canonical model, for `tsur schema`."""

from typing import Any

from canonical.answer import Reference
from canonical.applicant import Applicant
from canonical.attachment import Attachment
from canonical.case import Assignment, Case, Event, Obligation, Thread
from canonical.delivery import Delivery, Scope
from canonical.document import KINDS, Document
from canonical.form import SCHEMA_VERSION, Form
from canonical.place import Place
from canonical.plan import Plan
from canonical.receipt import Receipt
from canonical.topic import Topic

MODELS: dict[str, type[Form]] = {
    **KINDS,
    "applicant": Applicant,
    "assignment": Assignment,
    "attachment": Attachment,
    "case": Case,
    "delivery": Delivery,
    "document": Document,
    "event": Event,
    "obligation": Obligation,
    "place": Place,
    "plan": Plan,
    "receipt": Receipt,
    "reference": Reference,
    "scope": Scope,
    "thread": Thread,
    "topic": Topic,
}


def make_schemas() -> dict[str, dict[str, Any]]:
    """name → JSON Schema (draft 2020-12) of the model as it is serialised, with the schema's version in its id."""
    return {name: _make(name, model) for name, model in sorted(MODELS.items())}


def _make(name: str, model: type[Form]) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:tsur-gateway:schema:{SCHEMA_VERSION}:{name}",
        "version": SCHEMA_VERSION,
        **model.model_json_schema(mode="serialization"),
    }
