"""A fine-tuned transformer as a model folder: int8 ONNX behind a gate.

Weights are quantised to 8 bits for each output channel, activations for each sentence as it comes
(dynamic quantisation). A sentence is one run of the model, so its score never depends on others.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import AutoTokenizer

from stance.classifiers.base import Calibration
from stance.classifiers.clean import clean
from stance.classifiers.store import load, save_manifest
from stance.classifiers.transformer import TOKENIZER, WEIGHTS, Transformer
from stance.errors import DataError, ModelError
from stance.labels import STANCES
from training.calibration import (
    best_thresholds,
    expected_calibration_error,
    fit_platt,
    group_weights,
    macro_f1,
)
from training.corpus import Example, target_matrix
from training.evaluation.leakage import TRAINING_ROWS
from training.model import StanceModel
from training.onnx_graph import EXACT, quantise, to_onnx
from training.trainer import TransformerRecipe
from training.transformer import SUMMARY, train_transformer

Log = Callable[[str], None]

MIN_AGREEMENT = 0.99
MAX_F1_LOSS = 0.005

# What is computed in float, step by step: parts of module paths, as BERT-, XLM-R-, DeBERTa- and
# ModernBERT-shaped models name them. Feed-forward outputs have the widest range of inputs.
KEPT_IN_FLOAT = ((), ("output.dense", "mlp.Wo"), ("layer",), (EXACT,))

NO_CALIBRATION = Calibration((1.0,) * len(STANCES), (0.0,) * len(STANCES))


@dataclass(frozen=True)
class Gate:
    """How the quantised model compares with the float one on held-out sentences."""

    agreement: float
    f1_float: float
    f1_int8: float
    calibration_error: float

    @property
    def passed(self) -> bool:
        """Whether agreement and macro-F1 are within the bounds."""
        return self.agreement >= MIN_AGREEMENT and self.f1_float - self.f1_int8 <= MAX_F1_LOSS


def train_and_export(
    train: Sequence[Example],
    validation: Sequence[Example],
    output: Path,
    recipe: TransformerRecipe,
    log: Log,
    *,
    name: str = "multilingual",
    resume: bool = False,
) -> None:
    """Fine-tune into `output`/hub, the hub's layout, and make `output` the model folder of it."""
    hub = output / "hub"
    train_transformer(train, validation, hub, recipe, log, resume=resume)
    export_model(hub, output, validation, log, name=name)


def export_model(
    source: Path,
    output: Path,
    validation: Sequence[Example],
    log: Log,
    *,
    name: str = "multilingual",
    version: str = "1",
) -> Gate:
    """Write the fine-tuned model in `source` as the model folder `output`, and check it.

    Label agreement between float and quantised model must be at least MIN_AGREEMENT over all
    sentence-label pairs, and macro-F1 may fall by at most MAX_F1_LOSS, each model with its own
    calibration and thresholds. Where the gate fails, the feed-forward outputs are computed in
    float, then all layers, at last nothing is quantised. Where it fails even so, ModelError is
    raised and nothing is written.
    """
    if not (source / SUMMARY).is_file():
        raise DataError(
            f"{source}: no {SUMMARY}; expected the output of `stance train transformer`"
        )
    summary = json.loads((source / SUMMARY).read_text(encoding="utf-8"))
    texts = [clean(e.text) for e in validation]
    targets, weights = np.asarray(target_matrix(validation)), group_weights(validation)
    with TemporaryDirectory() as scratch:
        exact, made = Path(scratch) / "float", Path(scratch) / "int8"
        for folder in (exact, made):
            folder.mkdir()
            tokenizer = AutoTokenizer.from_pretrained(source)
            tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
            shutil.copy(source / TRAINING_ROWS, folder / TRAINING_ROWS)
        to_onnx(StanceModel.load(source), exact / WEIGHTS, summary["recipe"]["max_tokens"])
        _save(exact, summary, NO_CALIBRATION, [0.5] * len(STANCES), name, version)
        float_logits = _logits(exact, texts)
        calibration = fit_platt(float_logits, targets, weights)
        thresholds = best_thresholds(calibration(float_logits), targets, weights)
        before = calibration(float_logits) >= np.asarray(thresholds)
        for keep_float in KEPT_IN_FLOAT:
            quantise(exact / WEIGHTS, made / WEIGHTS, keep_float)
            _save(made, summary, NO_CALIBRATION, thresholds, name, version)
            logits = _logits(made, texts)
            refitted = fit_platt(logits, targets, weights)
            own = best_thresholds(refitted(logits), targets, weights)
            after = refitted(logits) >= np.asarray(own)
            gate = Gate(
                agreement=float((before == after).mean()),
                f1_float=macro_f1(before, targets, weights),
                f1_int8=macro_f1(after, targets, weights),
                calibration_error=expected_calibration_error(refitted(logits), targets),
            )
            log(
                f"in float: {', '.join(keep_float) or 'nothing'}; "
                f"agreement {gate.agreement:.4f}, macro-F1 {gate.f1_float:.4f} float, "
                f"{gate.f1_int8:.4f} int8, calibration error {gate.calibration_error:.3f}"
            )
            if gate.passed:
                _save(made, summary, refitted, own, name, version, int8_gate=asdict(gate))
                output.mkdir(parents=True, exist_ok=True)
                for part in made.iterdir():
                    shutil.copy(part, output / part.name)
                return gate
    raise ModelError(
        f"{source}: the int8 model agrees with the float one on {gate.agreement:.2%} of labels "
        f"(at least {MIN_AGREEMENT:.0%} wanted) and loses {gate.f1_float - gate.f1_int8:.4f} "
        f"macro-F1 (at most {MAX_F1_LOSS}); nothing was written"
    )


def _save(
    folder: Path,
    summary: dict[str, Any],
    calibration: Calibration,
    thresholds: Sequence[float],
    name: str,
    version: str,
    **more: object,
) -> None:
    save_manifest(
        folder,
        [WEIGHTS, TOKENIZER, TRAINING_ROWS],
        kind="transformer",
        name=name,
        version=version,
        languages=summary["languages"],
        max_tokens=summary["recipe"]["max_tokens"],
        base_model=summary["recipe"]["base_model"],
        calibration=asdict(calibration),
        thresholds=dict(zip(STANCES, thresholds, strict=True)),
        recipe=summary["recipe"],
        seed=summary["recipe"]["seed"],
        data=summary["data"],
        minutes=summary["minutes"],
        **more,
    )


def _logits(folder: Path, texts: Sequence[str]) -> NDArray[np.float32]:
    model = load(folder)
    if not isinstance(model, Transformer):
        raise ModelError(f"{folder}: expected a transformer, got {type(model).__name__}")
    return model.logits(texts)
