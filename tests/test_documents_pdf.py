"""Reading PDF: columns, running headers, notes, divided words, right-to-left lines, damage."""

import random
import re
import zlib

import pytest
from documents_made import CITIES, SOFT_HYPHEN, Made, paragraphs, simple_pdf, two_columns
from hypothesis import given
from hypothesis import strategies as st

from stance.documents import read_bytes
from stance.documents.bidi import is_right_to_left, logical, pair_brackets
from stance.documents.columns import columns
from stance.documents.furniture import rows, without_furniture
from stance.documents.glyphs import Run
from stance.documents.hyphens import Words
from stance.documents.tables import cells, row_text, table_rows, table_zones
from stance.errors import DocumentError
from stance.records import Document, Kind
from stance.sentences import split

HEADERS = {"fr": "S/2023/321 Lettre datée du 4 mai 2023", "ar": "S/2023/321 رسالة 4 أيار/مايو 2023"}
NOTE = {"fr": "Voir le rapport sur", "ar": "انظر التقرير عن"}


@pytest.fixture(scope="module", params=["fr", "ar"])
def made(request: pytest.FixtureRequest) -> tuple[str, Made, Document]:
    """A ten-page PDF in two columns, and what is read from it."""
    language = request.param
    file = two_columns(
        paragraphs(language, {"fr": 84, "ar": 115}[language]),
        header=HEADERS[language],
        notes=[f"{NOTE[language]} {city}" for city in CITIES[language]],
        right_to_left=language == "ar",
    )
    return language, file, read_bytes(file.data, "letter.pdf")


def test_all_sentences_of_a_two_column_pdf_come_out_whole_on_their_page(
    made: tuple[str, Made, Document],
) -> None:
    _, file, document = made
    found = {s.text: s.page for s in split(document) if s.kind is not Kind.FOOTNOTE}
    assert file.count == len(document.pages) == 10
    assert found == {text.replace(SOFT_HYPHEN, ""): page for text, page in file.pages.items()}


def test_headers_and_page_numbers_are_dropped_and_notes_are_blocks_of_their_own(
    made: tuple[str, Made, Document],
) -> None:
    language, _, document = made
    assert "S/2023/321" not in document.text
    assert "23-08921" not in document.text
    assert document.metadata == {"symbol": "S/2023/321", "date": "2023-05-04"}
    notes = [b for b in document.blocks if b.kind is Kind.FOOTNOTE]
    assert [document.page_at(b.start) for b in notes] == list(range(1, 11))
    assert all(NOTE[language] in document.text[b.start : b.end] for b in notes)


def test_words_divided_at_line_ends_are_whole_again(made: tuple[str, Made, Document]) -> None:
    language, file, document = made
    if language == "fr":
        assert any(SOFT_HYPHEN in sentence for sentence in file.pages)
        assert document.text.count("libération") == document.text.count("accord de") > 10
        assert not re.search(r"libéra-|média-", document.text)


def test_a_password_is_asked_for_by_name() -> None:
    with pytest.raises(DocumentError, match=r"a\.pdf: protected by a password"):
        read_bytes(simple_pdf(["The Council condemned the attack."], password="secret"), "a.pdf")


def test_a_scan_is_told_to_go_through_ocr() -> None:
    with pytest.raises(DocumentError, match=r"no text layer.*OCR"):
        read_bytes(simple_pdf(), "scan.pdf")


