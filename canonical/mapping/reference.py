"""The reference of the mapping language, printed from the declarations that the checker obeys."""

from collections.abc import Iterable, Mapping

from canonical.clean import CLEANERS
from canonical.delivery import Intent
from canonical.document import KINDS
from canonical.mapping.codes import CODES
from canonical.mapping.documents import FORMATS
from canonical.mapping.grammar import LACKING, LONGER, MODES, ROLES, SECTIONS, Section
from canonical.mapping.scope import CLASSES, Name, file_lists, item_names, part_names, scope_names
from canonical.mapping.targets import COMPANIONS, Target, shape_of
from canonical.mapping.times import NAMED, TOKENS
from canonical.mapping.values import READ_TYPES, WRITE_TYPES

_HEAD = """# Mapping reference

This page is generated: `tsur` prints it from the declarations that `tsur check` obeys.

All scalars are text; only the mapping gives a type. Duplicate keys, anchors, aliases, tags and tabs are errors.
Nothing is ever evaluated: a value has one source, an address is a list of segments.

## Paths

| form | path |
|---|---|
| JSON, form, CSV | `a.b.0.c`; `*` every element; `.` the node itself; odd names in quotes: `a."x.y"` |
| XML | `A/B/@attribute`; `A/0` the first of the same name; `*` elements of any name; namespaces are ignored |

In XML the paths of a document or reply begin below its root: `Номер` finds `<Заявка><Номер>`. Only `each` of a source
and the paths of `connect`, `changes` and `webhook` look at something whole and begin with the root's name.
An `each` finds all elements of a name, in all parents of a name: `Реестр/Раздел/Карточка` needs no `*`. A document with
another root is an error of reading and no empty list; `*` takes any root.

A `?` at the end makes a path optional: absence gives the field's default. Missing, null, empty and blank are all
absence; an obligatory value that is absent is an error of reading. With `entries`, `/path` begins at the document.
"""

_NAMED_FORMATS = {
    "iso": "ISO 8601; written to the second, with the zone's offset",
    "iso_z": "ISO 8601; written to the second, in UTC with `Z`",
    "iso_ms": "ISO 8601; written in UTC with milliseconds and `Z`",
    "unix": "seconds since 1970",
    "unix_ms": "milliseconds since 1970",
    "aspnet": "`/Date(…)/`",
}


def write_reference() -> str:
    """Markdown."""
    return "\n".join(
        [
            _HEAD,
            *map(_section, SECTIONS),
            _words("Roles", ROLES),
            _words("Modes", MODES),
            _words("Formats", FORMATS),
            _words("Types of values that are read", {name: kind.doc for name, kind in READ_TYPES.items()}),
            _words("Types of values that are written", WRITE_TYPES),
            _words("Cleaning", {name: cleaner.doc for name, cleaner in CLEANERS.items()}),
            _words("Characters that an encoding lacks", LACKING),
            _words("Texts that are too long", LONGER),
            _times(),
            *(_fields(name, shape_of(model).leaves.values()) for name, model in KINDS.items()),
            _raw(),
            _words("Disclosure classes", CLASSES),
            _names("Names of the scope", scope_names()),
            _names("Names inside `each` over files", item_names()),
            _names("Names inside `each: {split: …}`", part_names()),
            _list("Lists of files", file_lists()),
            _list("Intents", [str(intent.value) for intent in Intent]),
            _words("Findings", CODES),
        ]
    )


def _section(section: Section) -> str:
    rows = [f"| `{name}` | {'yes' if key.required else ''} | {_cell(key.doc)} |" for name, key in section.keys.items()]
    return "\n".join(
        [f"## {section.title}", "", section.doc, "", "| key | must | meaning |", "|---|---|---|", *rows, ""]
    )


def _words(title: str, words: Mapping[str, str]) -> str:
    rows = [f"| `{name}` | {_cell(doc)} |" for name, doc in words.items()]
    return "\n".join([f"## {title}", "", "| word | meaning |", "|---|---|", *rows, ""])


def _list(title: str, names: Iterable[str]) -> str:
    return f"## {title}\n\n{', '.join(f'`{name}`' for name in names)}\n"


def _times() -> str:
    named = {name: _NAMED_FORMATS[name] for name in NAMED}
    tokens = {name: what for name, (_, what) in TOKENS.items()}
    note = (
        "Days, months and hours are read with one or two digits, however they are spelt. Other signs stand for "
        "themselves; Latin letters in quotes: `D MMMM YYYY 'at' H:mm`. `0001-01-01` reads as absence.\n"
    )
    return "\n".join([_words("Time formats by name", named), _words("Parts of a time format", tokens), note])


def _fields(kind: str, leaves: Iterable[Target]) -> str:
    rows = [
        f"| `{leaf.name}` | {leaf.type} | {'yes' if leaf.required and '.' not in leaf.name else ''} | {_detail(leaf)} |"
        for leaf in leaves
    ]
    lists = ", ".join(f"`{name}`" for name in shape_of(KINDS[kind]).lists)
    tail = [f"\nLists: {lists}, of `{{each, fields}}`.\n"] if lists else [""]
    return "\n".join([f"## Fields of `{kind}`", "", "| field | type | must | |", "|---|---|---|---|", *rows, *tail])


def _detail(leaf: Target) -> str:
    codes = ", ".join(f"`{code}`" for code in sorted(leaf.codes or ()))
    return _cell("; ".join(filter(None, (leaf.doc, codes))))


def _raw() -> str:
    pairs = {field: f"the foreign word is kept in `{companion}`" for field, companion in COMPANIONS.items()}
    return _words("Translated fields keep the foreign word", pairs)


def _names(title: str, names: Mapping[str, Name]) -> str:
    rows = [
        f"| `{name.name}` | {name.type} | {name.discloses or ''} | {'yes' if name.nullable else ''} |"
        for name in names.values()
    ]
    return "\n".join([f"## {title}", "", "| name | type | class | may be absent |", "|---|---|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
