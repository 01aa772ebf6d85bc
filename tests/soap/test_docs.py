"""What docs/soap.md shows is true: its settings are right, and all that there is."""

import re
from typing import Any

import yaml

from adapters.connect import Connect
from adapters.soap.settings import WEBHOOK, Settings
from tests.adapters.test_docs import everything
from tests.soap.samples import MAPPINGS

TEXT = (MAPPINGS.parent / "docs" / "soap.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```yaml (\w+)\n(.*?)```", TEXT, re.S))


def read(name: str) -> Any:
    return yaml.load(BLOCKS[name], yaml.BaseLoader)


def test_every_setting_shown_is_right() -> None:
    outgoing, incoming = read("connect"), read("incoming")
    Settings.model_validate(outgoing)
    Settings.model_validate(incoming["connect"] | {"pin": "0"})
    WEBHOOK.validate_python(incoming["in"]["appeal"]["webhook"])


def test_every_key_is_shown() -> None:
    models = everything(Settings) - everything(Connect)
    known = {info.alias or key for model in models for key, info in model.model_fields.items()}
    general = set(Connect.model_fields)
    hidden = {key for key in known - general - {"secret", "env", "else", "get"} if f"{key}:" not in TEXT}
    assert not hidden
