"""`tsur check` of the policy files: every seeded mistake is found on its line, nothing makes it crash."""

import base64
import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.mapping.codes import CODES as YAML_CODES
from router.classifier.example import Example
from router.classifier.training import train
from router.codes import CODES
from router.policy import FILES, Policy, check
from router.report import PolicyErrors
from tests.router.samples import MAPPINGS, SYSTEMS, load_policy, read_files
from tests.router.test_classifier import make

ROUTES = "rules:\n  a: {when: {topic: heating}, to: teplo}\nfallback: {to: ministry}\n"
#: file, text, line of the mistake, code
MISTAKES = [
    ("routes", "rules:\n  a: {to: nadim}\nfallback: {to: ministry}", 2, "recipient-unknown"),
    ("routes", "rules:\n  a: {when: {topic: heatin}, to: nadym}\nfallback: {to: ministry}", 2, "topic-unknown"),
    ("routes", "rules:\n  a: {when: {place: Надыб}, to: nadym}\nfallback: {to: ministry}", 2, "place-unknown"),
    ("routes", "rules:\n  a: {when: {channel: [poss]}, to: nadym}\nfallback: {to: ministry}", 2, "system-unknown"),
    ("routes", "rules:\n  a: {when: {kind: letter}, to: nadym}\nfallback: {to: ministry}", 2, "unknown-choice"),
    ("routes", "rules:\n  a: {when: {urgency: now}, to: nadym}\nfallback: {to: ministry}", 2, "unknown-choice"),
    ("routes", "rules:\n  a: {when: {words: ['!!!']}, to: nadym}\nfallback: {to: ministry}", 2, "words-empty"),
    ("routes", "rules:\n  a: {when: {words: [то*]}, to: nadym}\nfallback: {to: ministry}", 2, "word-too-short"),
    ("routes", "rules:\n  a: {when: {words: [снег, Снег]}, to: nadym}\nfallback: {to: ministry}", 2, "word-twice"),
    ("routes", "rules:\n  a: {when: {topics: heating}, to: nadym}\nfallback: {to: ministry}", 2, "unknown-key"),
    ("routes", "rules:\n  a: {to: [nadym, nadym]}\nfallback: {to: ministry}", 2, "recipient-twice"),
    ("routes", "rules:\n  a: {to: [nadym], lead: teplo}\nfallback: {to: ministry}", 2, "lead-not-recipient"),
    ("routes", "rules:\n  a: {when: {topic: heating}}\nfallback: {to: ministry}", 2, "no-recipient"),
    ("routes", "rules:\n  a: {to: nadym, answered_by: any}\nfallback: {to: ministry}", 2, "unknown-choice"),
    ("routes", "rules:\n  a: {to: nadym, priority: high}\nfallback: {to: ministry}", 2, "bad-number"),
    ("routes", "rules:\n  a: {to: {nadym: 1}}\nfallback: {to: ministry}", 2, "wrong-shape"),
    ("routes", "rules: [a]\nfallback: {to: ministry}", 1, "wrong-shape"),
    ("routes", "rules:\n  a: {to: nadym}\n  a: {to: teplo}\nfallback: {to: ministry}", 3, "duplicate-key"),
    ("routes", "rules:\n  a: {to: nadym}", 1, "no-fallback"),
    ("routes", f"{ROUTES}never_to: {{nadim: [администрац*]}}", 4, "recipient-unknown"),
    ("routes",
     "rules:\n  a: {when: {topic: roads}, to: nadym}\n  b: {when: {topic: roads.snow, kind: appeal}, to: teplo}\n"
     "fallback: {to: ministry}", 3, "rule-unreachable"),
    ("routes",
     "rules:\n  b: {when: {words: [снег]}, to: teplo}\n  a: {when: {words: [снег, лед]}, to: nadym, priority: 1}\n"
     "fallback: {to: ministry}", 2, "rule-unreachable"),
    ("routes", "rules:\n\ta: {to: nadym}", 2, "tab"),
    ("routes", "rules: {a: {to: nadym}", 1, "yaml"),
    ("routes", "", 1, "empty-file"),
    ("topics", "topics:\n  heating: {words: [отоплен*]}\n  water: {words: [отоплен*]}", 3, "topic-overlap"),
    ("topics", "topics:\n  heating: {codes: {pos: ['1']}}\n  water: {codes: {pos: ['1']}}", 3, "channel-code-twice"),
    ("topics", "topics:\n  heating: {codes: {poss: ['1']}}", 2, "system-unknown"),
    ("topics", "topics:\n  Heating: {words: [отоплен*]}", 2, "bad-code"),
    ("topics", "topics:\n  heating: {title: Отопление}", 2, "words-empty"),
    ("topics", "topics:\n  heating: {words: [тепло], urgency: soon}", 2, "unknown-choice"),
    ("topics", "topics:\n  heating: {words: [тепло], personal: true}", 2, "unknown-choice"),
    ("topics", "urgent: {lives: [пожар]}", 1, "unknown-key"),
    ("places", "municipalities:\n  '7193600': {name: Надым}", 2, "bad-oktmo"),
    ("places", "region: '719'\nmunicipalities:\n  '38701000': {name: Курск}", 3, "bad-oktmo"),
    ("places",
     "municipalities:\n  '71936000': {name: А}\n  '71951000': {name: Б, former: ['71936000']}", 3, "oktmo-twice"),
    ("places", "municipalities:\n  '71936000': {settlements: [Надым]}", 2, "missing-key"),
    ("places", "municipalities:\n  '71936000':\n    name: А\n    points: {Надым: 65.53 72.52}", 4, "place-unknown"),
    ("places", "municipalities:\n  '71936000':\n    name: А\n    settlements: [Надым]\n"
     "    points: {Надым: 72.52}", 5, "bad-point"),
    ("places", "municipalities:\n  '71936000': {name: А, settlements: [Надым, надым]}", 2, "name-twice"),
    ("places", "municipalities:\n  '71936000': {name: А, settlements: ['?']}", 2, "words-empty"),
    ("places", "municipalities:\n  '71936000': {name: А, short: {Н: Надым}}", 2, "place-unknown"),
    ("deadlines", "default: {answer: ten days}", 1, "bad-span"),
    ("deadlines", "default: {answer: 40 days}", 1, "over-law"),
    ("deadlines",
     "rules:\n  a: {when: {kind: appeal}, registration: 5 days}\ndefault: {answer: 9 days}", 2, "over-law"),
    ("deadlines",
     "rules:\n  a: {answer: 9 days}\n  b: {when: {kind: message}, answer: 1 day}\ndefault: {answer: 9 days}",
     3, "rule-unreachable"),
    ("deadlines", "zone: Asia/Nadym\ndefault: {answer: 9 days}", 1, "bad-zone"),
    ("deadlines", "days_off: [22.06.2026]\ndefault: {answer: 9 days}", 1, "bad-date"),
    ("deadlines", "rules: {}", 1, "no-default"),
    ("duplicates", "copy: 2", 1, "bad-number"),
    ("duplicates", "join: always", 1, "unknown-choice"),
    ("duplicates", "channels: {poss: never}", 1, "system-unknown"),
    ("duplicates", "repeat: {window: 5 working days}", 1, "bad-span"),
    ("duplicates", "repeat:\n  join: 0.2\n  suggest: 0.4", 3, "bad-order"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "line", "code"), MISTAKES)
