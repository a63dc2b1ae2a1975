"""Predictions as one self-contained HTML page."""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from shutil import copyfileobj
from string import Template
from typing import IO, Final

from stance.errors import StanceError
from stance.labels import STANCES
from stance.records import Prediction
from stance.report.course import Course
from stance.report.markup import tag, text_of, write_document
from stance.report.summary import Tally, by_document

_OPEN: Final = 2_000
"""Documents are open until so many sentences are in sight; those after it are folded up."""
_LISTED: Final = 30
"""A longer list of documents is folded up."""


def write_report(
    predictions: Iterable[Prediction], out: Path | IO[str], title: str = "Stance report"
) -> Tally:
    """Write an HTML page that shows the predictions in their documents' running text.

    The page needs no other file and no network, and does without JavaScript but for its filters.
    Predictions are taken one by one and come in the order of documents and sentences; memory does
    not grow with their number. At a path, the page replaces an older one when it is complete.

    Returns the counts over all documents. Raises StanceError where the page cannot be written.
    """
    if not isinstance(out, Path):
        return _write(predictions, out, title)
    with _replacing(out) as stream:
        return _write(predictions, stream, title)


def _write(predictions: Iterable[Prediction], out: IO[str], title: str) -> Tally:
    total = Tally()
    # What stands at the top is known last: the parts below it wait in files of their own.
    with _spool() as contents, _spool() as documents:
        for name, of_document in by_document(predictions):
            anchor = f"d{total.documents + 1}"
            with _spool() as text:
                tally, course = write_document(text, anchor, of_document)
                unfolded = total.documents == 0 or total.sentences + tally.sentences <= _OPEN
                documents.write(_document_start(anchor, name, tally, course, unfolded=unfolded))
                _append(text, documents)
            documents.write("</details>\n")
            contents.write(_contents_row(anchor, name, tally))
            total.merge(tally)
        template = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
        top, rest = template.split("<!--contents-->")
        middle, bottom = rest.split("<!--documents-->")
        values = {
            "title": text_of(title),
            "policy": _policy(bottom),
            "totals": _totals(total),
            "choices": _choices(),
        }
        out.write(Template(top).substitute(values))
        out.write(_contents_start(total))
        _append(contents, out)
        out.write("</tbody></table></div></details>")
        out.write(Template(middle).substitute(values))
        _append(documents, out)
        out.write(bottom)
    return total


def _document_start(anchor: str, name: str, tally: Tally, course: Course, *, unfolded: bool) -> str:
    counts = "".join(
        f" {tag(one, f'{tally.stances[one]:,}')}" for one in STANCES if tally.stances[one]
    )
    lanes = "".join(f'<li class="{stance}">{stance}</li>' for stance in STANCES)
    return (
        f'<details class="document" id="{anchor}"{" open" if unfolded else ""}>\n'
        f"<summary><h2><bdi>{_name(name)}</bdi></h2>"
        f'<span class="counts">{_number(tally.sentences, "sentence")}{counts}</span></summary>\n'
        '<figure class="course" role="img" aria-label="Where in the text each stance is">'
        f"<ul>{lanes}</ul>{course.svg()}"
        "<p><span>start</span><span>end</span></p></figure>\n"
    )


def _contents_start(total: Tally) -> str:
    unfolded = " open" if total.documents <= _LISTED else ""
    heads = "".join(f'<th scope="col" class="number {one}">{one}</th>' for one in STANCES)
    return (
        f"<details{unfolded}><summary>{_number(total.documents, 'document')}</summary>"
        '<div class="contents"><table><thead><tr><th scope="col">document</th>'
        f'<th scope="col" class="number">sentences</th>{heads}</tr></thead><tbody>\n'
    )


def _contents_row(anchor: str, name: str, tally: Tally) -> str:
    cells = "".join(f'<td class="number">{tally.stances[one] or "–"}</td>' for one in STANCES)
    return (
        f'<tr><td><a href="#{anchor}"><bdi>{_name(name)}</bdi></a></td>'
        f'<td class="number">{tally.sentences:,}</td>{cells}</tr>\n'
    )


def _totals(total: Tally) -> str:
    """The lines about all documents: what was read, and how much of it carries each stance."""
    of_all = max(1, total.sentences)
    counts = [(tag(one), one, total.stances[one]) for one in STANCES]
    counts.append(("none of these", "", total.sentences - total.labelled))
    rows = "".join(
        f'<tr class="{look}"><th scope="row">{name}</th><td class="number">{count:,}</td>'
        f'<td class="number">{count / of_all:.1%}</td><td class="bar-cell">'
        f'<span class="bar" style="--share:{count / of_all:.2%}"></span></td></tr>\n'
        for name, look, count in counts
    )
    lead = [_number(total.documents, "document"), _number(total.sentences, "sentence")]
    if total.languages:
        lead.append("in " + ", ".join(text_of(one) for one, _ in total.languages.most_common(12)))
        lead.append("model " + ", ".join(text_of(one) for one, _ in total.models.most_common(5)))
    if total.truncated:
        lead.append(f"{_number(total.truncated, 'sentence')} too long to be read to the end")
    return (
        f'<p class="lead">{" · ".join(lead)}</p>\n<table class="totals">'
        '<caption class="unseen">Sentences by stance</caption><thead><tr><th scope="col">stance'
        '</th><th scope="col" class="number">sentences</th><th scope="col" class="number">share'
        f"</th><td></td></tr></thead><tbody>\n{rows}</tbody></table>"
    )


def _choices() -> str:
    return "\n".join(
        f'<label class="{one}"><input type="checkbox" value="{one}"> {one}</label>'
        for one in (*STANCES, "none")
    )


def _policy(page: str) -> str:
    """What the page may load and run: nothing but its own style and its own one script."""
    script = page.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _name(name: str) -> str:
    return text_of(name) or "(no name)"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """A file that takes the place of `path` when all is written, and goes where that fails."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        part.replace(path)
    except OSError as error:
        raise StanceError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def _spool() -> tempfile.SpooledTemporaryFile[str]:
    """A text file that stays in memory while it is small."""
    return tempfile.SpooledTemporaryFile(1 << 20, "w+", encoding="utf-8", newline="\n")


def _append(spool: IO[str], out: IO[str]) -> None:
    spool.seek(0)
    copyfileobj(spool, out)
