"""What to evaluate on what: a plan, from the command line or from a TOML recipe."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from stance.classifiers.store import MANIFEST, SHIPPED
from stance.errors import DataError
from training.corpus import SUFFIXES, data_suffix
from training.evaluation.comparators import COMPARATORS
from training.evaluation.peers import peer_kind
from training.splits import Part

_RECIPE_KEYS: Final[Mapping[str, type]] = {
    "models": list,
    "part": str,
    "against": str,
    "challenge": bool,
    "seed": int,
    "title": str,
    "introduction": str,
    "closing": str,
    "seeds": dict,
}


@dataclass(frozen=True)
class Plan:
    """What to evaluate on what.

    `models` are shipped names, folders, comparators, or peers, which are trained first, on the
    training part of `data`. Every model is tested against the one that `against` names. `seeds`
    lists, for a name, the folders of one recipe trained with several seeds. With `skip_missing` a
    model that is not there is listed as missing. `introduction` and `closing` are Markdown.
    """

    models: tuple[str, ...]
    data: tuple[Path, ...] = ()
    part: str | None = None
    against: str | None = None
    challenge: bool = False
    seed: int = 0
    title: str = "Evaluation"
    introduction: str = ""
    closing: str = ""
    seeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skip_missing: bool = False

    @property
    def contestants(self) -> tuple[str, ...]:
        """The models in the order of the report, each once."""
        return tuple(dict.fromkeys([*self.models, *([self.against] if self.against else [])]))

    def __post_init__(self) -> None:
        """Raise DataError for a part that is not held out."""
        if self.part not in (None, Part.VALIDATION, Part.TEST):
            raise DataError(f"part {self.part!r}; expected validation or test")


def read_recipe(path: Path, data: Iterable[Path]) -> Plan:
    """The plan of a TOML recipe for `data`; missing models are skipped.

    `closing` names a Markdown file beside the recipe. Raises DataError for a file that cannot be
    read, an unknown key, or a value of another type than expected.
    """
    keys: dict[str, Any] = {}
    try:
        keys = tomllib.loads(path.read_text(encoding="utf-8"))
        for key, value in keys.items():
            if key not in _RECIPE_KEYS:
                raise DataError(f"{path}: unknown key {key!r}; expected {', '.join(_RECIPE_KEYS)}")
            if type(value) is not _RECIPE_KEYS[key]:
                expected = _RECIPE_KEYS[key].__name__
                raise DataError(f"{path}: {key} is {value!r}; expected a value of type {expected}")
        if "closing" in keys:
            keys["closing"] = (path.parent / keys["closing"]).read_text(encoding="utf-8")
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: cannot be read as a recipe ({error})") from None
    keys["models"] = tuple(keys.get("models", ()))
    return Plan(data=tuple(data), skip_missing=True, **keys)


def models_and_data(arguments: Iterable[str]) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """Tell models (names, model folders) from data (files by their ending, other folders)."""
    models: list[str] = []
    data: list[Path] = []
    for argument in arguments:
        path = Path(argument)
        named = argument in COMPARATORS or peer_kind(argument) is not None
        model = named or any((at / MANIFEST).is_file() for at in (SHIPPED / path, path))
        if not model and (data_suffix(path) in SUFFIXES or path.is_dir()):
            data.append(path)
        else:
            models.append(argument)
    return tuple(models), tuple(data)
