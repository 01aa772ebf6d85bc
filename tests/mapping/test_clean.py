"""Cleaning of what people and systems write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.clean import CLEANERS, squeeze, to_line
from canonical.clean_contact import to_e164, to_email
from canonical.clean_html import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Яма</p><p>глубокая</p>", "Яма\n\nглубокая"),
        ("Яма<br/>тут<BR>вот", "Яма\nтут\nвот"),
        ("a &lt; b &amp; c&nbsp;d", "a < b & c d"),
        ("t < 5 и <Ленина>", "t < 5 и <Ленина>"),
        ("<script>alert(1)</script>x<style>p{}</style><!-- y -->z", "xz"),
        ('<a class="q" href="https://example.org/1?a=1&amp;b=2">смотри</a>', "смотри (https://example.org/1?a=1&b=2)"),
        ("<a name=x>якорь</a>", "якорь"),
        ("<ul><li>раз</li><li>два</li></ul>", "- раз\n- два"),
        ("<td>а</td><td>б</td>", "а б"),
        ("<!-- не закрыт", "<!-- не закрыт"),
        ("просто текст", "просто текст"),
    ],
)
def test_html(html: str, text: str) -> None:
    assert squeeze(html_to_text(html)) == text


def test_spaces() -> None:
    assert squeeze("  а \u00a0 б\r\n\r\n\r\n\r\nв\u200bг \u2028 д\te\x07 ") == "а б\n\nвг\nд e"
    assert squeeze("уже чисто") == "уже чисто"
    assert to_line(" а\n б ") == "а б"


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("8 (34922) 1-23-45", "+73492212345"),
        ("+7 900 000-00-01", "+79000000001"),
        ("79000000001", "+79000000001"),
        ("9000000001", "+79000000001"),
        ("8-900-000-00-01 доб. 12", "+79000000001"),
        ("тел.: 8 900 000 00 01, 8 900 000 00 02", "+79000000001"),
        ("1-23-45; 8 900 000 00 01", "+79000000001"),
        ("+375 29 000-00-01", "+375290000001"),
        ("1-23-45", None),
        ("нет", None),
        ("", None),
        ("+1", None),
        ("٨٩٠٠٠٠٠٠٠٠١", None),
    ],
)
def test_phone(text: str, phone: str | None) -> None:
    assert to_e164(text) == phone


@pytest.mark.parametrize(
    ("text", "mail"),
    [
        ("Ivan.P@Example.ORG", "ivan.p@example.org"),
        ("Иван <ivan@example.org>", "ivan@example.org"),
        ("mailto:ivan@example.org", "ivan@example.org"),
        ("иван@почта.рф", "иван@почта.рф"),
        ("ivan@", None),
        ("не знаю", None),
    ],
)
def test_email(text: str, mail: str | None) -> None:
    assert to_email(text) == mail


@pytest.mark.parametrize("name", sorted(set(CLEANERS) - {"html"}))
@given(text=st.text(max_size=60))
def test_cleaning_twice_changes_nothing(name: str, text: str) -> None:
    once = CLEANERS[name].run(text)
    assert once is None or CLEANERS[name].run(once) == once
