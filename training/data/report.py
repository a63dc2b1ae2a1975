"""All that is found out about labelled data, as tables and lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stance.errors import MissingExtraError
from training.corpus import Example, read_many
from training.data.agreement import agreement_table
from training.data.checks import check_files
from training.data.counts import count_tables
from training.data.duplicates import THRESHOLD, Duplicate, near_duplicates
from training.data.leakage import Leak, leak_table, leaks, parts_of
from training.data.rows import Problem, rows_of
from training.data.tables import Table


@dataclass(frozen=True, slots=True)
class Listing:
    """A titled list: every entry as text, and as a record."""

    title: str
    lines: tuple[str, ...]
    records: tuple[dict[str, object], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. Where there are problems, nothing else was looked for."""

    problems: tuple[Problem, ...]
    tables: tuple[Table, ...] = ()
    listings: tuple[Listing, ...] = ()

    def to_text(self) -> str:
        """The report for a terminal; a fault stands as `file:line: what is wrong`."""
        faults = [f"{p.where}: {p.message}\n" for p in self.problems]
        lists = ("\n".join((one.title, "", *one.lines)) + "\n" for one in self.listings)
        return "".join(faults) + "\n".join((*(t.to_text() for t in self.tables), *lists))

    def to_markdown(self) -> str:
        """The report as Markdown tables and lists under headings of the third level."""
        faults = [f"- {p.where}: {p.message}\n" for p in self.problems]
        lists = (
            f"### {one.title}\n\n" + "".join(f"- {line}\n" for line in one.lines)
            for one in self.listings
        )
        return "".join(faults) + "\n".join((*(t.to_markdown() for t in self.tables), *lists))

    def to_record(self) -> dict[str, object]:
        """The report as plain values for JSON; an undefined number is null."""
        return {
            "problems": [{"where": p.where, "message": p.message} for p in self.problems],
            "tables": [table.to_record() for table in self.tables],
            "lists": [{"title": one.title, "entries": list(one.records)} for one in self.listings],
        }


def examine(
    paths: Sequence[Path],
    *,
    seeds: bool = False,
    held_out: Sequence[Path] = (),
    threshold: float = THRESHOLD,
    find_errors: bool = False,
) -> Report:
    """Check the files, then count their rows and look for repeats and leaks.

    `held_out` are files of sentences that nothing may be trained on, `seeds` holds the rows to
    seeds/GUIDELINES.md, `find_errors` looks for likely label errors (needs scikit-learn). Raises
    DataError for a path that cannot be read at all.
    """
    problems = check_files([*paths, *held_out], seeds=seeds)
    if problems:
        return Report(tuple(problems))
    examples = read_many(paths)
    tables = count_tables(examples)
    agreement = agreement_table(rows_of(paths))
    if agreement is not None:
        tables.append(agreement)
    apart = read_many(held_out)
    pairs = near_duplicates([*examples, *apart], threshold)
    known = {id(e) for e in examples}
    duplicates = [d for d in pairs if id(d.first) in known and id(d.second) in known]
    tables.append(_duplicate_table(examples, duplicates, threshold))
    listings = [_duplicate_listing(duplicates)]
    parts = parts_of(examples, apart)
    if len(parts) > 1:
        found = leaks(parts, pairs)
        tables.append(leak_table(parts, found))
        listings.append(_leak_listing(found))
    if find_errors:
        listings.append(_error_listing(examples))
    return Report((), tuple(tables), tuple(one for one in listings if one.lines))


def _duplicate_table(
    examples: Sequence[Example], duplicates: Sequence[Duplicate], threshold: float
) -> Table:
    rows = []
    for language in sorted({e.lang for e in examples}):
        inside = [d for d in duplicates if d.first.lang == language]
        differ = sum(d.first.labels != d.second.labels for d in inside)
        highest = max((d.similarity for d in inside), default=float("nan"))
        count = sum(e.lang == language for e in examples)
        rows.append((language, count, len(inside), differ, highest))
    title = f"Near-duplicates (Jaccard similarity of character n-grams from {threshold})"
    columns = ("language", "rows", "pairs", "pairs with other labels", "highest")
    return Table(title, columns, tuple(rows))


def _duplicate_listing(duplicates: Sequence[Duplicate]) -> Listing:
    return Listing(
        "Near-duplicates",
        tuple(f"{d.similarity:.2f} {_shown(d.first)} — {_shown(d.second)}" for d in duplicates),
        tuple(
            {
                "similarity": d.similarity,
                "first": _record(d.first),
                "second": _record(d.second),
            }
            for d in duplicates
        ),
    )


def _leak_listing(found: Sequence[Leak]) -> Listing:
    return Listing(
        "Leaks from training into held-out parts",
        tuple(
            f"{leak.cause}: {_shown(leak.training)} — {leak.part} {_shown(leak.held_out)}"
            for leak in found
        ),
        tuple(
            {
                "cause": leak.cause,
                "part": leak.part,
                "similarity": leak.similarity,
                "training": _record(leak.training),
                "held_out": _record(leak.held_out),
            }
            for leak in found
        ),
    )


def _error_listing(examples: Sequence[Example]) -> Listing:
    try:
        # Imported where asked for, as the rest of the report needs no scikit-learn.
        from training.data.label_errors import find_label_errors
    except ModuleNotFoundError:
        raise MissingExtraError("finding label errors", "train") from None

    findings = find_label_errors(examples)
    return Listing(
        "Likely label errors, the surest first",
        tuple(
            f"{f.label} {'given' if f.given else 'not given'}, model {f.probability:.2f}: "
            f"{_shown(f.example)}"
            for f in findings
        ),
        tuple(
            {
                "label": f.label,
                "given": f.given,
                "probability": f.probability,
                "example": _record(f.example),
            }
            for f in findings
        ),
    )


def _shown(example: Example) -> str:
    return f"{example.id} [{', '.join(example.labels) or 'none'}] {example.text}"


def _record(example: Example) -> dict[str, object]:
    return {
        "id": example.id,
        "lang": example.lang,
        "labels": list(example.labels),
        "text": example.text,
    }
