"""Every kind of mistake is found before start, by its code, on the right line."""

from pathlib import Path

import pytest

from canonical.mapping.checking import find_all
from canonical.mapping.codes import CODES
from canonical.mapping.report import MOST
from canonical.mapping.shared import load_tables
from tests.mapping.mistakes import MISTAKES, Mistake
from tests.mapping.test_shared_tables import MISTAKES as SHARED

SAMPLES = Path(__file__).parent / "samples"


def read(name: str) -> str:
    return (SAMPLES / f"{name}.yaml").read_text()


def spoil(mistake: Mistake) -> tuple[str, int]:
    """(the spoilt text, the line the finding must be on)."""
    good = read(mistake.sample)
    if not mistake.old:
        return mistake.new, 1
    assert mistake.old in good, "the sample changed"
    text = good.replace(mistake.old, mistake.new, 1)
    mark, _, number = (mistake.mark or mistake.new.strip().split("\n")[0]).partition("\n#")
    lines = [place for place, line in enumerate(text.split("\n"), 1) if mark.strip("\n") in line]
    return text, lines[int(number or 1) - 1]


@pytest.mark.parametrize("sample", ["portal", "nadym", "housing"])
def test_good_mappings_have_no_findings(sample: str) -> None:
    assert find_all(read(sample), sample, SAMPLES, None) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: f"{one.code}:{one.new.strip()[:30]}")
def test_mistake_is_found_on_its_line(mistake: Mistake) -> None:
    text, line = spoil(mistake)
    findings = find_all(text, "x.yaml", SAMPLES, frozenset({"roads", "yards", "other"}))
    found = [(finding.code, finding.line) for finding in findings]
    assert (mistake.code, line) in found, "\n".join(map(str, findings))


def test_every_code_that_can_be_found_is_seeded() -> None:
    unseeded = set(CODES) - {mistake.code for mistake in MISTAKES} - {code for *_, code in SHARED}
    assert unseeded == {"internal"}


def test_findings_say_what_to_do() -> None:
    for mistake in MISTAKES:
        text, _ = spoil(mistake)
        for finding in find_all(text, "x.yaml", SAMPLES, None):
            assert finding.what and finding.remedy and finding.line > 0 and finding.column > 0, finding


def test_did_you_mean() -> None:
    text = read("portal").replace("place.street: address", "place.stret: address", 1)
    (finding,) = find_all(text, "x.yaml", SAMPLES, None)
    assert str(finding).endswith("there is no field `place.stret`; did you mean `place.street`?")


def test_unknown_topic_of_the_classifier() -> None:
    findings = find_all(read("portal"), "x.yaml", SAMPLES, frozenset({"roads", "other"}))
    assert [(finding.code, finding.line) for finding in findings] == [("unknown-code", 14)]


def test_one_mistake_is_one_finding() -> None:
    """What follows from a mistake is not told as further ones."""
    for old, new in (
        ("source: {format: json, each: items}", "source: {format: jsn, each: items}"),
        ("zone: Asia/Yekaterinburg", "zone: Yekaterinburg"),
        ("discloses: [text, files]", "discloses: [txt, files]"),
        ("text: {from: answer.text,", "text: {from: answer.txt,"),
        ("{path: category.code?, table: topic}", "{path: category.code?, table: topics}"),
    ):
        assert old in read("portal")
        (finding,) = find_all(read("portal").replace(old, new, 1), "x.yaml", SAMPLES, None)
        assert "did you mean" in finding.remedy, finding


def test_letters_that_only_look_latin_are_named() -> None:
    (finding,) = find_all(read("portal").replace("mode: live", "mode: livе"), "x.yaml", SAMPLES, None)
    assert finding.remedy == "did you mean `live`? It holds CYRILLIC SMALL LETTER IE (U+0435)"


@pytest.mark.parametrize("piece", ["k{}: v\n", "- a{}\n", "k: v{}\n"])
def test_a_file_of_nothing_but_mistakes_ends_soon(piece: str) -> None:
    text = read("portal") + "".join(piece.format(place) for place in range(40_000 if "k{}" in piece else 4000))
    assert len(find_all(text, "x.yaml", SAMPLES, None)) <= MOST + 1
    table = "version: 1\nrows:\n" + "".join(f"  code{place}: [{{}}]\n" for place in range(40_000))
    assert len(load_tables({"tables/a.yaml": table}).findings) == MOST + 1


def test_a_long_value_is_not_told_whole() -> None:
    text = read("portal").replace("mode: live", "mode: " + "a" * 100_000)
    (finding,) = find_all(text, "x.yaml", SAMPLES, None)
    assert len(str(finding)) < 1000


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    id: [", "   id: [", "indent"),
        ("title: Городской портал", "title: Городской: портал", "`: ` in quotes"),
        ("mode: live", "mode:live", "a space behind the colon"),
        ("roles: [channel]", "roles: [channel", "close the bracket"),
        ("mode: live", "\u00a0\u00a0mode: live", "NO-BREAK SPACE"),
        ("mode: live", "\u00a0\u00a0xyz: live", "NO-BREAK SPACE"),
        ("mode: live", "mod: live", "is no key of the file"),
    ],
)
def test_what_yaml_calls_otherwise_is_told_in_the_words_of_who_writes_it(old: str, new: str, words: str) -> None:
    text = read("portal")
    assert old in text
    findings = find_all(text.replace(old, new, 1), "x.yaml", SAMPLES, None)
    assert any(words in str(finding) for finding in findings), list(map(str, findings))


def test_a_sign_that_the_encoding_lacks_is_named() -> None:
    text = read("nadym").replace("windows-1251", "koi8-r").replace("<Ответ>", "<Ответ>№ 7 ")
    lacking = [one for one in find_all(text, "x.yaml", SAMPLES, None) if one.code == "encoding-lacks"]
    assert any("such as `№`" in one.what for one in lacking), text
