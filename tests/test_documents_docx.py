"""Reading DOCX: headings, lists, tables, notes, what is hidden, and files that are traps."""

import io
import zipfile

import pytest
from documents_made import docx

from stance.documents import read_bytes
from stance.errors import DocumentError
from stance.records import Document, Kind
from stance.sentences import split

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def blocks(document: Document) -> list[tuple[str | None, str]]:
    return [(b.kind, document.text[b.start : b.end]) for b in document.blocks]


def archive(body: str, **parts: str) -> bytes:
    """A bare DOCX with this body."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr(
            "word/document.xml", f"<w:document {WORD}><w:body>{body}</w:body></w:document>"
        )
        for name, text in parts.items():
            new.writestr(f"word/{name}.xml", text)
    return buffer.getvalue()


def report(document) -> None:  # type: ignore[no-untyped-def]
    document.core_properties.title = "Report on the accord"
    document.core_properties.language = "en-GB"
    document.sections[0].header.paragraphs[0].text = "S/2023/321   Distr.: General   4 May 2023"
    document.sections[0].footer.paragraphs[0].text = "23-08921"
    document.add_heading("I. Introduction", level=1)
    document.add_paragraph(
        "The Council welcomed the accord.{note 1} It remains concerned about the "
        "situation in Gao,{note 2} where 120 families were displaced."
    )
    document.add_paragraph("to cease fire;", style="List Bullet")
    document.add_paragraph("to free the hostages.", style="List Number")
    table = document.add_table(rows=2, cols=3)
    for row, texts in zip(
        table.rows, (("Region", "Families", "Aid"), ("Gao", "120", "1.2")), strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_paragraph("The Secretary-General condemned the attack.")


def test_headings_lists_tables_and_notes_are_blocks_of_their_kind() -> None:
    data = docx(report, ["See S/2023/145.", "Figures as at 30 April."])
    document = read_bytes(data, "report.docx")
    assert blocks(document) == [
        ("heading", "I. Introduction"),
        (
            None,
            "The Council welcomed the accord.¹ It remains concerned about the situation in Gao,² "
            "where 120 families were displaced.",
        ),
        ("footnote", "¹ See S/2023/145."),
        ("footnote", "² Figures as at 30 April."),
        ("list_item", "to cease fire;"),
        ("list_item", "to free the hostages."),
        ("table_row", "Region\tFamilies\tAid"),
        ("table_row", "Gao\t120\t1.2"),
        (None, "The Secretary-General condemned the attack."),
    ]
    assert document.metadata == {
        "title": "Report on the accord",
        "date": "2023-05-04",
        "symbol": "S/2023/321",
        "language": "en",
    }


def test_sentences_come_out_whole_with_notes_and_table_apart() -> None:
    data = docx(report, ["See S/2023/145.", "Figures as at 30 April."])
    found = [(s.kind, s.text) for s in split(read_bytes(data, "report.docx"))]
    assert (Kind.PARAGRAPH, "The Council welcomed the accord.¹") in found
    assert (
        Kind.PARAGRAPH,
        "It remains concerned about the situation in Gao,² where 120 families were displaced.",
    ) in found
    assert (Kind.FOOTNOTE, "² Figures as at 30 April.") in found
    assert (Kind.TABLE_ROW, "Gao\t120\t1.2") in found


def test_a_heading_is_known_by_the_style_that_its_style_is_based_on() -> None:
    styles = (
        f'<w:styles {WORD}><w:style w:styleId="Chapter"><w:name w:val="_ Chapter"/><w:basedOn '
        'w:val="Base"/></w:style><w:style w:styleId="Base"><w:name w:val="Base"/><w:pPr>'
        '<w:outlineLvl w:val="1"/></w:pPr></w:style></w:styles>'
    )
    body = '<w:p><w:pPr><w:pStyle w:val="Chapter"/></w:pPr><w:r><w:t>Aid</w:t></w:r></w:p>'
    assert blocks(read_bytes(archive(body, styles=styles), "a.docx")) == [("heading", "Aid")]


def test_hidden_and_deleted_text_is_not_read_and_text_boxes_are_read_once() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText> deleted</w:delText></w:r></w:del>"
        "<w:r><w:tab/><w:t>text</w:t><w:noBreakHyphen/><w:t>based</w:t></w:r></w:p><w:p><w:r>"
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
        "<w:t>Around it.</w:t></w:r></w:p>"
    )
    assert read_bytes(archive(body), "a.docx").text == "Kept text-based\n\nIn a box.\n\nAround it."


def test_a_table_in_a_table_is_text_of_the_outer_cell() -> None:
    def table(*cells: str) -> str:
        return f"<w:tbl><w:tr>{''.join(f'<w:tc>{c}</w:tc>' for c in cells)}</w:tr></w:tbl>"

    def paragraph(text: str) -> str:
        return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"

    inner = table(paragraph("a"), paragraph("b"))
    body = table(paragraph("one") + inner, paragraph("two")) + paragraph("after")
    assert blocks(read_bytes(archive(body), "a.docx")) == [
        ("table_row", "one a b\ttwo"),
        (None, "after"),
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (archive("<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 1_000_000), "zip bomb"),
        (archive("<w:p><w:r><w:t>a"), "XML is broken"),
        (archive("<w:tbl>" * 5000), "XML is broken"),
        (archive("<w:p><w:r><w:t>a</w:t></w:r></w:p>")[:-40], "damaged"),
        (archive("<w:p/>"), "no text"),
    ],
)
def test_damaged_files_and_bombs_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        read_bytes(data, "a.docx")


def test_entities_are_neither_expanded_nor_fetched() -> None:
    text = archive("<w:p><w:r><w:t>&file;Text.</w:t></w:r></w:p>")
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(text)) as old, zipfile.ZipFile(buffer, "w") as new:
        entity = b'<!DOCTYPE d [<!ENTITY file SYSTEM "file:///etc/hosts">]>'
        new.writestr("word/document.xml", entity + old.read("word/document.xml"))
    assert read_bytes(buffer.getvalue(), "a.docx").text == "Text."
