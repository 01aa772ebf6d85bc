"""`tsur new-adapter NAME`: the folder, a stand, a mapping, the suites, and the lines that register them. All of it runs
and passes at once.
"""

import ast
import builtins
import re
from collections.abc import Iterator
from keyword import iskeyword
from pathlib import Path
from string import Template

from adapters import scaffold_texts

#: Longer ones would not fit the line of the registry.
_NAME = re.compile(r"[a-z][a-z0-9_]{1,12}")


class BadName(ValueError):
    """The message says what is wrong with the name."""


def create(name: str, root: Path) -> list[Path]:
    """Writes the files of a new adapter below the project's root and returns their paths. Raises BadName."""
    check_name(name, root)
    words = {"name": name, "NAME": name.upper(), "Class": _to_class(name)}
    registry, site = root / "adapters" / "registry.py", root / "stand" / "site.py"
    changed = {
        registry: register(registry.read_text(encoding="utf-8"), name),
        site: register_stand(site.read_text(encoding="utf-8"), name, words["Class"]),
    }
    texts = {Template(place): Template(text) for place, text in _TEXTS.items()}
    made = {root / place.substitute(words): text.substitute(words) for place, text in texts.items()}
    for path, text in (made | changed).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [*made, *changed]


def check_name(name: str, root: Path) -> None:
    """Raises BadName."""
    if not _NAME.fullmatch(name):
        raise BadName(f"`{name}`: use a-z, 0-9 and _, beginning with a letter; 2 to 13 of them")
    if iskeyword(name) or iskeyword(_to_class(name)) or hasattr(builtins, name):
        raise BadName(f"`{name}` is a word of Python; add one, such as `{name}_1`")
    taken = [root / "adapters" / name, root / "adapters" / f"{name}.py", *_places(name, root)]
    for path in taken:
        if path.exists():
            raise BadName(f"`{name}` is taken: {path.relative_to(root)} is there already")
    for place, source in _sources(root):
        for word in {name, _to_class(name)} & _find_names(source):
            raise BadName(f"`{word}` means something else in {place}; choose another name")


def _to_class(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


def _sources(root: Path) -> Iterator[tuple[str, str]]:
    """Modules that will name the new adapter, and what they say without it."""
    for place in ("adapters/registry.py", "stand/site.py"):
        yield place, (root / place).read_text(encoding="utf-8")
    for place, text in _TEXTS.items():
        if place.endswith(".py"):
            yield "what is made", Template(text).substitute(name="q", NAME="Q", Class="Q")


def _find_names(source: str) -> set[str]:
    """What a module imports, defines or uses."""
    nodes = list(ast.walk(ast.parse(source)))
    defined = {node.name for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.alias)}
    return defined | {node.id for node in nodes if isinstance(node, ast.Name)}


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


def register_stand(text: str, name: str, kind: str) -> str:
    """The source of the stands' site with one more stand. Raises BadName when its shape is not as expected."""
    imports = re.findall(r"^from stand\..+$", text, re.M)
    table = re.search(r"^KINDS: .*?^\)", text, re.M | re.S)
    if not imports or not table:
        raise BadName("stand/site.py has another shape; add the stand by hand")
    line = f"from stand.{name} import {kind}"
    before = next((each for each in imports if each > line), None)
    text = text.replace(before, f"{line}\n{before}") if before else text.replace(imports[-1], f"{imports[-1]}\n{line}")
    return text.replace(table[0], f"{table[0][:-1]}    {kind},\n)")


_TEXTS = {
    "adapters/$name/__init__.py": scaffold_texts.ADAPTER,
    "stand/$name.py": scaffold_texts.STAND,
    "mappings/systems/$name.yaml": scaffold_texts.MAPPING,
    "tests/adapters/test_$name.py": scaffold_texts.TEST,
}
