"""What all benchmarks share: texts from the seed corpus, interleaved timing, a table of rows."""

from __future__ import annotations

import json
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
_WORDS: Final = 14
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_HAN_A_WORD: Final = 1.7


@dataclass(frozen=True, slots=True)
class Seed:
    """A sentence of the seed corpus, its language and labels."""

    lang: str
    text: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: `figure` in `unit`, as a `ratio` where there is one, and the aim."""

    lane: str
    what: str
    figure: float
    unit: str
    ratio: float | None = None
    aim: str = ""


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds that each contender took, a list of as many rounds for each."""

    seconds: Mapping[str, Sequence[float]]

    def rate(self, name: str, count: int) -> float:
        """The median of what was done a second, where a round does `count`."""
        return count / statistics.median(self.seconds[name])

    def times_as_fast(self, name: str, other: str) -> float:
        """How many times as fast `name` is as `other`: the median of the ratio in each round."""
        pairs = zip(self.seconds[other], self.seconds[name], strict=True)
        return statistics.median(theirs / ours for theirs, ours in pairs)


def interleave(contenders: Mapping[str, Callable[[], object]], rounds: int) -> Timings:
    """Run all contenders in each round, forwards and backwards in turn, after one unmeasured round.

    What disturbs the machine for a while then disturbs all of them.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for run in contenders.values():
        run()
    for number in range(rounds):
        names = list(contenders)
        for name in reversed(names) if number % 2 else names:
            started = time.perf_counter()
            contenders[name]()
            seconds[name].append(time.perf_counter() - started)
    return Timings(seconds)


def read_seeds() -> list[Seed]:
    """The seed corpus, all languages, in the order of its files."""
    return [
        Seed(row["lang"], row["text"], tuple(row["labels"]))
        for path in sorted((ROOT / "seeds").glob("*.jsonl"))
        for row in map(json.loads, path.read_text("utf-8").splitlines())
    ]


def words_in(text: str) -> float:
    """How many words a text has; Chinese, without spaces, 1.7 characters to the word."""
    han = len(_HAN.findall(text))
    return han / _HAN_A_WORD + len(_HAN.sub(" ", text).split())


def sentences_from(seeds: Sequence[Seed], count: int) -> list[str]:
    """Sentences of 30 words on average, in all languages by turns, the same at every run.

    A seed that is long enough stands by itself; shorter ones are joined with others.
    """
    draw = random.Random(0)
    languages = sorted({seed.lang for seed in seeds})
    texts = {lang: [s.text for s in seeds if s.lang == lang] for lang in languages}
    return [
        " ".join(_long_enough(texts[languages[n % len(languages)]], draw)) for n in range(count)
    ]


def _long_enough(texts: Sequence[str], draw: random.Random) -> Iterator[str]:
    words = 0.0
    while words < _WORDS:
        text = draw.choice(texts)
        words += words_in(text)
        yield text


def as_table(rows: Sequence[Row], *, markdown: bool) -> str:
    """The rows as a Markdown table, or in columns."""
    head = ("lane", "what", "figure", "ratio", "aim")
    cells = [head, *(_cells(row) for row in rows)]
    if markdown:
        lines = [f"| {' | '.join(line)} |" for line in cells]
        return "\n".join([lines[0], "| --- | --- | ---: | ---: | --- |", *lines[1:]])
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if column in (2, 3) else text.ljust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


def _cells(row: Row) -> tuple[str, ...]:
    figure = f"{row.figure:,.0f}" if row.figure >= 100 else f"{row.figure:.3g}"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return row.lane, row.what, f"{figure.replace(',', ' ')} {row.unit}".strip(), ratio, row.aim
