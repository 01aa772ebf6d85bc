"""Every path, table row and absence is reached by an example or listed in `unseen`."""

from collections.abc import Collection
from fnmatch import fnmatchcase

from canonical.mapping.nodes import Node
from canonical.mapping.opening import read_texts
from canonical.mapping.report import Report
from canonical.mapping.trial import Trial

_REMEDY = "compare it in an example, or add it to `unseen`"


def judge_coverage(unseen: Node | None, used: set[str], trial: Trial) -> None:
    cover = dict(trial.cover)
    for name in sorted(used):
        table = trial.mapping.tables[name]
        cover |= {f"tables.{name}.{code}": table.place_of(code) for code in table.theirs}
    missing = {name: node for name, node in cover.items() if name not in trial.reached}
    left = _excuse(unseen, missing, trial.report)
    rows: dict[str, list[str]] = {}
    for name in left:
        if name.startswith("tables."):
            rows.setdefault(name.split(".")[1], []).append(name)
        else:
            trial.report.add(missing[name], "not-covered", f"no example reaches `{name}`", _REMEDY)
    for row, names in rows.items():
        shown = ", ".join(f"`{name}`" for name in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        remedy = f"{_REMEDY} (`tables.{row}.*` for all)"
        trial.report.add(missing[names[0]], "not-covered", f"no example reaches {shown}", remedy)


def _excuse(unseen: Node | None, missing: Collection[str], report: Report) -> list[str]:
    left = list(missing)
    for pattern in read_texts(unseen, "`unseen`", report):
        matched = [name for name in missing if fnmatchcase(name, pattern.value)]
        if not matched:
            what = f"`{pattern.value}` names nothing that is unreached"
            report.add(pattern, "unseen-stale", what, "remove it, or mend the name")
        left = [name for name in left if name not in matched]
    return left
