"""`stance split`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from stance.cli import inputs
from stance.cli.options import Paths


class Format(StrEnum):
    """The output formats."""

    TEXT = "text"
    JSONL = "jsonl"


def split(
    paths: Paths,
    form: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="Default: text on a terminal, else jsonl."),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option("--language", help="ISO 639-1 code of the text; default: detected."),
    ] = None,
) -> None:
    """Show the sentences of documents, with their kind, language, page and exact offsets.

    \b
    Examples:
      stance split letter.md
      stance split resolution.pdf -f jsonl
    """
    from stance.cli.tables import opened
    from stance.predict import split as split_document

    if form is None:
        form = Format.TEXT if sys.stdout.isatty() else Format.JSONL
    failures: list[str] = []
    with opened(None) as stream:
        for document in inputs.documents(paths, failures):
            for number, sentence in enumerate(split_document(document, language)):
                if form is Format.JSONL:
                    record = {"doc": document.name, "sent": number, **asdict(sentence)}
                    stream.write(json.dumps(record, ensure_ascii=False) + "\n")
                else:
                    text = " ".join(sentence.text.split())
                    stream.write(f"{sentence.kind.value:11} {sentence.language}  {text}\n")
    inputs.tell(failures, paths)
