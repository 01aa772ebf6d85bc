"""What a fault means. A fault is the service's own word, so it tells more than the HTTP status that carries it.

| fault | a read, or an idempotent call | another effect |
|---|---|---|
| a code of `faults.retry` | Unavailable | Unavailable |
| a code of `faults.permanent` | Refused | Refused |
| a code of `faults.login`, or a WS-Security code | Unavailable | Unavailable |
| Client, Sender, VersionMismatch, MustUnderstand, … | Refused | Refused |
| Server, Receiver, or a code of nobody | Unavailable | Unknown |

The last row: services answer «Server» for whatever they stumble over, also after the effect. Whose «Server» surely
means that nothing was done says so: `retry: [Server]`.
"""

from adapters.errors import AdapterError, Refused, Unavailable, Unknown
from adapters.outcome import to_code
from adapters.paths import find_text
from adapters.soap.envelope import SENDER, Fault
from adapters.soap.settings import FaultRules

#: SOAP 1.1 section 4.4.1, SOAP 1.2 part 1 section 5.4.6: found before anything was done.
_NEVER = frozenset({*SENDER, "VersionMismatch", "MustUnderstand", "DataEncodingUnknown"})
#: WS-Security 1.0 section 12: our proof was not accepted.
_LOGIN = frozenset(
    {
        "UnsupportedSecurityToken", "UnsupportedAlgorithm", "InvalidSecurity", "InvalidSecurityToken",
        "FailedAuthentication", "FailedCheck", "SecurityTokenUnavailable", "MessageExpired",
    }
)  # fmt: skip


def of_fault(where: str, fault: Fault, wait: float | None, safe: bool, rules: FaultRules) -> AdapterError:
    """`safe`: repeating it does no second effect. `wait`: seconds of `Retry-After`."""
    codes = _codes(fault, rules)
    code = to_code(codes[0])
    word = f"{where}: the system's fault: {code}"
    for known, error in ((rules.retry, Unavailable(word, wait)), (rules.permanent, Refused(word, code)),
                         ({*rules.login, *_LOGIN}, Unavailable(word, wait))):  # fmt: skip
        if any(one in known for one in codes):
            return error
    if fault.side in _NEVER:
        return Refused(word, code)
    return Unavailable(word, wait) if safe else Unknown(word)


def _codes(fault: Fault, rules: FaultRules) -> list[str]:
    """With the parts of dotted ones: `Client.Auth` is also `Client`."""
    told = find_text(fault.detail, rules.code) if rules.code and fault.detail is not None else None
    codes = [told, *fault.codes] if told else list(fault.codes)
    return [*codes, *(code.partition(".")[0] for code in fault.codes if "." in code)]
