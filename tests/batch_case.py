"""A small model and small documents for the tests of batches, and readers of their results."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from stance.batch.work import Finished, Job, Part, Predictor
from stance.classifiers.baseline import WEIGHTS, LinearModel
from stance.classifiers.features import FeatureSpec
from stance.classifiers.store import save_manifest
from stance.labels import STANCES

COURTESY = "Allow me to congratulate you on your election."
SENTENCES = (
    "My country is concerned at hunger in {} districts.",
    "We condemn the attack on the {} ships without reserve.",
    "We welcome the release of {} prisoners.",
    "Ma délégation appuie le projet présenté par {} États.",
    "代表团欢迎{}个国家加入条约。",
    "Мы осуждаем нападение на {} школ.",
    "The meeting rose at {} p.m.",
)


def make_model(folder: Path, seed: int = 0) -> Path:
    """A baseline whose weights are drawn at random: what it says is arbitrary, but varied."""
    folder.mkdir(parents=True)
    spec = FeatureSpec((2, 3), (1, 1), bits=10)
    table = np.random.default_rng(seed).normal(size=(1 << spec.bits, 5)).astype(np.float32)
    table[:, -1] **= 2
    LinearModel(spec, table, (0.0,) * 4).save(folder)
    save_manifest(
        folder,
        [WEIGHTS],
        kind="baseline",
        name="tiny",
        version=str(seed),
        features={"characters": spec.characters, "words": spec.words, "bits": spec.bits},
        intercepts=[0.0] * 4,
        calibration={"slopes": [3.0] * 4, "intercepts": [0.0] * 4},
        thresholds=dict.fromkeys(STANCES, 0.5),
    )
    return folder


def make_texts(count: int, seed: int = 0) -> list[str]:
    """Documents of a few sentences; every one begins with the same courtesy."""
    draw = random.Random(seed)
    return [
        " ".join(
            [COURTESY]
            + [draw.choice(SENTENCES).format(draw.randrange(100)) for _ in range(draw.randrange(9))]
        )
        for _ in range(count)
    ]


def make_folder(folder: Path, texts: list[str]) -> Path:
    """The texts as files of a folder, in the order of their names."""
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number:04d}.txt").write_text(text, encoding="utf-8")
    return folder


def records(path: Path) -> list[dict[str, Any]]:
    """The records in a JSONL output, or in a CSV or Parquet one as JSONL would have them."""
    if path.suffix == ".jsonl":
        # A text may hold other line ends, such as U+2028; a record ends with a line feed only.
        return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return [_from_csv(row) for row in csv.DictReader(file)]
    import pyarrow.parquet as pq

    files = sorted(path.iterdir())
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def _from_csv(row: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in row.items():
        if key in STANCES:
            found.setdefault("scores", {})[key] = float(value)
        elif key == "labels":
            found[key] = value.split("|") if value else []
        elif key in ("sent", "start", "end", "page"):
            found[key] = int(value) if value else None
        else:
            found[key] = {"polarity_score": float, "truncated": lambda v: v == "True"}.get(
                key, str
            )(value)
    return found


def serial(batch: object, job: Job, parts: Iterator[Part], workers: int) -> Iterator[Finished]:
    """An engine without processes, for tests of everything else."""
    return map_lazily(Predictor(job), parts)


def map_lazily(predictor: Predictor, parts: Iterator[Part]) -> Iterator[Finished]:
    return (predictor(part) for part in parts)


class Deadly(str):
    """A text that kills the process that reads it."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:  # type: ignore[override]
        os.kill(os.getpid(), signal.SIGKILL)
        return b""


class DeadlyOnce(str):
    """A text that kills the first process that reads it; its end names the file that marks it."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:  # type: ignore[override]
        mark = Path(self.rsplit(" ", 1)[1])
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return b""


class ExitsWhenSent(str):
    """A text that ends the process it is sent to."""

    __slots__ = ()

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (3,)


def in_new_process(module: str, name: str, *arguments: object) -> str:
    """Call a test module's function in a process of its own; what it prints."""
    code = f"import sys, {module} as t; t.{name}(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
