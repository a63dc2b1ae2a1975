"""What holds for any text at all: exact spans, nothing lost, work linear in the length."""

from __future__ import annotations

import re
import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.records import Block, Document, Kind, Sentence
from stance.sentences import split

RULE = re.compile(r"[\s\-–—_=*~#·•|:+\\]*")

# Pieces that meet the splitter's rules more often than random characters do.
PIECES = [
    "The Council met. ", "Mr. ", "e.g. ", "U.S. ", "A. ", "12. ", "(a) ", "; 2. Welcomes x",
    "...", "… ", "?! ", "“", "” ", "«\u00a0", "\u00a0» ", "(", ")", "[", "]", "[3]", "¹", "*",
    "**", "__", "# ", "- ", "| a | b |", "---", "\n", "\n\n", "  \n", "\r\n", "\f", "\t", "   ",
    "\u200f", "\ufeff", "\u202f", "Q: ", "A/75/1", "2/4", "/…", "大会审议了该报告。",
    "“谁？”他说。", "1. 谴责；2. 欢迎", "اجتمع المجلس. ", "؟ ", "؛ ", "1 - يدين ", "В 2021 г. ",
    "т. д. ", "the report of the", "Recalling x,", "(Signed) A. B", "3 See p. 4", "word", "Word ",
    ". ", ".", "é", "\x00",
]  # fmt: skip
texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


def check(text: str, found: list[Sentence]) -> None:
    """Spans are exact, trimmed, ordered and disjoint."""
    end = 0
    for sentence in found:
        assert end <= sentence.start < sentence.end <= len(text)
        assert sentence.text == text[sentence.start : sentence.end]
        assert sentence.text == sentence.text.strip()
        end = sentence.end


def gaps(text: str, found: list[Sentence]) -> list[str]:
    edges = [0, *(edge for s in found for edge in (s.start, s.end)), len(text)]
    return [text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]


@settings(max_examples=200, deadline=None)
@given(texts)
def test_spans_are_exact_and_nothing_is_lost(text: str) -> None:
    found = split(text)
    check(text, found)
    for gap in gaps(text, found):
        assert all(RULE.fullmatch(line) for line in gap.splitlines())


@settings(deadline=None)
@given(texts, st.sampled_from(["en", "ru", "zh", "ar", "de", "xx"]))
def test_given_language_is_kept(text: str, code: str) -> None:
    found = split(text, language=code)
    check(text, found)
    assert all(sentence.language == code for sentence in found)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A text under random blocks and pages."""
    parts = draw(st.lists(texts, max_size=6))
    kinds = draw(st.lists(st.sampled_from([None, *Kind]), min_size=6, max_size=6))
    text, blocks, pages = "", [], []
    for part, kind in zip(parts, kinds, strict=False):
        blocks.append(Block(len(text), len(text) + len(part), kind))
        if draw(st.booleans()):
            pages.append(len(text))
        text += part + "\n"
    return Document(text, blocks=tuple(blocks), pages=tuple(pages))


@settings(max_examples=100, deadline=None)
@given(documents())
def test_only_paragraphs_go_over_a_block(document: Document) -> None:
    found = split(document)
    check(document.text, found)
    for sentence in found:
        assert sentence.page == document.page_at(sentence.start)
        crossed = [b for b in document.blocks if b.start < sentence.end and b.end > sentence.start]
        for block in crossed:
            if block.kind is not None:
                assert sentence.kind is block.kind or len(crossed) > 1
            if len(crossed) > 1 and document.text[block.start : block.end].strip():
                assert block.kind in (Kind.PARAGRAPH, None)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["We met.", "Who pays?", "Он прибыл.", "会议结束。"]), min_size=1))
def test_sentences_apart_stay_apart(sentences: list[str]) -> None:
    assert [s.text for s in split("\n\n".join(sentences))] == sentences


def work(text: str) -> int:
    """How many calls a split makes, Python's and C's."""
    calls = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        split(text)
    finally:
        sys.setprofile(None)
    return calls


ENDLESS: dict[str, Callable[[int], str]] = {
    "running text": lambda n: "The Council met on 3 May. It heard a report (A/8/41). " * (n // 55),
    "one word": lambda n: "w" * n,
    "newlines": lambda n: "\n" * n,
    "blanks": lambda n: "a" + " " * n + "b",
    "blank lines": lambda n: "word\n \n" * (n // 7),
    "lines": lambda n: "A line of words that wraps here\n" * (n // 32),
    "short lines": lambda n: "Ab\n" * (n // 3),
    "open brackets": lambda n: "(" * n,
    "open brackets and stops": lambda n: "Abc. (" * (n // 6),
    "brackets": lambda n: "ab (ab. Cd) " * (n // 12),
    "nested brackets": lambda n: "(" * (n // 2) + ")" * (n // 2),
    "dots": lambda n: "." * n + "x",
    "dots and spaces": lambda n: ". " * (n // 2) + "x",
    "closing marks": lambda n: "." + ")" * n + "x",
    "initials": lambda n: "A. " * (n // 3),
    "stars": lambda n: "**a*" * (n // 4),
    "bold": lambda n: "**a** " * (n // 6) + "x",
    "quotations": lambda n: 'كتب "نعم!" ذهب ' * (n // 16),
    "chinese quotations": lambda n: "他写“好。”去了" * (n // 8),
    "clauses": lambda n: "1. Condemns x; " * (n // 15),
    "cells": lambda n: "a\tb\tc\n" * (n // 6),
    "page numbers": lambda n: "26\n\n" * (n // 4),
    "torn pages": lambda n: "the report of the\n\n" * (n // 19),
}  # fmt: skip


@pytest.mark.parametrize("shape", ENDLESS)
def test_work_grows_no_faster_than_the_text(shape: str) -> None:
    make = ENDLESS[shape]
    split(make(2000))
    assert work(make(40_000)) <= 4.4 * work(make(10_000)) + 200


def test_huge_single_line_is_split_in_bounded_memory() -> None:
    sentence = "The Council met in Oslo on 3 May and heard a long report on the harbour. "
    text = sentence * (2_000_000 // len(sentence))
    tracemalloc.start()
    try:
        found = split(text, language="en")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found) == len(text) // len(sentence)
    assert peak < 8 * len(text)


def test_a_million_newlines_hold_no_sentence() -> None:
    assert split("\n" * 1_000_000) == []


def test_a_hundred_thousand_open_brackets_are_one_unit() -> None:
    found = split("(" * 100_000 + " The end.")
    assert [(s.start, s.text[-8:]) for s in found] == [(0, "The end.")]
