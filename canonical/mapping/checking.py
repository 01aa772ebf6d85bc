"""The whole check of one mapping file: grammar and meaning, then its examples, then their coverage."""

from contextlib import suppress
from pathlib import Path

from canonical.finding import Finding
from canonical.mapping.compiler import compile_mapping
from canonical.mapping.coverage import judge_coverage
from canonical.mapping.nodes import Map, Node, Seq
from canonical.mapping.report import TooMany
from canonical.mapping.shared import SharedTables
from canonical.mapping.trial import Trial, begin
from canonical.mapping.trial_in import run_reading
from canonical.mapping.trial_out import run_writing


def check(
    text: str,
    path: str,
    folder: Path | None = None,
    topics: frozenset[str] | None = None,
    shared: SharedTables | None = None,
) -> list[Finding]:
    """Everything that is wrong with a mapping, in the file's order. Never raises.

    folder: where the examples' files are. topics: the codes of the classifier, when they are known. shared: tables
    that several mappings name; their own findings are theirs.
    """
    try:
        return find_all(text, path, folder, topics, shared)
    except Exception as error:  # a gate that falls over must stay shut, and say where to look
        what = f"the checker itself failed: {type(error).__name__}"
        return [Finding(path, 1, 1, "internal", what, "send this file to the developers")]


def find_all(
    text: str, path: str, folder: Path | None, topics: frozenset[str] | None, shared: SharedTables | None = None
) -> list[Finding]:
    compiled = compile_mapping(text, path, topics=topics, shared=shared)
    report = compiled.desk.report
    trial = begin(compiled, folder)
    if trial is not None and not report.findings:
        with suppress(TooMany):
            _run_examples(compiled.opened.get("examples"), trial)
            if not report.findings:
                judge_coverage(compiled.opened.get("unseen"), compiled.desk.used, trial)
    return sorted(report.findings)


def _run_examples(node: Node | None, trial: Trial) -> None:
    if node is None:
        return
    if not isinstance(node, Seq):
        trial.report.add(node, "wrong-shape", "`examples` is not a list", "write `- kind: …` or `- intent: …`")
        return
    for example in node.items:
        if isinstance(example, Map) and (example.get("kind") is None) != (example.get("intent") is None):
            (run_reading if example.get("kind") is not None else run_writing)(example, trial)
        else:
            trial.report.add(example, "wrong-shape", "an example needs either `kind` or `intent`", "write one of them")
