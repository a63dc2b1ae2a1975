"""Finds the sentence boundaries inside one unit of layout.

One regular expression finds every place where a sentence might end; rules over the language's data
then veto those where none does. Each rule looks at a bounded stretch around the place, so the time
is linear in the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from stance.sentences import marks
from stance.sentences.clauses import clauses
from stance.sentences.lexicon import Language

Span = tuple[int, int]

_MARKS: Final = ".!?…؟۔"
_WIDE_MARKS: Final = "。！？｡"
# Quotation marks and brackets that close behind the final mark; French ones stand behind a space.
_CLOSERS: Final = (
    r"(?:[^\S\n]?»(?!\w)|[\"'’”»)\]）】」』›*_\u200b-\u200f\ufeff]|[“‘«](?=[\s,.;:]|$))*+"
)
_NOTE_MARK: Final = r"(?:\[\^?\d{1,3}\]|[¹²³⁰-⁹]+|\*+)*+"
_CANDIDATE: Final = re.compile(
    rf"[{_MARKS}{_WIDE_MARKS}](?:"
    rf"(?<=[{_WIDE_MARKS}])[{_WIDE_MARKS}…]*+(?P<wide>{_CLOSERS}){_NOTE_MARK}{_CLOSERS}"
    rf"|(?<![{_MARKS}]{{2}})[{_MARKS}]*+(?:[^\S\n][.!?…]++){{0,3}}+"
    rf"(?P<close>{_CLOSERS}){_NOTE_MARK}{_CLOSERS}(?=\s|$)"
    # A note's number or the next sentence right behind the full stop: "left.3 The", "left.The".
    r"|(?<=[^\W\d_]{2}\.)\d{1,3}(?=\s+[^\W\d_a-z])"
    r"|(?<=[^\W\d_A-Z]{2}[.?!])(?=[^\W\d_a-z][^\W\d_A-Z]*\s))"
)
_FOLLOWING: Final = re.compile(
    r"(\s*)(?P<open>(?:[«“„\"'‘’(\[（「『《*_¿¡—–\-\u200b-\u200f][^\S\n]?)*)"
)
_MARKUP: Final = "*_\"'«“„‘ "
_NEXT_WORD: Final = re.compile(r"[^\W\d_]+['’]?")
_OPENING: Final = '([«“„"‘*_/—–'
_DASHES: Final = ("-", "–", "—")
_LETTER: Final = re.compile(r"[^\W_]")
_INITIALS: Final = re.compile(r"(?:[^\W\d_]{1,2}\.?-?)*[^\W\d_]")
# One letter, or the doubled letter of a plural: "EE. UU.", "DD. HH.".
_INITIAL: Final = re.compile(r"([^\W\d_])\1?\.")
_NUMBER: Final = re.compile(r"\d|[IVXLC]+\b|[A-Z]{1,4}/[A-Z\d]")
_ENUMERATOR: Final = re.compile(
    r"[*_(\[]*(?:\d{1,3}(?:\.\d{1,3})*|[^\W\d_]|[ivxlcIVXLC]{1,6})[*_]*"
)
_LETTERED: Final = re.compile(r"\(?(?:\d{1,2}|[a-zа-яأ-ي]|[ivx]{1,4})\)\s")
_BRACKETED_ELLIPSIS: Final = re.compile(r"[\[(]\s?(?:\.{2,}|…)\s?[\])]")
_QUOTE_OPENER: Final = {"”": "“", "»": "«", '"': '"', "』": "『", "」": "「", "’": "‘", "“": "„"}
_HAN_PUNCTUATION: Final = re.compile(r"[，。：；！？]")

# How far a rule looks: the longest abbreviation, quotation and reporting clause it can see.
_TOKEN_REACH: Final = 24
_QUOTE_REACH: Final = 400
_CLAUSE_REACH: Final = 16
# Marks left over at the end of a unit, shorter than this, belong to its last sentence.
_STRAY: Final = 4
_ENUMERATOR_REACH: Final = 20
_LABEL_REACH: Final = 60
_LONGEST_PART: Final = 3
_DATELINE_REACH: Final = 90


def spans(text: str, start: int, end: int, language: Language) -> list[Span]:
    """The sentences of text[start:end], which has no outer white space, as ordered spans."""
    found: list[Span] = []
    for piece_start, piece_end in clauses(text, start, end, language):
        found.extend(_Piece(text, piece_start, piece_end, language).sentences())
    return found


class _Piece:
    """A stretch of text under the cut; `start` is where the sentence now read began."""

    def __init__(self, text: str, start: int, end: int, language: Language) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.language = language
        self.opened, self.closed = marks.brackets(text, start, end)

    def sentences(self) -> list[Span]:
        found: list[Span] = []
        text, end = self.text, self.end
        dateline = self.language.agency.search(
            text, self.start, min(end, self.start + _DATELINE_REACH)
        )
        body = dateline.end() if dateline else self.start
        quotes, counted = 0, self.start
        for match in _CANDIDATE.finditer(text, self.start, end):
            stop = match.end()
            if match["wide"] and '"' in match["wide"]:
                # Behind a Chinese full stop only the number of quotation marks tells their side.
                quotes += text.count('"', counted, match.start())
                counted = match.start()
                stop = match.start("wide") if quotes % 2 == 0 else stop
            following = _FOLLOWING.match(text, stop, end)
            if stop <= body or following is None:
                continue
            if following.end() >= end:
                break
            if self._is_end(match, stop, following):
                found.append((self.start, stop))
                self.start = following.end(1)
        if found and end - self.start < _STRAY and not _LETTER.search(text, self.start, end):
            self.start = found.pop()[0]
        found.append((self.start, end))
        return found

    def _is_end(self, match: re.Match[str], stop: int, following: re.Match[str]) -> bool:
        text = self.text
        mark_at, at = match.start(), following.end()
        mark, char, opening = text[mark_at], text[at], following["open"]
        full_stop = mark == "." and not (stop > mark_at + 1 and text[mark_at + 1] in " .…")
        if char.islower() and not (
            mark in _WIDE_MARKS
            or "¿" in opening
            or "¡" in opening
            or (full_stop and "(" in opening)
            or _LETTERED.match(text, following.end(1))
        ):
            return False
        if match.lastgroup is None:
            return self._is_end_unspaced(match, at)
        closers = match[match.lastgroup]
        if self._bracket_goes_on(mark_at, stop, at) or self._is_label(mark_at, opening):
            return False
        if full_stop:
            if not self._full_stop_ends(mark_at, at, closers):
                return False
        elif mark in ".…" and not self._ellipsis_ends(mark_at, at):
            return False
        if closers and char.isalpha() and not char.isupper():
            return self._quotation_ends(mark, closers, mark_at, at)
        return True

    def _is_label(self, mark_at: int, opening: str) -> bool:
        """Whether all before the mark is a speaker's label: "LE PRÉSIDENT. - La séance ..."."""
        return (
            opening[:1] in _DASHES
            and mark_at - self.start <= _LABEL_REACH
            and self.text[self.start : mark_at].isupper()
        )

    def _is_end_unspaced(self, match: re.Match[str], at: int) -> bool:
        """A full stop without its space: "adopted.The Council", "session.3 The Council"."""
        token = self._token(match.start())
        if token.lower() in self.language.abbreviations or any(c in token for c in "/@."):
            return False
        return match.end() > match.start() + 1 or self._starts(at)

    def _token(self, at: int) -> str:
        """The word before `at` that may be an abbreviation, without the spaces inside: "a. C"."""
        words = self.text[max(self.start, at - _TOKEN_REACH) : at].split()
        if not words:
            return ""
        token = words[-1].lstrip(_OPENING)
        if len(words) > 1 and words[-2][-1] == "." and len(words[-2]) <= _LONGEST_PART:
            pair = words[-2].lstrip(_OPENING) + token
            if pair.lower() in self.language.abbreviations:
                return pair
        return token

    def _starts(self, at: int) -> bool:
        """Whether the word at `at` is one that opens sentences."""
        word = _NEXT_WORD.match(self.text, at, self.end)
        return word is not None and word[0].lower().replace("’", "'") in self.language.starters

    def _full_stop_ends(self, mark_at: int, at: int, closers: str) -> bool:
        text, language = self.text, self.language
        token = self._token(mark_at)
        low, char = token.lower() if len(token) > 1 else token, text[at]
        if self._is_enumerator(mark_at):
            return False
        if token.isdigit():
            return not (language.ordinals and len(token) <= 2 and not self._starts(at))
        if low in language.closing and token.islower():
            return not char.isdigit()
        if low in language.before_name:
            return False
        if len(token) <= 2 and token and _INITIAL.match(text, at, self.end):
            return token.islower() and char in language.before_name
        if low in language.before_number and self._is_number(low, at):
            return False
        if low in language.inner:
            return language.cased and self._abbreviation_ends(at, closers)
        if _INITIALS.fullmatch(token) and (len(token) == 1 or "." in token):
            return self._initials_end(token, mark_at, at, closers)
        return True

    def _initials_end(self, token: str, mark_at: int, at: int, closers: str) -> bool:
        """Whether a letter, or letters with dots between them, ends the sentence."""
        if not self.language.cased and not token.isascii():
            return False
        if token[-1].islower() and self.text[at].isupper():
            return True
        words = self.text[max(self.start, mark_at - _TOKEN_REACH) : mark_at].split()
        if len(words) > 1 and self.language.division.fullmatch(f"{words[-2]} {token}"):
            return True
        return self._abbreviation_ends(at, closers) and not self._name_goes_on(mark_at, at)

    def _is_enumerator(self, mark_at: int) -> bool:
        """Whether all before the mark is the number of an item: "12.", "(a).", "Article 5."."""
        if mark_at - self.start > _ENUMERATOR_REACH:
            return False
        return (
            _ENUMERATOR.fullmatch(self.text, self.start, mark_at) is not None
            or self.language.division.fullmatch(self.text, self.start, mark_at) is not None
        )

    def _is_number(self, abbreviation: str, at: int) -> bool:
        """Whether what follows "No.", "art.", "doc." is a number or a document's symbol."""
        return (
            _NUMBER.match(self.text, at) is not None
            or not self.language.cased
            or (len(abbreviation) == 1 and not self._starts(at))
        )

    def _abbreviation_ends(self, at: int, closers: str) -> bool:
        """Whether an abbreviation ends its sentence: before a starter, or closing its brackets."""
        return (")" in closers and self.text[self.start] == "(") or self._starts(at)

    def _name_goes_on(self, mark_at: int, at: int) -> bool:
        """Whether an initial is followed by a particle: "M. B. Le Goff", not "annexe B. Le"."""
        word = _NEXT_WORD.match(self.text, at, self.end)
        if word is None or word[0].lower() not in self.language.particles:
            return False
        words = self.text[max(self.start, mark_at - _TOKEN_REACH) : mark_at].split()
        return len(words) < 2 or not words[-2].islower()

    def _ellipsis_ends(self, mark_at: int, at: int) -> bool:
        text, language = self.text, self.language
        before = mark_at - 1 - text[mark_at - 1].isspace() if mark_at else 0
        if _BRACKETED_ELLIPSIS.match(text, max(before, 0)):
            return False
        spaced = mark_at > 0 and text[mark_at - 1].isspace()
        if language.cased:
            return not spaced or self._starts(at)
        word = _NEXT_WORD.match(text, at, self.end)
        return not spaced and not (word and word[0] in language.adversatives)

    def _bracket_goes_on(self, mark_at: int, stop: int, at: int) -> bool:
        """Whether the mark stands in brackets that opened in mid-sentence."""
        index = bisect_right(self.opened, mark_at) - 1
        if index < 0 or self.closed[index] <= mark_at:
            return False
        opened = self.opened[index]
        if self._opens_sentence(opened):
            return False
        closes_here = self.closed[index] <= stop
        return not (closes_here and self.language.cased and self._starts(at))

    def _quotation_ends(self, mark: str, closers: str, mark_at: int, at: int) -> bool:
        """Whether a quotation ends its sentence where the next letter's case does not tell.

        It does not when a verb of saying follows, nor when a single sentence is quoted inside
        another: 'He answered with "No comment." and left.'
        """
        text = self.text
        quote = next((char for char in closers if char in _QUOTE_OPENER), None)
        if quote is None:
            return True
        if self._attributed(at):
            return False
        opened = text.rfind(_QUOTE_OPENER[quote], max(self.start, mark_at - _QUOTE_REACH), mark_at)
        if opened < 0 or self._opens_sentence(opened):
            return True
        introduced = text[max(self.start, opened - 2) : opened].rstrip()[-1:] in "：:，,،"
        return introduced and mark in ".。…"

    def _opens_sentence(self, at: int) -> bool:
        """Whether nothing but marks stands between the sentence's start and `at`."""
        return at - self.start < _TOKEN_REACH and not self.text[self.start : at].strip(_MARKUP)

    def _attributed(self, at: int) -> bool:
        """Whether the clause at `at` says who spoke: "said the envoy", "他说"."""
        clause = self.text[at : at + _CLAUSE_REACH]
        attribution = self.language.attribution
        if self.language.spaced:
            return attribution.match(clause) is not None
        punctuation = _HAN_PUNCTUATION.search(clause)
        if punctuation is None:
            return False
        verb = attribution.search(clause, 0, punctuation.start())
        return verb is not None and verb.end() == punctuation.start()