def test_damaged_files_are_refused() -> None:
    data = simple_pdf(["The Council condemned the attack on the convoy."])
    for broken in (data[: len(data) // 2], b"%PDF-1.7\n" + random.Random(1).randbytes(5000)):
        with pytest.raises(DocumentError, match="damaged PDF"):
            read_bytes(broken, "a.pdf")


def test_a_stream_that_unpacks_without_end_is_refused() -> None:
    packer = zlib.compressobj(9)
    stream = b"".join(packer.compress(bytes(1 << 20)) for _ in range(130)) + packer.flush()
    assert len(stream) < 1 << 18
    data = b"%PDF-1.4\n4 0 obj <</Filter/FlateDecode>> stream\n" + stream + b"\nendstream endobj"
    with pytest.raises(DocumentError, match="zip bomb"):
        read_bytes(data, "a.pdf")


def test_damage_anywhere_is_read_or_refused_but_never_crashes() -> None:
    data = simple_pdf(["The Council condemned the attack on the convoy."])
    outcomes = []
    for seed in range(60):
        chance = random.Random(seed)
        broken = bytearray(data)
        for _ in range(20):
            broken[chance.randrange(10, len(broken))] = chance.randrange(256)
        try:
            outcomes.append(bool(read_bytes(bytes(broken), "a.pdf").text))
        except DocumentError as error:
            outcomes.append(str(error).startswith("a.pdf: "))
    assert all(outcomes)


def run(text: str, start: float, baseline: float, size: float = 10.0) -> Run:
    """A run of text whose letters are half an em wide."""
    return Run(text, start, start + len(text) * size / 2, baseline, size, bold=False)


def test_columns_are_read_one_after_the_other_and_what_crosses_them_between() -> None:
    lines = ["a line of the first column", "another line of this column", "the last line of it all"]
    page = [run("A heading that stands across both of the columns of the page", 50, 700)]
    page += [run(text, 50, 680 - 12 * i) for i, text in enumerate(lines)]
    page += [run(text.upper(), 250, 677 - 12 * i) for i, text in enumerate(lines)]
    page += [run("And a last line that stands across both of the columns again", 50, 600)]
    groups = [[row_text(row) for row in group] for group in columns(rows(page))]
    assert groups == [
        ["A heading that stands across both of the columns of the page"],
        lines,
        [line.upper() for line in lines],
        ["And a last line that stands across both of the columns again"],
    ]


def test_a_table_is_no_pair_of_columns() -> None:
    table = [("Category", "2024", "2025"), ("Military", "12", "1 400"), ("Civilian", "7", "230")]
    table += [("Operations", "9", "310"), ("Total", "28", "1 940")]
    page = [
        run(text, 50 + 150 * column, 700 - 14 * line)
        for line, texts in enumerate(table)
        for column, text in enumerate(texts)
    ]
    (column,) = columns(rows(page))
    assert table_zones(column) == [(0, 5)]
    assert table_rows(column) == [list(texts) for texts in table]


def test_lines_of_a_cell_are_put_together() -> None:
    page = [run("Travel of national and", 50, 700), run("120", 300, 700)]
    page += [run("international staff", 50, 689)]
    page += [run("Fuel", 50, 670), run("85", 300, 670)]
    assert table_rows(rows(page)) == [
        ["Travel of national and international staff", "120"],
        ["Fuel", "85"],
    ]


def test_an_enumerator_is_no_cell_and_justified_words_are_none_either() -> None:
    assert len(cells([run("1.", 50, 700), run("The Committee notes the report.", 90, 700)])) == 1
    stretched = [run("words", 50 + 50 * i, 700) for i in range(5)]
    assert len(cells(stretched)) == 1
    assert len(cells([run("Fuel", 50, 700), run("12", 200, 700), run("85", 300, 700)])) == 3


def test_furniture_is_what_repeats_at_the_edge_of_pages_apart_from_the_text() -> None:
    def page(number: int) -> list[Run]:
        words = ["first", "second", "third"][number - 1]
        body = [run(f"line {i} of the {words} page", 50, 700 - 12 * i) for i in range(9)]
        last = run("a last line that repeats", 50, 592)
        return [run("A/80/604", 50, 740), *body, last, run(f"{number}/19  26-05287", 400, 40)]

    texts = [[r.text for r in page] for page in without_furniture([page(1), page(2), page(3)])]
    assert [(text[0][:6], text[-1], len(text)) for text in texts] == [
        ("line 0", "a last line that repeats", 10)
    ] * 3


def test_a_single_page_loses_its_number_but_not_its_heading() -> None:
    page = [
        run("General Assembly", 50, 740),
        run("The Assembly met.", 50, 700),
        run("- 1 -", 250, 40),
    ]
    assert [r.text for r in without_furniture([page])[0]] == [
        "General Assembly",
        "The Assembly met.",
    ]


WORDS = "peace-keeping forces and the Secretary-General welcomed negotiations and follow-up"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["the negoti-", "ations go on"], "the negotiations go on"),
        (["the follow-", "up report"], "the follow-up report"),
        (["the Secretary-", "General said"], "the Secretary-General said"),
        (["the libera\u00ad", "tion of Gao"], "the liberation of Gao"),
        (["in 2024-", "2025 the"], "in 2024- 2025 the"),
        (["see https://undocs.org/", "A/75/1"], "see https://undocs.org/A/75/1"),
        (["安全理事会第", "2775号决议深表", "关切"], "安全理事会第2775号决议深表关切"),
        (["a dash -", "and more"], "a dash - and more"),
    ],
)
def test_lines_are_joined_as_the_words_of_the_document_tell(lines: list[str], text: str) -> None:
    assert Words([WORDS, *lines]).join(lines)[0] == text


@given(st.lists(st.text("abcé ف", min_size=1).map(str.strip).filter(bool), min_size=1))
def test_lines_without_hyphens_are_joined_by_spaces(lines: list[str]) -> None:
    text, offsets = Words(lines).join(lines)
    assert text == " ".join(lines)
    assert [text[at : at + len(line)] for at, line in zip(offsets, lines, strict=True)] == lines


def seen(*words: str) -> list[str]:
    """The characters, from left to right, of words that are read from right to left."""
    left_to_right = [word if word[0] in "0123456789AS" else word[::-1] for word in reversed(words)]
    return list(" ".join(left_to_right))


@pytest.mark.parametrize(
    "words",
    [
        ("يعرب", "المجلس", "عن", "قلقه"),
        ("في", "12", "500", "بلد"),
        ("القرار", "2334", "في", "16", "تموز/يوليه", "2021،"),
        ("وفقا", "للوثيقة", "S/2023/145", "المؤرخة"),
        ("12.", "المادة"),
    ],
)
def test_right_to_left_lines_are_put_into_the_order_of_reading(words: tuple[str, ...]) -> None:
    visual = seen(*(word.rstrip("،.") for word in words))
    assert logical(visual) == " ".join(word.rstrip("،.") for word in words)


def test_punctuation_ends_a_right_to_left_line_on_the_left() -> None:
    assert logical(list(".2021 ") + list("يوليه"[::-1])) == "يوليه 2021."


@pytest.mark.parametrize(
    "text",
    [
        "البلد )انظر الفقرة 12(. ويدين",
        "البلد (انظر الفقرة 12(. ويدين",
        "البلد (انظر الفقرة 12). ويدين",
    ],
)
def test_brackets_are_turned_as_their_spaces_ask(text: str) -> None:
    assert pair_brackets(text) == "البلد (انظر الفقرة 12). ويدين"


def test_the_script_of_most_letters_gives_the_direction() -> None:
    assert is_right_to_left("الوثيقة A/75")
    assert not is_right_to_left("the word سلام means peace")
    assert not is_right_to_left("2023")
