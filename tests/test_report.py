"""The report page, its counts, and predictions read back from files."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import tracemalloc
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.errors import DataError, StanceError
from stance.labels import STANCES
from stance.records import Kind, Prediction, Sentence
from stance.report import write_report

VOID = {"meta", "link", "br", "input", "line", "path"}


def prediction(
    text: str = "We welcome it.",
    *labels: str,
    doc: str = "a.txt",
    sent: int = 0,
    start: int = 0,
    kind: Kind = Kind.PARAGRAPH,
    language: str = "en",
    page: int | None = None,
    truncated: bool = False,
) -> Prediction:
    scores = tuple(0.9 if stance in labels else 0.125 for stance in STANCES)
    sentence = Sentence(start, start + len(text), text, kind, language, page)
    return Prediction(doc, sent, sentence, scores, labels, "made-up-1", truncated)


def running(*texts: str, gap: int = 1, **given: object) -> Iterator[Prediction]:
    start = 0
    for number, text in enumerate(texts):
        yield prediction(text, sent=number, start=start, **given)  # type: ignore[arg-type]
        start += len(text) + gap


class Page(HTMLParser):
    """The elements of a page, with the text inside each; a tag closed out of order fails."""

    def __init__(self, predictions: Iterator[Prediction] | list[Prediction]) -> None:
        super().__init__()
        out = io.StringIO()
        self.tally = write_report(iter(predictions), out)
        self.source = out.getvalue()
        self.elements: list[dict[str, str]] = []
        self._open: list[dict[str, str]] = []
        self.feed(self.source)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = {"tag": tag, "text": "", **{key: value or "" for key, value in attrs}}
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop()["tag"] == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element["text"] += data

    def find(self, css_class: str) -> list[dict[str, str]]:
        return [one for one in self.elements if css_class in one.get("class", "").split()]


def test_a_labelled_sentence_is_marked_and_named() -> None:
    page = Page([prediction("We welcome it and deplore that.", "condemnation", "welcome")])
    (sentence,) = page.find("s")
    assert sentence["tag"] == "mark"
    assert sentence["text"] == "We welcome it and deplore that."
    (why,) = page.find("why")
    assert why["data-for"] == sentence["id"]
    tags = [one["text"] for one in page.find("tag")]
    assert tags[-2:] == ["condemnation 0.90", "welcome 0.90"]
    assert "support" in why["text"]
    assert "0.12" in why["text"]


def test_a_sentence_without_a_label_is_not_marked_but_has_its_probabilities() -> None:
    page = Page([prediction("The meeting rose at 6 p.m.", page=4)])
    (sentence,) = page.find("s")
    assert sentence["tag"] == "span"
    assert not page.find("why")
    expected = "concern 0.12 · condemnation 0.12 · support 0.12 · welcome 0.12"
    assert sentence["title"] == f"sentence 1, page 4, paragraph: {expected}"


@pytest.mark.parametrize(
    ("language", "direction"), [("ar", "rtl"), ("zh", "ltr"), ("ru", "ltr"), ("und", "auto")]
)
def test_language_and_direction_of_each_sentence(language: str, direction: str) -> None:
    (sentence,) = Page([prediction(language=language)]).find("s")
    assert (sentence["lang"], sentence["dir"]) == (language, direction)


def test_sentences_run_on_until_a_paragraph_ends() -> None:
    near = list(running("One.", "Two."))
    assert len(Page(near).find("b")) == 1
    assert "".join(b["text"] for b in Page(near).find("b")) == "One. Two."
    assert len(Page(running("One.", "Two.", gap=2)).find("b")) == 2


def test_chinese_sentences_stand_without_a_space_and_a_line_end_ends_a_paragraph() -> None:
    (block,) = Page(running("我们欢迎。", "我们支持。", gap=0, language="zh")).find("b")
    assert block["text"] == "我们欢迎。我们支持。"
    assert len(Page(running("我们欢迎。", "我们支持。", gap=1, language="zh")).find("b")) == 2


def test_sentences_of_two_directions_are_in_two_blocks() -> None:
    one, two = running("نرحب بذلك.", "We welcome it.")
    english = prediction("We welcome it.", sent=1, start=two.sentence.start)
    arabic = prediction("نرحب بذلك.", start=one.sentence.start, language="ar")
    assert [b["dir"] for b in Page([arabic, english]).find("b")] == ["rtl", "ltr"]


@pytest.mark.parametrize("kind", [Kind.CLAUSE, Kind.LIST_ITEM, Kind.LETTERHEAD, Kind.HEADING])
def test_lines_of_layout_stay_lines(kind: Kind) -> None:
    blocks = Page(running("One", "Two", kind=kind)).find("b")
    assert [b["text"] for b in blocks] == ["One", "Two"]
    assert {b["data-kind"] for b in blocks} == {kind.value}


def test_a_heading_is_a_heading() -> None:
    page = Page([prediction("On the ceasefire", "support", kind=Kind.HEADING)])
    assert [one["text"] for one in page.elements if one["tag"] == "h3"] == ["On the ceasefire"]


def test_pages_are_numbered_where_they_begin() -> None:
    found = [prediction(sent=n, start=20 * n, page=p) for n, p in enumerate([1, 1, 2, 5])]
    assert [one["text"] for one in Page(found).find("page")] == [f"p.\xa0{n}" for n in (1, 2, 5)]


def test_a_sentence_that_was_not_read_to_its_end_says_so() -> None:
    page = Page([prediction(truncated=True)])
    assert "not read to its end" in page.find("cut")[0]["text"]
    assert "1 sentence too long to be read to the end" in page.find("lead")[0]["text"]
    assert not Page([prediction()]).find("cut")


def test_the_head_lists_documents_and_counts() -> None:
    page = Page(
        [
            prediction("One.", "concern", doc="a.txt"),
            prediction("Two.", "concern", "support", doc="a.txt", sent=1, start=5),
            prediction("Three.", doc="b.txt"),
        ]
    )
    assert "2 documents · 3 sentences · in en · model made-up-1" in page.find("lead")[0]["text"]
    rows = [one["text"] for one in page.elements if one["tag"] == "tr"]
    assert "concern266.7%" in "".join(rows)
    assert any(re.fullmatch(r"a\.txt22–1–", row.strip()) for row in rows)
    assert page.tally.stances == {"concern": 2, "support": 1}


def test_documents_that_bear_one_name_stay_apart() -> None:
    page = Page([prediction(sent=n) for n in (0, 1, 0, 1, 2)])
    assert [d["id"] for d in page.find("document")] == ["d1", "d2"]
    assert page.tally.documents == 2


def test_documents_far_down_are_folded_up() -> None:
    page = Page([prediction(doc=f"{d}", sent=n) for d in range(3) for n in range(900)])
    assert ["open" in one for one in page.find("document")] == [True, True, False]


def test_anchors_are_unique_and_lead_somewhere() -> None:
    page = Page(
        [prediction("x", "concern", doc=d, sent=n) for d in ("a", "a", "b") for n in (0, 1)]
    )
    ids = [one["id"] for one in page.elements if "id" in one]
    assert len(ids) == len(set(ids))
    links = [one["href"] for one in page.elements if "href" in one]
    assert len(links) >= 3
    assert all(link[0] == "#" and link[1:] in ids for link in links)


def test_the_page_loads_nothing_and_runs_only_its_own_script() -> None:
    page = Page([prediction("Visit https://example.org", "welcome")])
    assert not [one for one in page.elements if {"src", "srcset", "action"} & set(one)]
    assert not re.search(r"@import|url\(", page.source)
    (script,) = re.findall(r"<script>(.*?)</script>", page.source, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [one["content"] for one in page.elements if "http-equiv" in one]
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_a_page_without_sentences_is_a_page() -> None:
    assert "0 documents · 0 sentences" in Page([]).find("lead")[0]["text"]


names = st.text(max_size=20)


@settings(max_examples=150, deadline=None)
@given(text=st.text(min_size=1), doc=names, language=names, model=names, marked=st.booleans())
def test_whatever_a_text_holds_the_page_shows_it_and_stays_whole(
    text: str, doc: str, language: str, model: str, marked: bool
) -> None:
    sentence = Sentence(0, len(text), text, Kind.PARAGRAPH, language)
    labels = ("concern",) if marked else ()
    page = Page([Prediction(doc, 0, sentence, (0.5,) * 4, labels, model)])
    page.source.encode()
    (shown,) = page.find("s")
    unprintable = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]"
    assert shown["text"] == re.sub(unprintable, "\ufffd", text)
    assert len(page.find("document")) == 1
    assert sum(one["tag"] == "script" for one in page.elements) == 1


def _luminance(colour: str) -> float:
    def linear(part: str) -> float:
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(colour[i : i + 2]) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1])
def test_colours_have_the_contrast_that_wcag_asks_for(scheme: int) -> None:
    roots = re.findall(r":root \{(.*?)\}", Page([]).source, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", roots[scheme]))
    assert len(colours) >= 14

    def contrast(one: str, other: str) -> float:
        light, dark = sorted((_luminance(colours[one]), _luminance(colours[other])), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    pairs = [("text", "page"), ("text", "raised"), ("muted", "page"), ("muted", "raised")]
    for stance in STANCES:
        pairs += [(stance, f"{stance}-tint"), (stance, "page"), ("text", f"{stance}-tint")]
    assert {pair: contrast(*pair) for pair in pairs if contrast(*pair) < 4.5} == {}


def test_memory_does_not_grow_with_the_predictions() -> None:
    def peak(count: int) -> int:
        def many() -> Iterator[Prediction]:
            for n in range(count):
                yield prediction("x" * 4000, "concern", sent=n, start=n * 4001)

        class Sink(io.TextIOBase):
            def write(self, text: str) -> int:
                return len(text)

        tracemalloc.start()
        try:
            write_report(many(), Sink())  # type: ignore[arg-type]
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(6000) < peak(1500) + 1_000_000


def test_an_interrupted_report_leaves_the_old_one(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    out.write_text("old")

    def broken() -> Iterator[Prediction]:
        yield prediction()
        raise DataError("cut off")

    with pytest.raises(DataError, match="cut off"):
        write_report(broken(), out)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StanceError, match=r"nowhere.*cannot be written"):
        write_report([prediction()], tmp_path / "nowhere" / "report.html")
