"""Imports run one way, and every module says what it is for."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# What each part of the package may import, besides itself, the standard library and libraries.
ALLOWED = {
    "labels": set(),
    "errors": set(),
    "records": {"labels"},
    "documents": {"labels", "errors", "records"},
    "sentences": {"labels", "errors", "records"},
    "classifiers": {"labels", "errors", "records"},
    "predict": {"labels", "errors", "records", "documents", "sentences", "classifiers"},
    "batch": {"labels", "errors", "records", "documents", "sentences", "classifiers", "predict"},
    "report": {
        *("labels", "errors", "records", "documents", "sentences", "classifiers"),
        *("predict", "batch"),
    },
}
MODULES = sorted((ROOT / "stance").rglob("*.py")) + sorted((ROOT / "training").rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def part_of(module: str) -> str | None:
    pieces = module.split(".")
    return pieces[1] if pieces[0] == "stance" and len(pieces) > 1 else None


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    pieces = path.relative_to(ROOT).with_suffix("").parts
    names = imported(path)
    if pieces[0] == "training" or pieces[1] == "cli":
        assert not any(part_of(n) == "cli" for n in names) or pieces[1] == "cli"
        return
    assert not any(name.split(".")[0] == "training" for name in names), "stance imports training"
    allowed = ALLOWED.get(pieces[1])
    if allowed is not None:
        parts = {part for name in names if (part := part_of(name)) in ALLOWED}
        assert parts <= allowed | {pieces[1]}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_says_what_it_is_for_and_stays_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert text.count("\n") <= 400


def test_only_the_command_line_prints_or_exits() -> None:
    for path in MODULES:
        if "cli" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("print", "exit"), f"{path}:{node.lineno}"


def test_every_package_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    found = {
        ".".join(p.parent.relative_to(ROOT).parts)
        for name in ("stance", "training")
        for p in (ROOT / name).rglob("__init__.py")
    }
    assert listed == found | {"stance.shipped"}
