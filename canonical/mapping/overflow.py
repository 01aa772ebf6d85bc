"""A text longer than its place: refused, cut with a sign of it, or cut with the whole of it in a file beside."""

from collections.abc import Callable
from dataclasses import dataclass

from canonical.mapping.errors import Misfit
from canonical.mapping.grammar import LONGER
from canonical.mapping.job import Job
from canonical.mapping.nodes import Text
from canonical.mapping.opening import Opened, read_choice, read_count
from canonical.mapping.outdesk import Spot
from canonical.mapping.scope import file_lists
from canonical.mapping.wholetext import Overflow

#: What a resident's or official's eye meets where the text ends, unless the mapping has its own `mark`.
MARK = " … (полностью — в файле)"


@dataclass(frozen=True, slots=True)
class Limit:
    most: int | None
    longer: str
    mark: str

    def cut(self, text: str) -> str:
        """Raises Misfit when it must not be cut."""
        if self.most is None or len(text) <= self.most:
            return text
        if self.longer == "refuse":
            raise Misfit(f"longer than {self.most} characters")
        head = text[: max(0, self.most - len(self.mark))]
        words = head.rsplit(None, 1)
        kept = words[0] if len(words) == 2 and len(words[0]) >= self.most // 2 else head
        return (kept + self.mark)[: self.most]


def read_limit(opened: Opened, spot: Spot) -> Limit:
    report = spot.intent.desk.report
    most = read_count(opened.get("max"), "`max`", report)
    longer = read_choice(opened.get("longer"), "`longer`", LONGER, report) or "refuse"
    mark = opened["mark"].value if isinstance(opened.get("mark"), Text) else ""  # type: ignore[union-attr]
    for key in ("longer", "mark"):
        if key in opened and "max" not in opened:
            report.add(opened[key], "longer-without-max", f"`{key}` without `max`", "add `max:` or remove it")
    if longer == "attach":
        mark = mark if mark.strip() else MARK
    if longer == "cut" and not mark.strip():
        report.add(opened["longer"], "mark-missing", "a text would be cut without a sign of it", 'add `mark: " …"`')
    if longer != "refuse" and most is not None and len(mark) * 2 > most:
        what = f"the sign of a cut has {len(mark)} of the {most} characters: too little of the text is left"
        report.add(opened.get("mark", opened["longer"]), "mark-too-long", what, 'write a shorter one: `mark: " …"`')
    return Limit(most, longer, mark)


def watch(opened: Opened, name: str, limit: Limit, read: Callable[[Job], str | None], spot: Spot) -> None:
    """Remembers a value with `longer: attach`. `read`: the text before it is cut; `name`: as `from` names it."""
    group, most = name.partition(".")[0], limit.most
    if limit.longer != "attach" or most is None:
        return
    if f"{group}.files" not in file_lists():
        what = f"`{name}` has no files that its whole text could join"
        spot.intent.desk.report.add(opened["longer"], "attach-nowhere", what, "write `longer: cut` with a `mark`")
        return

    def find(job: Job) -> str | None:
        text = read(job)
        return text if text is not None and len(text) > most else None

    spot.intent.overflows.append(Overflow(opened["longer"], spot.where, group, find))
    spot.intent.desk.cover.setdefault(f"{spot.where}.longer", opened["longer"])
