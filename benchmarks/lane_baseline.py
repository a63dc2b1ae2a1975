"""The baseline beside a plain scikit-learn pipeline and fastText: raw sentences to labels.

Each runs in processes of its own, one or one a core, which sentences are sent to and labels come
back from. Both peers are trained here, on the seeds that the sentences are not made of. Their
vocabularies are therefore small, which favours them. Neither is told where Chinese words end.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
from measuring import Row, Seed, interleave, sentences_from

LANE = "baseline"
_SHARE = 500
Label = Callable[[Sequence[str]], object]
_label: Label


def baseline_lane(seeds: Sequence[Seed], count: int, rounds: int) -> tuple[list[Row], list[str]]:
    """The rows of the lane, and the names of the packages that are missing."""
    sentences = sentences_from(seeds[::4], count)
    training = [seed for number, seed in enumerate(seeds) if number % 4]
    cores = os.cpu_count() or 1
    share = min(_SHARE, -(-count // cores))
    shares = [sentences[i : i + share] for i in range(0, count, share)]
    missing = []
    with TemporaryDirectory() as folder, ExitStack() as stack:
        opened: dict[str, Callable[[], object]] = {}
        for name, (package, train, load) in CONTENDERS.items():
            try:
                import_module(package)
            except ImportError:
                missing.append(name)
                continue
            path = Path(folder) / package
            train(training, path)
            for processes in {1, cores}:
                pool = stack.enter_context(_pool(processes, load, path))
                opened[f"{name}, {_processes(processes)}"] = partial(_run, pool, shares)
        timings = interleave(opened, rounds)
    rows = []
    for processes in sorted({1, cores}, reverse=True):
        for name in CONTENDERS:
            key = f"{name}, {_processes(processes)}"
            if key not in opened:
                continue
            ours = f"stance baseline, {_processes(processes)}"
            ratio = None if key == ours else timings.times_as_fast(ours, key)
            rate = timings.rate(key, count)
            rows.append(Row(LANE, key, rate, "sentences/s", ratio, AIMS.get((name, processes), "")))
    return rows, missing


def _processes(count: int) -> str:
    return f"{count} process{'es' if count > 1 else ''}"


def _pool(processes: int, load: Callable[[Path], Label], path: Path) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, get_context("spawn"), _open, (load, path))


def _open(load: Callable[[Path], Label], path: Path) -> None:
    """Called once in each process of a pool."""
    global _label
    _label = load(path)


def _label_share(share: Sequence[str]) -> object:
    return _label(share)


def _run(pool: ProcessPoolExecutor, shares: Sequence[Sequence[str]]) -> list[object]:
    return list(pool.map(_label_share, shares))


def _no_training(_training: Sequence[Seed], _path: Path) -> None:
    """The baseline comes with stance."""


def _load_stance(_path: Path) -> Label:
    import stance

    model = stance.load("baseline")
    return lambda texts: [prediction.labels for prediction in model.predict(texts)]


def _train_sklearn(training: Sequence[Seed], path: Path) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.preprocessing import MultiLabelBinarizer

    pipeline = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2)),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)),
        ),
        OneVsRestClassifier(LogisticRegression(C=10, solver="liblinear")),
    )
    targets = MultiLabelBinarizer().fit_transform([seed.labels for seed in training])
    pipeline.fit([seed.text for seed in training], targets)
    joblib.dump(pipeline, path)


def _load_sklearn(path: Path) -> Label:
    predict: Label = joblib.load(path).predict
    return predict


def _train_fasttext(training: Sequence[Seed], path: Path) -> None:
    """Word 3-grams and subwords of 2 to 5 letters, as `training/evaluation/peers.py` has it."""
    lines = (
        " ".join(f"__label__{label}" for label in seed.labels or ("none",)) + f" {seed.text}\n"
        for seed in training
    )
    text = path.with_suffix(".txt")
    text.write_text("".join(lines), encoding="utf-8")
    import_module("fasttext").train_supervised(
        str(text),
        loss="ova",
        epoch=5,  # how well it learns does not matter here
        dim=100,
        wordNgrams=3,
        minn=2,
        maxn=5,
        bucket=500_000,
        thread=os.cpu_count() or 1,
        verbose=0,
    ).save_model(str(path))


def _load_fasttext(path: Path) -> Label:
    module = import_module("fasttext")
    module.FastText.eprint = lambda _: None  # a warning about load_model itself
    # The binding under the public `predict`, which fails with numpy 2. It is quicker as well.
    predict = module.load_model(str(path)).f.predict
    return lambda texts: [predict(f"{text}\n", 4, 0.5, "strict") for text in texts]


CONTENDERS = {
    "stance baseline": ("stance", _no_training, _load_stance),
    "scikit-learn TF-IDF": ("sklearn", _train_sklearn, _load_sklearn),
    "fastText": ("fasttext", _train_fasttext, _load_fasttext),
}
AIMS = {
    ("stance baseline", 2): "20 000",
    ("scikit-learn TF-IDF", 2): "at least 3",
    ("fastText", 2): "more than 1",
}
