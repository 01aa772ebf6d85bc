"""The play itself: start, send, wait while people see progress, count, stop."""

import json
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.commands.output import print_table
from gateway.demo.feed import CHANNELS, BadInput, read_feed
from gateway.demo.stage import Stage
from gateway.mishaps import Mishap
from gateway.supervisor import Broken

if TYPE_CHECKING:
    from gateway.demo.tally import Tally

#: Nothing new for this long, with work left: something is stuck, and the count says what.
PATIENCE_S = 45.0
LOOK_S = 0.25


def play(source: Path, mappings: Path, as_json: bool, keep: Path | None) -> int:
    """The exit code. Without `keep` the folder is removed when all went well."""
    try:
        appeals = read_feed(source)
    except (BadInput, OSError) as error:
        return _fail(str(error))
    folder = keep.absolute() if keep else Path(tempfile.mkdtemp(prefix="tsur-demo-"))
    stage = Stage(folder, mappings.absolute())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        code = _perform(stage, appeals, as_json)
    except KeyboardInterrupt:
        stage.stop()
        code = _fail("interrupted")
    except (Mishap, OSError, RuntimeError) as error:
        stage.stop()
        if isinstance(error, Broken):
            print(error.last_words(), file=sys.stderr, end="")
        code = _fail(str(error))
    if code == 0 and keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        _say(f"ledger, logs and books are in {folder}")
    return code


def _perform(stage: Stage, appeals: list[dict[str, Any]], as_json: bool) -> int:
    _say(f"starting stands and gateway in {stage.folder} …")
    stage.start()
    _say(stage.signing)
    _say(f"sending {len(appeals)} appeals through {', '.join(CHANNELS)} …")
    started = time.monotonic()
    stage.send(appeals)
    _wait(stage, len(appeals))
    seconds = time.monotonic() - started
    tally = _judge(stage, appeals)
    stage.stop()
    return _show(tally, seconds, stage.peak, as_json, len(appeals))


def _fail(message: str) -> int:
    _say(f"tsur: {message}")
    return 1


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _wait(stage: Stage, expected: int) -> None:
    """Until every appeal was answered or waits in quarantine, or nothing moves any more."""
    last, since = -1, time.monotonic()
    while True:
        stage.watch()
        books = stage.read_books()
        stuck = _count_stuck(stage)
        answered = sum(books[name].get("answered", 0) for name in CHANNELS)
        filed = sum(book.get("filings", 0) for book in books.values())
        if sys.stderr.isatty() or answered != last:
            told = f"{answered:5} of {expected} residents answered"
            _say(f"  {filed:5} filed with recipients   {told}   {stuck} in quarantine")
        if answered + stuck >= expected:
            break
        if answered + filed != last:
            last, since = answered + filed, time.monotonic()
        if time.monotonic() - since > PATIENCE_S:
            _say(f"  nothing moved for {PATIENCE_S:.0f} s; counting what there is")
            break
        time.sleep(LOOK_S)
    _settle(stage)


def _count_stuck(stage: Stage) -> int:
    return _count(stage, "tsur_documents", "quarantined")


def _count(stage: Stage, gauge: str, *states: str) -> int:
    """Rows in these states, as the gateway's own metrics tell."""
    from urllib.request import urlopen

    with urlopen(f"{stage.gateway}/metrics", timeout=30) as reply:  # noqa: S310
        lines = reply.read().decode().splitlines()
    return sum(
        round(float(line.rsplit(" ", 1)[1])) for line in lines
        if line.startswith(gauge + "{") and any(f'state="{state}"' in line for state in states)
    )  # fmt: skip


def _settle(stage: Stage) -> None:
    """Late statuses and receipts; a doubled effect would show now. A file that is still to be fetched, or a delivery
    that waits for one, moves nothing in any book for a while: what is under way is asked of the gateway."""
    quiet, before, since = 0, "", time.monotonic()
    while quiet < 4:
        time.sleep(LOOK_S)
        stage.watch()
        now = json.dumps(stage.read_books(), sort_keys=True)
        moved, under_way = now != before, _count_under_way(stage)
        quiet = 0 if moved or under_way else quiet + 1
        since = time.monotonic() if moved else since
        before = now
        if time.monotonic() - since > PATIENCE_S:
            _say(f"  {under_way} deliveries and files are still under way; counting what there is")
            break


def _count_under_way(stage: Stage) -> int:
    sent = _count(stage, "tsur_deliveries", "waiting", "sending", "unknown")
    return sent + _count(stage, "tsur_files", "waiting")


def _judge(stage: Stage, appeals: list[dict[str, Any]]) -> "Tally":
    stage.stop_gateway()  # before this process grows: what counts needs the ledger's libraries
    from gateway.bootstrap import open_parts
    from gateway.demo.tally import judge
    from gateway.settings import read_settings

    books = {name: stage.read_book(name) for name in stage.read_books()}
    parts = open_parts(read_settings())
    try:
        return judge(parts.store, books, {str(a["id"]): a["channel"] for a in appeals})
    finally:
        parts.store.close()


def _show(tally: "Tally", seconds: float, peak: int, as_json: bool, expected: int) -> int:
    received, replied = sum(tally.documents.values()), sum(tally.replies.values())
    quarantined = sum(tally.quarantined.values())
    rows: list[tuple[str, str, Any]] = [("documents", name, n) for name, n in sorted(tally.documents.items())]
    rows += [("appeals", "", tally.appeals), ("cases", "", tally.cases), ("joined", "", tally.joined)]
    rows += [("forwarded", name, n) for name, n in sorted(tally.forwarded.items())]
    rows += [("answers", "", tally.answers)]
    rows += [("replies", name, n) for name, n in sorted(tally.replies.items())]
    rows += [("files", name, n) for name, n in sorted(tally.files.items())]
    rows += [("at the desk", name, n) for name, n in sorted(tally.desk.items())]
    rows += [("quarantined", name, n) for name, n in sorted(tally.quarantined.items())]
    rows += [("lost", "", tally.lost), ("duplicate effects", "", tally.duplicates)]
    rows += [("time", "seconds", f"{seconds:.1f}"), ("memory", "peak MB", round(peak / 2**20))]
    print("")
    print_table(("what", "", "number"), rows)
    for problem in tally.problems:
        print(f"PROBLEM: {problem}")
    good = tally.whole and not tally.lost and not tally.duplicates and received == expected
    verdict = "everything is accounted for, and the stands' own books agree" if good else "NOT WHOLE"
    print(f"reconcile: {verdict}")
    if as_json:
        print(json.dumps({
            "received": received, "appeals": tally.appeals, "cases": tally.cases, "joined": tally.joined,
            "forwarded": sum(tally.forwarded.values()), "answered": tally.answers, "replied": replied,
            "quarantined": quarantined, "lost": tally.lost, "duplicate_effects": tally.duplicates,
            "seconds": round(seconds, 1), "peak_rss_mb": round(peak / 2**20), "reconcile": "ok" if good else "broken",
        }))  # fmt: skip
    return 0 if good else 1
