"""`stance train readings` and `soft-labels`: more labelled data from texts without labels."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.cli import inputs
from stance.cli.options import extra
from stance.cli.train_options import Pairs, Recipe, RowsFile, Seed, timed_log
from stance.errors import DataError


def readings(
    pairs: Pairs,
    output: RowsFile,
    documents: Annotated[
        list[Path] | None,
        typer.Option("--documents", help="A folder of documents; can be repeated."),
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", help="Labelled sentences, which are left out."),
    ] = None,
    codes: Annotated[
        Path | None,
        typer.Option("--codes", help="Another list of ids and codes than training/readings.tsv."),
    ] = None,
) -> None:
    """Write the sentences whose labels training/readings.tsv holds, as further labelled data.

    \b
    Example:
      stance train readings parallel/ --documents speeches/ -o read.jsonl
    """
    with extra("reading labelled data"):
        from training.corpus import checked_output, read_many, write_rows
        from training.pairs import LANGUAGES, unlabelled_pairs
        from training.readings import READINGS, read_document_rows, read_pair_rows, read_readings
        from training.splits import normalised
    checked_output(output)
    known = read_readings(codes or READINGS)
    examples = read_many(data) if data else []
    labelled = {normalised(e.text) for e in examples}
    rows: dict[str, dict[str, Any]] = {}
    for row in read_pair_rows(unlabelled_pairs(pairs, LANGUAGES, examples), known):
        rows.setdefault(row["id"], row)
    failures: list[str] = []
    for folder in documents or ():
        found = inputs.documents([folder], failures)
        for row in read_document_rows(found, folder.name, known, labelled):
            rows.setdefault(row["id"], row)
    if not rows:
        places = ", ".join(map(str, [pairs, *(documents or ())]))
        raise DataError(f"{places}: no sentence of {codes or READINGS}; name the texts it is about")
    write_rows(rows.values(), output)
    print(f"{len(rows)} of {len(known)} sentences found, written to {output}", file=sys.stderr)
    inputs.tell(failures, documents or ())


def soft_labels(
    pairs: Pairs,
    output: RowsFile,
    teacher: Annotated[
        list[str],
        typer.Option("--teacher", "-t", help="A model that reads the English; can be repeated."),
    ],
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", help="Labelled sentences, which get no soft labels."),
    ] = None,
    recipe: Recipe = None,
    seed: Seed = None,
) -> None:
    """Label parallel text with trained models, as further data for `stance train transformer`.

    \b
    Example:
      stance train soft-labels parallel/ -t english -t multilingual -o soft.jsonl
    """
    with extra("labelling parallel text"):
        from stance.classifiers.store import load
        from training.corpus import read_many
        from training.pairs import LANGUAGES, unlabelled_pairs
        from training.recipes import read_recipe
        from training.soft_labels import SoftLabelRecipe, soft_label
    settings = read_recipe(SoftLabelRecipe, recipe, seed=seed)
    teachers = [load(name) for name in teacher]
    found = unlabelled_pairs(pairs, LANGUAGES, read_many(data) if data else [])
    soft_label(found, teachers, output, settings, timed_log())
