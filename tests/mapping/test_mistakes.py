"""Every kind of mistake is found before start, by its code, on the right line."""

from pathlib import Path

import pytest

from canonical.mapping.checking import find_all
from canonical.mapping.codes import CODES
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
