"""Inside a mass event: is an emergency, or another trouble at the same house, ever folded in?

    python bench/emergencies.py [--appeals FILE.csv …] [--json]

Real workers decide on a real ledger with the shipped topics, places and duplicates. Residents of one town write that
there is no heating (all real texts of that theme, each at its own house); after the first half a person opens the
event. With the second half come, from other residents of the same houses:

- other: real texts whose theme people named an open manhole or a dangerous tree;
- mixed: a real text of no heating, followed by a real sentence of a threat to life. The sentences were chosen by
  reading some 150 that a net of words of danger, wider than what `topics.yaml` knew then, had caught; here stand only
  their numbers.

An appeal is folded in when its case belongs to the event or is one of its cases.
"""

import argparse
import csv
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from canonical.clean import squeeze
from canonical.clean_html import html_to_text
from canonical.sentences import split_sentences
from gateway.bootstrap import make_runtime, open_parts, read_files
from gateway.settings import read_settings
from ledger import events
from ledger import tables as t
from tests.workers.talk import HARNESS, TALK, Talk
from workers.activation import activate

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("TSUR_DATA", ROOT.parent / "shared" / "data")) / "appeals"
TOPIC = "heating"
HEATING = "Нарушение теплоснабжения"
OTHERS = ("Отсутствие люков", "Аварийные деревья")
#: Row and sentence: gas, bare and burning wires, no oxygen, ice, what is about to fall.
THREATS = (
    (251, 1), (398, 1), (1066, 0), (1073, 3), (1215, 2), (1215, 7), (1377, 1), (1407, 2), (1484, 0), (1497, 1),
    (1713, 1), (1713, 7), (1752, 0), (2157, 1), (2379, 0), (380, 3), (518, 7), (218, 1), (2517, 2), (2496, 0),
)  # fmt: skip


@dataclass
class Texts:
    heating: list[str]
    other: list[str]
    threats: list[str]


def read_texts(paths: Sequence[Path]) -> Texts:
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise SystemExit(f"emergencies: no {', '.join(missing)}; name labelled appeals with --appeals")
    rows = [row for path in paths for row in csv.DictReader(path.open(encoding="utf-8", newline=""))]
    texts = {int(row["id"]): squeeze(html_to_text(row["text"])) for row in rows}
    told = [(row["theme"], texts[int(row["id"])]) for row in rows]
    return Texts(
        [text for theme, text in told if theme.startswith(HEATING)],
        [text for theme, text in told if theme.startswith(OTHERS)],
        [split_sentences(texts[row])[number].text for row, number in THREATS if row in texts],
    )  # fmt: skip


class Scene:
    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.kinds: dict[str, str] = {}

    def say(self, kind: str, text: str, house: int) -> None:
        name = f"m{len(self.kinds)}"
        self.kinds[name] = kind
        self.talk.say(name, f"г. Надым, ул. Зверева, д. {house}. {text}", chat=None, **{"from": name})

    def play(self, texts: Texts) -> str:
        """Returns the event."""
        half = len(texts.heating) // 2
        for house, text in enumerate(texts.heating[:half], 1):
            self.say("before", text, house)
        self.talk.decide()
        with self.talk.runtime.store.write() as tx:
            event, _ = events.open_event(tx, TOPIC, self.find_zone(), "anna")
        for kind, text, house in _list_later(texts, half):
            self.say(kind, text, house)
        self.talk.decide()
        return event

    def find_zone(self) -> str:
        with self.talk.runtime.store.read() as tx:
            return str(tx.run(select(t.cases.c.oktmo).where(t.cases.c.topic == TOPIC)).scalars().first())

    def count(self, event: str) -> dict[str, dict[str, int]]:
        query = select(t.appeal, t.cases.c.event_id).join(t.cases, t.cases.c.id == t.appeal.c.case_id)
        counts = {kind: {"appeals": 0, "folded_in": 0, "known_as_threat": 0} for kind in self.kinds.values()}
        with self.talk.runtime.store.read() as tx:
            paged = set(tx.run(select(t.desk.c.subject).where(t.desk.c.kind == "emergency")).scalars())
            for row in tx.run(query):
                told = counts[self.kinds[row.external_id]]
                told["appeals"] += 1
                told["folded_in"] += row.event_id == event
                told["known_as_threat"] += row.case_id in paged
        return counts


def _list_later(texts: Texts, half: int) -> Iterator[tuple[str, str, int]]:
    """All at houses that have written already."""
    for number, text in enumerate(texts.heating[half:]):
        yield "heating", text, number % half + 1
    for number, text in enumerate(texts.other):
        yield "other", text, number % half + 1
    for number, threat in enumerate(texts.threats):
        yield "mixed", f"{texts.heating[number % half]} {threat}", number % half + 1


def measure(texts: Texts, folder: str) -> dict[str, dict[str, int]]:
    nowhere = "127.0.0.1:9"  # nothing is sent, and deciding needs no wake-ups
    os.environ |= {"TSUR_STATE_DIR": folder, "TSUR_REDIS_URL": f"redis://{nowhere}/0",
                   "CHANNEL_URL": f"http://{nowhere}", "RECIPIENT_URL": f"http://{nowhere}"}  # fmt: skip
    parts = open_parts(read_settings(), upgrade=True)
    shipped = {name: (ROOT / "mappings" / name).read_text("utf-8")
               for name in ("topics.yaml", "places.yaml", "duplicates.yaml")}  # fmt: skip
    lone = {"systems/talk.yaml": TALK.replace("    thread: {quiet: 2m}\n", "")}
    with parts.store.write() as tx:
        activate(tx, read_files(HARNESS) | shipped | lone, "bench")
    runtime = make_runtime(parts, "worker")
    runtime.start()
    try:
        scene = Scene(Talk(runtime))
        return scene.count(scene.play(texts))
    finally:
        runtime.stop()
        parts.store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--appeals", type=Path, nargs="+", default=[DATA / "train.csv", DATA / "dev.csv"])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    texts = read_texts(given.appeals)
    with tempfile.TemporaryDirectory(prefix="tsur-emergencies-") as folder:
        counts = measure(texts, folder)
    if given.json:
        print(json.dumps(counts))
        return
    for kind, told in counts.items():
        print(f"{kind:8}", "  ".join(f"{name} {number}" for name, number in told.items()))


if __name__ == "__main__":
    main()
