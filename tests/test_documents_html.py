"""Reading HTML: the main text without the page's furniture, and the blocks of its markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.documents import read_bytes
from stance.errors import DocumentError
from stance.records import Document, Kind

TAGS = ["div", "p", "ul", "li", "h1", "table", "tr", "td", "span", "b", "br", "pre", "article"]
PAGE = """<!DOCTYPE html>
<html lang="fr-FR"><head><meta charset="utf-8"><title>Ministère : déclaration</title>
<meta property="og:title" content="Déclaration du ministre">
<meta property="article:published_time" content="2023-05-04T09:00:00Z">
<style>p {color: red}</style><script>var a = "<p>Texte de script.</p>";</script></head>
<body>
<a class="skip-link" href="#main">Aller au contenu</a>
<header><div class="logo"><a href="/">Ministère</a></div><ul id="main-menu"><li><a href="/a">Le
ministre</a></li><li><a href="/b">Dossiers pays</a></li></ul></header>
<nav aria-label="fil"><a href="/">Accueil</a> &gt; <a href="/c">Salle de presse</a></nav>
<div class="page"><div class="content">
<h1>Déclaration sur la situation à Gao</h1>
<div class="share-buttons"><span>Partager :</span> <a href="#">Facebook</a> <a href="#">X</a></div>
<p>La France condamne l&rsquo;attaque perpétrée le 3&nbsp;mai. Elle exprime sa
   solidarité.</p>
<p>Nous saluons :</p>
<ul><li>la signature de l'accord ;</li><li>la libération des otages.</li></ul>
<h2>Suites</h2>
<p>Monsieur le Président,<br>Mesdames et Messieurs,<br><br>Nous restons préoccupés<sup>1</sup>.</p>
<table><tr><th>Pays</th><th>Aide</th></tr><tr><td>Mali</td><td>12 millions</td></tr></table>
<p style="display:none">Texte caché.</p>
<div class="footnotes"><p>1. Voir le rapport.</p></div>
</div>
<div class="related"><h3>À lire aussi</h3><ul><li><a href="/1">Visite à Bamako</a></li></ul></div>
<div><ul><li><a href="/x">Toute l'actualité</a></li><li><a href="/y">Agenda</a></li></ul></div>
</div>
<aside>Lettre d'information</aside>
<footer><p>Mentions légales. Tous droits réservés.</p></footer>
</body></html>"""


def blocks(document: Document) -> list[tuple[str | None, str]]:
    return [(b.kind, document.text[b.start : b.end]) for b in document.blocks]


def test_the_main_text_is_read_without_furniture() -> None:
    document = read_bytes(PAGE.encode(), "page.html")
    assert blocks(document) == [
        ("heading", "Déclaration sur la situation à Gao"),
        (None, "La France condamne l’attaque perpétrée le 3\u00a0mai. Elle exprime sa solidarité."),
        (None, "Nous saluons :"),
        ("list_item", "la signature de l'accord ;"),
        ("list_item", "la libération des otages."),
        ("heading", "Suites"),
        (None, "Monsieur le Président,\nMesdames et Messieurs,"),
        (None, "Nous restons préoccupés¹."),
        ("table_row", "Pays\tAide"),
        ("table_row", "Mali\t12 millions"),
        ("footnote", "1. Voir le rapport."),
    ]
    assert document.metadata == {
        "title": "Déclaration du ministre",
        "date": "2023-05-04",
        "language": "fr",
    }


def test_a_marked_article_is_preferred_and_keeps_the_heading_above_it() -> None:
    text = "We welcome the accord that the parties signed in Bangui yesterday. " * 5
    page = f"<body><h1>Accord</h1><p>By the press office</p><article><p>{text}</p></article></body>"
    assert blocks(read_bytes(page.encode(), "a.html")) == [
        (Kind.HEADING, "Accord"),
        (None, text.strip()),
    ]


def test_a_page_of_links_still_has_text() -> None:
    links = "".join(f'<li><a href="/{n}">Statement {n} of the Ministry</a></li>' for n in range(9))
    assert read_bytes(f"<html><ul>{links}</ul>".encode(), "a.html").text.count("Ministry") == 9


def test_an_enumerator_in_a_cell_of_its_own_belongs_to_its_text() -> None:
    page = "<html><div><span>(a)&nbsp;</span></div><div><p>the amount;</p></div><p>Then.</p>"
    assert read_bytes(page.encode(), "a.html").text == "(a) the amount;\n\nThen."
    table = "<html><table><tr><td>(b)</td><td>the nature.</td></tr></table>"
    assert blocks(read_bytes(table.encode(), "a.html")) == [("list_item", "(b) the nature.")]


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="windows-1251">', "cp1251"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', "gb2312"),
        ('<meta charset="utf-8">', "cp1251"),
        ("", "utf-8"),
        ('<?xml version="1.0" encoding="utf-8"?>', "utf-8"),
    ],
)
def test_the_encoding_is_found_even_where_the_page_is_wrong_about_itself(
    head: str, encoding: str
) -> None:
    text = (
        "安全理事会深表关切。" if encoding == "gb2312" else "Совет Безопасности осуждает нападения."
    )
    first, rest = (head, "") if head.startswith("<?") else ("", head)
    page = f"{first}<html><head>{rest}</head><body><p>{text}</p></body></html>"
    assert read_bytes(page.encode(encoding), "a.html").text == text


@given(
    st.recursive(
        st.text(st.characters(exclude_categories=["Cc", "Cs"])),
        lambda inner: st.tuples(
            st.sampled_from(TAGS),
            st.lists(inner, max_size=4),
        ),
        max_leaves=20,
    )
)
def test_blocks_are_ordered_disjoint_and_without_outer_space(tree: object) -> None:
    def html(node: object) -> str:
        if isinstance(node, str):
            return node.replace("<", "&lt;")
        tag, children = node  # type: ignore[misc]
        return f"<{tag}>{''.join(map(html, children))}</{tag}>"

    page = f"<html><body><p>Begin.</p>{html(tree)}"
    document = read_bytes(page.encode(), "a.html")
    end = 0
    for block in document.blocks:
        text = document.text[block.start : block.end]
        assert text
        assert text == text.strip()
        assert document.text[end : block.start].isspace() or block.start == 0
        end = block.end
    assert end == len(document.text)


def test_floods_of_tags_and_deep_nesting_are_refused() -> None:
    with pytest.raises(DocumentError, match="2,000,000 tags"):
        read_bytes(b"<html>" + b"<i>" * 2_000_001, "a.html")
    with pytest.raises(DocumentError, match="depth"):
        read_bytes(b"<html>" + b"<div>" * 5000 + b"text", "a.html")