def test_a_mistake_is_found_on_its_line(name: str, text: str, line: int, code: str) -> None:
    file = f"{name}.yaml"
    found = [one for one in check(read_files() | {file: text}, SYSTEMS) if one.file == file]
    assert (line, code) in [(one.line, one.code) for one in found]
    assert all(one.code in CODES or one.code in YAML_CODES for one in found)
    assert all(one.what and one.column > 0 for one in found)


def test_the_shipped_files_are_clean() -> None:
    assert check(read_files(), SYSTEMS) == []


def test_an_appeal_cannot_be_filed_with_a_channel() -> None:
    text = "rules:\n  a: {to: [nadym, pos]}\nfallback: {to: ministry}"
    found = [one for one in check({"routes.yaml": text}, SYSTEMS, {"pos"}) if one.file == "routes.yaml"]
    assert [(one.line, one.code) for one in found] == [(2, "recipient-is-channel")]
    assert "out.forward" in found[0].what and "pos" not in found[0].remedy


def test_a_missing_file_is_said() -> None:
    assert [one.code for one in check({}, SYSTEMS)] == ["missing-file"]
    with pytest.raises(PolicyErrors):
        Policy.load({}, SYSTEMS)


def test_only_routes_are_obligatory() -> None:
    policy = Policy.load({"routes.yaml": "fallback: {to: ministry}"}, SYSTEMS)
    assert policy.duplicates.window.days == 60


