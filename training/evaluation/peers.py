"""Other people's tools, trained on the same sentences: what an analyst would otherwise use.

Each is left near its own defaults. None is shipped, and each needs the extra `peers`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from stance.classifiers.base import Calibration, Classifier, FloatArray
from stance.errors import DataError, MissingExtraError, ModelError
from stance.labels import STANCES
from training.calibration import best_thresholds, fit_platt
from training.corpus import Example, target_matrix

Logits = Callable[[Sequence[str]], FloatArray]
_HAN = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff])")
_BATCH = 64


class Peer(Classifier):
    """A tool's scores with our calibration."""

    def __init__(
        self, name: str, logits: Logits, calibration: Calibration, thresholds: tuple[float, ...]
    ) -> None:
        self.name = name
        self.thresholds = thresholds
        self._logits = logits
        self._calibration = calibration

    def scores(self, texts: Sequence[str]) -> FloatArray:
        """Calibrated probabilities, (n, 4)."""
        return self._calibration(self._logits(texts))


def train_peer(
    name: str, training: Sequence[Example], validation: Sequence[Example], seed: int
) -> Classifier:
    """Train a peer; its calibration and thresholds are fitted on the validation part.

    Rows in languages that it does not read are left out. Raises MissingExtraError where its
    packages are not installed, DataError where a part is empty.
    """
    kind = peer_kind(name)
    if kind is None:
        raise DataError(
            f"no peer {name!r}; expected {', '.join(PEERS)}, zero-shot:WEIGHTS or vectors:ENCODER"
        )
    parts = []
    for examples in (training, validation):
        rows = [e for e in examples if kind.languages is None or e.lang in kind.languages]
        if not rows:
            expected = ", ".join(sorted(kind.languages or ())) or "any language"
            raise DataError(
                f"{name}: no sentence to train or to calibrate it on; expected some in {expected}"
            )
        parts.append(rows)
    logits = kind.train(parts[0], seed)
    targets = np.asarray(target_matrix(parts[1]))
    raw = logits([e.text for e in parts[1]])
    calibration = fit_platt(raw, targets)
    thresholds = best_thresholds(calibration(raw), targets)
    return Peer(name, logits, calibration, thresholds)


def fasttext(examples: Sequence[Example], seed: int) -> Logits:
    """The supervised fastText of Joulin et al. 2017: word 3-grams, subwords of 2 to 5 letters."""
    (module,) = _needed("fastText", "fasttext")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        lines = (
            " ".join(f"__label__{label}" for label in e.labels or ("none",)) + " " + _words(e.text)
            for e in examples
        )
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        # One thread: with several, the same seed gives other weights each time.
        model = module.train_supervised(
            str(path),
            loss="ova",
            epoch=25,
            dim=100,
            wordNgrams=3,
            minn=2,
            maxn=5,
            bucket=500_000,
            seed=seed,
            thread=1,
            verbose=0,
        )

    def logits(texts: Sequence[str]) -> FloatArray:
        # The binding under the public `predict`: in fastText 0.9 that one fails with numpy 2 for
        # a text, and for a list gives every label the probability of the first.
        found = np.zeros((len(texts), len(STANCES)))
        for row, text in enumerate(texts):
            predicted = model.f.predict(_words(text) + "\n", len(STANCES) + 1, 0.0, "strict")
            by_name = {name: share for share, name in predicted}
            found[row] = [by_name.get(f"__label__{label}", 0.0) for label in STANCES]
        return _log_odds(found)

    return logits


def spacy(examples: Sequence[Example], seed: int) -> Logits:
    """spaCy's multi-label text classifier over a bag of words, its models' own defaults."""
    model = {
        "@architectures": "spacy.TextCatBOW.v3",
        "exclusive_classes": False,
        "length": 262144,
        "ngram_size": 2,
        "no_output_layer": False,
    }
    return _spacy(examples, seed, {"model": model}, passes=8)


def spacy_ensemble(examples: Sequence[Example], seed: int) -> Logits:
    """spaCy's default: a bag of words together with a small network over word vectors."""
    return _spacy(examples, seed, {}, passes=3)


def _spacy(
    examples: Sequence[Example], seed: int, config: Mapping[str, Any], passes: int
) -> Logits:
    module, training, util = _needed("spaCy", "spacy", "spacy.training", "spacy.util")
    util.fix_random_seed(seed)
    nlp = module.blank("xx")
    pipe = nlp.add_pipe("textcat_multilabel", config=config)
    for label in STANCES:
        pipe.add_label(label)
    rows = [
        training.Example.from_dict(
            nlp.make_doc(_words(e.text)), {"cats": {s: float(s in e.labels) for s in STANCES}}
        )
        for e in examples
    ]
    optimizer = nlp.initialize(lambda: rows[:1000])
    rng = np.random.default_rng(seed)
    for _ in range(passes):
        order = rng.permutation(len(rows))
        for start in range(0, len(rows), _BATCH):
            nlp.update([rows[i] for i in order[start : start + _BATCH]], sgd=optimizer, drop=0.2)

    def logits(texts: Sequence[str]) -> FloatArray:
        documents = nlp.pipe(map(_words, texts))
        return _log_odds(np.asarray([[d.cats[s] for s in STANCES] for d in documents]))

    return logits


