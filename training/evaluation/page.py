"""A report as one HTML page: plots and tables, nothing loaded from elsewhere, no script."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

from stance.labels import STANCES
from training.evaluation import plots
from training.evaluation.formats import about, all_tables
from training.evaluation.measure import LabelScores, SetScores
from training.evaluation.plots import Series
from training.evaluation.report import Report
from training.evaluation.tables import Table

_NUMBER = re.compile(r"[-+]?[.\d–][\d.%]*(?: [\[(].*)?")
# A model that answers 0 or 1 has these: its labels, and everything.
_POINTS_OF_RULES = 2
Points = Callable[[LabelScores], tuple[tuple[float, float], ...]]


def as_html(report: Report) -> str:
    """The page. Whatever comes from data, models or a recipe is escaped."""
    summary, *rest = map(_table, all_tables(report)) if all_tables(report) else [""]
    introduction = filter(None, report.introduction.strip().split("\n\n"))
    sets = sorted({name for model in report.models for name in model.sets}, reverse=True)
    body = [
        f"<h1>{escape(report.title)}</h1>",
        *(f"<p>{escape(paragraph)}</p>" for paragraph in introduction),
        f'<p class="quiet">{escape(about(report))}</p>',
        summary,
        *(_plots(name, report) for name in sets),
        *rest,
    ]
    template = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    return Template(template).substitute(title=escape(report.title), body="\n".join(body))


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.header)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in table.rows)
    return (
        f'<section>\n<h2>{escape(table.title)}</h2>\n<div class="wide"><table>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
        f'<p class="quiet">{escape(table.note)}</p>\n</section>'
    )


def _cell(text: str) -> str:
    kind = ' class="number"' if _NUMBER.fullmatch(text) else ""
    return f'<td{kind} dir="auto">{escape(text)}</td>'


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A model's scores on one set, with the model's number for its colour."""

    name: str
    number: int
    scores: SetScores

    @property
    def graded(self) -> bool:
        """False for a model that answers 0 or 1: it has points, not curves."""
        return any(len(s.precision_recall) > _POINTS_OF_RULES for s in self.scores.labels.values())


def _plots(name: str, report: Report) -> str:
    models = [
        _Drawn(model.name, number, model.sets[name])
        for number, model in enumerate(report.models)
        if name in model.sets
    ]
    graded = [model for model in models if model.graded]
    confusions = [plots.heat(m.name, (*STANCES, "none"), m.scores.confusion) for m in models]
    rows = {
        "Macro-F1 by language": [_by_language(models)],
        "Precision and recall": _by_label(("recall", "precision"), models, _precision_recall),
        "Reliability": _by_label(("predicted probability", "share right"), graded, _reliability),
        "F1 by threshold": _by_label(("threshold", "F1"), graded, _f1_by_threshold),
        "Confusion among labels: annotated in rows, given in columns": confusions,
    }
    drawn = "\n".join(
        f'<h3>{title}</h3>\n<div class="plots">\n{"".join(map(_figure, figures))}</div>'
        for title, figures in rows.items()
    )
    key = plots.legend([(model.name, model.number) for model in models])
    title = f"{name.capitalize()} sentences in plots"
    return f"<section>\n<h2>{title}</h2>\n{key}\n{drawn}\n</section>"


def _figure(plot: str) -> str:
    return f"<figure>{plot}</figure>\n"


def _by_language(models: Sequence[_Drawn]) -> str:
    languages = sorted({lang for model in models for lang in model.scores.languages})
    series = [
        Series(
            model.name,
            model.number,
            tuple(
                (model.scores.languages[lang].macro_f1.value, row)
                for row, lang in enumerate(languages)
                if lang in model.scores.languages
            ),
        )
        for model in models
    ]
    return plots.dots("Macro-F1 by language", languages, series)


def _by_label(axes: tuple[str, str], models: Sequence[_Drawn], points: Points) -> list[str]:
    return [
        plots.curves(
            label,
            axes,
            [Series(m.name, m.number, points(m.scores.labels[label])) for m in models],
            diagonal=points is _reliability,
        )
        for label in STANCES
    ]


def _precision_recall(scores: LabelScores) -> tuple[tuple[float, float], ...]:
    if len(scores.precision_recall) > _POINTS_OF_RULES:
        return scores.precision_recall
    return ((scores.recall.value, scores.precision.value),)


def _reliability(scores: LabelScores) -> tuple[tuple[float, float], ...]:
    return tuple((one.predicted, one.observed) for one in scores.reliability)


def _f1_by_threshold(scores: LabelScores) -> tuple[tuple[float, float], ...]:
    return tuple((point.threshold, point.f1) for point in scores.thresholds)
