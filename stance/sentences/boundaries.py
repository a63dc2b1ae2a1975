"""Finds the sentence boundaries inside one block of text.

One regular expression finds every place where a sentence might end; rules over the language's data
then veto the ones that are none. Each candidate looks only at a bounded stretch around it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from stance.sentences.languages import Language

Span = tuple[int, int]

_CLOSERS: Final = r"""(?:[^\S\n]?»(?!\w)|["'’”»)\]）】」』›*_\u200b-\u200f\ufeff]|[“‘«](?=[\s,.;:]|$))*"""
_NOTE: Final = r"(?:\[\^?\d{1,3}\]|[¹²³⁰-⁹]+|\*+)*"
_CANDIDATE: Final = re.compile(
    rf"(?:(?P<wide>[。！？｡]++[。！？｡…]*+)(?P<w>{_CLOSERS}+){_NOTE}+{_CLOSERS}+"
    r"|(?<![.!?…؟۔])(?:(?P<mark>[.!?…؟۔]++(?:[^\S\n][.!?…]++){0,3}+)"
    rf"(?P<close>{_CLOSERS}+)(?P<note>{_NOTE}+){_CLOSERS}+(?=\s|$)"
    r"|(?<=[^\W\d_]{2})\.\d{1,3}(?=\s+[^\W\d_a-z])"
    r"|(?<=[^\W\d_A-Z]{2})[.?!](?=[^\W\d_a-z][^\W\d_A-Z]*\s)))"
)
_NEXT: Final = re.compile(r"""\s*(?P<open>(?:[«“„"'‘’(\[（「『《*_¿¡—–\-\u200b-\u200f]\s?)*)""")
_NEXT_WORD: Final = re.compile(r"[^\W\d_]+['’]?")
_SPLIT_TOKEN: Final = re.compile(r"[\s(\[«“„\"‘*_/—–]+")
_INITIALS: Final = re.compile(r"(?:[^\W\d_]{1,2}\.?-?)*[^\W\d_]")
_INITIAL: Final = re.compile(r"[^\W\d_]\.")
_ROMAN: Final = re.compile(r"[IVXLC]+\b")
_ENUMERATOR: Final = re.compile(
    r"[*_(\[]*(?:\d{1,3}(?:\.\d{1,3})*|[^\W\d_]|[ivxlcIVXLC]{1,6})[*_]*$"
)
_LETTERED: Final = re.compile(r"\((?:\d{1,2}|[a-zа-яأ-ي]|[ivx]{1,4})\)\s")
_BRACKETED_ELLIPSIS: Final = re.compile(r"[\[(]\s?(?:\.{2,}|…)\s?[\])]")
_BRACKET: Final = re.compile(r"[()\[\]（）《》【】]")
_PAIRS: Final = {")": "(", "]": "[", "）": "(（", "》": "《", "】": "【"}
_PAIRS[")"] = "(（"
_QUOTE_OPENING: Final = {"”": "“", "»": "«", '"': '"', "』": "『", "」": "「", "’": "‘", "“": "„"}
_TOKEN_REACH: Final = 24
_QUOTE_REACH: Final = 400


def spans(text: str, start: int, end: int, language: Language) -> list[Span]:
    """The sentences of text[start:end], a block without outer white space, as ordered spans."""
    cuts = _clause_cuts(text, start, end, language)
    found: list[Span] = []
    for piece_start, piece_end in cuts:
        found.extend(_Splitter(text, piece_start, piece_end, language).run())
    return found


def _clause_cuts(text: str, start: int, end: int, language: Language) -> list[Span]:
    """Cuts a resolution's running text at its clauses: "...; 2. Welcomes", ", Recalling ..."."""
    if language.body.match(text, start, end) or language.preambular.match(text, start, end):
        cuts = [m.end() for m in language.preamble_cut.finditer(text, start, end)]
        if not language.cased and len(cuts) < 2:
            cuts = []
    elif language.clause.match(text, start, end) or text[start].isdigit():
        cuts = [m.end() for m in language.clause_cut.finditer(text, start, end)]
    else:
        return [(start, end)]
    pieces = []
    for cut in cuts:
        stop = len(text[start:cut].rstrip()) + start if cut > start else cut
        pieces.append((start, stop))
        start = cut
    pieces.append((start, end))
    return pieces


class _Splitter:
    """Splits one piece; holds where the current sentence began."""

    def __init__(self, text: str, start: int, end: int, language: Language) -> None:
        self.text = text
        self.begin = start
        self.start = start
        self.end = end
        self.language = language
        self.opens, self.closes = _brackets(text, start, end)

    def run(self) -> list[Span]:
        found: list[Span] = []
        text, end = self.text, self.end
        dateline_end = self._dateline_end()
        for match in _CANDIDATE.finditer(text, self.start, end):
            stop = match.end()
            if stop <= dateline_end:
                continue
            following = _NEXT.match(text, stop, end)
            assert following is not None
            at = following.end()
            if at >= end:
                break
            if self._ends(match, stop, at, following["open"]):
                found.append((self.start, stop))
                self.start = stop + len(following[0]) - len(following[0].lstrip())
        found.append((self.start, end))
        return found

    def _dateline_end(self) -> int:
        match = self.language.agency.search(self.text, self.start, min(self.end, self.start + 90))
        return match.end() if match else 0

    def _ends(self, match: re.Match[str], stop: int, at: int, opening: str) -> bool:
        """Whether a sentence ends at `stop`; the text goes on at `at`, after the marks `opening`."""
        text, language = self.text, self.language
        mark = match["mark"] or match["wide"] or "."
        at_mark = match.start()
        closers = match["close"] or match["w"] or ""
        char = text[at]
        question = "¿" in opening or "¡" in opening
        if char.islower() and not question:
            lettered = _LETTERED.match(text, stop + len(text[stop:at]) - len(text[stop:at].lstrip()))
            if not lettered and not ("(" in opening and mark == "."):
                return False
        if match["mark"] is None and match["wide"] is None:
            return self._ends_unspaced(match, at)
        if mark[0] in ".…" and _BRACKETED_ELLIPSIS.match(text, at_mark - 1 if text[at_mark - 1 : at_mark] != " " else at_mark - 2):
            return False
        inside = self._inside_bracket(at_mark)
        if inside is not None:
            closes_here = at_mark < inside <= stop
            if not closes_here or not language.cased or not self._starter(at):
                return False
        if mark == ".":
            if not self._full_stop(at_mark, at, closers, stop):
                return False
        elif mark[0] in ".…" and len(set(mark) - {".", "…", " "}) == 0:
            if not self._ellipsis(at_mark, at):
                return False
        if not (char.isupper() or char.isdigit()) and closers:
            return self._quotation_ends(mark, closers, at_mark, stop, at)
        return True

    def _ends_unspaced(self, match: re.Match[str], at: int) -> bool:
        """A full stop without its space: "adopted.The Council", "session.3 The Council"."""
        token = self._token(match.start())
        if token.lower() in self._abbreviations() or "/" in token or "@" in token or "." in token:
            return False
        return match.end() - match.start() > 1 or self._starter(at)

    def _token(self, at: int) -> str:
        chunk = self.text[max(self.start, at - _TOKEN_REACH) : at].rstrip()
        return _SPLIT_TOKEN.split(chunk)[-1]

    def _abbreviations(self) -> frozenset[str]:
        language = self.language
        return language.before_name | language.before_number | language.inner

    def _starter(self, at: int) -> bool:
        word = _NEXT_WORD.match(self.text, at, self.end)
        return word is not None and word[0].lower().replace("’", "'") in self.language.starters

    def _full_stop(self, at_mark: int, at: int, closers: str, stop: int) -> bool:
        text, language = self.text, self.language
        token = self._token(at_mark)
        if not token:
            return True
        if at_mark - self.start <= 12 and _ENUMERATOR.fullmatch(text, self.start, at_mark):
            return False
        low = token.lower()
        char = text[at]
        if low in language.before_name:
            return False
        if len(token) <= 2 and _INITIAL.match(text, at, self.end):
            return False
        if low in language.before_number and (
            char.isdigit() or not language.cased or _ROMAN.match(text, at) or len(low) == 1 and not self._starter(at)
        ):
            return False
        if token.isdigit():
            return not (language.ordinals and len(token) <= 2 and not self._starter(at))
        if low in language.inner:
            return language.cased and self._may_end(at, closers)
        if len(token) == 1 and token.isalpha() or "." in token and _INITIALS.fullmatch(token):
            if not language.cased and not token.isascii():
                return False
            if token[-1].islower() and char.isupper():
                return True
            return self._may_end(at, closers) and not self._name_goes_on(token, at_mark, at)
        return True

    def _may_end(self, at: int, closers: str) -> bool:
        """Whether an abbreviation ends its sentence: before a starter, or closing its brackets."""
        if ")" in closers and self.text[self.start] == "(":
            return True
        return self._starter(at)

    def _name_goes_on(self, token: str, at_mark: int, at: int) -> bool:
        word = _NEXT_WORD.match(self.text, at, self.end)
        if word is None or word[0].lower() not in self.language.particles:
            return False
        before = self.text[max(self.start, at_mark - len(token) - _TOKEN_REACH) : at_mark - len(token)]
        words = before.split()
        return not words or not words[-1].islower()

    def _ellipsis(self, at_mark: int, at: int) -> bool:
        text, language = self.text, self.language
        word = _NEXT_WORD.match(text, at, self.end)
        spaced = text[at_mark - 1].isspace() if at_mark else False
        if language.cased:
            return not spaced or self._starter(at)
        return not spaced and not (word and word[0] in language.adversatives)

    def _inside_bracket(self, at: int) -> int | None:
        """The end of the brackets around `at` if they opened in mid-sentence."""
        index = bisect_right(self.opens, at) - 1
        if index < 0 or self.closes[index] <= at:
            return None
        opened = self.opens[index]
        if opened <= self.start or not self.text[self.start : opened].strip("*_\"'«“„‘ "):
            return None
        return self.closes[index]

    def _quotation_ends(self, mark: str, closers: str, at_mark: int, stop: int, at: int) -> bool:
        """Whether a quotation ends its sentence where the next letter's case does not tell."""
        text, language = self.text, self.language
        if not self.text[at].isalpha():
            return True
        quote = next((c for c in closers if c in _QUOTE_OPENING), None)
        if quote is None:
            return True
        clause = re.split(r"[\s，。：；、！？,.:;]", text[at : at + 40], maxsplit=3)
        if language.code == "zh":
            head = re.split(r"[，。：；！？]", text[at : at + 16], maxsplit=1)[0]
            if any(language.attribution.match(head, i) for i in range(len(head))):
                return False
        elif any(language.attribution.match(w.removeprefix("و").removeprefix("ف")) for w in clause[:1]):
            return False
        opened = text.rfind(_QUOTE_OPENING[quote], max(self.start, at_mark - _QUOTE_REACH), at_mark)
        if opened < 0 or not text[self.start : opened].strip("*_ "):
            return True
        introduced = text[self.start : opened].rstrip()[-1:] in "：:，,،"
        return introduced and mark[0] in ".。…"


def _brackets(text: str, start: int, end: int) -> tuple[list[int], list[int]]:
    """The outermost pairs of brackets in text[start:end], as openings and closings in order."""
    pairs: list[Span] = []
    stack: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(text, start, end):
        char = match[0]
        opener = _PAIRS.get(char)
        if opener is None:
            stack.append((char, match.start()))
        elif stack and stack[-1][0] in opener:
            opened = stack.pop()[1]
            while pairs and pairs[-1][0] > opened:
                pairs.pop()
            pairs.append((opened, match.end()))
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
