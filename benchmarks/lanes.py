"""How fast stance is, beside what one would use otherwise: one table, in one run, as ratios.

    python benchmarks/lanes.py                                  # all lanes, some minutes
    python benchmarks/lanes.py --lanes transformer --rounds 9
    python benchmarks/lanes.py --markdown --json lanes.json

Figures are medians over rounds in which all contenders of a lane take turns. A ratio says how many
times as fast stance is as that line; at the int8 limit it is the share of the limit reached, at
start-up how many times as long as importing numpy it takes. Use an idle machine. The peers are in
the extras `train` and `peers`; those not installed are named.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
import warnings
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lane_baseline import baseline_lane
from lane_cascade import cascade_lane
from lane_startup import startup_lane
from lane_transformer import transformer_lane
from measuring import Row, as_table, read_seeds

LANES = ("baseline", "transformer", "cascade", "start-up")
SLOW = 256
"""Sentences that are enough for a transformer in each round."""

PACKAGES = (
    "numpy",
    "onnxruntime",
    "tokenizers",
    "scikit-learn",
    "fasttext-wheel",
    "torch",
    "transformers",
)


def main() -> None:
    """Measure the lanes and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lanes", nargs="+", choices=LANES, default=LANES, metavar="LANE")
    parser.add_argument("--sentences", type=int, default=8000, help="in each round; default: 8000")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--hub", type=Path, help="folder of the Hugging Face peer's weights")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")  # of the peers
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

    started, load = time.monotonic(), os.getloadavg()[0]
    seeds = read_seeds()
    slow = min(SLOW, chosen.sentences)
    rows: list[Row] = []
    missing: list[str] = []
    for lane in chosen.lanes:
        print(f"{lane} lane ...", file=sys.stderr, flush=True)
        if lane == "baseline":
            found, without = baseline_lane(seeds, chosen.sentences, chosen.rounds)
        elif lane == "transformer":
            found, without = transformer_lane(seeds, slow, chosen.rounds, chosen.hub)
        elif lane == "cascade":
            found, without = cascade_lane(seeds, slow, chosen.rounds), []
        else:
            found, without = startup_lane(2 * chosen.rounds), []
        rows += found
        missing += without
    notes = {
        "machine": f"{processor()}, {os.cpu_count()} cores",
        "load before the run": round(load, 1),
        "rounds": chosen.rounds,
        "sentences in a round": f"{chosen.sentences} (baseline), {slow} (transformer)",
        "minutes": round((time.monotonic() - started) / 60, 1),
        "versions": ", ".join(versions()),
        "not installed": ", ".join(missing) or "none",
    }
    print(as_table(rows, markdown=chosen.markdown))
    print()
    for name, value in notes.items():
        print(f"{'- ' if chosen.markdown else ''}{name}: {value}")
    if chosen.json:
        written = {**notes, "rows": [asdict(row) for row in rows]}
        chosen.json.write_text(json.dumps(written, ensure_ascii=False, indent=2) + "\n", "utf-8")


def processor() -> str:
    """The processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def versions() -> list[str]:
    """The packages that are compared, those installed."""
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    main()
