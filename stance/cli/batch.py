"""`stance batch`: many documents to one table."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from stance.batch import Progress, Summary


class Engine(StrEnum):
    """Where parts are worked on."""

    LOCAL = "local"
    RAY = "ray"


def batch(
    source: Annotated[
        Path,
        typer.Argument(
            help="A folder, a list of files (.txt, .list), a .zip or .tar, or a table "
            "(.csv, .tsv, .jsonl, .parquet) with a document a row."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="The table to write: .jsonl, .csv, or a .parquet folder."
        ),
    ],
    model: Annotated[
        str, typer.Option("--model", "-m", help="A shipped model's name, or a folder.")
    ] = "multilingual",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; one a core where not given.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of each worker; its share of the cores.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first documents.")] = None,
    glob: Annotated[
        str | None, typer.Option(help="Which files, such as '*.pdf' or '2021/**/*.html'.")
    ] = None,
    text_column: Annotated[
        str | None, typer.Option(help="The column of a table that holds the texts: text.")
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(help="The column of a table that names its rows: id or doc.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run.")
    ] = False,
    engine: Annotated[
        Engine, typer.Option(help="Processes of this machine, or a Ray cluster.")
    ] = Engine.LOCAL,
    ray_address: Annotated[
        str | None, typer.Option(help="A running Ray cluster; one is started where not given.")
    ] = None,
) -> None:
    """Label all documents of a folder, list, archive or table.

    The output appears when all is done. Finished parts wait in OUTPUT.run, so that a run that was
    stopped, however it was, goes on with --resume. Documents that cannot be read are listed in
    OUTPUT.run/failures.jsonl, and the exit code is then 3.

    \b
    Examples:
      stance batch letters/ -o scores.parquet
      stance batch archive.zip -o scores.csv --glob '*.pdf' -m baseline
      stance batch speeches.csv -o scores.jsonl --text-column body --id-column number
      stance batch letters/ -o scores.parquet --resume
    """
    from stance.batch import Batch, run
    from stance.batch.checkpoint import run_folder

    task = Batch(
        source,
        output,
        model=model,
        engine=engine.value,
        ray_address=ray_address,
        workers=workers,
        threads=threads,
        limit=limit,
        glob=glob,
        text_column=text_column,
        id_column=id_column,
        resume=resume,
    )
    started = time.monotonic()
    try:
        with _progress() as show:
            summary = run(task, show)
    except KeyboardInterrupt:
        typer.echo(f"stopped; what is finished is in {run_folder(output)}: --resume", err=True)
        raise typer.Exit(130) from None
    _print_summary(summary, time.monotonic() - started)
    typer.echo(f"written: {output}", err=True)
    if summary.failed:
        failures = run_folder(output) / "failures.jsonl"
        typer.echo(f"{summary.failed} documents failed, see {failures}", err=True)
        raise typer.Exit(3)


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """What shows progress: a bar on a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.completed} of {task.total} documents"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=True),
    )
    started = time.monotonic()
    with bar:
        shown = bar.add_task("", total=None, note="counting, loading the model")

        def show(now: Progress) -> None:
            note = progress_note(now, time.monotonic() - started)
            bar.update(shown, total=now.total, completed=now.documents, note=note)

        yield show


def progress_note(now: Progress, seconds: float) -> str:
    """Rate, time left and failures, in words."""
    rate = (now.documents - now.earlier) / seconds
    left = round((now.total - now.documents) / rate) if rate else 0
    clock = f"{left // 3600}:{left // 60 % 60:02d}:{left % 60:02d}"
    return (
        f"{rate:.1f} documents/s, {now.sentences / seconds:.0f} sentences/s, "
        f"{clock} left, {now.failed} failed"
    )


def _print_summary(summary: Summary, seconds: float) -> None:
    from rich.console import Console

    # In a file nothing has to fit a window.
    console = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 120)
    console.print(summary_table(summary))
    console.print(
        f"{summary.documents} documents, {summary.sentences} sentences in {seconds:.1f} s; "
        f"{summary.repeated:.1%} of the sentences repeat others and were not scored again"
    )


def summary_table(summary: Summary) -> Table:
    """How many sentences carry each stance: in all, by language and year, and where most."""
    from rich.markup import escape
    from rich.table import Table

    from stance.batch.summary import COLUMNS, DOCUMENT

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("sentences by stance", overflow="fold", min_width=16)
    for column in COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    overall = dict(summary.group("all"))
    if overall:
        table.add_row("all", *map(str, overall["sentences"]))
        table.add_row("documents with it", *map(str, overall["documents"]))
    titles = {"language": "by language", "year": "by year", DOCUMENT: "most in these documents"}
    for group, title in titles.items():
        rows = summary.group(group)
        if rows:
            table.add_row()
            table.add_row(title, style="bold")
        for value, row in rows:
            table.add_row(f"  {escape(value)}", *map(str, row))
    return table
