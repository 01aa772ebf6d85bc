"""What can be thought about an appeal before the decide lock is taken: topic, place, person, features."""

from dataclasses import dataclass

from canonical.appeal import Appeal
from canonical.applicant import Applicant
from canonical.ids import make_id
from canonical.person import WEAK, list_person_keys
from ledger.vault import Vault
from router.duplicates import Features
from router.facts import Facts
from router.policy import Policy
from router.topics import Classified


@dataclass(frozen=True, slots=True)
class Thought:
    appeal_id: str
    appeal: Appeal  # with topic, place and urgency filled in
    person: str | None
    phone: str | None
    email: str | None
    features: Features | None  # None: nothing is compared in this configuration
    keys: tuple[int, ...]  # by which those it may be the same as are found
    facts: Facts  # what routes look at
    classified: Classified  # how its topic was found


def think(policy: Policy, vault: Vault, system: str, appeal: Appeal) -> Thought:
    who = appeal.applicant
    person = vault.mark("person", f"{system}:{who.person_id}") if who.person_id else None
    phone = vault.mark("phone", who.phone) if who.phone else None
    email = vault.mark("email", who.email) if who.email else None
    name = make_id("a")
    thinking = policy.think(appeal, system)
    enriched, classified = thinking.appeal, thinking.classified
    features: Features | None = None
    keys: tuple[int, ...] = ()
    if policy.compares:
        marks = list_marks(who, system, person, phone, email)
        features = policy.make_features(enriched, system, marks, vault.feature_key)
        keys = features.keys if policy.duplicates.enabled else ()
    facts = policy.make_facts(enriched, system, classified.doubt)
    return Thought(name, enriched, person, phone, email, features, keys, facts, classified)


def list_marks(who: Applicant, system: str, *keyed: str | None) -> tuple[str, ...]:
    """By what the author is known. A namesake's copy of the same text is the same person again; the name alone never
    is. `keyed`: hashes of what the ledger keeps."""
    names = [key for key in list_person_keys(who, system) if key.startswith(WEAK)]
    return tuple(mark for mark in (*keyed, *names) if mark)
