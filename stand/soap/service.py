"""One SOAP endpoint of a stand: its WSDL, who may call, messages held to the schema, faults."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from stand.faults import Fault
from stand.soap.envelope import SOAP11, Call, SoapFault, check_token, media_type, read_call, write_envelope, write_fault

CONTRACTS = Path(__file__).parent / "contracts"
_XS = "{http://www.w3.org/2001/XMLSchema}"


class SoapSwitches:
    """To be mixed into a stand's switches, which are pydantic models."""

    busy: Fault = Fault()  # a fault BUSY: nothing done, come again
    closed: Fault = Fault()  # a fault CLOSED: never
    crash: Fault = Fault()  # a fault of the server, after the effect
    password: Literal["digest", "text"] = "digest"


class Service:
    """`calls`: by the request's element, what makes the reply's; it may raise SoapFault."""

    def __init__(
        self, wsdl: str, switches: Callable[[], Any], login: Callable[[], tuple[str, str]],
        calls: Mapping[str, Callable[[Any], Any]],
    ) -> None:  # fmt: skip
        self.wsdl, self.switches, self.login, self.calls = CONTRACTS / wsdl, switches, login, calls
        tree = etree.parse(self.wsdl)
        self.space = tree.getroot().get("targetNamespace")
        inline = next(tree.iter(f"{_XS}schema"))
        self.schema = etree.XMLSchema(etree.fromstring(etree.tostring(inline), base_url=str(self.wsdl)))
        self.nonces: set[bytes] = set()

    async def show(self, request: Request) -> Response:
        return Response(self.wsdl.read_bytes(), media_type="text/xml; charset=utf-8")

    async def answer(self, request: Request) -> Response:
        space = SOAP11
        try:
            call = read_call(await request.body())
            space = call.space
            return Response(self._carry_out(call), headers={"Content-Type": media_type(space)})
        except SoapFault as fault:
            body = write_fault(space, fault, f"{{{self.space}}}InspectionFault")
            return Response(body, 500, {"Content-Type": media_type(space)})

    def _carry_out(self, call: Call) -> bytes:
        name, switches = etree.QName(call.payload).localname, self.switches()
        check_token(call, *self.login(), switches.password == "digest", self.nonces)
        if not self.schema.validate(call.payload):
            raise SoapFault("Client", "not by the schema", {"Code": "INVALID"})
        for code, switch, side in (("BUSY", switches.busy, "Server"), ("CLOSED", switches.closed, "Server")):
            if switch.strikes(f"POST {name}"):
                raise SoapFault(side, "Отказ", {"Code": code})
        reply = self.calls[name](call.payload)
        if switches.crash.strikes(f"POST {name}"):
            raise SoapFault("Server", "Сбой базы данных")
        self.schema.assertValid(reply)
        return write_envelope(call.space, reply)

    def fault(self, code: str) -> Response:
        """With 200, as some services do it."""
        body = write_fault(SOAP11, SoapFault("Server", "Сбой", {"Code": code}), f"{{{self.space}}}InspectionFault")
        return Response(body, headers={"Content-Type": media_type(SOAP11)})


def text_of(node: Any, path: str) -> str:
    """By local names; empty when it is not there."""
    found = node.find("/".join(f"{{*}}{step}" for step in path.split("/")))
    return (found.text or "") if found is not None else ""
