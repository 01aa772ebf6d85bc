"""Reads the primer: what residents say about the topics of municipal life.

The files beside this module are the one that ships; the texts in them are invented. Their form, which a site's own file
has too: a line `= title of the topic`, then sentences or whole texts as residents write them, one a line; empty lines
do not count.
"""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from gateway.pairs import BadFile
from router.classifier.primer import Topic

BUILT_IN, NONE = "built-in", "none"
_TITLE = "="


def read_primer(which: str) -> list[Topic]:
    """`built-in`, `none`, or a file that is added to the built-in. BadFile."""
    if which == NONE:
        return []
    return [*_read_built_in(), *([] if which == BUILT_IN else _read_own(Path(which)))]


def _read_built_in() -> Iterator[Topic]:
    shipped = [one for one in files(__name__).iterdir() if one.name.endswith(".txt")]
    for one in sorted(shipped, key=lambda file: file.name):
        yield from _parse(one.read_text("utf-8"), one.name)


def _read_own(path: Path) -> Iterator[Topic]:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror}; write built-in, none, or the name of a file") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: not UTF-8; save it as UTF-8") from error
    return _parse(text, str(path))


def _parse(text: str, name: str) -> Iterator[Topic]:
    """The place in an error is name:line."""
    title, at, says = "", 0, list[str]()
    for number, line in enumerate([*text.splitlines(), _TITLE], 1):
        if not line.startswith(_TITLE):
            if line.strip() and not title:
                raise BadFile(f"{name}:{number}: a text before the first topic; write `= title` above it")
            says += [line.strip()] if line.strip() else []
            continue
        if title and not says:
            raise BadFile(f"{name}:{at}: the topic {title!r} has no texts; write one per line below it")
        if title:
            yield Topic(title, says)
        title, at, says = line.removeprefix(_TITLE).strip(), number, []
        if not title and number <= len(text.splitlines()):
            raise BadFile(f"{name}:{number}: a topic without a title; write `= title`")
