"""The same person by any channel. Personal data: keys are only stored as keyed hashes."""

from canonical.applicant import Applicant
from canonical.clean_contact import to_e164, to_email
from canonical.text import split_words

#: Keys that begin so are shared by namesakes; they support a guess and never make one.
WEAK = "name:"


def fold_name(name: str) -> str:
    """Words of a name in one order: «Иванова Анна» is «анна иванова»."""
    return " ".join(sorted(split_words(name)))


def list_person_keys(applicant: Applicant, system: str) -> tuple[str, ...]:
    """`id:SYSTEM:…`, `phone:+7…`, `email:…`, and `name:…` when surname and given name are known."""
    keys = []
    if applicant.person_id:
        keys.append(f"id:{system}:{applicant.person_id}")
    if phone := to_e164(applicant.phone or ""):
        keys.append(f"phone:{phone}")
    if email := to_email(applicant.email or ""):
        keys.append(f"email:{email}")
    name = fold_name(applicant.full_name or "")
    if " " in name:
        keys.append(f"{WEAK}{name}")
    return tuple(keys)
