"""Batches: does memory stay flat from 1 000 to 100 000 documents, and when does Ray pay?

    python benchmarks/batch.py                      # memory and rate, local engine
    python benchmarks/batch.py --crossover          # local against Ray on this machine
    python benchmarks/batch.py --documents 100 1000 --model baseline --workers 2

The documents are made up: a short letter each, one file a document, the same at every
run. Memory is the sum over the process and all its children (resident set, shared pages counted in
each), sampled ten times a second. Linux only.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

WORDS = """the council government situation region support agreement people humanitarian deeply
concerned strongly condemns welcomes efforts parties ceasefire implementation resolution stresses
need delegation assistance continued violence against civilians report secretary general calls upon
all states rights development cooperation peace security"""
COURTESY = "Please accept, Excellency, the assurances of my highest consideration."
RUN = """
import json, sys
from pathlib import Path
from stance.batch import Batch, run
options = json.loads(sys.argv[3])
summary = run(Batch(Path(sys.argv[1]), Path(sys.argv[2]), **options))
print(json.dumps({**summary.to_json(), "rows": 0}))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: its size, wall time in seconds, peak memory in MB."""

    documents: int
    sentences: int
    repeated: float
    seconds: float
    megabytes: float


def make_documents(folder: Path, count: int) -> Path:
    """So many letters, a thousand a folder."""
    draw, words = random.Random(0), WORDS.split()
    for number in range(count):
        within = folder / f"{number // 1000:04d}"
        within.mkdir(parents=True, exist_ok=True)
        sentences = [
            " ".join(draw.choices(words, k=draw.randint(8, 32))).capitalize() + "."
            for _ in range(draw.randint(2, 4))
        ]
        text = "\n\n".join(["Excellency,", *sentences, COURTESY])
        (within / f"{number:06d}.txt").write_text(text)
    return folder


def measure(source: Path, output: Path, options: dict[str, object]) -> Measured:
    """Run a batch in a process of its own."""
    command = [sys.executable, "-c", RUN, str(source), str(output), json.dumps(options)]
    started = time.perf_counter()
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(0.1)
        seconds = time.perf_counter() - started
        assert process.stdout is not None
        answer = process.stdout.read()
    if process.returncode:
        sys.exit(process.returncode)
    found = json.loads(answer.splitlines()[-1])
    repeated = 1 - found["scored"] / found["sentences"]
    return Measured(found["documents"], found["sentences"], repeated, seconds, peak / 1e6)


def resident(pid: int) -> int:
    """Bytes of memory that a process and all its descendants hold."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0  # it has ended
    return pages * 4096 + sum(resident(int(child)) for child in children)


def main() -> None:
    """Print a table of runs, one line as soon as each is done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, nargs="+", default=None)
    parser.add_argument("--model", default="baseline")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--crossover", action="store_true", help="compare with Ray")
    chosen = parser.parse_args()
    sizes = chosen.documents or ([100, 1000, 10_000] if chosen.crossover else [1000, 100_000])
    engines = ["local", "ray"] if chosen.crossover else ["local"]
    print(
        "| engine | documents | sentences | repeated | s | documents/s | sentences/s | MB | ratio |"
    )
    print("| --- " * 9 + "|")
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            source = make_documents(Path(folder) / f"{size}", size)
            for engine in engines:
                options = {"model": chosen.model, "workers": chosen.workers, "engine": engine}
                one = measure(source, Path(folder) / f"{engine}-{size}.jsonl", options)
                if engine == "local" and (chosen.crossover or size == sizes[0]):
                    first = one
                ratio = (
                    f"time {one.seconds / first.seconds:.2f}"
                    if chosen.crossover
                    else f"memory {one.megabytes / first.megabytes:.2f}"
                )
                print(
                    f"| {engine} | {one.documents} | {one.sentences} | {one.repeated:.0%} | "
                    f"{one.seconds:.1f} | {one.documents / one.seconds:.0f} | "
                    f"{one.sentences / one.seconds:.0f} | {one.megabytes:.0f} | {ratio} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
