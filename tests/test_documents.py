"""Reading files: which reader takes what, encodings, Markdown, metadata, and what is refused."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stance.documents import SUFFIXES, read, read_bytes
from stance.documents.metadata import find_date, find_symbol
from stance.documents.text import is_enumerator, row_blocks, starts_item, superscript
from stance.errors import DocumentError
from stance.records import Kind

TEXTS = {
    "en": "The Council is gravely concerned – “deeply” – by Mr. Kössler’s report.",
    "fr": "Le Conseil a été saisi d’une déclaration préoccupante à l’égard des réfugiés.",
    "es": "El Consejo condenó enérgicamente la agresión contra la población española.",
    "ru": "Совет Безопасности выражает серьезную обеспокоенность положением в стране.",
    "ar": "يعرب مجلس الأمن عن بالغ قلقه إزاء الحالة الإنسانية ويدين الهجمات.",
    "zh": "安全理事会对人道主义局势深表关切，强烈谴责袭击平民的行为，并欢迎停火协议。",
}
ENCODINGS = [
    *((language, code) for language in TEXTS for code in ("utf-8", "utf-8-sig", "utf-16")),
    *((language, "cp1252") for language in ("en", "fr", "es")),
    *(("fr", "latin-1"), ("ru", "cp1251"), ("ru", "koi8_r"), ("ar", "cp1256"), ("zh", "gb18030")),
    *((language, f"utf-16-{end}") for language in ("en", "fr", "ru", "ar") for end in ("le", "be")),
]


@pytest.mark.parametrize(("language", "encoding"), ENCODINGS)
def test_the_encoding_of_plain_text_is_found(language: str, encoding: str) -> None:
    text = "\n".join(
        [TEXTS[language].replace("’", "'") if encoding == "latin-1" else TEXTS[language]] * 2
    )
    assert read_bytes(text.encode(encoding), "a.txt").text == text


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_utf8_text_comes_back_exactly(text: str) -> None:
    assume(not text.isspace() and not text.startswith(("\ufeff", "%PDF-")))
    assume(not text.lstrip().lower().startswith(("<!doctype html", "<html", "{\\rtf")))
    assert read_bytes(text.encode(), "a.txt").text == text


def test_line_ends_are_kept() -> None:
    assert read_bytes(b"one\r\ntwo\rthree\n", "a.txt").text == "one\r\ntwo\rthree\n"


def test_stray_bytes_in_utf8_are_tolerated() -> None:
    text = TEXTS["ru"] * 20
    assert read_bytes(text.encode() + b"\xff", "a.txt").text == text + "\ufffd"


def test_few_accents_are_enough_to_know_western_text() -> None:
    text = "The Council heard a briefing by Mr. Kössler. " + "It then adjourned. " * 50
    assert read_bytes(text.encode("cp1252"), "a.txt").text == text


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "a.txt", "empty"),
        (b" \n\t\n", "a.txt", "no text in it"),
        ("\u00a0\u2003".encode(), "a.md", "no text in it"),
        (b"some\0bytes and \x01\x02 more\0", "a.txt", "NUL"),
        (bytes(range(1, 32)) * 20, "a.txt", "control characters"),
        (b"\x89PNG\r\n\x1a\n", "a.txt", "image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a.docx", "old Word"),
        (b"{\\rtf1 hello}", "a.doc", "RTF"),
        (b"\x1f\x8b\x08", "a.txt.gz", "unpack"),
        (b"hello", "a.pdf", "not a PDF"),
        (b"hello", "a.docx", "not a DOCX"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(data: bytes, name: str, says: str) -> None:
    with pytest.raises(DocumentError, match=says) as caught:
        read_bytes(data, name)
    assert str(caught.value).startswith(name)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="No such file"):
        read(tmp_path / "none.txt")
    with pytest.raises(DocumentError, match="folder"):
        read(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "megabytes"), [("a.html", 65), ("a.htm", 200), ("a.txt", 513), ("a.docx", 300)]
)
def test_files_that_are_too_large_are_refused_before_they_are_read(
    tmp_path: Path, name: str, megabytes: int
) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(b"PK\x03\x04" if name == "a.docx" else b"<div>" * 100)
        file.truncate(megabytes << 20)
    with pytest.raises(DocumentError, match=rf"{megabytes} MB, where at most"):
        read(path)


def test_the_content_wins_over_the_suffix(tmp_path: Path) -> None:
    page = b"\xef\xbb\xbf <!DOCTYPE html><title>T</title><p>Body text.</p>"
    for name in ("a.txt", "a", "a.pdf"):
        assert read_bytes(page, name).text == "Body text."
    (tmp_path / "b.TXT").write_text("# plain\n")
    document = read(str(tmp_path / "b.TXT"))
    assert (document.text, document.name, document.metadata) == ("# plain\n", "b.TXT", {})


def test_a_zip_that_is_no_document_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(DocumentError, match="no DOCX file"):
        read_bytes(buffer.getvalue(), "a.zip")


def test_suffixes_are_lower_case_and_cover_every_format() -> None:
    assert {".txt", ".md", ".markdown", ".html", ".htm", ".xhtml", ".docx", ".pdf"} == set(SUFFIXES)


def test_front_matter_is_metadata_and_the_rest_is_kept_exactly() -> None:
    body = "# Statement\n\nWe welcome\nthe accord.  \n\n---\n\nAnnex: none\n"
    front = '---\ntitle: "A statement"\ndate: 2023-05-04\nlang: en\nauthor: x\n---\n'
    document = read_bytes((front + body).encode(), "a.md")
    assert document.text == body
    assert document.metadata == {"title": "A statement", "date": "2023-05-04", "language": "en"}


@pytest.mark.parametrize(
    "text", ["---\n\nJust a rule.\n\n---\n", "Text.\n---\na: b\n---\n", "---\n"]
)
def test_rules_are_no_front_matter(text: str) -> None:
    assert read_bytes(text.encode(), "a.md").text == text


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("Nations Unies  S/2023/321 Distr. générale", "S/2023/321"),
        ("A/75/976–S/2021/687", "A/75/976"),
        ("document A/80/604/Add.11.", "A/80/604/Add.11"),
        ("S/RES/2774 (2025)", "S/RES/2774 (2025)"),
        ("A/HRC/48/L.1 and A/C.3/76/L.5", "A/HRC/48/L.1"),
        ("A/81/6 (Sect. 17)", "A/81/6 (Sect. 17)"),
        ("A/79/PV.64", "A/79/PV.64"),
        ("Either/or, and/or, 24/7, http://x.org/A/b", None),
    ],
)
def test_document_symbols_are_found(text: str, symbol: str | None) -> None:
    assert find_symbol(text) == symbol


@pytest.mark.parametrize(
    "text",
    [
        "4 May 2023",
        "le 4 mai 2023",
        "4 de mayo de 2023",
        "4 мая 2023 года",
        "2023年5月4日",
        "4 أيار/مايو 2023",
        "٤ أيار/مايو ٢٠٢٣",
        "dated 31 February 2023, issued 4 May 2023",
        "2023-05-04T10:00",
    ],
)
def test_dates_are_found_in_six_languages(text: str) -> None:
    assert find_date(text) == "2023-05-04"


def test_enumerators_and_items() -> None:
    for mark in ("1.", "(a)", "iv)", "•", "–", "17.2)", "（一）", "أ)"):
        assert is_enumerator(mark), mark
    for text in ("(see annex)", "Article", "2023", "a", "Mali"):
        assert not is_enumerator(text), text
    assert starts_item("(b) the parties;")
    assert starts_item("17.1 The Entity")
    assert not starts_item("2023 was a year")
    assert not starts_item("I welcome the accord")


def test_only_raised_numbers_become_superscript() -> None:
    assert superscript("12") == "¹²"
    assert superscript("er") == "er"


def test_rows_with_prose_are_no_table_rows() -> None:
    prose = "We welcome the accord. " * 20
    assert row_blocks(["Mali", "", "12"]) == [("Mali\t12", Kind.TABLE_ROW)]
    assert row_blocks(["(a)", "to cease fire;"]) == [("(a) to cease fire;", Kind.LIST_ITEM)]
    assert [kind for _, kind in row_blocks(["Mali", prose])] == [None, None]
    assert row_blocks(["", " \n"]) == [("", Kind.TABLE_ROW)]


@pytest.mark.parametrize("text", ["We condemn\x00 it", "Мы осуждаем\x00 это нападение. "])
def test_a_stray_nul_is_not_taken_for_utf_16(text: str) -> None:
    with pytest.raises(DocumentError, match="NUL"):
        read_bytes(text.encode(), "nul.txt")
