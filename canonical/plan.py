"""A rendered delivery: calls with everything filled in except what an earlier call's reply gives.

A tree is JSON whose objects `{"$take": name}`, `{"$secret": name}` and `{"$file": digest}` stand for values
known only at sending; a file in a JSON or XML tree is `{"$file": digest, "as": "base64"}`. `{"$text": text}` is a file
with this content, in UTF-8 with a byte order mark, in all places where `$file` may stand. They are the only markers:
a resident's text that looks like one is a string, never an object.
"""

from typing import Any

from pydantic import Field

from canonical.form import Form

Tree = Any


def encode_text(text: str) -> bytes:
    """The content of a `$text`: with the mark by which any Windows program knows that it is UTF-8."""
    return text.encode("utf-8-sig")


class Body(Form):
    format: str  # json, xml, form, multipart, bytes, text, message
    tree: Tree = None  # xml: {"tag", "attributes", "text", "children"}; form: [[name, value], …];
    # message: {"soap_header", "message"}, each like xml, its tag empty
    encoding: str = "utf-8"


class Call(Form):
    """One exchange. `path` segments are escaped one by one when the URL is built; a `link` stands for the whole
    address, as the system itself told it. `method` OPERATION: a SOAP operation, whose name is the path."""

    name: str
    method: str
    path: tuple[Tree, ...] = ()
    link: str | None = None
    query: dict[str, Tree] = Field(default_factory=dict)
    headers: dict[str, Tree] = Field(default_factory=dict)
    body: Body | None = None
    idempotent: bool = False  # the system itself makes one effect of many repeats (PUT, a key, an own id)
    may_fail: bool = False  # refused, it is passed over
    missing: bool = False  # a find's 404 or 410 says that it did not arrive; else it says nothing
    find: "Call | None" = None  # asks whether this very call arrived
    unasked: bool = False  # nobody can be asked whether this call arrived: a person decides


class Plan(Form):
    """`find` asks whether the effect already happened; `settle`: seconds after which its no is believed."""

    calls: tuple[Call, ...]
    find: Call | None = None
    settle: float = 60.0
