"""Compares sentence splitters: speed on plain prose and exactness on cases with known sentences.

    python benchmarks/splitting.py [--cases PATH] [--text FILE] [--size MB]

The cases are JSON lines with the fields lang, text and sentences: a file or a folder of such files.
A sentence counts as found if both of its ends are exact; F1 is over all sentences of a language.
The speed is that of one core over documents of some 20 kB, in MB of UTF-8 a second. The default
cases are the project's own tests, which stance passes by construction: use others to judge it.
The peers are optional; those not installed are named:

    pip install pysbd sentencex icu4py blingfire nltk spacy
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

Splitter = Callable[[str, str], list[str]]
Spans = set[tuple[int, int]]

GOLDEN = Path(__file__).parent.parent / "tests" / "golden"
DOCUMENT_SIZE = 20_000
SLOW = {"pysbd": 0.3}
"""MB that are enough to time a slow peer."""

PROSE = {
    "en": (
        "The delegations met in Oslo on 4 May and heard a report by Mr. Dlamini on the state of "
        "the northern ports. Two piers are unsafe and should be closed before the winter. The "
        "envoys thanked the coastguard, and asked that an inquiry be opened without delay."
    ),
    "fr": (
        "Les délégations se sont réunies à Oslo le 4 mai et ont entendu un rapport de M. Dlamini "
        "sur l'état des ports du nord. Deux jetées sont dangereuses et devraient être fermées "
        "avant l'hiver. Les envoyés ont demandé qu'une enquête soit ouverte sans délai."
    ),
    "es": (
        "Las delegaciones se reunieron en Oslo el 4 de mayo y oyeron un informe del Sr. Dlamini "
        "sobre el estado de los puertos del norte. Dos muelles son inseguros y deberían cerrarse "
        "antes del invierno. Los enviados pidieron una investigación sin demora."
    ),
    "ru": (
        "Делегации встретились в Осло 4 мая и заслушали доклад г-на Дламини о состоянии северных "
        "портов. Два причала небезопасны, и их следует закрыть до зимы. Посланники поблагодарили "
        "береговую охрану и просили безотлагательно начать расследование."
    ),
    "ar": (
        "اجتمعت الوفود في أوسلو في 4 أيار/مايو واستمعت إلى تقرير السيد دلاميني عن حالة الموانئ "
        "الشمالية. وهناك رصيفان غير آمنين وينبغي إغلاقهما قبل الشتاء. وشكر المبعوثون خفر "
        "السواحل وطلبوا فتح تحقيق دون تأخير."
    ),
    "zh": (
        "各代表团于5月4日在奥斯陆举行会议，听取了德拉米尼先生关于北部港口状况的报告。"
        "两座码头不安全，应在冬季之前关闭。特使们感谢海岸警卫队，并要求立即展开调查。"
    ),
}


class Case(NamedTuple):
    """A text with the spans of its sentences."""

    lang: str
    text: str
    spans: Spans


def stance() -> Splitter:
    """This project's splitter; it detects the language itself."""
    split = importlib.import_module("stance.sentences").split
    return lambda text, _lang: [sentence.text for sentence in split(text)]


def pysbd() -> Splitter:
    """pysbd has no Portuguese; it gets the Spanish rules."""
    segmenter = importlib.import_module("pysbd").Segmenter
    known: dict[str, Any] = {}

    def run(text: str, lang: str) -> list[str]:
        if lang not in known:
            known[lang] = segmenter(language={"pt": "es"}.get(lang, lang), clean=False)
        return list(known[lang].segment(text))

    return run


def sentencex() -> Splitter:
    """The splitter of Wikimedia."""
    segment = importlib.import_module("sentencex").segment
    return lambda text, lang: list(segment(lang, text))


def icu4py() -> Splitter:
    """ICU's sentence break iterator."""
    breaker = importlib.import_module("icu4py.breakers").SentenceBreaker
    return lambda text, lang: list(breaker(text, lang))


def blingfire() -> Splitter:
    """Bling Fire's default model."""
    offsets = importlib.import_module("blingfire").text_to_sentences_and_offsets
    return lambda text, _lang: [text[a:b] for a, b in offsets(text)[1]]


