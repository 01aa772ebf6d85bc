"""What `tsur doctor` says of one thing."""

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True, slots=True)
class Symptom:
    """`state`: ok, warn (works, with a risk) or fail (does not work)."""

    subject: str
    state: str
    said: str
    remedy: str = ""
