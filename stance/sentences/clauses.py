"""Cuts the running text of a resolution at its clauses."""

from __future__ import annotations

import re
from typing import Final

from stance.sentences import marks
from stance.sentences.lexicon import Language

_NUMBERED: Final = re.compile(r"\(?(?:\d{1,3}|[一二三四五六七八九十]{1,3}(?=、))")
_FEWEST_CLAUSES: Final = 2


def clauses(text: str, start: int, end: int, language: Language) -> list[tuple[int, int]]:
    """The clauses of text[start:end], or all of it: "...; 2. Welcomes", "..., Recalling ..."."""
    body = language.body.match(text, start, end)
    if body or language.recital.match(text, start, end):
        cuts = [m.end() for m in language.preamble_cut.finditer(text, start, end)]
        if not language.cased and len(cuts) < _FEWEST_CLAUSES:
            return [(start, end)]
        # Without capitals, participles of one sentence look like clauses.
        if language.cased and not (body and len(cuts) > _FEWEST_CLAUSES):
            cuts = [c for c in cuts if not text[marks.first_letter(text, c, end)].islower()]
    elif language.clause.match(text, start, end):
        cuts = [m.end() for m in language.clause_cut.finditer(text, start, end)]
    elif _NUMBERED.match(text, start, end):
        cuts = [m.end() for m in language.clause_cut.finditer(text, start, end)]
        cuts = [cut for cut in cuts if _NUMBERED.match(text, cut, end)]
    else:
        return [(start, end)]
    pieces: list[tuple[int, int]] = []
    for cut in cuts:
        pieces.append((start, start + len(text[start:cut].rstrip())))
        start = cut
    return [*pieces, (start, end)]
