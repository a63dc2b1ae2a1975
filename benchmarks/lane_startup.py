"""A cold start: a new process that labels a letter of one page, beside one that imports numpy."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from measuring import ROOT, Row, interleave

LANE = "start-up"
_LETTER = "seeds/documents/un-letter-fr.md"
_NUMPY = 'python -c "import numpy"'
COMMANDS = {
    _NUMPY: ["-c", "import numpy"],
    "stance predict, multilingual": ["-m", "stance", "predict", _LETTER, "-m", "multilingual"],
    "stance predict, baseline": ["-m", "stance", "predict", _LETTER, "-m", "baseline"],
}
AIMS = {"stance predict, multilingual": "under 1.5 s", "stance predict, baseline": "under 0.8 s"}


def startup_lane(rounds: int) -> list[Row]:
    """The rows of the lane: the median, and the best, of so many processes each."""
    timings = interleave({name: partial(_start, args) for name, args in COMMANDS.items()}, rounds)
    rows = []
    for name in COMMANDS:
        ratio = None if name == _NUMPY else timings.times_as_fast(_NUMPY, name)
        best = min(timings.seconds[name])
        median = 1 / timings.rate(name, 1)
        rows.append(Row(LANE, name, median, "s", ratio, AIMS.get(name, "")))
        rows.append(Row(LANE, f"{name}, best of {rounds}", best, "s"))
    return rows


def _start(arguments: list[str]) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
