"""What the splitter knows of each language, loaded from data/<code>.toml.

To add a language, add one data file with the same keys. The keys:

- `name`, `script`: English names; the script is one of `languages.SCRIPTS`.
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
  before any capital. Single letters are as in the text: "M." is a title, "m." are metres.
- `[clauses]`: the opening words of preambular and operative clauses, and the adopting bodies.
  `recital` has the preambular words that open nothing else (scripts without letter case).
- `[marks]`: opening words of lines of a known kind; `disclaimer` is found anywhere in its block;
  `division` names the numbered parts of treaties and laws.

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
# Scripts that have no capitals.
_CASELESS: Final = {"Arabic", "Han"}


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
    recital: re.Pattern[str]
    clause: re.Pattern[str]
    numbered_clause: re.Pattern[str]
    clause_cut: re.Pattern[str]
    preamble_cut: re.Pattern[str]
    label: re.Pattern[str]
    signature: re.Pattern[str]
    division: re.Pattern[str]
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
def data_of(code: str) -> dict[str, Any]:
    """The data file of a language."""
    path = files(__package__).joinpath("data", f"{code}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _words(text: str) -> frozenset[str]:
    """The words in small letters, but for single letters: "M." is a title, "m." is metres."""
    return frozenset(word.lower() if len(word) > 1 else word for word in text.split())


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
    common = data_of("common")
    data: dict[str, Any] = data_of(code) if code in available() else {"name": code}
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
    everywhere = [data_of(other) for other in available()]

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
        recital=re.compile(
            rf"[*_]*{_any_of(phrases('recital', 'clauses')) + word_end}"
            if "recital" in data.get("clauses", {})
            else rf"[*_]*{preambular}"
        ),
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
        division=re.compile(
            rf"{_any_of(phrases('division', 'marks'))}\.?\s+[\dIVXLC]{{1,6}}\w*[.:]?\s*",
            re.IGNORECASE,
        ),
        letterhead=re.compile(rf"[*_]*{_any_of(phrases('letterhead', 'marks'))}{word_end}"),
        boilerplate=re.compile(
            rf"\W*{_any_of(phrases('boilerplate', 'marks', everywhere))}{word_end}"
            r"(?:\s*[:：]|\s*$|(?=[^.!?。؟]{0,60}$))",
            re.IGNORECASE,
        ),
        disclaimers=tuple(phrase.lower() for phrase in phrases("disclaimer", "marks")),
        footnote=re.compile(
            rf"(?:\[\^?\d{{1,3}}\]:?|\(\d{{1,3}}\)|\d{{1,3}}|[¹²³⁰-⁹]+|\*)\s*"
            rf"{_any_of(phrases('footnote', 'marks'))}{word_end}"
        ),
        agency=re.compile(
            rf"[(/—–-]\s?{_any_of(phrases('agencies', 'marks'))}"
            r"\s?[)/]?(?:\s?[.:]\s?[-–—]?|\s?[-–—])"
        ),
    )
