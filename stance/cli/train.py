"""`stance train`: baseline, transformer, average, cascade, encoder, readings, soft-labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli import train_data
from stance.cli.options import extra
from stance.cli.train_options import (
    Data,
    Device,
    MoreData,
    Output,
    Pairs,
    Recipe,
    Resume,
    Seed,
    timed_log,
)

if TYPE_CHECKING:
    from training.corpus import Example

train = typer.Typer(help="Train a model on labelled sentences (needs the extra 'train').")


@train.command()
def baseline(
    data: Data = None,
    output: Output = Path("my-baseline"),
    more: MoreData = None,
    recipe: Recipe = None,
    jobs: Annotated[int, typer.Option("--jobs", help="Labels fitted at a time.")] = 1,
    seed: Seed = None,
) -> None:
    """Train the baseline: TF-IDF and a linear model, in minutes, on any labelled sentences.

    Rows that stance holds out for evaluation are left out of DATA.

    \b
    Example:
      stance train baseline seeds my-labels.csv -o my-baseline
    """
    with extra("training a baseline"):
        from training.baseline import BaselineRecipe, train_baseline
        from training.corpus import read_many
        from training.recipes import read_recipe
        from training.splits import Part, select
    examples = select(read_many(_named(data, more)), Part.TRAIN)
    settings = read_recipe(BaselineRecipe, recipe, seed=seed)
    train_baseline(examples, output, settings, timed_log(), name=output.name, jobs=jobs)


@train.command()
def transformer(
    data: Data = None,
    output: Output = Path("my-model"),
    more: MoreData = None,
    base_model: Annotated[
        str | None,
        typer.Option(
            "--base-model", help="An encoder: a folder, or a hub name such as xlm-roberta-base."
        ),
    ] = None,
    recipe: Recipe = None,
    languages: Annotated[
        list[str] | None,
        typer.Option("--language", "-l", help="Train on this language alone; can be repeated."),
    ] = None,
    epochs: Annotated[float | None, typer.Option("--epochs", help="Passes over the data.")] = None,
    seed: Seed = None,
    device: Device = None,
    resume: Resume = False,
) -> None:
    """Fine-tune an encoder on labelled sentences and save it ready for `stance predict -m`.

    Rows that stance holds out for evaluation validate; where DATA has none, whole documents with a
    seventh of its sentences, or with 100 of them, do. The fine-tuned weights in the hub's layout
    stand in OUTPUT/hub.

    \b
    Example:
      stance train transformer my.csv --base-model models/multilingual/hub -o my-model
    """
    with extra("fine-tuning a transformer"):
        from training.corpus import read_many
        from training.export import train_and_export
        from training.recipes import read_recipe
        from training.trainer import TransformerRecipe
    settings = read_recipe(
        TransformerRecipe, recipe, base_model=base_model, epochs=epochs, seed=seed, device=device
    )
    examples = [e for e in read_many(_named(data, more)) if not languages or e.lang in languages]
    training, validation = _parts(examples, settings.seed)
    log = timed_log()
    train_and_export(training, validation, output, settings, log, name=output.name, resume=resume)
    log(f"saved {output}")


@train.command()
def average(
    sources: Annotated[
        list[Path], typer.Argument(help="hub folders of models trained from one start.")
    ],
    output: Output,
) -> None:
    """Average the weights of fine-tuned models, say of several seeds, for `stance export`.

    \b
    Example:
      stance train average one/hub two/hub -o both/hub
    """
    with extra("averaging models"):
        from training.average import average_models
    average_models(sources, output)
    timed_log()(f"saved {output}")


@train.command()
def cascade(
    output: Output,
    data: Data = None,
    more: MoreData = None,
    first: Annotated[str, typer.Option("--first", help="The quick model.")] = "baseline",
    second: Annotated[str, typer.Option("--second", help="The good model.")] = "multilingual",
) -> None:
    """Find how sure a quick model must be to spare a good one the work.

    \b
    Example:
      stance train cascade labelled/ -o models/cascade
    """
    with extra("building a cascade"):
        from training.cascade import train_cascade
        from training.corpus import read_many
        from training.splits import Part, select
    examples = read_many(_named(data, more))
    validation = select(examples, Part.VALIDATION) or examples
    train_cascade(validation, output, timed_log(), first=first, second=second)


@train.command()
def encoder(
    pairs: Pairs,
    output: Output,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", help="Labelled sentences whose translations are pairs as well."),
    ] = None,
    recipe: Recipe = None,
    teacher: Annotated[
        str | None, typer.Option("--teacher", help="The English encoder: a folder.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--start", help="Go on from this encoder, with its vocabulary.")
    ] = None,
    samples: Annotated[int | None, typer.Option("--samples", help="Sentences seen.")] = None,
    seed: Seed = None,
    device: Device = None,
    resume: Resume = False,
) -> None:
    """Make a multilingual sentence encoder from an English one and parallel text.

    \b
    Example:
      stance train encoder parallel/ -o models/encoder --samples 260000
    """
    with extra("training an encoder"):
        from training.corpus import read_many
        from training.encoder import EncoderRecipe, train_encoder
        from training.pairs import gather_pairs
        from training.recipes import read_recipe
    settings = read_recipe(
        EncoderRecipe,
        recipe,
        teacher=teacher,
        start=start,
        samples=samples,
        seed=seed,
        device=device,
    )
    examples = read_many(data) if data else []
    training, held_out = gather_pairs(pairs, settings.languages, examples)
    train_encoder(training, held_out, output, settings, timed_log(), resume=resume)


def _named(data: list[Path] | None, more: list[Path] | None) -> list[Path]:
    paths = [*(data or ()), *(more or ())]
    if not paths:
        raise typer.BadParameter("name files or folders of labelled sentences", param_hint="DATA")
    return paths


def _parts(examples: list[Example], seed: int) -> tuple[list[Example], list[Example]]:
    """Training and validation part: by the held-out ids, or by drawing documents of the rest."""
    from training.splits import Part, draw_documents, select

    training, validation = (select(examples, part) for part in (Part.TRAIN, Part.VALIDATION))
    return (training, validation) if validation else draw_documents(training, seed)


train.command()(train_data.readings)
train.command("soft-labels")(train_data.soft_labels)
