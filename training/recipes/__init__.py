"""Training recipes: TOML files, and reading them into a recipe's dataclass."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from stance.errors import DataError

Recipe = TypeVar("Recipe")


def read_recipe(kind: type[Recipe], path: Path | None, **overrides: Any) -> Recipe:
    """A recipe from its defaults, a TOML file over them, and options that are not None over both.

    Raises DataError for a missing or malformed file and for a key that the recipe does not have.
    """
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise DataError(f"{path}: cannot be read as a recipe ({error})") from None
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            raise DataError(
                f"{path}: unknown key {key!r}; expected one of {', '.join(sorted(known))}"
            )
    values |= {key: value for key, value in overrides.items() if value is not None}
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
