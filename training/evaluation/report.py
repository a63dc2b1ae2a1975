"""The records of an evaluation, and the same as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.evaluation.challenge import ChallengeScores
from training.evaluation.measure import SetScores
from training.evaluation.significance import Comparison


@dataclass(frozen=True, slots=True)
class ModelReport:
    """One model's scores; `languages` is None for a model that reads all."""

    name: str
    model: str
    languages: tuple[str, ...] | None
    sets: Mapping[str, SetScores]
    challenge: Mapping[str, ChallengeScores]


@dataclass(frozen=True, slots=True)
class PairedTest:
    """A paired test between two models on one set; `languages` are those that both read."""

    model: str
    against: str
    set: str
    languages: tuple[str, ...]
    result: Comparison


@dataclass(frozen=True, slots=True)
class Spread:
    """Macro-F1 over seeds on one set: mean and standard deviation (of the sample)."""

    name: str
    set: str
    seeds: int
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured, with what is needed to measure it again."""

    title: str
    introduction: str
    closing: str
    stance: str
    part: str | None
    seed: int
    sentences: int
    data_sha256: str
    models: tuple[ModelReport, ...]
    tests: tuple[PairedTest, ...]
    spreads: tuple[Spread, ...]
    missing: Mapping[str, str]

    def to_json(self) -> str:
        """The report as JSON, numbers to four decimals, undefined ones null."""
        return json.dumps(_plain(asdict(self)), ensure_ascii=False, indent=1) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 4)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
