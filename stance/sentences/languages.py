"""What the splitter knows of each language, loaded from data/<code>.toml, and language detection.

To add a language, add one data file with the same keys. The keys:

- `name`, `script`: English names; the script is one of `SCRIPTS`.
- `stopwords`: frequent function words. They detect the language, and open sentences.
- `starters`: more words that open a sentence: "U.S. However" is a boundary, "U.S. Envoy" is not.
- `unfinished`: words that no sentence or heading ends on; a line that does is continued.
- `continues`: words that open a line which continues the one above (scripts without letter case).
- `particles`: words inside names ("J. de Vries", "B. Le Pen").
- `adversatives`: words that carry a sentence on after an ellipsis (scripts without letter case).
- `attribution`: verbs of saying that follow a quotation (scripts without letter case).
- `clitics`: letters written before a word as part of it (Arabic "and").
- `foreign`: letters of other languages in the same script, for a script that has one language here.
- `spellings`: letters that tell the language where no word does, for a script that has several.
- `ordinals`: true where "3." is an ordinal number (German).
- `[abbreviations]`, without their last dot: `before_name` never end a sentence; `before_number` do
  not when a number follows; `inner` end one only when a starter follows; `closing` end one
  before any capital.
- `[clauses]`: the opening words of preambular and operative clauses, and the adopting bodies.
- `[marks]`: opening words of lines of a known kind; `disclaimer` is found anywhere in its block.

Lists of words are split at spaces, those of phrases at semicolons. common.toml holds what all
languages share.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

_ABBREVIATIONS: Final = ("before_name", "before_number", "inner", "closing")
UNKNOWN: Final = "und"

SCRIPTS: Final = {
    "Latin": re.compile(r"[A-Za-zÀ-ɏ]+"),
    "Cyrillic": re.compile(r"[\u0400-\u052f]+"),
    "Arabic": re.compile(r"[\u0600-\u06ff]+"),
    "Han": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+"),
}
_CASELESS: Final = {"Arabic", "Han"}
_BEYOND_LATIN: Final = re.compile(r"[\u0400-\u052f\u0600-\u06ff\u3040-\u30ff\u3400-\u9fff]")
_WORD: Final = re.compile(r"[^\W\d_]++(?:['’](?=\w))?(?![\w.])")

# Enough text to tell a language: more words do not change the answer, and detection stays linear.
_SAMPLE: Final = 240
_STOPWORD_WEIGHT: Final = 3
# A lead of less than this in the words' votes asks the spelling too.
_CLEAR: Final = 9
_DOCUMENT_SAMPLE: Final = 4000
# Foreign letters are few when under one in so many characters.
_FEW: Final = 50


@dataclass(frozen=True, slots=True)
class Language:
    """One language's words and the patterns compiled from them; see the module for the fields."""

    code: str
    name: str
    cased: bool
    spaced: bool
    ordinals: bool
    starters: frozenset[str]
    unfinished: frozenset[str]
    unfinished_endings: tuple[str, ...]
    continues: frozenset[str]
    continuing_prefixes: tuple[str, ...]
    particles: frozenset[str]
    adversatives: frozenset[str]
    before_name: frozenset[str]
    before_number: frozenset[str]
    inner: frozenset[str]
    closing: frozenset[str]
    abbreviations: frozenset[str]
    attribution: re.Pattern[str]
    body: re.Pattern[str]
    preambular: re.Pattern[str]
    clause: re.Pattern[str]
    numbered_clause: re.Pattern[str]
    clause_cut: re.Pattern[str]
    preamble_cut: re.Pattern[str]
    label: re.Pattern[str]
    signature: re.Pattern[str]
    letterhead: re.Pattern[str]
    boilerplate: re.Pattern[str]
    disclaimers: tuple[str, ...]
    footnote: re.Pattern[str]
    agency: re.Pattern[str]


@cache
def available() -> tuple[str, ...]:
    """The codes of the languages that have a data file."""
    names = (entry.name for entry in files(__package__).joinpath("data").iterdir())
    return tuple(sorted(n[:-5] for n in names if n.endswith(".toml") and n != "common.toml"))


