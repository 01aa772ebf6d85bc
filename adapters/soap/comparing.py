"""What an upgrade of a contract means for the mappings in use: which of what they write and read breaks."""

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.mapped import Mapped
from adapters.soap.contract import Contract
from adapters.soap.model import Type
from adapters.soap.uses import Use, find_uses

#: Facets that are the stricter the smaller (True) or the greater their number is.
_BOUNDS = {
    "maxLength": True, "maxInclusive": True, "totalDigits": True, "minLength": False, "minInclusive": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Break:
    """A place of a mapping that the new contract breaks."""

    file: str
    line: int
    column: int
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Pair:
    """What we call and what we serve, of one version of the WSDL."""

    contract: Contract
    incoming: Contract


def compare(mapping: Mapped, old: Pair, new: Pair) -> list[Break]:
    """Only what was right and is no longer; what nobody uses may change as it likes."""
    before = {_key(use): use for use in find_uses(mapping, old.contract, old.incoming)}
    found = []
    for use in find_uses(mapping, new.contract, new.incoming):
        known = before.get(_key(use))
        if known is not None and known.wrong:
            continue
        for what in [use.wrong] if use.wrong else list(_changes(known, use)) if known else []:
            found.append(Break(mapping.path, use.line, use.column, use.where, what))
    return found


def _key(use: Use) -> tuple[int, int, str]:
    return use.line, use.column, use.where


def _changes(old: Use, new: Use) -> Iterator[str]:
    if old.kind is not None and new.kind is not None:
        yield from (_narrowed if new.written else _widened)(old.kind, new.kind)
    was, now = old.element, new.element
    if was is None or now is None:
        return
    if was.space != now.space and not new.written:
        return  # names are read whatever their namespace
    if not new.written and was.least and not now.least and not new.optional:
        yield "may be absent now: write `?` and say what then"
    if not new.written and was.most == 1 and now.most != 1:
        yield "may come several times now: only the first is read"
    if new.written and was.most != 1 and now.most == 1:
        yield "may stand only once now"


def _narrowed(old: Type, new: Type) -> Iterator[str]:
    """What we write may no longer be taken."""
    if old.base != new.base:
        yield f"the type was {old.base or 'elements'} and is {new.base or 'elements'}"
        return
    if gone := sorted(set(old.words) - set(new.words)) if new.words else []:
        yield f"no longer allowed: {', '.join(gone)}"
    elif new.words and not old.words:
        yield f"only these words are allowed now: {', '.join(new.words)}"
    for facet, limit in new.limits.items():
        if _is_stricter(facet, old.limits.get(facet), limit):
            yield f"{facet} was {old.limits.get(facet, 'free')} and is {limit}"


def _widened(old: Type, new: Type) -> Iterator[str]:
    """What we read may be something else than before."""
    if old.base != new.base:
        yield f"the type was {old.base or 'elements'} and is {new.base or 'elements'}"
    elif old.words and (more := sorted(set(new.words) - set(old.words))):
        yield f"new words, perhaps in no table: {', '.join(more)}"
    elif old.words and not new.words:
        yield "any word may come now, not only those of the list"


def _is_stricter(facet: str, old: str | None, new: str) -> bool:
    if old == new:
        return False
    if old is None or facet not in _BOUNDS:
        return True
    try:
        return float(new) < float(old) if _BOUNDS[facet] else float(new) > float(old)
    except ValueError:
        return True
