"""A point that contradicts the place's names is kept, marked, and joins nothing."""

import pytest

from canonical.place import Place, Point
from router.duplicates import Candidate
from router.places import Places
from router.policy import Policy
from tests.router.samples import make_appeal

NADYM, NOYABRSK = Point(lat=65.5341, lon=72.5102), Point(lat=63.2012, lon=75.4508)
PIT = "Огромная яма на дороге, машины пробивают колёса, заделайте яму"


def mark(policy: Policy, text: str = "", /, **place: object) -> str | None:
    return policy.places.fill(Place.model_validate(place), text).contradiction


def say(policy: Policy, first: str, second: str, point: Point, **place: str) -> str:
    """What becomes of the second person's appeal."""
    made = []
    for number, text in enumerate((first, second)):
        appeal = policy.enrich(make_appeal(text, place=Place(point=point, **place)), "city_app")
        made.append(policy.make_features(appeal, "city_app", [f"phone:{number}"]))
    return policy.judge(made[1], [Candidate("a1", "c1", made[0])]).outcome


@pytest.mark.parametrize("text", ["В Надыме яма", "Яма", "Старый Надым, яма", "пгт Тазовский: яма", ""])
def test_a_point_where_the_names_say_is_none(policy: Policy, text: str) -> None:
    point = Point(lat=67.4701, lon=78.7003) if "Тазовский" in text else NADYM
    assert mark(policy, text, point=point) is None


@pytest.mark.parametrize(
    ("text", "place", "point", "said"),
    [
        ("В Надыме яма", {}, NOYABRSK, "the point is 295 km from Надым"),
        ("", {"settlement": "г. Надым"}, NOYABRSK, "the point is 295 km from Надым"),
        ("", {"oktmo": "71958000"}, NADYM, "km from Ноябрьск"),
        ("", {"oktmo": "71936000"}, NOYABRSK, "km from the settlements of Надымский район"),
        ("яма в Надыме, 63.201234, 75.450800", {}, None, "the point is 295 km from Надым"),
        ("в Надыме яма", {}, Point(lat=72.5102, lon=65.5341), "latitude and longitude seem swapped"),
        ("яма", {}, Point(lat=76.6800, lon=66.0800), "seem swapped"),
        ("яма", {}, Point(lat=0, lon=0), "outside the country"),
    ],
)
def test_a_point_elsewhere_contradicts(
    policy: Policy, text: str, place: dict[str, str], point: Point | None, said: str
) -> None:
    assert said in (mark(policy, text, point=point, **place) or "")


def test_where_nothing_is_named_another_region_contradicts_nothing(policy: Policy) -> None:
    assert mark(policy, "яма", point=Point(lat=51.7960, lon=36.1996)) is None


def test_a_district_of_a_town_may_lie_apart(policy: Policy) -> None:
    parts = Point(lat=65.9512, lon=78.1634), Point(lat=63.1050, lon=76.8900)
    assert mark(policy, "в Новом Уренгое яма", point=parts[0]) is None
    assert mark(policy, "Ноябрьск, Вынгапуровский: яма", point=parts[1]) is None
    assert mark(policy, "в Ноябрьске яма", point=parts[0])


@pytest.mark.parametrize("place", [{"oktmo": "38701000"}, {"settlement": "Курск"}])
def test_of_a_place_that_is_not_listed_nothing_is_known(policy: Policy, place: dict[str, str]) -> None:
    assert mark(policy, "яма", point=Point(lat=51.7960, lon=36.1996), **place) is None


def test_both_stay_and_an_old_mark_goes(policy: Policy) -> None:
    filled = policy.places.fill(Place(point=NOYABRSK), "в Надыме яма")
    assert (filled.point, filled.settlement, policy.places.fill(filled, "в Надыме яма")) == (NOYABRSK, "Надым", filled)
    mended = filled.model_copy(update={"point": NADYM})
    assert policy.places.fill(mended, "в Надыме яма").contradiction is None


def test_without_points_nothing_but_the_country_is_asked() -> None:
    bare = Places.load("municipalities:\n  '71936000': {name: Район, settlements: [Надым]}", "places.yaml")
    assert bare.fill(Place(point=NOYABRSK), "в Надыме яма").contradiction is None
    assert bare.fill(Place(point=Point(lat=0, lon=0)), "в Надыме яма").contradiction


def test_a_contradicting_point_joins_nothing(policy: Policy) -> None:
    again = "Заделайте яму на дороге: огромная, колёса пробивают машины"
    assert say(policy, PIT, again, NADYM, settlement="Надым") == "join"
    assert say(policy, PIT, again, NOYABRSK, settlement="Надым") != "join"
    at = "{} у дома 5 по улице Зверева"
    assert say(policy, at.format(PIT), at.format(again), NOYABRSK, settlement="Надым") == "join"  # the address holds
