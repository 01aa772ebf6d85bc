"""Where in a message an element is signed, and where its signature stands. Source: message-exchange contract 1.2."""

from typing import Any

from lxml import etree

from adapters.smev.signing.faults import SigningError

#: What CallerInformationSystemSignature signs.
CALLERS = ("SenderProvidedRequestData", "SenderProvidedResponseData", "MessageTypeSelector", "Timestamp",
           "AckTargetMessage")  # fmt: skip
CONTAINER = "CallerInformationSystemSignature"


def find_signed(root: Any, reference: str = "") -> Any:
    """The element with this Id; without one, what a message's caller signs, else the root. Raises SigningError."""
    if reference:
        found = [one for one in root.iter("*") if one.get("Id") == reference]
        if len(found) != 1:
            raise SigningError(f"{len(found)} elements have the Id `{reference}` where one belongs")
        return found[0]
    if root.get("Id"):
        return root
    return next((one for one in root.iter("*") if _local(one) in CALLERS and one.get("Id")), root)


def place(element: Any, signature: Any) -> bool:
    """Puts the signature beside the element it signs, into the empty container there or a new one.

    False for a root: nothing stands beside it, and inside it would change what was signed.
    """
    parent = element.getparent()
    if parent is None:
        return False
    container = next((one for one in parent if _local(one).endswith("Signature") and not len(one)), None)
    if container is None:
        space = etree.QName(parent).namespace
        container = etree.SubElement(parent, etree.QName(space, CONTAINER).text)
    container.append(signature)
    return True


def _local(node: Any) -> str:
    return str(etree.QName(node).localname) if isinstance(node.tag, str) else ""
