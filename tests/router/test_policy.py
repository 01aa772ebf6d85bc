"""The shipped policy as the workers use it."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.appeal import Appeal, LegalKind, Urgency
from router.policy import Policy
from router.route import Route
from tests.router.samples import SYSTEMS, load_policy, make_appeal

SHIPPED = load_policy()
EXAMPLES = Path(__file__).parents[2] / "examples/appeals.jsonl"


def route(policy: Policy, appeal: Appeal, system: str = "pos") -> Route:
    return policy.choose(policy.make_facts(policy.enrich(appeal, system), system))


@given(st.text(max_size=300), st.sampled_from(LegalKind), st.sampled_from(Urgency), st.sampled_from(SYSTEMS))
def test_every_text_gets_a_recipient(text: str, kind: LegalKind, urgency: Urgency, system: str) -> None:
    found = route(SHIPPED, make_appeal(text, legal_kind=kind, urgency=urgency), system)
    assert found.recipients
    assert found.lead in found.recipients


@pytest.mark.parametrize(
    ("text", "recipients"),
    [
        ("Надым, ул. Зверева 3: ледяные батареи, нет отопления", ("teplo",)),
        ("Яма на дороге, ул. Ленина, Надым", ("nadym",)),
        ("Яма на дороге, ул. Ленина, Салехард", ("ministry",)),
        ("Запах газа в подъезде, газопровод свистит", ("teplo", "ministry")),
        ("Не записаться к врачу в поликлинике", ("ministry",)),
        ("Когда расселят ветхий дом, признан аварийным", ("nadym", "ministry")),
        ("Жалоба на администрацию Надыма: яма на дороге третий год", ("ministry",)),
        ("Абракадабра", ("ministry",)),
    ],
)
def test_who_gets_what(policy: Policy, text: str, recipients: tuple[str, ...]) -> None:
    assert route(policy, make_appeal(text)).recipients == recipients


@given(st.text(max_size=200))
def test_thinking_twice_changes_nothing(text: str) -> None:
    once = SHIPPED.enrich(make_appeal(text), "pos")
    assert SHIPPED.enrich(once, "pos") == once


def test_ten_megabytes_are_only_looked_at(policy: Policy) -> None:
    appeal = make_appeal("Нет отопления. " + "ё" * 10_000_000)
    thought = policy.think(appeal, "pos")
    assert thought.appeal.topic.code == "heating"
    assert thought.appeal.text is appeal.text


def test_threads_agree(policy: Policy) -> None:
    texts = [f"Надым, ул. Ленина, {n}: холодные батареи, отопления нет, {n} дней" for n in range(200)]

    def think(text: str) -> tuple[Appeal, bytes, tuple[str, ...]]:
        appeal = policy.enrich(make_appeal(text), "pos")
        return (
            appeal,
            policy.make_features(appeal, "pos").dump(),
            policy.choose(policy.make_facts(appeal, "pos")).recipients,
        )

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(think, texts)) == [think(text) for text in texts]


@pytest.mark.skipif(not EXAMPLES.exists(), reason="no examples yet")
def test_the_examples_are_mostly_understood(policy: Policy) -> None:
    rows = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    texts = [row["text"] for row in rows if row.get("text")]
    known = [text for text in texts if policy.enrich(make_appeal(text), "pos").topic.code]
    assert len(known) > 0.8 * len(texts)