def punkt() -> Splitter:
    """nltk's Punkt, untrained: its models are a download of their own."""
    tokenizer = importlib.import_module("nltk.tokenize.punkt").PunktSentenceTokenizer()
    return lambda text, _lang: list(tokenizer.tokenize(text))


def spacy() -> Splitter:
    """spaCy's rule-based sentencizer."""
    module = importlib.import_module("spacy")
    known: dict[str, Any] = {}

    def run(text: str, lang: str) -> list[str]:
        if lang not in known:
            known[lang] = module.blank(lang)
            known[lang].add_pipe("sentencizer")
        return [sentence.text for sentence in known[lang](text).sents]

    return run


def spans_of(text: str, pieces: list[str]) -> Spans:
    """Where the pieces stand in the text, without white space at their ends."""
    found: Spans = set()
    at = 0
    for piece in (p.strip() for p in pieces):
        start = text.find(piece, at) if piece else -1
        if start >= 0:
            at = start + len(piece)
            found.add((start, at))
    return found


def read_cases(path: Path) -> list[Case]:
    """The cases of a JSONL file, or of all in a folder."""
    paths = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    rows = [json.loads(line) for p in paths for line in p.read_text("utf-8").splitlines() if line]
    return [Case(r["lang"], r["text"], spans_of(r["text"], r["sentences"])) for r in rows]


def f1_by_language(splitter: Splitter, cases: list[Case]) -> dict[str, float]:
    """Exact F1 for each language and "all"; a case on which the splitter crashes counts as none."""
    sums: dict[str, list[int]] = {}
    for case in cases:
        try:
            found = spans_of(case.text, splitter(case.text, case.lang))
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001  some peers panic with what is no Exception
            found = set()
        for key in ("all", case.lang):
            right, total = sums.get(key, (0, 0))
            both = len(found & case.spans)
            sums[key] = [right + 2 * both, total + len(found) + len(case.spans)]
    return {key: right / total for key, (right, total) in sums.items()}


def documents(text: str | None) -> list[tuple[str, str]]:
    """(language, document) pairs: the text in parts, or prose in six languages."""
    if text:
        parts = range(0, len(text), DOCUMENT_SIZE)
        return [("en", text[start : start + DOCUMENT_SIZE]) for start in parts]
    return [
        (lang, "\n\n".join([prose] * (DOCUMENT_SIZE // len(prose))))
        for lang, prose in PROSE.items()
    ]


def speed(splitter: Splitter, pairs: list[tuple[str, str]], size: float) -> float:
    """MB of UTF-8 a second of this process, over the documents again and again up to `size` MB."""
    for lang, document in pairs[: len(PROSE)]:
        splitter(document[:200], lang)
    total = spent = 0.0
    while total < size * 1e6:
        for lang, document in pairs:
            started = time.process_time()
            splitter(document, lang)
            spent += time.process_time() - started
            total += len(document.encode())
    return total / 1e6 / spent


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Compare sentence splitters.")
    parser.add_argument("--cases", type=Path, default=GOLDEN, help="JSONL file or folder")
    parser.add_argument("--text", type=Path, help="UTF-8 text to measure the speed on")
    parser.add_argument("--size", type=float, default=2.0, help="MB to split (default: 2)")
    options = parser.parse_args()
    cases = read_cases(options.cases)
    pairs = documents(options.text.read_text("utf-8") if options.text else None)
    langs = sorted({case.lang for case in cases})
    print(f"{len(cases)} cases, {sum(len(case.spans) for case in cases)} sentences")
    print(f"{'splitter':12}{'MB/s':>7}{'F1':>7} ", *(f"{lang:>6}" for lang in langs), sep="")
    missing = []
    for make in (stance, pysbd, sentencex, icu4py, blingfire, punkt, spacy):
        name = make.__name__
        try:
            splitter = make()
        except ImportError:
            missing.append(name)
            continue
        rate = speed(splitter, pairs, SLOW.get(name, options.size))
        f1 = f1_by_language(splitter, cases)
        scores = "".join(f"{f1[lang]:6.3f}" for lang in langs)
        print(f"{name:12}{rate:7.1f}{f1['all']:7.3f} {scores}", flush=True)
    if missing:
        print("not installed:", ", ".join(missing))


if __name__ == "__main__":
    main()
