"""The command line: what commands there are, and how an error ends."""

from __future__ import annotations

import os
import sys

import typer

from stance.cli.batch import batch
from stance.cli.check_data import check_data
from stance.cli.convert_data import convert_data
from stance.cli.evaluate import evaluate
from stance.cli.explain import explain
from stance.cli.export import export
from stance.cli.models import models
from stance.cli.predict import predict
from stance.cli.report import report
from stance.cli.split import split
from stance.cli.train import train
from stance.errors import StanceError

app = typer.Typer(
    name="stance",
    help="Labels the sentences of diplomatic texts: concern, condemnation, support, welcome.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    predict,
    batch,
    split,
    explain,
    report,
    evaluate,
    models,
    check_data,
    convert_data,
    export,
):
    app.command()(command)
app.add_typer(train, name="train")


def main() -> None:
    """Run the command line; an expected error is one line on stderr and exit code 1."""
    try:
        app()
    except StanceError as error:
        print(f"stance: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of stdout has gone (`| head`); keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        print("stance: interrupted", file=sys.stderr)
        sys.exit(130)