def test_warnings_do_not_stop_a_start() -> None:
    load_policy(routes="rules:\n  a: {to: [nadym, nadym]}\nfallback: {to: ministry}")


PIECES = st.sampled_from(
    [
        *"{}[]:,-&*!|>'\"#\n \t",
        "rules",
        "topics",
        "when",
        "to",
        "fallback",
        "words",
        "…",
        "яма*",
        "municipalities",
        "a: ",
        "- ",
        "71936000",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FILES), st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60))
def test_no_text_makes_the_check_crash(name: str, text: str) -> None:
    found = check({"routes.yaml": ROUTES} | {name: text}, SYSTEMS)
    assert found == sorted(found)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_what_the_check_passes_also_loads(name: str, data: st.DataObject) -> None:
    """A shipped file with one line removed or doubled: no finding means that it starts."""
    lines = (Path(MAPPINGS) / name).read_text(encoding="utf-8").splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    changed = [*lines[:place], *lines[place : place + 1] * data.draw(st.sampled_from([0, 2])), *lines[place + 1 :]]
    files = read_files() | {name: "\n".join(changed)}
    if not check(files, SYSTEMS):
        Policy.load(files, SYSTEMS)


def name_model(content: bytes, sha256: str = "", **more: str) -> dict[str, str]:
    """A configuration whose topics.yaml names this model."""
    written = f"version: 1\nmodel: {{file: topics.model, sha256: {sha256 or hashlib.sha256(content).hexdigest()}}}\n"
    topics = "topics:\n" + "".join(
        f"  {code}: {{title: {title}, words: [слово{code}]}}\n" for code, title in more.items()
    )
    return {
        "routes.yaml": "fallback: {to: ministry}", "topics.yaml": written + topics,
        "topics.model": base64.b64encode(content).decode(),
    }  # fmt: skip


MODEL = train(make(20, 1)).dump()
KNOWN = {"heat": "тепло", "roads": "дороги", "light": "свет"}


def test_a_model_whose_labels_are_topics_is_fine() -> None:
    files = name_model(MODEL, **KNOWN)
    assert check(files, SYSTEMS) == []
    told = Policy.load(files, SYSTEMS).topics.learned
    assert told is not None
    assert told.judge("яма, асфальт разбит").ranked[0][0] == "roads"


@pytest.mark.parametrize(
    ("files", "code", "says"),
    [
        (name_model(MODEL, **KNOWN) | {"topics.model": ""}, "model-changed", "is not the file"),
        (name_model(MODEL, sha256="00", **KNOWN), "model-changed", hashlib.sha256(MODEL).hexdigest()),
        (name_model(b"no model", **KNOWN), "model-unreadable", "damaged or none"),
        (name_model(MODEL[:-9], **KNOWN), "model-unreadable", "damaged or none"),
        (name_model(MODEL, heat="тепло", roads="дороги"), "label-unknown", "свет"),
        ({k: v for k, v in name_model(MODEL, **KNOWN).items() if k != "topics.model"}, "model-missing", "tsur train"),
        (name_model(train([Example(f"x{n % 3}", str(n % 2)) for n in range(40)]).dump(), one="0", two="1"),
         "model-unsure", "never sure"),
    ],
)  # fmt: skip
def test_a_model_that_cannot_be_used_is_told(files: dict[str, str], code: str, says: str) -> None:
    (found,) = check(files, SYSTEMS)
    assert (found.code, found.file) == (code, "topics.yaml")
    assert says in str(found)
    if code != "model-unsure":
        with pytest.raises(PolicyErrors):
            Policy.load(files, SYSTEMS)
