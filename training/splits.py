"""Train, validation and test parts, by document; the ids of the held-out rows are files here.

Validation is for choosing, test for reporting. Every row whose id is in neither file is training
data, so new data is trained on unless it is named here.
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path

from stance.errors import DataError
from training.corpus import Example

HELD_OUT = Path(__file__).parent / "held_out"
_BLOCK = 25


class Part(StrEnum):
    """A part of the labelled data."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def held_out_ids(part: Part, folder: Path = HELD_OUT) -> frozenset[str]:
    """The row ids of the validation or the test part."""
    path = folder / f"{part}.txt"
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected the ids of the {part} part, one a line")
    return frozenset(path.read_text(encoding="utf-8").split())


def select(examples: Iterable[Example], part: Part, folder: Path = HELD_OUT) -> list[Example]:
    """The examples of one part, in their order.

    The training part leaves out rows that are for evaluation only, rows whose text also stands
    in a held-out row (set phrases recur across documents), and those that a model labelled where a
    reader labelled the same sentence.
    """
    examples = list(examples)
    validation, test = held_out_ids(Part.VALIDATION, folder), held_out_ids(Part.TEST, folder)
    if part is not Part.TRAIN:
        wanted = validation if part is Part.VALIDATION else test
        return [e for e in examples if e.id in wanted]
    held_out = validation | test
    known = {normalised(e.text) for e in examples if e.id in held_out}
    read = {normalised(e.text) for e in examples if not e.probabilities}
    again = {e.group for e in examples if e.probabilities and normalised(e.text) in read}
    return [
        e
        for e in examples
        if e.id not in held_out
        and not e.evaluate_only
        and normalised(e.text) not in known
        and not (e.probabilities and e.group in again)
    ]


def draw_documents(
    examples: Sequence[Example], seed: int, fraction: float = 1 / 7, least: int = 100
) -> tuple[list[Example], list[Example]]:
    """Training and validation part of data that has no held-out ids: whole documents, by chance.

    Validation gets `fraction` of the sentences, or `least` where that is more, but hardly more than
    a third: calibration needs some of every label. Documents that a model labelled stay in
    training: they cannot tell how good a model is.
    """
    sizes = Counter(e.doc for e in examples if not e.probabilities)
    wanted = max(fraction * sizes.total(), min(least, sizes.total() / 3))
    documents = sorted(sizes)
    random.Random(seed).shuffle(documents)  # noqa: S311
    held_out: set[str] = set()
    while wanted > 0:
        held_out.add(documents[-1])
        wanted -= sizes[documents.pop()]
    return (
        [e for e in examples if e.doc not in held_out],
        [e for e in examples if e.doc in held_out],
    )


def normalised(text: str) -> str:
    """The text's letters and digits alone, case-folded: equal for trivially different copies."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def draw(
    examples: Sequence[Example], fraction: float, fraction_evaluate_only: float, seed: int
) -> tuple[set[str], set[str]]:
    """Draw validation and test ids, about `fraction` of each source's rows each, whole documents.

    Documents larger than a quarter of a part stay in training. Where one "document" is a whole
    collection without document marks, blocks of 25 successive rows take its place.
    """
    rng = random.Random(seed)  # noqa: S311
    by_source: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    evaluate_only = {e.source for e in examples if e.evaluate_only}
    for example in examples:
        ids = by_source[example.source][example.doc]
        if not ids or ids[-1] != example.id:
            ids.append(example.id)
    validation: set[str] = set()
    test: set[str] = set()
    for source in sorted(by_source):
        units = _units(by_source[source])
        rng.shuffle(units)
        share = fraction_evaluate_only if source in evaluate_only else fraction
        wanted = share * sum(map(len, units))
        taken: tuple[set[str], set[str]] = (set(), set())
        for unit in units:
            part = next((p for p in taken if len(p) < wanted), None)
            if part is not None and len(unit) <= max(_BLOCK, wanted / 4):
                part.update(unit)
        validation |= taken[0]
        test |= taken[1]
    return validation, test


def _units(documents: dict[str, list[str]]) -> list[list[str]]:
    rows = sum(map(len, documents.values()))
    units: list[list[str]] = []
    for doc in sorted(documents):
        ids = documents[doc]
        if len(ids) > rows / 4:
            units.extend(ids[i : i + _BLOCK] for i in range(0, len(ids), _BLOCK))
        else:
            units.append(ids)
    return units
