"""Keeps training sentences out of evaluation.

A model folder lists what its model was trained on as short hashes of the sentences' letters and
digits, so that a copy with other spacing or case is known too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from stance.classifiers.store import ModelFolder, find, open_folder
from stance.errors import DataError
from training.corpus import Example
from training.splits import normalised

TRAINING_ROWS = "training_rows.txt"


def row_hash(text: str) -> str:
    """The first 12 hexadecimal digits of the SHA-256 of a text's letters and digits."""
    return hashlib.sha256(normalised(text).encode()).hexdigest()[:12]


def write_training_rows(folder: Path, examples: Iterable[Example]) -> str:
    """Write the hashes of training sentences, sorted, into a model folder; returns the file name.

    The name belongs among the manifest's `files`.
    """
    return write_hashes(folder, {row_hash(e.text) for e in examples})


def write_hashes(folder: Path, hashes: Iterable[str]) -> str:
    """The same for hashes that are known already."""
    (folder / TRAINING_ROWS).write_text("\n".join(sorted(hashes)) + "\n", encoding="utf-8")
    return TRAINING_ROWS


def listed_hashes(folder: Path) -> frozenset[str] | None:
    """The hashes that stand in a folder, of a model or of its weights; None without a list."""
    path = folder / TRAINING_ROWS
    return frozenset(path.read_text(encoding="utf-8").split()) if path.is_file() else None


def training_rows(folder: ModelFolder) -> frozenset[str] | None:
    """The hashes that a model folder lists, for a cascade those of its models; None without."""
    own = listed_hashes(folder.path)
    if own is not None:
        return own
    lists = []
    for name in folder.manifest.get("models", ()):
        beside = folder.path.parent / name
        lists.append(training_rows(open_folder(beside if beside.is_dir() else find(name))))
    if not lists or any(rows is None for rows in lists):
        return None
    return frozenset[str]().union(*(rows or () for rows in lists))


def refuse_training_rows(
    model: str, examples: Iterable[Example], hashes: frozenset[str] | None, *, held_out: bool
) -> None:
    """Raise DataError where the model was trained on one of the examples, or may have been.

    A model without a list of its training rows is taken at its word on a held-out part alone.
    """
    if hashes is None:
        if held_out:
            return
        raise DataError(
            f"{model}: no {TRAINING_ROWS} in the model's folder, so nothing shows that it was not "
            "trained on these sentences; name a held-out part with --part validation or test"
        )
    known = [e.id for e in examples if normalised(e.text) and row_hash(e.text) in hashes]
    if not known:
        return
    remedy = (
        "leave them out of the data, or train without them"
        if held_out
        else "name a held-out part with --part validation or test, or leave them out"
    )
    raise DataError(
        f"{model}: trained on {len(known)} of the sentences (rows {', '.join(known[:3])}"
        f"{' ...' if len(known) > 3 else ''}); evaluation needs unseen ones: {remedy}"
    )
