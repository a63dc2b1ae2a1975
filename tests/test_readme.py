"""The README shows what happens."""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def following(language: str) -> tuple[str, str]:
    """The first block in a language, and the block after it."""
    at = next(i for i, (found, _) in enumerate(BLOCKS) if found == language)
    return BLOCKS[at][1], BLOCKS[at + 1][1]


def test_the_first_command_prints_what_is_shown() -> None:
    command, shown = following("sh")
    words = shlex.split(command.split("&&")[1])
    done = subprocess.run(
        [sys.executable, "-m", *words, "-f", "table"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "100"},
    )
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    # A probability may differ in its last digit from one processor to the next.
    plain = [re.sub(r"^(\w+) [01]\.\d\d", r"\1", line) for line in printed]
    lines = [line for line in shown.splitlines() if line != "[...]"]
    assert lines
    assert [re.sub(r"^(\w+) [01]\.\d\d", r"\1", line) for line in lines] == plain[: len(lines)]


def test_the_python_example_prints_what_is_shown() -> None:
    code, shown = following("python")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert printed.getvalue() == shown


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_links_lead_somewhere(target: str) -> None:
    assert (ROOT / target).exists()
