"""Makes the PDF and DOCX files that the tests read, by libraries that people write them with."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

SOFT_HYPHEN = "\u00ad"

CITIES = {
    "fr": (
        "Bouaké",
        "Gao",
        "Bangui",
        "Goma",
        "Zinder",
        "Abéché",
        "Kaga",
        "Ménaka",
        "Bunia",
        "Diffa",
    ),
    "ar": ("حلب", "تعز", "بنغازي", "الفاشر", "مأرب", "درنة", "الحديدة", "نيالا", "إدلب", "سبها"),
}
SENTENCES = {
    "fr": (
        "Le Conseil se déclare profondément préoccupé par la situation humanitaire à {city}, où "
        "{n} familles ont été déplacées depuis le début de l’année.",
        "Il condamne avec la plus grande fermeté l’attaque perpétrée près de {city}, qui a coûté "
        "la vie à {n} civils (voir par. {n}).",
        "Il salue la signature de l’accord de {city} et se félicite de la libéra\u00adtion de {n} "
        "personnes.",
        "Il appuie sans réserve les efforts de média\u00adtion que mène l’Union africaine à {city} "
        "au titre du point {n} de l’ordre du jour.",
        "Une mission de {n} experts s’est rendue à {city} à la demande du Secrétaire général.",
    ),
    "ar": (
        "يعرب المجلس عن بالغ قلقه إزاء الحالة الإنسانية في {city} "
        "حيث نزحت {n} أسرة منذ بداية العام.",
        "ويدين المجلس بأشد العبارات الهجوم الذي وقع قرب {city} "
        "وأودى بحياة {n} مدنيا (انظر الفقرة {n}).",
        "ويرحب المجلس بتوقيع اتفاق {city} وبالإفراج عن {n} شخصا، وفقا للوثيقة S/2023/{n}.",
        "ويؤيد المجلس تأييدا كاملا جهود الوساطة التي يبذلها الاتحاد الأفريقي "
        "في {city} في إطار البند {n}.",
        "وزارت بعثة قوامها {n} خبيرا مدينة {city} بناء على طلب الأمين العام.",
    ),
}


def paragraphs(language: str, count: int) -> list[list[str]]:
    """So many paragraphs of three sentences each; no two sentences are the same."""
    cities, templates = CITIES[language], SENTENCES[language]
    sentences = [
        templates[i % len(templates)].format(city=cities[i % 7 % len(cities)], n=101 + i)
        for i in range(3 * count)
    ]
    return [sentences[3 * i : 3 * i + 3] for i in range(count)]


def font() -> str:
    """The path of a font with Latin and Arabic letters, as matplotlib and most systems carry it."""
    found = [Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")]
    try:
        import matplotlib as mpl
    except ImportError:
        pass
    else:
        found.append(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
    for path in found:
        if path.exists():
            return str(path)
    pytest.skip("no DejaVu Sans here: install matplotlib, which carries it")


@dataclass(frozen=True)
class Made:
    """A PDF file and, for each sentence in it, the page on which it starts."""

    data: bytes
    pages: dict[str, int]
    count: int


class _Page:
    """Where the next line goes on a page of two columns, in millimetres."""

    LINE, TOP, BOTTOM = 6.0, 30.0, 262.0
    WIDTH, MARGIN, GUTTER = 80.0, 20.0, 10.0

    def __init__(self, right_to_left: bool) -> None:
        left, right = self.MARGIN, self.MARGIN + self.WIDTH + self.GUTTER
        self.columns = (right, left) if right_to_left else (left, right)
        self.column, self.y = 0, self.TOP

    def next_line(self) -> bool:
        """Go to the next line; False where the page is full."""
        self.y += self.LINE
        if self.y > self.BOTTOM:
            self.column, self.y = self.column + 1, self.TOP
        return self.column < 2


def two_columns(
    texts: Sequence[Sequence[str]],
    *,
    header: str,
    notes: Sequence[str],
    right_to_left: bool = False,
) -> Made:
    """A UN-style PDF: a running header, a numbered footer, a note at each page's foot, two columns.

    Lines are broken by the width of their words as the font is shaped; words are divided at soft
    hyphens. A paragraph's first line is indented, its lines go on in the next column and page.
    """
    fpdf = pytest.importorskip("fpdf", reason="fpdf2 writes the PDF")
    pytest.importorskip("uharfbuzz", reason="uharfbuzz shapes Arabic letters")
    pdf = fpdf.FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.add_font("D", fname=font())
    pdf.set_text_shaping(True, direction="rtl" if right_to_left else "ltr")
    align = "R" if right_to_left else "L"
    starts: dict[str, int] = {}

    def new_page() -> _Page:
        pdf.add_page()
        for size, y, text in ((9, 12, header), (9, 284, f"23-08921 {pdf.page_no()}/10")):
            pdf.set_font("D", size=size)
            pdf.set_xy(20, y)
            pdf.cell(170, 5, text, align=align)
        pdf.set_font("D", size=7.5)
        pdf.set_xy(20, 272)
        pdf.cell(170, 4, f"{pdf.page_no()} {notes[pdf.page_no() % len(notes)]}.", align=align)
        pdf.set_font("D", size=10.5)
        return _Page(right_to_left)

    page = new_page()
    for sentences in texts:
        words = [(w, s) for s in sentences for w in s.split(" ")]
        indent = 6.0
        while words:
            line, words = _fill(pdf, words, _Page.WIDTH - indent)
            for _, sentence in line:
                starts.setdefault(sentence, pdf.page_no())
            x = page.columns[page.column] + (0 if right_to_left else indent)
            pdf.set_xy(x, page.y)
            pdf.cell(_Page.WIDTH - indent, 5, " ".join(word for word, _ in line), align=align)
            indent = 0.0
            if not page.next_line():
                page = new_page()
    return Made(bytes(pdf.output()), starts, pdf.page_no())


def _fill(pdf, words, width):  # type: ignore[no-untyped-def]
    """The words that fit into a line, the last one divided if need be, and those that are left."""
    line: list[tuple[str, str]] = []
    while words:
        word, sentence = words[0]
        so_far = " ".join(w for w, _ in line)
        if pdf.get_string_width(f"{so_far} {word}".replace(SOFT_HYPHEN, "")) < width - 2:
            line.append((word.replace(SOFT_HYPHEN, ""), sentence))
            words = words[1:]
            continue
        head, hyphen, tail = word.partition(SOFT_HYPHEN)
        if hyphen and pdf.get_string_width(f"{so_far} {head}-") < width - 2:
            line.append((f"{head}-", sentence))
            words = [(tail, sentence), *words[1:]]
        break
    return line, words


def simple_pdf(lines: Iterable[str] = (), *, password: str | None = None) -> bytes:
    """A one-page PDF with these lines; without lines it has only a drawing, like a scan."""
    fpdf = pytest.importorskip("fpdf", reason="fpdf2 writes the PDF")
    pdf = fpdf.FPDF()
    pdf.set_font("Helvetica", size=12)
    pdf.add_page()
    pdf.rect(20, 20, 100, 100)
    for line in lines:
        pdf.cell(0, 8, line, new_x="LMARGIN", new_y="NEXT")
    if password:
        pdf.set_encryption(owner_password=f"owner of {password}", user_password=password)
    return bytes(pdf.output())


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NOTES_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_NOTES_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"


def docx(build, notes: Sequence[str] = ()) -> bytes:  # type: ignore[no-untyped-def]
    """A DOCX file that `build` fills, given python-docx's document; `{note 1}` refers to a note.

    python-docx cannot write footnotes, so their part is put into the zip afterwards.
    """
    python_docx = pytest.importorskip("docx", reason="python-docx writes the DOCX")
    document = python_docx.Document()
    build(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return _with_notes(buffer.getvalue(), notes) if notes else buffer.getvalue()


def _with_notes(data: bytes, notes: Sequence[str]) -> bytes:
    part = "".join(
        f'<w:footnote w:id="{n}"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> '
        f"{text}</w:t></w:r></w:p></w:footnote>"
        for n, text in enumerate(notes, start=1)
    )
    separator = (
        '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "[Content_Types].xml":
                override = f'<Override PartName="/word/footnotes.xml" ContentType="{_NOTES_TYPE}"/>'
                text = text.replace(b"</Types>", override.encode() + b"</Types>")
            elif name == "word/_rels/document.xml.rels":
                relation = (
                    f'<Relationship Id="rId99" Type="{_NOTES_RELATION}" Target="footnotes.xml"/>'
                )
                text = text.replace(b"</Relationships>", relation.encode() + b"</Relationships>")
            elif name == "word/document.xml":
                for n in range(1, len(notes) + 1):
                    reference = (
                        f'</w:t></w:r><w:r><w:footnoteReference w:id="{n}"/></w:r>'
                        '<w:r><w:t xml:space="preserve">'
                    )
                    text = text.replace(b"{note %d}" % n, reference.encode())
            new.writestr(name, text)
        new.writestr(
            "word/footnotes.xml",
            f'<w:footnotes xmlns:w="{_WORD}">{separator}{part}</w:footnotes>',
        )
    return out.getvalue()
