"""The transform: each rule by example, and what must not matter by property."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.smev.signing import TransformError, transform, transform_document
from stand.smev.transform import transform as theirs


def text_of(text: str) -> str:
    element = etree.Element("{urn:a}a")
    element.text = text
    return transform(element).decode().removeprefix('<ns1:a xmlns:ns1="urn:a">').removesuffix("</ns1:a>")


@pytest.mark.parametrize(
    ("given_xml", "expected"),
    [
        ('<?xml version="1.0"?><?p x?><!--c--><a xmlns="urn:a"/>', '<ns1:a xmlns:ns1="urn:a"></ns1:a>'),
        ('<a xmlns="urn:a"> x<!--c--> </a>', '<ns1:a xmlns:ns1="urn:a"> x </ns1:a>'),
        ('<a xmlns="urn:a"> x<?p?> </a>', '<ns1:a xmlns:ns1="urn:a"> x</ns1:a>'),
        ('<a xmlns="urn:a">\u00a0</a>', '<ns1:a xmlns:ns1="urn:a">\u00a0</ns1:a>'),
        ('<a xmlns="urn:a">x<?p?>&gt;</a>', '<ns1:a xmlns:ns1="urn:a">x&gt;</ns1:a>'),
        ('<a xmlns="urn:a">x<!--c-->&gt;</a>', '<ns1:a xmlns:ns1="urn:a">x></ns1:a>'),
        (
            '<a xmlns="urn:a"><b xmlns="urn:b"/><b xmlns="urn:b"/></a>',
            '<ns1:a xmlns:ns1="urn:a"><ns2:b xmlns:ns2="urn:b"></ns2:b><ns3:b xmlns:ns3="urn:b"></ns3:b></ns1:a>',
        ),
        (
            '<a xmlns="urn:a" xmlns:p="urn:a" xmlns:q="urn:b" xmlns:u="urn:u" z="1" q:y="2" p:x="3" b="4"/>',
            '<ns1:a xmlns:ns1="urn:a" xmlns:ns2="urn:b" ns1:x="3" ns2:y="2" b="4" z="1"></ns1:a>',
        ),
        (
            '<a xmlns="urn:b" xmlns:q="urn:a" q:x="1"><q:b/></a>',
            '<ns1:a xmlns:ns1="urn:b" xmlns:ns2="urn:a" ns2:x="1"><ns2:b></ns2:b></ns1:a>',
        ),
        (
            '<a xmlns="urn:a" b="&amp;&lt;&gt;&quot;&#9;&#10;&#13;&#127;"/>',
            '<ns1:a xmlns:ns1="urn:a" b="&amp;&lt;>&quot;&#x9;&#xa;&#xd;\x7f"></ns1:a>',
        ),
    ],
)
def test_rules(given_xml: str, expected: str) -> None:
    assert transform_document(given_xml.encode()).decode() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">>a>", "&gt;>a>"),
        ("]]>>", "]]&gt;>"),
        ("&>a", "&amp;>a"),
        ("\r\x7f\x85\x9f\xa0", "&#xd;&#x7f;&#x85;&#x9f;\xa0"),
        ("0123456789>", "0123456789>"),
        ("&>0123456789", "&amp;&gt;0123456789"),
        (">>>123456789", "&gt;&gt;&gt;123456789"),
        ("]>>123456789", "]&gt;&gt;123456789"),
        ("123456789\U0001f600>", "123456789\U0001f600>"),
        ("&>\U0001f600" + "1" * 7, "&amp;>\U0001f600" + "1" * 7),
        ("&>\U0001f600" + "1" * 8, "&amp;&gt;\U0001f600" + "1" * 8),
        ("a" * 511 + ">>", "a" * 511 + ">&gt;"),
        ("a" * 512 + ">", "a" * 512 + "&gt;"),
        ("\U0001f600" * 256 + ">", "\U0001f600" * 256 + "&gt;"),
        ("a" + "\U0001f600" * 256 + ">", "a" + "\U0001f600" * 256 + ">"),
        ("a" * 1024 + ">a>", "a" * 1024 + "&gt;a>"),
    ],
)
def test_escaping(text: str, expected: str) -> None:
    assert text_of(text) == expected


def woodstox(text: str) -> str:
    """Rule 9 again, unit by unit, as the sentence says it."""
    units = text.encode("utf-16-be")
    pairs = [int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2)]
    long, written, escaped = len(pairs) >= 12, [], False
    for at, unit in enumerate(pairs):
        start = at == 0 or (long and (escaped or at % 512 == 0))
        if unit == ord(">") and (start or pairs[at - 1] == ord("]")):
            escape = "&gt;"
        else:
            escape = {0x26: "&amp;", 0x3C: "&lt;"}.get(unit, "")
            escape = f"&#x{unit:x};" if unit == 13 or 0x7F <= unit <= 0x9F else escape
        written.append(escape.encode("utf-16-be") if escape else unit.to_bytes(2, "big"))
        escaped = bool(escape)
    return b"".join(written).decode("utf-16-be")


pieces = st.text(st.sampled_from(">>>]]&<\r\x7f\x85a \u00a0Ж\U0001f600"), max_size=40)
long_pieces = st.builds(lambda fill, count, rest: fill * count + rest, st.sampled_from("a]\U0001f600"),
                        st.integers(500, 520), pieces)  # fmt: skip


@given(st.one_of(pieces, long_pieces).filter(lambda text: text.strip(" \r")))
@settings(max_examples=500, deadline=None)
def test_escaping_is_the_sentence(text: str) -> None:
    assert text_of(text) == woodstox(text)


names = st.tuples(st.sampled_from(["", "urn:a", "urn:b", "urn:c"]), st.sampled_from("xyz"))
attributes = st.dictionaries(names, st.text('a"<&\t\n ж', max_size=5), max_size=4)
elements = names.filter(lambda name: name[0])
words = st.text("a>]& ", min_size=1)
trees = st.recursive(
    st.tuples(elements, attributes, st.just([])),
    lambda inner: st.tuples(elements, attributes, st.lists(st.one_of(inner, words), max_size=4)),
    max_leaves=12,
)


def build(tree: tuple, prefixes: dict[str, str], backwards: bool, noise: bool) -> etree._Element:
    (uri, local), attributes, children = tree
    element = etree.Element(f"{{{uri}}}{local}", nsmap=prefixes)
    for (space, name), value in sorted(attributes.items(), reverse=backwards):
        element.set(f"{{{space}}}{name}" if space else name, value)
    last = None
    for child in children:
        if isinstance(child, str):
            target, slot = (element, "text") if last is None else (last, "tail")
            setattr(target, slot, (getattr(target, slot) or "") + child)
            if noise:
                last = etree.Comment("noise")
                element.append(last)
        else:
            last = build(child, prefixes, backwards, noise)
            element.append(last)
    return element


OTHERS = {"n": "urn:c", "ns2": "urn:a", "ns1": "urn:b", "z": "urn:unused"}


@given(trees)
@settings(max_examples=200, deadline=None)
def test_what_does_not_matter(tree: tuple) -> None:
    plain = transform(build(tree, {"p": "urn:a", "q": "urn:b", "r": "urn:c"}, False, False))
    assert transform(build(tree, OTHERS, True, True)) == plain
    assert transform_document(etree.tostring(build(tree, OTHERS, True, True))) == plain
    canonical = etree.tostring(build(tree, OTHERS, False, True), method="c14n", exclusive=True, with_comments=False)
    assert transform_document(canonical) == plain
    assert transform_document(plain) == plain


#: Characters beyond U+FFFF come before U+FF00 in the order of UTF-16; a namespace is escaped as an attribute is.
rare = st.tuples(st.sampled_from(["", "urn:a", "urn:?a&b=1", "urn:?a"]), st.sampled_from("x\uff5a\U00010000"))
rare_trees = st.recursive(
    st.tuples(rare.filter(lambda name: name[0]), st.dictionaries(rare, words, max_size=4), st.just([])),
    lambda inner: st.tuples(
        rare.filter(lambda name: name[0]), st.just({}), st.lists(st.one_of(inner, words), max_size=3)
    ),
    max_leaves=6,
)


@given(rare_trees)
@settings(max_examples=200, deadline=None)
def test_the_stand_reads_the_rules_alike(tree: tuple) -> None:
    element = build(tree, {}, False, False)
    assert transform(element) == theirs(element)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("<a/>", "no namespace"),
        ('<a xmlns="urn:a"><b xmlns=""/></a>', "no namespace"),
        ('<a xmlns="urn:a" xml:lang="ru"/>', "xml:"),
        ('<a xmlns="here"/>', "relative"),
        ('<!DOCTYPE a><a xmlns="urn:a"/>', "DTD"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a xmlns="urn:a" b="&x;"/>', "DTD"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a xmlns="urn:a">&x;</a>', "DTD"),
        ('<a xmlns="urn:a">&x;</a>', "well-formed"),
        ('<a xmlns="urn:a">' * 5000, "depth"),
        ("", "well-formed"),
    ],
)
def test_refused(document: str, reason: str) -> None:
    with pytest.raises(TransformError, match=reason):
        transform_document(document.encode())


def test_a_doctype_hidden_by_its_encoding() -> None:
    hidden = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a xmlns="urn:a"/>'.encode("utf-16")
    with pytest.raises(TransformError, match="DTD"):
        transform_document(hidden)


def test_deep_and_large() -> None:
    depth = 2000
    deep = "<a>" * depth + "x" + "</a>" * depth
    made = transform_document(f'<r xmlns="urn:a">{deep}</r>'.encode())
    assert made.count(b"<ns1:a>") == depth
    large = "я" * 11_000_000
    assert len(transform_document(f'<r xmlns="urn:a" b="{large[:100_000]}">{large}</r>'.encode())) > 22_000_000


def test_xinclude_is_a_plain_element() -> None:
    made = transform_document(b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>')
    assert b"root:" not in made
    assert b'href="/etc/passwd"' in made
