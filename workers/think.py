"""What can be thought about an appeal before the decide lock is taken: topic, place, person, features."""

from dataclasses import dataclass

from canonical.appeal import Appeal
from canonical.ids import make_id
from ledger.vault import Vault
from router.duplicates import Features
from router.facts import Facts
from router.topics import Classified
from workers.site import Site


@dataclass(frozen=True, slots=True)
class Thought:
    appeal_id: str
    appeal: Appeal  # with topic, place and urgency filled in
    person: str | None
    phone: str | None
    email: str | None
    features: Features
    facts: Facts  # what routes look at
    classified: Classified  # how its topic was found


def think(site: Site, vault: Vault, system: str, appeal: Appeal) -> Thought:
    who = appeal.applicant
    person = vault.mark("person", f"{system}:{who.person_id}") if who.person_id else None
    phone = vault.mark("phone", who.phone) if who.phone else None
    email = vault.mark("email", who.email) if who.email else None
    name = make_id("a")
    thinking = site.policy.think(appeal, system)
    enriched, classified = thinking.appeal, thinking.classified
    marks = tuple(mark for mark in (person, phone, email) if mark)
    features = site.policy.make_features(enriched, system, marks, vault.feature_key)
    facts = site.policy.make_facts(enriched, system, classified.doubt)
    return Thought(name, enriched, person, phone, email, features, facts, classified)
