"""How many texts a second one core thinks about, by stage: what `workers/think.py` does before anything is decided.

    .venv/bin/python bench/thinking.py [--input FILE.csv|FILE.jsonl] [--mappings FOLDER] [--rounds 3] [--json]

Texts come with `id,channel,text[,address…]`, as the demo reads them. CPU time of this process alone, the best of the
rounds; what is remembered of a text is forgotten before each round, what is remembered of words stays.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import _lru_cache_wrapper
from pathlib import Path
from statistics import mean
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # before this folder, whose ledger.py is another
from canonical import address, landmark, names, text
from canonical.appeal import Appeal
from canonical.applicant import Applicant
from canonical.clean import squeeze
from canonical.clean_contact import to_e164
from canonical.clean_html import html_to_text
from canonical.place import Place
from gateway.commands.evaluating import load_policy
from gateway.demo.feed import read_feed
from ledger.vault import Vault
from router.policy import Policy
from workers.think import think

ROOT = Path(__file__).resolve().parents[1]
VAULT = Vault({"bench": bytes(32)}, "bench", bytes(32))


def read_appeals(path: Path) -> list[tuple[str, Appeal]]:
    """Channel and appeal of each line, cleaned as the mappings clean them."""
    return [(line["channel"], _to_appeal(line)) for line in read_feed(path)]


def _to_appeal(line: dict[str, Any]) -> Appeal:
    return Appeal(
        text=squeeze(html_to_text(line["text"])), created_at=datetime(2026, 2, 2, 9, tzinfo=UTC),
        place=Place(text=line.get("address")),
        applicant=Applicant(name=line.get("name"), phone=to_e164(line.get("phone") or "")),
    )  # fmt: skip


def list_stages(policy: Policy, appeals: Sequence[tuple[str, Appeal]]) -> dict[str, Callable[[], object]]:
    """Name → all texts once. The last is the whole."""
    texts = [appeal.text for _, appeal in appeals]
    rich = [(channel, policy.enrich(appeal, channel)) for channel, appeal in appeals]
    return {
        "words": lambda: [text.split_words(one) for one in texts],
        "addresses": lambda: [address.read_addresses(one) for one in texts],
        "names": lambda: [names.read_names(one) for one in texts],
        "landmarks": lambda: [landmark.read_landmarks(one) for one in texts],
        "topic": lambda: [policy.topics.classify(appeal, channel) for channel, appeal in appeals],
        "place": lambda: [policy.places.fill(appeal.place, appeal.text) for _, appeal in appeals],
        "topic and place": lambda: [policy.enrich(appeal, channel) for channel, appeal in appeals],
        "features": lambda: [policy.make_features(one, channel, ("p",), VAULT.feature_key) for channel, one in rich],
        "deadline": lambda: [policy.due(one, one.created_at, channel) for channel, one in rich],
        "route": lambda: [policy.choose(policy.make_facts(one, channel)) for channel, one in rich],
        "think": lambda: [think(policy, VAULT, channel, appeal) for channel, appeal in appeals],
    }


def forget_texts() -> None:
    for module in (text, address, landmark, names):
        for one in vars(module).values():
            if isinstance(one, _lru_cache_wrapper) and one.cache_info().maxsize == text.TEXTS:
                one.cache_clear()


def measure(work: Callable[[], object], rounds: int) -> float:
    """CPU seconds."""
    best = float("inf")
    for _ in range(rounds):
        forget_texts()
        start = process_time()
        work()
        best = min(best, process_time() - start)
    return best


def run(path: Path, folder: Path | None, rounds: int) -> dict[str, Any]:
    appeals = read_appeals(path)
    stages = list_stages(load_policy(folder), appeals)
    rates = {name: round(len(appeals) / measure(work, rounds)) for name, work in stages.items()}
    return {
        "texts": len(appeals),
        "mean_characters": round(mean(len(appeal.text) for _, appeal in appeals)),
        "texts_per_cpu_s": rates,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=ROOT / "examples" / "appeals.jsonl")
    parser.add_argument("--mappings", type=Path, default=ROOT / "mappings")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = run(options.input, options.mappings, options.rounds)
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    print(f"{figures['texts']} texts of {figures['mean_characters']} characters on average; texts per CPU second:")
    for name, rate in figures["texts_per_cpu_s"].items():
        print(f"{name:>16}  {rate:>8,}")


if __name__ == "__main__":
    main()
