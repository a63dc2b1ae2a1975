"""The function behind `stance evaluate`: models and labelled sentences in, a report out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stance import __version__
from stance.classifiers.base import Classifier
from stance.classifiers.store import find, load, open_folder
from stance.errors import DataError, MissingExtraError, ModelError
from training.corpus import Example, data_digest, read_many
from training.evaluation.challenge import read_challenges, score_challenge
from training.evaluation.comparators import COMPARATORS
from training.evaluation.leakage import refuse_training_rows, training_rows
from training.evaluation.measure import (
    Scored,
    counted,
    headline,
    measure,
    parts,
    translated_groups,
)
from training.evaluation.peers import peer_kind, train_peer
from training.evaluation.plan import Plan
from training.evaluation.report import ModelReport, PairedTest, Report, Spread
from training.evaluation.significance import compare
from training.splits import Part, select

Log = Callable[[str], None]


def evaluate(plan: Plan, log: Log) -> Report:
    """Evaluate the plan's models.

    Raises DataError for data that is malformed, empty in the part asked for, or among a model's
    training sentences; ModelError and MissingExtraError for a model that cannot be had, unless
    the plan skips such models.
    """
    run = _Run(plan, log)
    scored: dict[str, Scored] = {}
    reports = []
    # One at a time, so that a single model is in memory.
    for contestant in filter(None, map(run.contestant, plan.contestants)):
        scored[contestant.name] = run.score(contestant)
        reports.append(run.report(contestant, scored[contestant.name]))
    return Report(
        title=plan.title,
        introduction=plan.introduction,
        closing=plan.closing,
        stance=__version__,
        part=plan.part,
        seed=plan.seed,
        sentences=len(run.examples),
        data_sha256=data_digest(run.examples),
        models=tuple(reports),
        tests=tuple(run.tests(scored)),
        spreads=tuple(run.spreads()),
        missing=run.missing,
    )


@dataclass(frozen=True, slots=True)
class _Contestant:
    """A model as evaluated; `languages` is None for all."""

    name: str
    classifier: Classifier
    folder: Path | None = None
    languages: frozenset[str] | None = None

    def score(self, examples: Sequence[Example]) -> Scored:
        rows = tuple(e for e in examples if self.languages is None or e.lang in self.languages)
        probabilities = self.classifier.predict_proba(e.text for e in rows)
        return Scored(rows, np.asarray(probabilities), self.classifier.thresholds)


class _Run:
    """A plan with its data read, and the steps that each model goes through."""

    def __init__(self, plan: Plan, log: Log) -> None:
        self._plan = plan
        self._log = log
        self._everything = read_many(plan.data) if plan.data else []
        self.examples = self._everything
        if plan.part:
            self.examples = select(self._everything, Part(plan.part))
        if plan.data and not self.examples:
            raise DataError(f"the data holds no sentence of the {plan.part} part")
        self._challenges = read_challenges() if plan.challenge else {}
        if not self.examples and not self._challenges:
            raise DataError("nothing to evaluate on; name data files or folders, or --challenge")
        self._translated = translated_groups(self.examples)
        self.missing: dict[str, str] = {}
        self._shown: dict[str, str] = {}

    def contestant(self, name: str) -> _Contestant | None:
        """The model of that name; None where it is missing and the plan skips such."""
        try:
            found = self._contestant(name)
            self._shown[name] = found.name
            return found
        except (ModelError, MissingExtraError) as error:
            if not self._plan.skip_missing:
                raise
            self._log(f"{name}: missing")
            self.missing[name] = str(error)
            return None

    def _contestant(self, name: str) -> _Contestant:
        if name in COMPARATORS:
            return _Contestant(name, COMPARATORS[name]())
        if kind := peer_kind(name):
            if not self._plan.part:
                raise DataError(f"{name} is trained on the training part first; name --part")
            training, validation = (
                select(self._everything, part) for part in (Part.TRAIN, Part.VALIDATION)
            )
            self._log(f"{name}: given {len(training)} sentences to train on")
            peer = train_peer(name, training, validation, seed=self._plan.seed)
            return _Contestant(name, peer, languages=kind.languages)
        folder = find(name)
        # The last part of the path alone, where that is enough to tell models apart.
        last_parts = [Path(other).name for other in self._plan.contestants]
        shown = folder.name if last_parts.count(folder.name) < 2 else name
        return _Contestant(shown, load(folder), folder)

    def score(self, contestant: _Contestant) -> Scored:
        """Probabilities on the examples, which must not be the model's training sentences."""
        if contestant.folder is not None:
            hashes = training_rows(open_folder(contestant.folder))
            held_out = self._plan.part is not None
            if self.examples:
                refuse_training_rows(contestant.name, self.examples, hashes, held_out=held_out)
            for rows in self._challenges.values():
                refuse_training_rows(contestant.name, rows, hashes, held_out=True)
        self._log(f"{contestant.name}: labelling")
        return contestant.score(self.examples)

    def report(self, contestant: _Contestant, scored: Scored) -> ModelReport:
        """All scores of one model."""
        languages = contestant.languages
        challenges = {name: contestant.score(rows) for name, rows in self._challenges.items()}
        return ModelReport(
            name=contestant.name,
            model=contestant.classifier.name,
            languages=None if languages is None else tuple(sorted(languages)),
            sets={
                name: measure(name, part, self._plan.seed)
                for name, part in parts(scored, self._translated).items()
            },
            challenge={
                name: score_challenge(name, part)
                for name, part in challenges.items()
                if part.examples
            },
        )

    def tests(self, scored: Mapping[str, Scored]) -> Iterator[PairedTest]:
        """Each model against the one that the plan names, on the languages that both read."""
        against = self._shown.get(self._plan.against or "")
        if against is None:
            return
        other = scored[against]
        for name, model in scored.items():
            if name == against:
                continue
            common = {e.lang for e in model.examples} & {e.lang for e in other.examples}
            mine, theirs = self._common(model, common), self._common(other, common)
            for part in mine:
                yield PairedTest(
                    model=name,
                    against=against,
                    set=part,
                    languages=tuple(sorted(common)),
                    result=compare(
                        headline(part),
                        counted(mine[part], lambda e: e.lang),
                        counted(theirs[part], lambda e: e.lang),
                        seed=self._plan.seed,
                    ),
                )

    def _common(self, scored: Scored, languages: set[str]) -> dict[str, Scored]:
        return parts(scored.keep(lambda e: e.lang in languages), self._translated)

    def spreads(self) -> Iterator[Spread]:
        """Mean and deviation of macro-F1 over the seeds of a recipe."""
        for name, folders in self._plan.seeds.items():
            values: dict[str, list[float]] = {}
            for contestant in filter(None, map(self.contestant, folders)):
                for part, some in parts(self.score(contestant), self._translated).items():
                    totals = counted(some, lambda e: e.lang).sum(axis=0)
                    values.setdefault(part, []).append(float(headline(part)(totals)))
            for part, found in values.items():
                deviation = float(np.std(found, ddof=1)) if len(found) > 1 else float("nan")
                yield Spread(name, part, len(found), float(np.mean(found)), deviation)
