"""Words shared by all adapters' settings. YAML gives texts; here they become numbers, durations and secrets."""

import os
import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_DURATION = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE = {"": 1, "b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)")


class Strict(BaseModel):
    """Unknown keys are errors, so that a typo is found before start."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _amount(value: Any, units: dict[str, Any], example: str) -> Any:
    if not isinstance(value, str):
        return value
    found = _AMOUNT.fullmatch(value.strip())
    if not found or found[2].lower() not in units:
        raise ValueError(f"is not an amount like {example}")
    return float(found[1]) * units[found[2].lower()]


def _to_seconds(value: Any) -> Any:
    return _amount(value, _DURATION, "`30`, `30s`, `5m`, `2h` or `7d`")


def _to_bytes(value: Any) -> Any:
    return int(_amount(value, _SIZE, "`1000000`, `512kb` or `10mb`"))


def _to_list(value: Any) -> Any:
    return [value] if isinstance(value, str | int) else value


def split_segments(value: Any) -> Any:
    """`api/v1/list` is three segments; a last slash stays, as an empty one."""
    value = [value] if isinstance(value, str | dict) else value
    if not isinstance(value, list | tuple):
        raise ValueError("is not a list of segments")
    parts: list[Any] = []
    for item in value:
        parts += item.removeprefix("/").split("/") if isinstance(item, str) else [item]
    return parts


def _to_header_name(value: str) -> str:
    if not _HEADER.fullmatch(value):
        raise ValueError("is no header name: letters, digits and `-`, without spaces")
    return value


HeaderName = Annotated[str, AfterValidator(_to_header_name)]
Seconds = Annotated[float, BeforeValidator(_to_seconds), Field(ge=0)]
PositiveSeconds = Annotated[float, BeforeValidator(_to_seconds), Field(gt=0)]
Bytes = Annotated[int, BeforeValidator(_to_bytes), Field(gt=0)]
Statuses = Annotated[tuple[int, ...], BeforeValidator(_to_list)]
Words = Annotated[tuple[str, ...], BeforeValidator(_to_list)]


class Secret(Strict):
    secret: str


class Env(Strict):
    env: str
    otherwise: str | None = Field(None, alias="else")


def _check_name(name: str) -> None:
    """As environments and file names can be called; never a way out of the folder of secrets."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"`{name[:40]}` is no name of a secret or a variable: Latin letters, digits, `_`, `-`, `.`")


def to_given(value: Any) -> Any:
    """A text, a Secret or an Env. Raises ValueError."""
    if isinstance(value, str | Secret | Env):
        return value
    if isinstance(value, dict) and {"secret", "env"} & set(value):
        _check_name(str(value.get("secret", value.get("env"))))
        return Secret(**value) if "secret" in value else Env(**value)
    raise ValueError("is neither a text, nor {secret: NAME}, nor {env: NAME}")


#: A constant, or the name under which the machine keeps it.
Given = Annotated[Any, BeforeValidator(to_given)]


def _to_header(value: Any) -> Any:
    given = to_given(value)
    if isinstance(given, str) and not (given.isascii() and given.isprintable()):
        raise ValueError("is no header: printable ASCII on one line")
    return given


HeaderText = Annotated[Any, BeforeValidator(_to_header)]


def check_bodies(json: Any, form: Any, xml: Any) -> None:
    """At most one of them; XML has one root. Raises ValueError."""
    if sum(body is not None for body in (json, form, xml)) > 1:
        raise ValueError("has one body: `json:`, `form:` or `xml:`")
    if xml is not None and len(xml) != 1:
        raise ValueError("`xml:` is one root element: {Root: {…}}")


def _known_encoding(name: str) -> str:
    """As it is written: XML knows `windows-1251` and not Python's own name of it."""
    try:
        "".encode(name)  # there are codecs that are of no text, such as hex
    except LookupError:
        raise ValueError("is not a known encoding, such as utf-8 or windows-1251") from None
    return name


Encoding = Annotated[str, AfterValidator(_known_encoding)]


class Missing(LookupError):
    """A secret or an environment variable that is not set; the message is its name."""


def resolve(given: Any, secret: Callable[[str], str]) -> str:
    """The text behind a given. Raises Missing."""
    if isinstance(given, Secret):
        try:
            return secret(given.secret)
        except KeyError:
            raise Missing(f"the secret {given.secret} is not set") from None
    if isinstance(given, Env):
        value = os.environ.get(given.env, given.otherwise)
        if value is None:
            raise Missing(f"the environment variable {given.env} is not set")
        return value
    return str(given)


def resolve_tree(tree: Any, secret: Callable[[str], str]) -> Any:
    """A raw tree of settings with every `{secret: …}` and `{env: …}` in it replaced."""
    if isinstance(tree, dict):
        if len(tree) <= 2 and ({"secret"} == set(tree) or "env" in tree):
            return resolve(to_given(tree), secret)
        return {name: resolve_tree(item, secret) for name, item in tree.items()}
    if isinstance(tree, list):
        return [resolve_tree(item, secret) for item in tree]
    return resolve(tree, secret) if isinstance(tree, Secret | Env) else tree
