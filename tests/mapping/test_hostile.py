"""Hostile documents end as ReadingError, quickly, and no message holds a value."""

import time

import orjson
import pytest

from canonical.mapping import Mapping, ReadingError
from tests.mapping.making import reading

SECRET = "Проверкин-79000000001"


def xml() -> Mapping:
    return reading("text: t?", "{format: xml}")


LAUGHS = (
    '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]><d><n>&m;</n></d>"
)


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS,
        '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><d><n>1</n></d>',
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d><n>1</n><t>&x;</t></d>',
        '<!DOCTYPE d [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><d><n>1</n></d>',
        "<!DOCTYPE d><d><n>1</n></d>",
        "<d>" * 100_000,
        "<d>" * 1000 + "</d>" * 1000,
        "<d><n>1</n>",
        "",
        "\x00",
        f"<d {' '.join(f'a{n}={chr(34)}{chr(34)}' for n in range(20_000))}",
    ],
)
def test_xml_bombs(body: str) -> None:
    started = time.monotonic()
    with pytest.raises(ReadingError):
        xml().read("satisfaction", body.encode())
    assert time.monotonic() - started < 5


def test_a_dtd_hidden_by_its_encoding() -> None:
    body = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE d [<!ENTITY x "y">]><d><n>1</n></d>'.encode("utf-16")
    with pytest.raises(ReadingError):
        xml().read("satisfaction", body)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
        b'{"n": "\\ud800"}',
        b"\xff\xfe{",
        b"nul",
        b'{"n": 1e999}',
        b"{}",
        b"[]",
        b"5",
    ],
)
def test_json_bombs(body: bytes) -> None:
    with pytest.raises(ReadingError):
        reading("text: t?").read("satisfaction", body)


def test_a_document_too_deep_to_write_again_is_a_fault() -> None:
    deep = b'{"items": [{"n": 1, "a": ' + b"[" * 400 + b"]" * 400 + b"}]}"
    (item,) = reading("text: t?", "{format: json, each: items}").split("satisfaction", deep)
    assert item.fault


@pytest.mark.parametrize("form", ["{format: csv}", "{format: form}"])
def test_rows_and_forms(form: str) -> None:
    mapping = reading("text: t?", form)
    for body in (b'n;s\n"1', b"n;s\n1;2;3;4", b"\xff\xff", b"&" * 100_000, b"n=%ff", b"n" * 200_000 + b";"):
        try:
            mapping.split("satisfaction", body)
            mapping.read("satisfaction", body)
        except ReadingError:
            continue


def test_ten_megabytes_of_markup_are_read_in_time() -> None:
    mapping = reading("text: {path: t?, clean: [html, spaces]}")
    for piece in ("<", "<a href=http://x", "<!--", "<script", "&", "<a ", "&lt;", "\n \n", "\u200b", "x <br> y "):
        body = orjson.dumps({"n": 1, "t": piece * (3_000_000 // len(piece))})
        started = time.monotonic()
        mapping.read("satisfaction", body)
        assert time.monotonic() - started < 10, piece


@pytest.mark.parametrize("clean", ["phone", "email", "html", "spaces", "line", "digits", "lower"])
def test_cleaning_any_length(clean: str) -> None:
    mapping = reading(f"text: {{path: t?, clean: [{clean}]}}")
    for piece in ("a@", "8", "+7 ", "<", "@.", " доб."):
        started = time.monotonic()
        mapping.read("satisfaction", orjson.dumps({"n": 1, "t": piece * 300_000}))
        assert time.monotonic() - started < 3


def test_no_message_holds_a_value() -> None:
    mapping = reading("at: {path: at?, formats: [iso, D.M.YYYY]}\ntext: t")
    for given in (
        {"s": SECRET, "t": "x"},
        {"at": SECRET, "t": "x"},
        {"t": {SECRET: SECRET}},
        {"t": [SECRET]},
        {"t": "x", "n": [SECRET]},
        {"t": "x", "at": [SECRET]},
    ):
        with pytest.raises(ReadingError) as caught:
            mapping.read("satisfaction", orjson.dumps({"n": 1, **given}))
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None and (
            caught.value.__context__ is None or caught.value.__suppress_context__
        )


def test_nul_never_passes() -> None:
    (made,) = reading("text: t").read("satisfaction", b'{"n": 1, "t": "a\\u0000b"}')
    assert made.text == "ab"
