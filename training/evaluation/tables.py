"""A report as tables, which every output format shows the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stance.labels import STANCES
from training.evaluation.measure import PartLabel, PartScores, SetScores
from training.evaluation.report import ModelReport, Report
from training.evaluation.significance import Estimate

UNDEFINED = "–"
_SET_NAMES = {"translated": "Translated sentences", "native": "Native sentences"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heading, and a note on how to read it."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def tables(report: Report) -> list[Table]:
    """The tables of a report, the most important first; a table without rows is left out."""
    found = [_summary(report), _tests(report), _seeds(report)]
    for name in _SET_NAMES:
        models = [m for m in report.models if name in m.sets]
        found += [_labels(name, models), _languages(name, models)]
        found += [_labels_by_language(name, models), _sources(name, models)]
    found.append(_missing(report))
    return [table for table in found if table.rows]


def model_tables(model: ModelReport) -> list[Table]:
    """The tables of one model, as its card shows them."""
    found = []
    for name, scores in model.sets.items():
        found += [_labels(name, [model]), _languages(name, [model])]
        found += [_labels_by_language(name, [model]), _sources(name, [model])]
        found += [_confusion(name, scores), _thresholds(name, scores)]
    return [table for table in found if table.rows]


def named(model: ModelReport) -> str:
    """A model's name, with its languages where it does not read all."""
    return f"{model.name} ({' '.join(model.languages)})" if model.languages else model.name


def number(value: float) -> str:
    """Three decimals without the leading zero; a dash for what is undefined."""
    return UNDEFINED if math.isnan(value) else f"{value:.3f}".replace("0.", ".", 1)


def interval(estimate: Estimate) -> str:
    """A score and its 95% interval."""
    if math.isnan(estimate.value):
        return UNDEFINED
    return f"{number(estimate.value)} [{number(estimate.low)}, {number(estimate.high)}]"


def share(value: float) -> str:
    """A share as a percentage."""
    return UNDEFINED if math.isnan(value) else f"{100 * value:.0f}%"


def _summary(report: Report) -> Table:
    header = ("set", "model", "macro-F1", "micro-F1", "exact", "ECE", "versions equal")
    rows = []
    sizes = []
    for name in _SET_NAMES:
        found = [(model, model.sets[name]) for model in report.models if name in model.sets]
        rows += [(name, named(model), *_headline(model, scores)) for model, scores in found]
        if found:
            whole = max((scores for _, scores in found), key=lambda scores: scores.sentences)
            sizes.append(f"{name}, {whole.sentences} sentences of {whole.documents} documents")
    note = (
        f"Sets: {'; '.join(sizes)}. Translated sentences are scored as the mean over their "
        "languages, native ones all together. In brackets 95% bootstrap intervals, documents "
        "resampled. Exact: share of sentences whose label set is right. ECE: expected calibration "
        "error, mean over labels. Versions equal: share of sentences whose translations all get "
        "the same labels."
    )
    return Table("Summary", header, tuple(rows), note)


def _headline(model: ModelReport, scores: SetScores) -> tuple[str, ...]:
    if model.languages:
        # A mean over fewer languages is another quantity: see the table by language.
        return (*(3 * [UNDEFINED]), number(scores.calibration_error), UNDEFINED)
    return (
        interval(scores.macro_f1),
        interval(scores.micro_f1),
        number(scores.exact),
        number(scores.calibration_error),
        share(scores.agreement.all_equal) if scores.agreement else UNDEFINED,
    )


def _tests(report: Report) -> Table:
    rows = tuple(
        (
            test.model,
            test.against,
            f"{test.set} ({' '.join(test.languages)})",
            interval(test.result.difference),
            number(test.result.p),
        )
        for test in report.tests
    )
    note = (
        "Difference in macro-F1 on the same sentences, with its 95% bootstrap interval, and the "
        "two-sided p of approximate randomisation (1000 rounds), both by document."
    )
    return Table("Paired tests", ("model", "against", "set", "difference", "p"), rows, note)


