"""Sentences as HTML: running text in which the labelled ones are marked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import IO, Final

from stance.labels import STANCES
from stance.records import Kind, Prediction, Sentence
from stance.report.course import Course
from stance.report.summary import Tally

_RIGHT_TO_LEFT: Final = {"ar", "fa", "he", "ur"}
_UNSPACED: Final = {"zh", "ja"}
_RUNNING: Final = {Kind.PARAGRAPH, Kind.FOOTNOTE, Kind.BOILERPLATE}
"""The kinds whose sentences follow one another on a line; the others start a line each."""
_PART: Final = 200
"""How many sentences the browser lays out at a time."""
# Markdown's marks of headings and bold runs, which are dimmed.
_MARKDOWN: Final = re.compile(r"^#{1,6} |\*\*")
# Characters that HTML cannot hold; a lone surrogate cannot be written as UTF-8 either.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def text_of(value: str) -> str:
    """A value, escaped for an element's content or a quoted attribute."""
    return escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value))


def tag(stance: str, value: str = "") -> str:
    """The name of a stance as a coloured tag, with a value after it."""
    return f'<span class="tag {stance}">{f"{stance} {value}".rstrip()}</span>'


def write_document(
    out: IO[str], anchor: str, predictions: Iterable[Prediction]
) -> tuple[Tally, Course]:
    """Write the text of one document, sentence by sentence; return what was counted on the way.

    Predictions carry no paragraphs, so these are told from the offsets: sentences less than two
    characters apart run on, if they are of the same kind and direction. The ids of labelled
    sentences are `anchor`, a hyphen and the sentence's number.
    """
    tally, course = Tally(documents=1), Course()
    before: Sentence | None = None
    for prediction in predictions:
        sentence = prediction.sentence
        new_part = tally.sentences % _PART == 0
        if before is None or new_part or _starts_block(before, sentence):
            out.write("</div>\n" if before else "")
            out.write('</section>\n<section class="part">\n' if before and new_part else "")
            out.write('<section class="part">\n' if before is None else "")
            out.write(_block_start(sentence))
        elif before.end < sentence.start:
            out.write(" ")
        if sentence.page is not None and (before is None or before.page != sentence.page):
            out.write(f'<span class="page" lang="en">p.&nbsp;{sentence.page}</span>')
        out.write(_sentence(prediction, f"{anchor}-{prediction.sent}"))
        tally.add(prediction)
        course.add(len(sentence.text), prediction.labels)
        before = sentence
    out.write("</div>\n</section>\n" if before else "")
    return tally, course


def _starts_block(before: Sentence, sentence: Sentence) -> bool:
    gap = sentence.start - before.end
    spaced = sentence.language not in _UNSPACED
    return (
        sentence.kind is not before.kind
        or sentence.kind not in _RUNNING
        or _direction(sentence) != _direction(before)
        or not 0 <= gap <= spaced
    )


def _direction(sentence: Sentence) -> str:
    if sentence.language == "und":
        return "auto"
    return "rtl" if sentence.language in _RIGHT_TO_LEFT else "ltr"


def _block_start(sentence: Sentence) -> str:
    kind = sentence.kind.value
    return f'<div class="b {kind}" data-kind="{kind}" dir="{_direction(sentence)}">'


def _sentence(prediction: Prediction, anchor: str) -> str:
    sentence = prediction.sentence
    scores = " · ".join(
        f"{stance} {score:.2f}" for stance, score in zip(STANCES, prediction.scores, strict=True)
    )
    shared = (
        f'lang="{text_of(sentence.language)}" dir="{_direction(sentence)}" '
        f'title="{text_of(_place(prediction))}: {scores}"'
    )
    text = _MARKDOWN.sub(r'<span class="markdown">\g<0></span>', text_of(sentence.text))
    if prediction.labels:
        ranked = sorted(prediction.labels, key=lambda one: -_score(prediction, one))
        look = " ".join(f"{n}-{one}" for n, one in zip(("first", "second"), ranked, strict=False))
        labels = " ".join(prediction.labels)
        written = (
            f'<mark class="s {look}" id="{anchor}" data-labels="{labels}" {shared}>{text}</mark>'
        )
    else:
        written = f'<span class="s" {shared}>{text}</span>'
    if sentence.kind is Kind.HEADING:
        written = f"<h3>{written}</h3>"
    if prediction.labels:
        written += _why(prediction, anchor)
    if prediction.truncated:
        written += ' <span class="cut" lang="en" dir="ltr">[too long: not read to its end]</span>'
    return written


def _why(prediction: Prediction, anchor: str) -> str:
    """The tags of a labelled sentence, which open to a table of its probabilities."""
    tags = " ".join(tag(one, f"{_score(prediction, one):.2f}") for one in prediction.labels)
    rows = "".join(
        f'<tr class="{stance}{" given" if stance in prediction.labels else ""}">'
        f'<th scope="row">{stance}</th><td class="track">'
        f'<span class="bar" style="--share:{score:.0%}"></span></td>'
        f'<td class="number">{score:.2f}</td></tr>'
        for stance, score in zip(STANCES, prediction.scores, strict=True)
    )
    caption = (
        f"{text_of(_place(prediction))}; {prediction.polarity}, {prediction.polarity_score:+.2f}"
    )
    return (
        f' <details class="why" data-for="{anchor}" lang="en" dir="ltr"><summary>{tags}'
        f'<span class="unseen"> (probabilities)</span></summary>'
        f"<table><caption>{caption}</caption>{rows}</table></details>"
    )


def _place(prediction: Prediction) -> str:
    sentence = prediction.sentence
    page = "" if sentence.page is None else f", page {sentence.page}"
    return f"sentence {prediction.sent + 1}{page}, {sentence.kind.value.replace('_', ' ')}"


def _score(prediction: Prediction, label: str) -> float:
    return prediction.scores[STANCES.index(label)]