def vectors(encoder: str, examples: Sequence[Example], seed: int) -> Logits:
    """Logistic regression over the mean-pooled vectors of an encoder, a folder of weights."""
    torch, encoders, retrieval, linear = _needed(
        "sentence vectors",
        "torch",
        "training.encoder",
        "training.retrieval",
        "sklearn.linear_model",
    )
    try:
        model, tokenizer = encoders.load_teacher(encoder)
    except DataError as error:
        raise ModelError(str(error)) from None
    tokenizer.enable_truncation(128)

    def encode(texts: Sequence[str]) -> FloatArray:
        # Sorted by length, so that a batch has little padding.
        order = np.argsort([len(text) for text in texts])
        found = np.empty((len(texts), model.config.hidden_size), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            rows = order[start : start + _BATCH]
            with torch.inference_mode():
                batch = retrieval.embed(model, tokenizer, [texts[i] for i in rows], model.device)
            found[rows] = torch.nn.functional.normalize(batch).numpy()
        return found

    features = encode([e.text for e in examples])
    targets = np.asarray(target_matrix(examples))
    fitted = [
        linear.LogisticRegression(C=10, max_iter=1000, random_state=seed).fit(features, target)
        for target in targets.T
    ]

    def logits(texts: Sequence[str]) -> FloatArray:
        found = encode(texts)
        return np.stack([model.decision_function(found) for model in fitted], axis=1)

    return logits


def zero_shot(weights: str, _examples: Sequence[Example], _seed: int) -> Logits:
    """A model of natural language inference, asked whether the text expresses each stance.

    `weights` is what `AutoModelForSequenceClassification` loads (Yin et al. 2019). Nothing is
    trained, so examples and seed go unread.
    """
    transformers, safetensors = _needed("zero-shot classification", "transformers", "safetensors")
    try:
        ask = transformers.pipeline("zero-shot-classification", model=weights)
    except (OSError, ValueError, RuntimeError, safetensors.SafetensorError) as error:
        first = str(error).strip().splitlines()[0]
        raise ModelError(f"{weights}: cannot be loaded as a model of inference ({first})") from None
    if ask.entailment_id < 0:
        raise ModelError(
            f"{weights}: its config has no label 'entailment'; "
            "expected a model trained on natural language inference"
        )

    def logits(texts: Sequence[str]) -> FloatArray:
        found = ask(
            list(texts),
            list(STANCES),
            hypothesis_template="This text expresses {}.",
            multi_label=True,
            batch_size=_BATCH,
        )
        by_name = [dict(zip(f["labels"], f["scores"], strict=True)) for f in found]
        return _log_odds(np.asarray([[shares[s] for s in STANCES] for shares in by_name]))

    return logits


@dataclass(frozen=True, slots=True)
class PeerKind:
    """How a peer is trained, and the languages it reads; None for all."""

    train: Callable[[Sequence[Example], int], Logits]
    languages: frozenset[str] | None = None


PEERS: Final = {
    "fasttext": PeerKind(fasttext),
    "spacy": PeerKind(spacy),
    "spacy-ensemble": PeerKind(spacy_ensemble),
    "minilm": PeerKind(partial(vectors, "all-MiniLM-L6-v2"), frozenset({"en"})),
}
_WITH_WEIGHTS: Final = {"zero-shot": zero_shot, "vectors": vectors}


def peer_kind(name: str) -> PeerKind | None:
    """The peer of that name, or of `zero-shot:WEIGHTS` or `vectors:ENCODER`; else None."""
    kind, _, weights = name.partition(":")
    if weights and kind in _WITH_WEIGHTS:
        return PeerKind(partial(_WITH_WEIGHTS[kind], weights))
    return PEERS.get(name)


def _words(text: str) -> str:
    """On one line, with spaces around Chinese characters: these tools split words at spaces."""
    return " ".join(_HAN.sub(r" \1 ", text).split())


def _log_odds(shares: FloatArray) -> FloatArray:
    clipped = np.clip(shares, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _needed(what: str, *modules: str) -> list[Any]:
    try:
        return [import_module(name) for name in modules]
    except ImportError as error:
        raise MissingExtraError(what, "peers") from error
