"""Code tables that several mappings name: read as their own, and their mistakes found in their own files."""

from pathlib import Path

import pytest

from canonical.mapping import MappingErrors, load_folder
from gateway.checking import check_files

STATES = """version: 1
rows:
  registered: [Принято, Новая]
  in_work: [В работе]
  answered: [Готово]
"""
OWN = """version: 1
base: tables/states.yaml
rows:
  answered: [Выполнено]
  declined: [Отказано]
"""
MAPPING = """version: 1
system: {name}
adapter: rest
roles: []
connect: {{base_url: http://127.0.0.1}}
tables: {{state: {table}}}
in:
  answer:
    source: {{format: json}}
    webhook: {{verify: {{by: none}}}}
    id: id
    fields:
      reference.number: number
      state: {{path: status, table: state}}
      text: text?
unseen: ["in.*", "tables.*"]
"""


def make(**changed: str) -> dict[str, str]:
    """A configuration of two systems: `town` with a table on top of the one that `village` names."""
    files = {
        "tables/states.yaml": STATES, "tables/town.yaml": OWN,
        "systems/town.yaml": MAPPING.format(name="town", table="tables/town.yaml"),
        "systems/village.yaml": MAPPING.format(name="village", table="tables/states.yaml"),
    }  # fmt: skip
    return files | {name.replace("__", "/") + ".yaml": text for name, text in changed.items()}


#: Nothing of these mappings is on the disk.
NOWHERE = Path(__file__).with_name("nowhere")


def find(files: dict[str, str]) -> list[tuple[str, int, str]]:
    found = check_files(files, NOWHERE)
    return [(one.file, one.line, one.code) for one in found if one.code != "missing-file"]


def test_two_systems_read_by_one_table_and_one_has_words_of_its_own() -> None:
    files = make()
    assert find(files) == []
    town, village = load_folder(files)
    body = '{"id": "1", "number": "7", "status": "%s"}'
    told = {word: town.read("answer", (body % word).encode())[0].state for word in ("Новая", "Выполнено", "Готово")}
    assert told == {"Новая": "registered", "Выполнено": "answered", "Готово": None}
    assert village.read("answer", (body % "Готово").encode())[0].state == "answered"
    assert town.tables["state"].theirs["registered"] == "Принято"


MISTAKES = [
    # (what is changed, the file, the line, the code)
    (make(systems__town=MAPPING.format(name="town", table="tables/twn.yaml")), "systems/town.yaml", 6, "unknown-table"),
    (make(tables__town=OWN.replace("states.yaml", "state.yaml")), "tables/town.yaml", 2, "unknown-table"),
    (make(tables__other="version: 1\nrows: {solved: [да]}\n"), "tables/other.yaml", 1, "unused-table"),
    (make(tables__states=STATES.replace("rows", "base: tables/town.yaml\nrows")), "tables/town.yaml", 2, "table-cycle"),
    (make(tables__town=OWN.replace("town", "").replace("states", "town")), "tables/town.yaml", 2, "table-cycle"),
    (make(tables__town=OWN + "  in_work: [Отказано]\n"), "tables/town.yaml", 6, "word-twice"),
    (make(tables__town=OWN.replace("Отказано", "Новая")), "tables/town.yaml", 5, "word-twice"),
    (make(tables__town=OWN + "  in_work: []\n"), "tables/town.yaml", 6, "empty-row"),
    (make(tables__town=OWN.replace("rows", "row")), "tables/town.yaml", 3, "unknown-key"),
    (make(tables__town="base: tables/states.yaml\nrows: {declined: [нет]}\n"), "tables/town.yaml", 1, "missing-key"),
    (make(tables__town=OWN.replace("version: 1", "version: 2")), "tables/town.yaml", 1, "unknown-version"),
    (make(tables__town="- a\n"), "tables/town.yaml", 1, "not-a-mapping"),
    # what is wrong with the table for one mapping is found in that mapping
    (make(tables__town=OWN + "  solved: [Решено]\n"), "systems/town.yaml", 6, "unknown-code"),
    (make(systems__town=MAPPING.format(name="town", table="tables/town.yaml").replace(", table: state", "")),
     "systems/town.yaml", 14, "needs-table"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "file", "line", "code"), MISTAKES, ids=[one[3] for one in MISTAKES])
def test_mistake_is_found_in_its_file_on_its_line(files: dict[str, str], file: str, line: int, code: str) -> None:
    assert (file, line, code) in find(files)


def test_a_configuration_with_a_broken_table_does_not_load() -> None:
    with pytest.raises(MappingErrors, match=r"tables/town\.yaml:2"):
        load_folder(make(tables__town=OWN.replace("states.yaml", "state.yaml")))


def test_coverage_of_a_shared_table_is_the_mappings_own() -> None:
    files = make()
    files["systems/town.yaml"] = files["systems/town.yaml"].replace(', "tables.*"', "")
    assert find(files) == [("systems/town.yaml", 6, "not-covered")]