@cache
def _data(code: str) -> dict[str, Any]:
    path = files(__package__).joinpath("data", f"{code}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.lower().split())


def _phrases(text: str) -> list[str]:
    """The phrases of a list, longest first so that a pattern takes the longest."""
    phrases = (" ".join(phrase.split()) for phrase in text.split(";"))
    return sorted(filter(None, phrases), key=len, reverse=True)


def _capital(phrases: list[str]) -> list[str]:
    """The phrases with and without a capital first letter."""
    return phrases + [p[0].upper() + p[1:] for p in phrases if p[0].islower()]


def _any_of(phrases: list[str]) -> str:
    """A pattern for any of the phrases, a space for any white space; none match nothing."""
    joined = "|".join(re.escape(p).replace(r"\ ", r"\s+") for p in phrases)
    return f"(?:{joined})" if joined else r"(?!)"


@cache
def language(code: str) -> Language:
    """The language of a code; one without a data file gets only what all languages share."""
    common = _data("common")
    data: dict[str, Any] = _data(code) if code in available() else {"name": code}
    cased = data.get("script") not in _CASELESS
    word_end = r"(?!\w)" if data.get("script") != "Han" else ""

    def words(key: str, table: str | None = None) -> frozenset[str]:
        both = (source.get(table, {}) if table else source for source in (common, data))
        return frozenset().union(*(_words(source.get(key, "")) for source in both))

    def phrases(
        key: str, table: str, sources: Iterable[dict[str, Any]] = (common, data)
    ) -> list[str]:
        return _phrases(";".join(source.get(table, {}).get(key, "") for source in sources))

    # Pages carry these marks in other languages than their text's.
    everywhere = [_data(other) for other in available()]

    preambular = _any_of(_capital(phrases("preambular", "clauses"))) + word_end
    clitic = f"(?:{'|'.join(data['clitics'].split())})?" if data.get("clitics") else ""
    operative = clitic + _any_of(_capital(phrases("operative", "clauses"))) + word_end
    any_verb = f"(?:{preambular}|{operative})"
    number = r"(?:(?:\(?\d{1,3}(?:[.)、．]|\s?[-–](?=\s))|[一二三四五六七八九十]{1,3}、)\s*)"
    questions = _any_of(sorted(phrases("question", "marks"), key=len, reverse=True))
    speakers = _any_of(phrases("speaker", "marks"))
    return Language(
        code=code,
        name=data["name"],
        cased=cased,
        spaced=data.get("script") != "Han",
        ordinals=bool(data.get("ordinals", False)),
        starters=words("stopwords") | words("starters"),
        unfinished=words("unfinished"),
        unfinished_endings=tuple(words("unfinished")),
        continues=frozenset(word for word in words("continues") if word[-1] != "*"),
        continuing_prefixes=tuple(w[:-1] for w in words("continues") if w[-1] == "*"),
        particles=words("particles"),
        adversatives=words("adversatives"),
        before_name=words("before_name", "abbreviations"),
        before_number=words("before_number", "abbreviations"),
        inner=words("inner", "abbreviations"),
        closing=words("closing", "abbreviations"),
        abbreviations=frozenset().union(*(words(key, "abbreviations") for key in _ABBREVIATIONS)),
        attribution=re.compile(
            clitic + _any_of(sorted(words("attribution"), key=len, reverse=True)) + word_end
        ),
        body=re.compile(rf"[*_]*{_any_of(phrases('bodies', 'clauses'))}[*_]*\s?[,،，]"),
        preambular=re.compile(rf"[*_]*{preambular}", re.IGNORECASE),
        clause=re.compile(rf"{number}?[*_]*{any_verb}", re.IGNORECASE),
        numbered_clause=re.compile(rf"{number}[*_]*{operative}(?!\s*,)", re.IGNORECASE),
        clause_cut=re.compile(rf"[;؛；]\s*(?=[*_]*{operative}|{number}[*_]*\w)"),
        preamble_cut=re.compile(rf"[,،，;؛；]\s*(?=[*_]*{preambular}|{number}?[*_]*{operative})"),
        label=re.compile(
            rf"[*_]*(?:{questions}[*_]*\s?(?:[:：.]|[-–—](?=\s))"
            rf"|{speakers}\b[^\n:：;.!?؟。]{{0,80}}(?:\.[^\n:：;!?؟。]{{0,60}})?[:：])"
        ),
        signature=re.compile(
            _any_of(phrases("signature", "marks", everywhere))
            .replace(r"\(", r"\([*_]*")
            .replace(r"\)", r"[*_]*\)"),
            re.IGNORECASE,
        ),
        letterhead=re.compile(rf"[*_]*{_any_of(phrases('letterhead', 'marks'))}{word_end}"),
        boilerplate=re.compile(
            rf"\W*{_any_of(phrases('boilerplate', 'marks', everywhere))}{word_end}"
            r"(?:\s*[:：]|\s*$|(?=[^.!?。؟]{0,60}$))",
            re.IGNORECASE,
        ),
        disclaimers=tuple(phrase.lower() for phrase in phrases("disclaimer", "marks", everywhere)),
        footnote=re.compile(
            rf"(?:\[\^?\d{{1,3}}\]:?|\(\d{{1,3}}\)|\d{{1,3}}|[¹²³⁰-⁹]+|\*)\s*"
            rf"{_any_of(phrases('footnote', 'marks'))}{word_end}"
        ),
        agency=re.compile(
            rf"[(/—–-]\s?{_any_of(phrases('agencies', 'marks'))}"
            r"\s?[)/]?(?:\s?[.:]\s?[-–—]?|\s?[-–—])"
        ),
    )


@cache
def _word_index() -> dict[str, tuple[tuple[str, int], ...]]:
    """Which languages a word tells of, and how strongly: a stopword thrice as much as others."""
    index: dict[str, dict[str, int]] = {}
    for code in available():
        data = _data(code)
        other = [
            data["starters"],
            data["unfinished"],
            *data["clauses"].values(),
            *data["marks"].values(),
        ]
        for source, weight in ((" ".join(other), 1), (data["stopwords"], _STOPWORD_WEIGHT)):
            for word in _WORD.findall(source.lower()):
                if data["script"] == "Latin":
                    index.setdefault(word, {})[code] = weight
    return {word: tuple(codes.items()) for word, codes in index.items()}


@cache
def _spellings(code: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(s) for s in _data(code)["spellings"].split()))


