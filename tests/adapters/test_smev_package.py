"""Parts of a package that stand in the envelope: many mentions of one take no more memory than the limit."""

import pytest

from adapters.smev.multipart import Kept
from adapters.smev.package import Broken, parse, restore

ENVELOPE = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:x="http://www.w3.org/2004/08/xop/include"><e:Body>{}</e:Body></e:Envelope>"""
PART = b"p" * 2**20


def put_back(mentions: int) -> bytes | None:
    body = parse(ENVELOPE.format('<a><x:Include href="cid:1"/></a>' * mentions).encode())
    return restore(body, {"1": Kept("d", len(PART), "application/octet-stream")}, lambda _: PART)


def test_parts_go_back_up_to_the_limit() -> None:
    whole = put_back(4)
    assert whole is not None
    assert whole.count(b"<a>") == 4
    with pytest.raises(Broken):
        put_back(5)
