"""The sentence splitter's behaviour on texts of every kind."""

from __future__ import annotations

from stance.records import Document, Kind
from stance.sentences import split

LETTER = """**Assemblée générale  
Conseil de sécurité**

Distr. générale  
3 mars 2020  
Français

J'ai l'honneur de vous faire tenir ci-joint le texte d'une note, conformément aux pratiques

suivies par le Comité des droits de la mer, réuni à Genève.

Le Représentant permanent  
(*Signé*) Jean Exemple
"""


def test_letter_is_cut_by_its_layout() -> None:
    kinds = [(s.text.split()[0], s.kind) for s in split(LETTER)]
    assert kinds == [
        ("**Assemblée", Kind.HEADING),
        ("Conseil", Kind.HEADING),
        ("Distr.", Kind.LETTERHEAD),
        ("3", Kind.LETTERHEAD),
        ("Français", Kind.LETTERHEAD),
        ("J'ai", Kind.PARAGRAPH),
        ("Le", Kind.SIGNATURE),
        ("(*Signé*)", Kind.SIGNATURE),
    ]


def test_page_break_in_mid_sentence_makes_one_sentence() -> None:
    joined = next(s for s in split(LETTER) if s.text.startswith("J'ai"))
    assert joined.text.endswith("réuni à Genève.")


def test_page_comes_from_where_the_sentence_starts() -> None:
    text = "We welcome the report of the\n\ncommittee on trade. It is good."
    found = split(Document(text, pages=(0, 30)))
    assert [(s.text[:10], s.page) for s in found] == [("We welcome", 1), ("It is good", 2)]
