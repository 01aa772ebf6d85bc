"""Which rule wins, and why the others do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.appeal import LegalKind, Organisation, Urgency
from router.facts import Facts
from router.report import PolicyErrors
from tests.router.samples import SYSTEMS, load_routes

RULES = """
version: 1
rules:
  gas: {when: {topic: gas, urgency: life}, to: [teplo, ministry], lead: ministry, answered_by: all, priority: 50}
  heat: {when: {topic: heating}, to: teplo}
  roads: {when: {topic: roads, place: ["71936000", Надым]}, to: nadym}
  formal: {when: {kind: appeal, channel: [pos]}, to: ministry, priority: -1}
  school: {when: {organisation: [школ* … 3, "1028900000000"]}, to: ministry}
  words: {when: {words: [шлагбаум*, вывоз* … мусор*]}, to: nadym}
  strange: {when: {words: [нло]}, to: triage}
fallback: {to: [ministry, nadym]}
never_to:
  nadym: [администрац* … надым*, "1028900578915"]
  teplo: [теплоэнерг*]
"""
ROUTES = load_routes(RULES)


def choose(**facts: object) -> str:
    return ROUTES.choose(Facts("pos", **facts)).rule  # type: ignore[arg-type]


def test_a_topic_takes_what_is_below_it() -> None:
    assert choose(topic="heating.pipes") == "heat"
    assert choose(topic="heatings") == "fallback"
    assert choose(topic=None) == "fallback"


def test_every_key_of_a_condition_must_hold() -> None:
    assert choose(topic="roads.pits") == "fallback"
    assert choose(topic="roads.pits", oktmo="71936000101") == "roads"
    assert choose(topic="roads.pits", settlement="надым") == "roads"
    assert choose(topic="lighting", settlement="Надым") == "fallback"


def test_words_and_phrases_with_words_in_between() -> None:
    assert choose(text="Поставили шлагбаумы!") == "words"
    assert choose(text="Не вывозят уже неделю наш мусор") == "words"
    assert choose(text="Вывоз раз, два, три, четыре, пять, мусор") == "fallback"
    assert choose(text="Мусор вывозят") == "fallback"


def test_an_organisation_is_known_by_number_or_name() -> None:
    assert choose(organisation=Organisation(ogrn="1028900000000")) == "school"
    assert choose(organisation=Organisation(name="МБОУ «Школа № 3»")) == "school"
    assert choose(organisation=Organisation(name="Школа № 4")) == "fallback"


def test_priority_comes_before_the_order_of_the_file() -> None:
    assert choose(topic="gas", urgency=Urgency.life) == "gas"
    assert choose(topic="heating", kind=LegalKind.appeal) == "heat"
    assert choose(topic="gas", kind=LegalKind.appeal) == "formal"


def test_several_recipients_with_their_lead() -> None:
    route = ROUTES.choose(Facts("pos", topic="gas", urgency=Urgency.life))
    assert (route.recipients, route.lead, route.answered_by) == (("teplo", "ministry"), "ministry", "all")
    assert ROUTES.choose(Facts("pos", topic="heating")).lead == "teplo"


def test_triage_only_when_a_rule_says_so() -> None:
    route = ROUTES.choose(Facts("pos", text="Видели НЛО над школой"))
    assert (route.rule, route.recipients, route.lead) == ("strange", (), None)


@pytest.mark.parametrize(
    "facts",
    [
        Facts("pos", organisation=Organisation(name="Администрация города Надыма"), text="шлагбаум"),
        Facts("pos", organisation=Organisation(ogrn="1028900578915"), text="шлагбаум"),
        Facts("pos", text="Жалоба на бездействие администрации города Надым: шлагбаум стоит"),
    ],
)
def test_a_body_gets_no_complaint_about_itself(facts: Facts) -> None:
    route = ROUTES.choose(facts)
    assert route.recipients == ("ministry",)
    assert route.rule == "fallback"
    assert any("not to nadym" in reason.why for reason in route.reasons if reason.rule == "words")


def test_naming_a_body_is_no_complaint() -> None:
    assert choose(text="Прошу администрацию Надыма убрать шлагбаум") == "words"


def test_the_lead_passes_on_when_the_lead_is_complained_of() -> None:
    facts = Facts("pos", topic="gas", urgency=Urgency.life, organisation=Organisation(name="АО Теплоэнерго"))
    route = ROUTES.choose(facts)
    assert (route.recipients, route.lead) == (("ministry",), "ministry")


def test_a_person_decides_when_nobody_is_left() -> None:
    routes = load_routes("rules: {}\nfallback: {to: nadym}\nnever_to: {nadym: [администрац*]}")
    route = routes.choose(Facts("pos", organisation=Organisation(name="Администрация")))
    assert (route.recipients, route.rule) == ((), "triage")
    assert [reason.won for reason in route.reasons] == [False, True]


def test_reasons_name_every_rule_and_what_failed() -> None:
    reasons = {reason.rule: reason for reason in ROUTES.choose(Facts("vk", topic="heating")).reasons}
    assert set(reasons) == {"gas", "heat", "roads", "formal", "school", "words", "strange", "fallback"}
    assert reasons["heat"].won
    assert reasons["formal"].why == "channel is vk, not pos"
    assert reasons["roads"].why == "topic is heating, not roads"
    assert "heat comes first" in reasons["fallback"].why


FACTS = st.builds(
    Facts,
    channel=st.sampled_from(SYSTEMS),
    text=st.text("шлагбумновызите ", max_size=30) | st.sampled_from(["нло", "шлагбаум", "вывоз мусора"]),
    topic=st.none() | st.sampled_from(["gas", "heating", "roads", "roads.pits", "other"]),
    oktmo=st.none() | st.sampled_from(["71936000", "71951000"]),
    kind=st.sampled_from(LegalKind),
    urgency=st.sampled_from(Urgency),
    organisation=st.none()
    | st.builds(Organisation, name=st.sampled_from(["Теплоэнерго", "администрация Надыма", "Школа 3"])),
)


@given(FACTS)
def test_the_explanation_tells_what_was_chosen(facts: Facts) -> None:
    route = ROUTES.choose(facts)
    assert [reason.rule for reason in route.reasons if reason.won] == [route.rule]
    assert route.lead in route.recipients if route.recipients else route.rule == "strange"


def test_bad_rules_do_not_load() -> None:
    with pytest.raises(PolicyErrors) as raised:
        load_routes("rules:\n  one: {to: nadim}\nfallback: {to: ministry}\n")
    (finding,) = raised.value.findings
    assert str(finding) == "routes.yaml:2:13: recipient-unknown: no system `nadim`; did you mean `nadym`?"
