"""No input makes the gate or a compiled mapping fall over: bad mappings give findings, bad documents ReadingError."""

from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import orjson
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canonical.attachment import Attachment
from canonical.mapping import Mapping, MappingErrors, ReadingError, RenderingError, load
from canonical.mapping.checking import find_all
from canonical.mapping.grammar import SECTIONS
from canonical.mapping.scope import scope_names
from canonical.mapping.values import READ_TYPES
from tests.mapping.making import make_scope

SAMPLES = Path(__file__).parent / "samples"
TEXTS = {path.stem: path.read_text() for path in SAMPLES.glob("*.yaml")}
CALM = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))

KEYS = sorted(
    {key for section in SECTIONS for key in section.keys} | {"text", "created_at", "appeal", "answer", "state"}
)
WORDS = sorted(
    {*KEYS, *scope_names(), *READ_TYPES, "json", "xml", "csv", "a.b?", "A/@b", "*", "/", "?", "", "{{x}}", "1", "-1"}
)
SCALARS = st.sampled_from(WORDS) | st.text(max_size=8)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | SCALARS, inner, max_size=4),
    max_leaves=25,
)


def gate(text: str) -> None:
    """Findings with places inside the file, and `load` agrees with `check`."""
    findings = find_all(text, "x.yaml", SAMPLES, None)
    for finding in findings:
        assert finding.line >= 1 and finding.column >= 1
        assert str(finding)
    try:
        load(text, "x.yaml")
    except MappingErrors as error:
        assert error.findings and findings


@CALM
@given(st.text())
def test_any_text(text: str) -> None:
    gate(text)


@CALM
@given(TREES)
def test_any_tree_of_known_words(tree: object) -> None:
    gate(yaml.safe_dump(tree, allow_unicode=True))


@CALM
@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_any_value_replaced(name: str, data: st.DataObject) -> None:
    """A good mapping in which some nodes became something else."""
    tree = yaml.load(TEXTS[name], Loader=_loader())
    for _ in range(data.draw(st.integers(1, 3))):
        _replace(tree, data)
    gate(yaml.safe_dump(tree, allow_unicode=True))


@CALM
@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_any_line_moved_or_cut(name: str, data: st.DataObject) -> None:
    lines = TEXTS[name].split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        line = lines.pop(place)
        what = data.draw(st.sampled_from(["drop", "move", "cut", "indent", "word"]))
        if what == "move":
            lines.insert(data.draw(st.integers(0, len(lines))), line)
        elif what == "cut":
            lines.insert(place, line[: data.draw(st.integers(0, max(len(line), 1)))])
        elif what == "indent":
            lines.insert(place, "  " + line)
        elif what == "word":
            at = data.draw(st.integers(0, max(len(line), 1)))
            lines.insert(place, line[:at] + data.draw(SCALARS) + line[at:])
    gate("\n".join(lines))


def _loader() -> type:
    from canonical.mapping.scanning import Loader

    class TextLoader(Loader):
        yaml_implicit_resolvers: ClassVar[dict] = {}

    return TextLoader


def _replace(node: object, data: st.DataObject) -> None:
    while True:
        if isinstance(node, dict) and node:
            key = data.draw(st.sampled_from(sorted(node, key=str)))
        elif isinstance(node, list) and node:
            key = data.draw(st.integers(0, len(node) - 1))
        else:
            return
        if isinstance(node[key], dict | list) and node[key] and data.draw(st.integers(0, 4)):
            node = node[key]
            continue
        if isinstance(node, dict) and data.draw(st.booleans()):
            value = node.pop(key)
            node[data.draw(st.sampled_from(KEYS))] = value
        else:
            node[key] = data.draw(TREES)
        return


@pytest.fixture(scope="module")
def mappings() -> list[Mapping]:
    return [load(text, name) for name, text in TEXTS.items()]


NAMES = [
    "id",
    "year",
    "number",
    "type",
    "created",
    "body",
    "title",
    "kind",
    "category",
    "code",
    "address",
    "street",
    "lat",
    "lon",
    "author",
    "phone",
    "name",
    "files",
    "photos",
    "url",
    "size",
    "history",
    "status",
    "at",
    "answer",
    "comment",
    "ext",
    "appeal",
    "stars",
    "items",
    "ok",
    "error",
    "draft",
]
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=8)
    ),
    max_leaves=30,
)


def to_xml(text: str) -> bytes:
    row = f"<Заявка><Год>2026</Год><Номер>{text}</Номер><Статус>Новая</Статус>{text}</Заявка>"
    return f"<Список>{row}</Список>".encode("cp1251", "replace")


@CALM
@given(body=st.binary(max_size=200) | JSONS.map(orjson.dumps) | st.text(max_size=50).map(to_xml))
def test_any_document(mappings: list[Mapping], body: bytes) -> None:
    """Fast and traced readings agree, and nothing but ReadingError comes out."""
    for mapping in mappings:
        for kind in mapping.kinds:
            try:
                for item in mapping.split(kind, body, "application/json; charset=koi8-r"):
                    assert item.external_id
            except ReadingError:
                pass
            try:
                readings = mapping.read(kind, body)
            except ReadingError as error:
                assert mapping.trace(kind, body)[-1].steps, error
            else:
                told: list = []
                assert mapping.readers[kind].trace(body, told.append) == readings
        for intent in mapping.intents:
            for step in mapping.writers[intent].steps:
                mapping.refused(intent, step.name, body)
                with suppress(ReadingError):
                    mapping.take(intent, step.name, body)


WILD = st.text(max_size=60)
FILES = st.lists(st.builds(Attachment, id=WILD, name=st.none() | WILD, digest=st.none() | st.just("ff")), max_size=2)
MAYBE = st.none() | WILD


@CALM
@given(st.data())
def test_any_scope(mappings: list[Mapping], data: st.DataObject) -> None:
    """Whatever residents wrote, a plan is made and can be stored, or the delivery is refused without naming it."""
    draw = data.draw
    files = tuple(draw(FILES))
    scope = make_scope(
        {"text": draw(WILD), "files": files, "place": {"street": draw(MAYBE), "house": draw(MAYBE)}},
        {"text": draw(WILD), "files": files, "state": draw(st.sampled_from(["answered", "declined", "sent"]))},
        appeal={"external_id": draw(WILD), "thread": draw(MAYBE)},
        applicant={"surname": draw(MAYBE), "phone": draw(MAYBE)},
    )
    for mapping in mappings:
        for intent in mapping.intents:
            with suppress(RenderingError):
                plan = mapping.render(intent, scope)
                assert type(plan).model_validate_json(plan.model_dump_json()) == plan
