"""`tsur new-adapter NAME`: the folder, its line in the registry, a mapping, a test; all of it runs at once."""

import re
from keyword import iskeyword
from pathlib import Path
from string import Template

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")


class BadName(ValueError):
    """The message says what is wrong with the name."""


def create(name: str, root: Path) -> list[Path]:
    """Writes the files of a new adapter below the project's root and returns their paths. Raises BadName."""
    check_name(name, root)
    words = {"name": name, "NAME": name.upper(), "Class": "".join(part.title() for part in name.split("_"))}
    texts = {place: Template(text).substitute(words) for place, text in _TEXTS.items()}
    made = [root / Template(place).substitute(words) for place in texts]
    for path, text in zip(made, texts.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    registry = root / "adapters" / "registry.py"
    registry.write_text(register(registry.read_text(encoding="utf-8"), name), encoding="utf-8")
    return [*made, registry]


def check_name(name: str, root: Path) -> None:
    """Raises BadName."""
    if not _NAME.fullmatch(name) or iskeyword(name):
        raise BadName(f"`{name}`: use a-z, 0-9 and _, beginning with a letter")
    taken = [root / "adapters" / name, root / "adapters" / f"{name}.py", *_places(name, root)]
    for path in taken:
        if path.exists():
            raise BadName(f"`{name}` is taken: {path.relative_to(root)} is there already")


def _places(name: str, root: Path) -> list[Path]:
    return [root / Template(place).substitute(name=name) for place in _TEXTS]


def register(text: str, name: str) -> str:
    """The registry's source with one more adapter, in order. Raises BadName when its shape is not as expected."""
    imports = re.search(r"^from adapters import (.+)$", text, re.M)
    table = re.search(r"^ADAPTERS: .*?^}$", text, re.M | re.S)
    if not imports or not table:
        raise BadName("adapters/registry.py has another shape; add the line by hand")
    names = ", ".join(sorted({*imports[1].split(", "), name}))
    line = f'    "{name}": Kind({name}.Settings, {name}.build, {name}.CAPABILITIES, {name}.TITLE),\n'
    lines = [*table[0].splitlines(keepends=True)[1:-1], line]
    entries = "".join(sorted(lines))
    head = table[0].splitlines(keepends=True)[0]
    return text.replace(imports[0], f"from adapters import {names}").replace(table[0], f"{head}{entries}}}")


_ADAPTER = '''"""$Class: say here which systems speak this protocol, and where it is described."""

from adapters.composed import Base, compose
from adapters.connect import Connect
from adapters.contract import Tools
from adapters.mapped import Mapped

TITLE = "$Class"
#: What the protocol can do; a mapping uses some of it. Strike out what it cannot.
CAPABILITIES = frozenset({"polls", "follows", "listens", "delivers", "finds"})


class Settings(Connect):
    """`connect:` of such a system. Add what only this protocol needs; unknown keys stay errors."""


def build(mapping: Mapped, settings: Settings, tools: Tools) -> Base:
    """Everything that HTTP and YAML can do comes from `compose`; replace a part of it, or write the contract's
    methods yourself. Raises Unavailable when it cannot be connected now.
    """
    return compose("$Class", mapping, settings, tools)
'''

_MAPPING = """version: 1
system: $name
title: $Class
adapter: $name
roles: [recipient]
mode: shadow
zone: Asia/Yekaterinburg
connect:
  base_url: {env: TSUR_URL_${NAME}, else: "https://$name.example"}
  auth: {by: none}
out:
  forward:
    discloses: [text]
    find: {get: [requests], query: {external_id: {from: delivery.id}}, receipt: items.0.number?}
    steps:
      - create:
          post: [requests]
          json: {external_id: {from: delivery.id}, text: {from: case.text}}
          receipt: number
examples:
  - intent: forward
    given: {delivery.id: d1, case.text: Яма}
    expect:
      create: {post: [requests], json: {external_id: d1, text: Яма}}
      find: {get: [requests], query: {external_id: d1}}
    replies: {create: '{"number": "7"}', find: '{"items": [{"number": "7"}]}'}
    takes: {create: {receipt: "7"}, find: {receipt: "7"}}
  - intent: forward
    given: {delivery.id: d1, case.text: Яма}
    replies: {find: '{"items": []}'}
    takes: {find: {receipt: ""}}
"""

_TEST = '''"""The adapter $name. docs/adapters.md tells how to write its stand and to get the suites."""

from pathlib import Path

from adapters import registry
from adapters.contract import Delivers, Tools
from canonical.mapping import load

MAPPING = Path("mappings/systems/$name.yaml")
TOOLS = Tools(secret=lambda name: name, read_file=lambda digest: b"")


def test_is_registered_and_builds() -> None:
    mapping = load(MAPPING.read_text(encoding="utf-8"), str(MAPPING))
    assert registry.check(mapping) == []
    adapter = registry.build(mapping, TOOLS)
    assert isinstance(adapter, Delivers)
    adapter.close()


# With a stand (stand/$name.py) the suites come for free:
#
# class $Class(Subject):
#     system = "$name"
#
# @pytest.fixture
# def subject(stand: Stand) -> Iterator[Subject]:
#     made = $Class(stand)
#     yield made
#     made.close()
#
# class Test$Class(DeliversSuite, FindsSuite): ...
'''

_TEXTS = {
    "adapters/$name/__init__.py": _ADAPTER,
    "mappings/systems/$name.yaml": _MAPPING,
    "tests/adapters/test_$name.py": _TEST,
}
