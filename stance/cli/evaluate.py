"""`stance evaluate`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stance.cli.options import extra


class Format(StrEnum):
    """What goes to stdout; a folder given with -o gets JSON, Markdown and HTML."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


class HeldOut(StrEnum):
    """The parts of the labelled data that no model is trained on."""

    VALIDATION = "validation"
    TEST = "test"


def evaluate(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL... DATA...",
            help="Models (a shipped name, a folder; rules, majority; fasttext, spacy, "
            "spacy-ensemble, minilm, zero-shot:WEIGHTS, vectors:ENCODER) and labelled data "
            "(files or folders of .jsonl or .csv).",
        ),
    ],
    part: Annotated[
        HeldOut | None, typer.Option(help="Take only the rows of this held-out part.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Test every other model against this one.")
    ] = None,
    challenge: Annotated[
        bool, typer.Option("--challenge", help="Also the challenge sets; they need no data.")
    ] = False,
    recipe: Annotated[
        Path | None, typer.Option(help="A TOML file that names the models; give data alone.")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", "-f", help="What to print on stdout.")
    ] = Format.TEXT,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A folder for results.json, results.md, results.html."),
    ] = None,
    card: Annotated[
        bool, typer.Option("--card", help="Write metrics.json and README.md into model folders.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the bootstrap, of paired tests, of peers.")] = 0,
) -> None:
    """Score models on labelled sentences, with intervals, paired tests and calibration.

    \b
    Examples:
      stance evaluate baseline mine.jsonl
      stance evaluate baseline rules labelled/ --part test --against baseline -o results
      stance evaluate multilingual --challenge
      stance evaluate labelled/ --recipe training/recipes/results.toml -o docs
    """
    with extra("evaluation"):
        from training.evaluation import formats, page
        from training.evaluation.plan import Plan, models_and_data, read_recipe
        from training.evaluation.run import evaluate as evaluate_plan

    models, data = models_and_data(arguments)
    if recipe is not None:
        if models or part or against or challenge or seed:
            raise typer.BadParameter("a recipe names models and options; give data alone")
        plan = read_recipe(recipe, data)
    else:
        if not models:
            raise typer.BadParameter("no model named; give a name, a folder, rules or majority")
        plan = Plan(models, data, part and part.value, against, challenge, seed)
    report = evaluate_plan(plan, lambda line: print(line, file=sys.stderr))

    written: dict[Format, Callable[[], str]] = {
        Format.JSON: report.to_json,
        Format.MARKDOWN: lambda: formats.as_markdown(report),
        Format.HTML: lambda: page.as_html(report),
        Format.TEXT: lambda: formats.as_text(report),
    }
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        endings = {Format.JSON: "json", Format.MARKDOWN: "md", Format.HTML: "html"}
        for kind, ending in endings.items():
            (output / f"results.{ending}").write_text(written[kind](), encoding="utf-8")
    if card:
        from training.evaluation.cards import write_cards

        write_cards(plan, report)
    print(written[form](), end="")
