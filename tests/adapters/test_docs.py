"""What docs/adapters.md shows is true: its mapping passes the check, its settings are all that there is."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter

from adapters import registry
from adapters.auth_settings import Auth
from adapters.changes import CHANGES
from adapters.connect import Connect
from adapters.findings import models_in
from adapters.webhook_settings import WEBHOOK, Verify
from canonical.mapping import load
from canonical.mapping.checking import check

TEXT = (Path(__file__).parent.parent.parent / "docs" / "adapters.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```yaml ?(\w*)\n(.*?)```", TEXT, re.S))


def read(name: str) -> Any:
    """As the mapping language reads it: every scalar is a text."""
    return yaml.load(BLOCKS[name], yaml.BaseLoader)


def test_the_whole_mapping_passes_the_check() -> None:
    assert check(BLOCKS[""], "docs.yaml") == []
    mapping = load(BLOCKS[""], "docs.yaml")
    assert registry.check(mapping) == []
    assert registry.capabilities(mapping) == {"polls", "delivers", "finds"}


@pytest.mark.parametrize(
    ("name", "model"),
    [("connect", Connect), ("auth", list[Auth]), ("changes", None), ("webhook", WEBHOOK), ("verify", list[Verify])],
)
def test_every_setting_shown_is_right(name: str, model: Any) -> None:
    if name == "changes":
        for one in read(name):
            CHANGES.validate_python(one)
        return
    (model if isinstance(model, TypeAdapter) else TypeAdapter(model)).validate_python(read(name))


def test_every_key_is_shown() -> None:
    shown = {key for name in ("connect", "auth", "changes", "webhook", "verify") for key in keys(read(name))}
    models = {model for root in (Connect, Auth, CHANGES, WEBHOOK) for model in everything(root)}
    known = {info.alias or key for model in models for key, info in model.model_fields.items()}
    hidden = {"operation", "message"}  # of docs/soap.md
    hidden |= {"post", "json", "form", "secret", "env", "else", "query", "path", "header", "headers"}
    assert known - shown - hidden == set()


def keys(tree: Any) -> set[str]:
    if isinstance(tree, dict):
        return set(tree) | {key for value in tree.values() for key in keys(value)}
    return {key for item in tree for key in keys(item)} if isinstance(tree, list) else set()


def everything(annotation: Any) -> set[type[BaseModel]]:
    found: set[type[BaseModel]] = set()
    waiting = list(models_in(annotation))
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting += [inner for info in model.model_fields.values() for inner in models_in(info.annotation)]
    return found