@cache
def _codes_by_script() -> dict[str, tuple[str, ...]]:
    scripts: dict[str, list[str]] = {}
    for code in available():
        scripts.setdefault(_data(code)["script"], []).append(code)
    return {script: tuple(codes) for script, codes in scripts.items()}


def _script(sample: str) -> str | None:
    """The script of most letters; one Chinese character weighs as much as three letters."""
    if not _BEYOND_LATIN.search(sample):
        return "Latin" if SCRIPTS["Latin"].search(sample) else None
    sizes = {name: sum(map(len, p.findall(sample))) for name, p in SCRIPTS.items()}
    sizes["Han"] *= 3
    return max(sizes, key=sizes.__getitem__)


def detect(text: str, start: int, end: int, fallback: str = UNKNOWN, size: int = _SAMPLE) -> str:
    """The language of text[start:end] from its script and words; `fallback` where unclear.

    A script that one language alone is written in here tells it, unless the text has letters
    that the language has not ("foreign" in its data): then the language is unknown, "und".
    """
    sample = text[start : min(end, start + size)]
    script = _script(sample)
    codes = _codes_by_script().get(script or "", ())
    if not codes:
        return fallback
    if len(codes) > 1:
        return _by_words(sample.lower(), codes, fallback)
    foreign = _data(codes[0]).get("foreign", "")
    if sum(map(sample.count, foreign)) * _FEW > len(sample):
        return UNKNOWN
    return codes[0]


def _by_words(low: str, codes: tuple[str, ...], fallback: str) -> str:
    """The language of most words in small letters; of words and spelling where that is unclear."""
    scores = dict.fromkeys(codes, 0)
    index = _word_index()
    for word in low.split():
        for code, weight in index.get(word, ()):
            scores[code] += weight
    ranked = sorted(scores.values(), reverse=True)
    if ranked[0] - ranked[1] < _CLEAR:
        scores = dict.fromkeys(codes, 0)
        for word in _WORD.findall(low):
            for code, weight in index.get(word, ()):
                scores[code] += weight
        for code in codes:
            scores[code] += len(_spellings(code).findall(low))
    best = max(scores.values())
    if best == 0 or scores.get(fallback) == best:
        return fallback
    return max(scores, key=scores.__getitem__)


def detect_document(text: str) -> str:
    """The language of most of the document's beginning."""
    return detect(text, 0, len(text), size=_DOCUMENT_SAMPLE)
