"""SMEV 3, the signed SOAP exchange between state bodies: message-exchange 1.1, 1.2 and 1.3.

As a consumer (SendRequest, GetResponse) and as a provider (GetRequest, SendResponse), with Ack after the commit.
Source: the published schemas and clients; what they leave open is configurable and listed in docs/smev.md.
"""

from typing import TYPE_CHECKING

from adapters.contract import Tools
from adapters.mapped import Mapped
from adapters.smev.settings import CHANGES, Settings

if TYPE_CHECKING:
    from adapters.smev.adapter import Smev
    from adapters.smev.seal import Seal

__all__ = ["CAPABILITIES", "CHANGES", "TITLE", "Settings", "build"]

TITLE = "СМЭВ 3: requests and responses, signed"
CAPABILITIES = frozenset({"polls", "delivers", "confirms"})


def build(mapping: Mapped, settings: Settings, tools: Tools, seal: "Seal | None" = None) -> "Smev":
    """Raises Unavailable naming the missing key, certificate, secret or engine."""
    from adapters.smev.adapter import make_smev
    from adapters.smev.signing import open_seal

    return make_smev(mapping, settings, tools, seal or open_seal(settings.signing, tools.secret))
