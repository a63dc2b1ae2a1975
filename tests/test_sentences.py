"""The sentence splitter's behaviour: kinds, languages, pages, a reader's blocks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from stance.records import Block, Document, Kind
from stance.sentences import split

LETTER = """\
**Assemblée générale<br>
Conseil de sécurité**

Distr. générale<br>
3 mars 2020<br>
Français

**Lettre datée du 2 mars 2020, adressée au Secrétaire général<br>
par la Représentante permanente de la Maldonie**

Je vous transmets ci-joint le texte d'une note sur la sûreté des ports, rédigée par les experts

réunis à Oslo par la Commission des ports du nord. Il fait foi (voir annexe).

La Représentante permanente<br>
(*Signé*) Ines Albrecht
""".replace("<br>", "  ")

PAGE = """\
Share:

OSLO - The envoys met for an hour. They will meet again and report to the Council when it is done.

Cette page a été générée automatiquement par une machine. Elle peut contenir des erreurs.
"""


def test_letter_is_cut_by_its_layout() -> None:
    assert [(s.text.split()[0], s.kind) for s in split(LETTER)] == [
        ("**Assemblée", Kind.LETTERHEAD),
        ("Conseil", Kind.LETTERHEAD),
        ("Distr.", Kind.LETTERHEAD),
        ("3", Kind.LETTERHEAD),
        ("Français", Kind.LETTERHEAD),
        ("**Lettre", Kind.HEADING),
        ("Je", Kind.PARAGRAPH),
        ("Il", Kind.PARAGRAPH),
        ("La", Kind.SIGNATURE),
        ("(*Signé*)", Kind.SIGNATURE),
    ]


def test_sentence_torn_by_a_page_break_is_whole() -> None:
    torn = next(s for s in split(LETTER) if s.text.startswith("Je"))
    assert torn.text.endswith("ports du nord.")


def test_share_bar_and_disclaimer_are_boilerplate_in_their_own_language() -> None:
    assert [(s.kind, s.language) for s in split(PAGE)] == [
        (Kind.BOILERPLATE, "en"),
        (Kind.PARAGRAPH, "en"),
        (Kind.PARAGRAPH, "en"),
        (Kind.BOILERPLATE, "fr"),
        (Kind.BOILERPLATE, "fr"),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("# Harbour safety", Kind.HEADING),
        ("REPORT OF THE HARBOUR PANEL", Kind.HEADING),
        ("1. Welcomes the report of the panel;", Kind.CLAUSE),
        ("Recalling its resolution 3001 (2029),", Kind.CLAUSE),
        ("(a) Visit both ports;", Kind.LIST_ITEM),
        ("- two patrol boats", Kind.LIST_ITEM),
        ("3 See A/81/415, para. 9.", Kind.FOOTNOTE),
        ("14. The group met five times.", Kind.PARAGRAPH),
        ("(Signed) Ines Albrecht", Kind.SIGNATURE),
        ("All rights reserved.", Kind.BOILERPLATE),
        ("Boats      1 200      900\nFuel      300      410", Kind.TABLE_ROW),
        ("5.\tThe panel met in Oslo.\tIt adopted a report.", Kind.PARAGRAPH),
    ],
)
def test_kind_is_found_in_the_text(text: str, kind: Kind) -> None:
    assert {s.kind for s in split(text)} == {kind}


def test_place_tells_letterhead_from_page_furniture_and_titles_from_signatures() -> None:
    text = (
        "A/81/415\n\nThe panel met.\n\nA/81/415\n\nIt left.\n\nInes Albrecht\n\nChair of the Panel"
    )
    assert [s.kind for s in split(text)] == [
        Kind.LETTERHEAD,
        Kind.PARAGRAPH,
        Kind.BOILERPLATE,
        Kind.PARAGRAPH,
        Kind.SIGNATURE,
        Kind.SIGNATURE,
    ]


def test_mixed_document_has_a_language_for_each_block() -> None:
    text = "The envoys met in Oslo.\n\nПосланники встретились.\n\n特使会晤。\n\nالتقى المبعوثان."
    assert [s.language for s in split(text)] == ["en", "ru", "zh", "ar"]


def test_text_in_a_language_without_data_is_undetermined() -> None:
    assert {s.language for s in split("会議は東京で開かれた。")} == {"und"}
    assert {s.language for s in split("Посланці зустрілися в Осло й обговорили її.")} == {"und"}
    assert {s.language for s in split("1234")} == {"und"}


def document(*parts: tuple[str, Kind | None]) -> Document:
    """A document of the parts, each a block and a page."""
    text, blocks = "", []
    for part, kind in parts:
        blocks.append(Block(len(text), len(text) + len(part), kind))
        text += part + "\n"
    return Document(text, blocks=tuple(blocks), pages=tuple(block.start for block in blocks))


def test_paragraph_goes_on_over_the_page() -> None:
    found = split(
        document(
            ("We welcome the report that the panel", Kind.PARAGRAPH),
            ("wrote in Oslo. We regret the delay.", Kind.PARAGRAPH),
        )
    )
    assert [(s.text, s.page) for s in found] == [
        ("We welcome the report that the panel\nwrote in Oslo.", 1),
        ("We regret the delay.", 2),
    ]


@pytest.mark.parametrize(
    "kind", [Kind.HEADING, Kind.LIST_ITEM, Kind.TABLE_ROW, Kind.FOOTNOTE, Kind.SIGNATURE]
)
def test_no_sentence_leaves_a_block_of_another_kind(kind: Kind) -> None:
    before = ("We welcome the report that the panel", Kind.PARAGRAPH)
    after = ("wrote in Oslo after the long meeting of", kind)
    assert [s.kind for s in split(document(before, after))] == [Kind.PARAGRAPH, kind]
    assert [s.kind for s in split(document(after, before))] == [kind, Kind.PARAGRAPH]


def test_block_of_one_kind_is_not_cut_at_its_lines() -> None:
    heading = "REPORT OF THE\nHARBOUR PANEL\nON ITS WORK"
    assert [s.text for s in split(document((heading, Kind.HEADING)))] == [heading]


def test_bracket_that_is_never_closed_holds_nothing_together() -> None:
    text = (
        "The panel (which met in Oslo heard a report. "
        + "It agreed. " * 80
        + "It left.) It met again."
    )
    assert len(split(text)) == 83


def test_block_without_kind_gets_one() -> None:
    found = split(document(("(a) Visit both ports;", None), ("The panel agreed.", None)))
    assert [s.kind for s in found] == [Kind.LIST_ITEM, Kind.PARAGRAPH]


def test_text_outside_the_blocks_is_left_out() -> None:
    text = "HEADER The panel met. FOOTER"
    found = split(Document(text, blocks=(Block(7, 21, Kind.PARAGRAPH),)))
    assert [s.text for s in found] == ["The panel met."]


def test_import_is_light() -> None:
    code = "import sys, stance.sentences as s; s.split('A. B'); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"numpy", "sklearn", "torch", "onnxruntime"} & set(loaded.stdout.split())
