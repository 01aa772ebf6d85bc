"""Weights learned from labelled pairs, and what is said of them."""

from random import Random

import pytest

from router.duplicates.learning import learn
from router.duplicates.rewriting import rewrite
from router.duplicates.rules import Rules
from router.duplicates.signals import Signals
from router.duplicates.tuning import Example, Share, Tuned, cross_validate, tune
from router.report import PolicyErrors


def make(number: int, seed: int = 1, noise: float = 0.1) -> list[Example]:
    """Every third pair is the same; place and thing tell, words say a little, the cosine nothing."""
    chance, found = Random(seed), []
    for place in range(number):
        same = place % 3 == 0
        truth = same if chance.random() > noise else not same
        signals = Signals(
            chance.uniform(0.3, 1), chance.uniform(0.2, 0.8) + 0.2 * truth, chance.random(),
            chance.uniform(0.5, 1) if truth else chance.uniform(0, 0.4), chance.uniform(0, 0.5), chance.uniform(0, 0.5),
        )  # fmt: skip
        found.append(Example(f"a{place}", f"b{place}", signals, same))
    return found


def test_what_tells_weighs_most_and_nothing_is_negative() -> None:
    examples = make(150)
    weights = learn([one.signals for one in examples], [one.same for one in examples])
    assert weights.base < 0
    assert max(weights.of, key=lambda name: weights.of[name]) == "place_thing"
    assert min(weights.of.values()) >= 0
    assert (
        weights.weigh(Signals(1, 0.8, 0.5, 0.9, 0.2, 0.2))
        > 0.6
        > 0.2
        > weights.weigh(Signals(1, 0.3, 0.5, 0, 0.2, 0.2))
    )


def test_expectations_are_of_pairs_that_were_not_seen() -> None:
    """Labels that follow nothing cannot be foretold, however well weights fit them."""
    chance = Random(4)
    blind = [Example(one.one, one.other, one.signals, chance.random() < 0.4) for one in make(120)]
    told = tune(blind)
    assert told.recall_at_p95 < 0.2
    assert tune(make(120, noise=0)).best_f1 > 0.95


def test_pairs_of_one_appeal_are_judged_together() -> None:
    """A chain of pairs is one group: without it nothing is left to learn from, so all get one probability."""
    chain = [Example(f"a{n}", f"a{n + 1}", one.signals, one.same) for n, one in enumerate(make(30))]
    assert {round(guess.score, 6) for guess in cross_validate(chain, Random(1))} == {0.5}


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="8 pairs are the same and 16 are not"):
        tune(make(24))


def test_intervals_hold_small_numbers() -> None:
    low, high = Share(25, 26).interval
    assert (round(low, 2), round(high, 2)) == (0.81, 0.99)
    assert Share(0, 0).interval == (0, 1)


@pytest.fixture(scope="module")
def tuned() -> Tuned:
    return tune(make(60))


def test_numbers_are_written_where_they_stand(tuned: Tuned) -> None:
    before = (
        "version: 1\n# ours\nsame_problem:  # another\n  window: 9 days\n  join: 0.9   # bold\ncopy: 0.7\n"
        "weights: {base: '-1', thing: 2, words: 0, common: 0, place_thing: 0, place_fault: 0, place_words: 0}\n"
    )
    after = rewrite(before, "duplicates.yaml", tuned)
    rules = Rules.load(after, "duplicates.yaml")
    assert (rules.same_problem.join, rules.same_problem.suggest) == (tuned.join, tuned.suggest)
    assert rules.weights.of["place_thing"] == pytest.approx(tuned.weights.of["place_thing"], abs=0.005)
    assert (rules.same_problem.window.days, rules.copy) == (9, 0.7)
    assert "# ours" in after
    assert "# bold" in after
    assert rewrite(after, "duplicates.yaml", tuned) == after


def test_an_empty_file_becomes_a_whole_one(tuned: Tuned) -> None:
    rules = Rules.load(rewrite("", "duplicates.yaml", tuned), "duplicates.yaml")
    assert rules.weights.base == pytest.approx(tuned.weights.base, abs=0.005)


def test_a_broken_file_is_not_touched(tuned: Tuned) -> None:
    with pytest.raises(PolicyErrors):
        rewrite("version: 1\n\tjoin: 2\n", "duplicates.yaml", tuned)


REST = "words: 1, common: 1, place_thing: 1, place_fault: 1, place_words: 1"


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ("base: -3", "missing-key"),
        (f"base: 1, thing: 1, {REST}", "bad-number"),
        (f"base: -3, thing: -1, {REST}", "bad-number"),
        (f"base: -3, thing: 1, place: 1, {REST}", "unknown-key"),
    ],
)
def test_weights_that_do_not_belong_are_named(weights: str, told: str) -> None:
    with pytest.raises(PolicyErrors) as error:
        Rules.load(f"version: 1\nweights: {{{weights}}}\n", "duplicates.yaml")
    assert told in {finding.code for finding in error.value.findings}
