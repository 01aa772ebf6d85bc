"""The primer that ships, and a site's own."""

import re
from collections import Counter
from pathlib import Path

import pytest

from gateway.pairs import BadFile
from gateway.primer import BUILT_IN, NONE, read_primer

PERSONAL = re.compile(r"\+7|\b8[\s(-]*9\d\d|@|https?:")


def test_the_built_in_primer_is_whole_and_names_nobody() -> None:
    primer = read_primer(BUILT_IN)
    assert len(primer) > 150
    assert [title for title, count in Counter(topic.title for topic in primer).items() if count > 1] == []
    assert all(topic.title and len(topic.says) >= 16 for topic in primer)
    texts = [text for topic in primer for text in topic.says]
    assert len(texts) == len(set(texts))
    assert [text for text in texts if PERSONAL.search(text)] == []


def test_none_is_empty() -> None:
    assert read_primer(NONE) == []


def test_a_sites_own_topics_come_on_top(tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text(
        "\ufeff= Олени на дороге\n\nСтадо стоит на трассе.\n  Олени вышли к посёлку. \n= Чумы\nРвётся нюк.\n", "utf-8"
    )
    added = read_primer(str(own))[len(read_primer(BUILT_IN)) :]
    assert [(topic.title, list(topic.says)) for topic in added] == [
        ("Олени на дороге", ["Стадо стоит на трассе.", "Олени вышли к посёлку."]), ("Чумы", ["Рвётся нюк."]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("Стадо стоит.\n= Олени\n".encode(), ":1: a text before the first topic"),
        ("= Олени\nСтадо.\n= Чумы\n\n".encode(), ":3: the topic 'Чумы' has no texts"),
        ("= Олени\n= Чумы\nНюк.\n".encode(), ":1: the topic 'Олени' has no texts"),
        ("= Олени\nСтадо.\n=\nНюк.\n".encode(), ":3: a topic without a title"),
        ("= Олени\nСтадо.\n".encode("cp1251"), "not UTF-8"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, content: bytes, says: str) -> None:
    own = tmp_path / "own.txt"
    own.write_bytes(content)
    with pytest.raises(BadFile) as told:
        read_primer(str(own))
    assert str(own) in str(told.value)
    assert says in str(told.value)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(BadFile, match="built-in, none, or the name of a file"):
        read_primer("/nowhere/own.txt")
