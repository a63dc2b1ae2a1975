"""What to evaluate on what: a plan, from the command line or from a TOML recipe."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from stance.errors import DataError


@dataclass(frozen=True)
class Plan:
    """What to evaluate on what.

    `models` are shipped names, folders, `rules`, `majority` or a peer (peers.PEERS, trained on the
    training part of `data`). `against` is compared with every other model. `seeds` lists, for a
    name, the folders of one recipe trained with several seeds. A recipe in a TOML file has the
    same keys, but for `data`; with `skip_missing` a model that is not there is listed as missing.
    """

    models: tuple[str, ...]
    data: tuple[Path, ...] = ()
    part: str | None = None
    against: str | None = None
    challenge: bool = False
    seed: int = 0
    title: str = "Evaluation"
    introduction: str = ""
    seeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skip_missing: bool = False


def read_recipe(path: Path, data: tuple[Path, ...]) -> Plan:
    """The plan of a TOML recipe for `data`; raises DataError for an unknown or missing key."""
    try:
        keys: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: cannot be read as a TOML recipe ({error})") from None
    known = {f.name for f in fields(Plan)} - {"data"}
    if unknown := sorted(set(keys) - known):
        raise DataError(f"{path}: unknown keys {unknown}; expected some of {sorted(known)}")
    if "models" not in keys:
        raise DataError(f"{path}: no key 'models'; expected a list of names or folders")
    keys["models"] = tuple(keys["models"])
    return Plan(data=data, **keys)
