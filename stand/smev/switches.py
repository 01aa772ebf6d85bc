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
    good_news: Fault = Fault()  # GetStatus tells also of responses that were accepted
    forge: Fault = Fault()  # the exchange's signature does not fit what it signs
    unsigned: Fault = Fault()  # the exchange does not sign
    packed: Fault = Fault()  # a fault comes as an MTOM package; `match` looks at its name
    aside: Fault = Fault()  # files lie on the file server instead of inside messages
    ftp_outage: bool = False  # the file server hangs up
    ftp_torn: Fault = Fault()  # a transfer breaks off; `match` looks at STOR or RETR
    ftp_torn_at: int = 100_000  # bytes
    ftp_mute: Fault = Fault()  # a transfer ends well, and the connection before it is said
    ftp_sizeless: bool = False  # the file server does not tell how long a file is
    ftp_spoilt: Fault = Fault()  # a file on the file server is not the one of its hash
    ftp_gone: bool = False  # nothing lies on the file server any more
    repeat_id: Fault = Fault()  # two elements of the reply carry the same Id
