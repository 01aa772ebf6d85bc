"""Faults that only an exchange of this kind has."""

from pydantic import Field

from stand.faults import Fault, Switches


class NamedFault(Fault):
    """Says one of the contract's faults; `match` looks at the operation's name. `told`: contents of its detail."""

    name: str = "SMEVFailure"
    told: dict[str, str] = Field(default_factory=dict)


class SmevSwitches(Switches):
    visibility: float = 900  # seconds until a message that was not acknowledged is given again
    stale_after: float = 2 * 86400  # seconds
    largest: int = 5 * 1024**2  # bytes of all attachments in one package
    smev_fault: NamedFault = NamedFault()
    reject: Fault = Fault()  # accepted first, rejected later; `match` looks at the operation's name
    forge: Fault = Fault()  # the exchange's signature does not fit what it signs
    unsigned: Fault = Fault()  # the exchange does not sign
    repeat_id: Fault = Fault()  # two elements of the reply carry the same Id
