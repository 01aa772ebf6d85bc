"""places.yaml: which municipality and settlement an appeal is about, and which street and house it names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from canonical.address import read_addresses, read_flat, read_settlement
from canonical.coordinates import read_point
from canonical.finding import Finding
from canonical.landmark import read_landmarks
from canonical.place import Place
from canonical.text import split_text, split_words
from router.case_forms import list_forms
from router.matchers import MUNICIPAL, fold_place
from router.places_file import Municipality, read_places
from router.points import Points
from router.report import Report

_SHORT_DISTRICT = (" р-н", " р-на", " р-не", " р-ну")
_MARKS = frozenset(
    [
        "в",
        "из",
        "г",
        "с",
        "п",
        "пос",
        "пгт",
        "поселок",
        "поселка",
        "поселке",
        "поселком",
        "село",
        "села",
        "селе",
        "д",
        "дер",
        "деревня",
        "деревни",
        "деревне",
        "город",
        "города",
        "городе",
        "ст",
        "станция",
        "станции",
        "фактория",
        "фактории",
    ]
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A name of ours as it can stand in a text. `marked`: only after «п.», «село» and the like."""

    municipality: Municipality
    settlement: str | None
    marked: bool = False


class Places:
    def __init__(self, municipalities: Sequence[Municipality]) -> None:
        self.municipalities, self.points = municipalities, Points(municipalities)
        self.by_code = {code: one for one in municipalities for code in (one.oktmo, *one.former)}
        self.by_first: dict[str, list[tuple[tuple[str, ...], Spot]]] = {}
        for name, spot in _list_spots(municipalities):
            for words in list_forms(name):
                if words:
                    self.by_first.setdefault(words[0], []).append((words, spot))
        for entries in self.by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))  # «Новый Уренгой» before «Уренгой»
        self.firsts = frozenset(self.by_first)

    @classmethod
    def load(cls, text: str, path: str) -> "Places":
        """Raises PolicyErrors."""
        report = Report(path)
        places = cls(read_places(report, text))
        report.raise_fatal()
        return places

    @property
    def names(self) -> set[str]:
        """Everything that a rule may call a place."""
        names = {
            name for one in self.municipalities for name in (one.name, *one.aliases, *one.settlements, *one.marked)
        }
        return names | set(self.by_code)

    def fill(self, place: Place, text: str, words: Sequence[str] | None = None) -> Place:
        """`place` with what can be known of it. What the channel said in a field is never replaced, except that a
        former ОКТМО becomes the current one. A point that contradicts the names stays, marked."""
        spot = self._locate(place, split_text(text) if words is None else words)
        found: dict[str, Any] = {}
        if spot is not None:
            found |= {"oktmo": spot.municipality.oktmo, "municipality": spot.municipality.name}
            found["settlement"] = place.settlement or spot.settlement
        found["settlement"] = found.get("settlement") or place.settlement or read_settlement(place.text or "")
        found["settlement"] = found["settlement"] or (read_settlement(text) if spot is None else None)
        found |= self._read_address(place, text)
        if place.object is None and (landmarks := read_landmarks(place.text or "") or read_landmarks(text)):
            found["object"] = landmarks[0]
        if place.point is None:
            found["point"] = read_point(text)
        fresh = {name: value for name, value in found.items() if value is not None and value != getattr(place, name)}
        filled = place.model_copy(update=fresh) if fresh else place
        contradiction = self.points.find_contradiction(filled, spot.settlement if spot else None)
        marked = contradiction != filled.contradiction
        return filled.model_copy(update={"contradiction": contradiction}) if marked else filled

    def _read_address(self, place: Place, text: str) -> dict[str, Any]:
        if place.street:
            return {"flat": place.flat or read_flat(place.text or "")}
        source = place.text or ""
        addresses = read_addresses(source, line=True) if source else ()
        if not addresses:
            source, addresses = text, read_addresses(text)
        if not addresses:
            return {}
        first = next((address for address in addresses if address.house), addresses[0])  # a house says most
        street, house = self._drop_town(first.street), place.house or first.house
        return {"street": street, "house": house, "flat": place.flat or read_flat(source)}

    def _drop_town(self, street: str) -> str:
        """«Надым Зверева» → «Зверева»: people leave commas out."""
        first, _, rest = street.partition(" ")
        return rest if rest and next(iter(self.find(split_words(first))), None) else street

    def _locate(self, place: Place, words: Sequence[str]) -> Spot | None:
        """By code; else by the fields' names; else by the address line; else by the text."""
        known = self.by_code.get((place.oktmo or "")[:MUNICIPAL])
        named = split_words(f"{place.settlement or ''} . {place.municipality or ''}")
        for where, marked in ((named, True), (split_words(place.text or ""), False), (words, False)):
            for spot in self.find(where, marked):
                if known is None or spot.municipality is known:
                    return spot
        return Spot(known, None) if known else None

    def find(self, words: Sequence[str], marked: bool = False) -> Iterable[Spot]:
        """The spots a text names, in order. `marked`: ambiguous names count without «п.» before them."""
        if self.firsts.isdisjoint(words):
            return
        free = 0
        for start in [place for place, word in enumerate(words) if word in self.firsts]:
            for form, spot in self.by_first[words[start]] if start >= free else ():
                fits = len(form) == 1 or tuple(words[start : start + len(form)]) == form
                if fits and (not spot.marked or marked or (start > 0 and words[start - 1] in _MARKS)):
                    yield spot
                    free = start + len(form)
                    break


def _list_spots(municipalities: Iterable[Municipality]) -> Iterable[tuple[str, Spot]]:
    homes: dict[str, set[str]] = {}
    for one in municipalities:
        for name in (*one.settlements, *one.marked):
            homes.setdefault(fold_place(name), set()).add(one.oktmo)
    for one in municipalities:
        for name in (*one.settlements, *one.marked):
            if len(homes[fold_place(name)]) == 1:  # a name of two places says nothing of the municipality
                yield name, Spot(one, name, name in one.marked)
        for alias, settlement in one.short:
            yield alias, Spot(one, settlement)
        for name in (one.name, *one.aliases):
            if fold_place(name) not in homes:
                yield name, Spot(one, None)
                if name.endswith(" район"):
                    yield from ((name.replace(" район", short), Spot(one, None)) for short in _SHORT_DISTRICT)


def check_places(text: str, path: str) -> list[Finding]:
    report = Report(path)
    read_places(report, text)
    return report.findings
