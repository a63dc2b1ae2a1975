"""`stance convert-data`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def convert_data(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The data to convert.")],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="Where to; the name tells the format.")
    ],
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="Add this model's predictions to Label Studio tasks."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT where it exists.")] = False,
) -> None:
    """Convert labelled sentences between JSONL, CSV, Hugging Face datasets and Label Studio.

    The names tell the formats: .jsonl, .csv, .json for Label Studio tasks or its JSON export, a
    name without suffix for a Hugging Face datasets folder. Rows without labels are allowed: they
    become tasks to annotate.

    \b
    Examples:
      stance convert-data seeds/fr.jsonl fr.csv
      stance convert-data sentences.csv tasks.json --model multilingual
      stance convert-data export.json labelled.jsonl
      stance convert-data seeds/ar.jsonl ar_dataset
    """
    from stance.errors import DataError
    from training.data.exchange import Format, convert, format_of
    from training.data.label_studio import LABEL_CONFIG

    if target.exists() and not force:
        raise DataError(f"{target} exists; name another file or give --force to overwrite it")
    classifier = None
    if model is not None:
        from stance.predict import load

        classifier = load(model)
    done = convert(source, target, classifier)
    typer.echo(f"{target}: {done.rows} rows, {done.unlabelled} of them without labels", err=True)
    if format_of(target) is Format.LABEL_STUDIO:
        typer.echo(f"Label Studio's labelling interface for them:\n{LABEL_CONFIG}", err=True)
