"""`stance export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from stance.cli.options import extra
from stance.errors import DataError


def export(
    source: Annotated[
        Path,
        typer.Argument(help="A fine-tuned model in the hub's layout (OUTPUT/hub of training)."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The model folder to write.")],
    data: Annotated[
        list[Path],
        typer.Option(
            "--data",
            help="Labelled sentences to check the int8 model on; those trained on are left out.",
        ),
    ],
) -> None:
    """Write a fine-tuned transformer as int8 ONNX, if it labels as the float model does.

    \b
    Example:
      stance export my-model/hub -o my-model --data seeds
    """
    with extra("exporting a model"):
        from training.corpus import read_many
        from training.evaluation.leakage import listed_hashes, row_hash
        from training.export import export_model
        from training.splits import Part, select
    examples = read_many(data)
    trained = listed_hashes(source) or frozenset()
    validation = [
        e for e in select(examples, Part.VALIDATION) or examples if row_hash(e.text) not in trained
    ]
    if not validation:
        raise DataError(f"{source}: trained on all of the data; give --data that it has not seen")
    export_model(
        source, output, validation, lambda line: print(line, file=sys.stderr), name=output.name
    )