def _seeds(report: Report) -> Table:
    rows = tuple(
        (s.name, s.set, str(s.seeds), number(s.mean), number(s.deviation)) for s in report.spreads
    )
    header = ("recipe", "set", "seeds", "mean macro-F1", "standard deviation")
    return Table("Seeds", header, rows, "One recipe trained with several seeds.")


def _labels(name: str, models: Sequence[ModelReport]) -> Table:
    header = (
        "model",
        "label",
        "marks",
        "precision",
        "recall",
        "F1",
        "average precision",
        "recall, explicit",
        "recall, implicit",
        "ECE",
        "threshold",
    )
    rows = tuple(
        (
            named(model),
            label,
            str(s.sentences),
            interval(s.precision),
            interval(s.recall),
            interval(s.f1),
            number(s.average_precision),
            number(s.explicit_recall.value),
            number(s.implicit_recall.value),
            number(s.calibration_error),
            number(s.threshold),
        )
        for model in models
        for label, s in model.sets[name].labels.items()
    )
    note = "Explicit: a word of the sentence names the stance; implicit: none does."
    return Table(f"{_SET_NAMES[name]} by label", header, rows, note)


def _languages(name: str, models: Sequence[ModelReport]) -> Table:
    return _breakdown(f"{_SET_NAMES[name]} by language", models, lambda m: m.sets[name].languages)


def _labels_by_language(name: str, models: Sequence[ModelReport]) -> Table:
    languages = sorted({lang for model in models for lang in model.sets[name].languages})
    rows = []
    for model in models:
        parts = model.sets[name].languages
        for label in STANCES:
            cells = []
            for language in languages:
                scores = parts[language].labels[label] if language in parts else None
                cells.append(_precision_recall_f1(scores) if scores else UNDEFINED)
            rows.append((named(model), label, *cells))
    title = f"{_SET_NAMES[name]} by label and language"
    note = "F1 (precision / recall; average precision)."
    return Table(title, ("model", "label", *languages), tuple(rows), note)


def _precision_recall_f1(scores: PartLabel) -> str:
    precision, recall = number(scores.precision.value), number(scores.recall.value)
    rest = f"{precision} / {recall}; {number(scores.average_precision)}"
    return f"{number(scores.f1.value)} ({rest})"


def _sources(name: str, models: Sequence[ModelReport]) -> Table:
    return _breakdown(f"{_SET_NAMES[name]} by source", models, lambda m: m.sets[name].sources)


def _breakdown(
    title: str,
    models: Sequence[ModelReport],
    parts: Callable[[ModelReport], Mapping[str, PartScores]],
) -> Table:
    columns = sorted({part for model in models for part in parts(model)})
    rows = tuple(
        (named(model), *(_part(parts(model).get(column)) for column in columns)) for model in models
    )
    return Table(title, ("model", *columns), rows if columns else (), "Macro-F1.")


def _part(scores: PartScores | None) -> str:
    return interval(scores.macro_f1) if scores else UNDEFINED


def _confusion(name: str, scores: SetScores) -> Table:
    names = (*STANCES, "none")
    rows = tuple(
        (meant, *map(str, row)) for meant, row in zip(names, scores.confusion, strict=True)
    )
    note = (
        "Rows: the label annotated; columns: the label given. A missed label stands against each "
        "label wrongly given in its sentence, or against none."
    )
    return Table(f"{_SET_NAMES[name]}: confusion among labels", ("", *names), rows, note)


def _thresholds(name: str, scores: SetScores) -> Table:
    points = [s.thresholds for s in scores.labels.values()]
    rows = tuple(
        (f"{at[0].threshold:.2f}", *(number(point.f1) for point in at))
        for at in zip(*points, strict=True)
        if round(at[0].threshold * 100) % 10 == 0
    )
    title = f"{_SET_NAMES[name]}: F1 by threshold"
    return Table(title, ("threshold", *STANCES), rows, "All rows together.")


def _missing(report: Report) -> Table:
    rows = tuple(report.missing.items())
    return Table("Missing", ("model", "why"), rows, "Named in the plan, but not there.")
