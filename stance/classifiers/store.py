"""Model folders: writing them, and loading them without trusting them.

Nothing in a model folder is ever unpickled. A folder is checked in this order: format version,
hashes of all files, labels; only then are weights read.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import stance
from stance.classifiers.base import Calibration, Classifier, checked_thresholds
from stance.errors import ModelError
from stance.labels import STANCES

FORMAT_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
_PACKAGE: Final = Path(stance.__file__).parent
# Installed, the shipped models stand inside the package; in a checkout, beside it.
SHIPPED: Final = next(
    (folder for folder in (_PACKAGE / "shipped", _PACKAGE.parent / "models") if folder.is_dir()),
    _PACKAGE / "shipped",
)


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model folder whose format version, hashes and labels are checked."""

    path: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The model's name and version, as predictions carry it."""
        return f"{self.manifest['name']}-{self.manifest['version']}"

    @property
    def thresholds(self) -> tuple[float, ...]:
        """One threshold for each label, in STANCES order."""
        return checked_thresholds([self.need("thresholds").get(label, -1) for label in STANCES])

    @property
    def calibration(self) -> Calibration:
        """Platt scaling as fitted on held-out data."""
        found = self.need("calibration")
        return Calibration(tuple(found["slopes"]), tuple(found["intercepts"]))

    def need(self, key: str) -> Any:
        """A manifest entry; raises ModelError where it is missing."""
        if key not in self.manifest:
            raise ModelError(f"{self.path / MANIFEST}: no {key!r}; the model is not complete")
        return self.manifest[key]

    def file(self, name: str) -> Path:
        """The path of a file that the manifest lists; raises ModelError for any other."""
        if name not in self.need("files"):
            raise ModelError(f"{self.path / MANIFEST}: file {name!r} is not listed in 'files'")
        return self.path / name


def shipped_models() -> list[ModelFolder]:
    """The models that come with stance, by name."""
    if not SHIPPED.is_dir():
        return []
    folders = sorted(p.parent for p in SHIPPED.glob(f"*/{MANIFEST}"))
    return [open_folder(folder) for folder in folders]


def find(model: str | Path) -> Path:
    """The folder of a shipped model, by name, or of any other, by path.

    Raises ModelError that lists the shipped names where there is neither.
    """
    for folder in (SHIPPED / str(model), Path(model)):
        if (folder / MANIFEST).is_file():
            return folder
    names = ", ".join(sorted(p.parent.name for p in SHIPPED.glob(f"*/{MANIFEST}"))) or "none"
    if Path(model).is_dir():
        raise ModelError(f"{model}: a folder without {MANIFEST}; expected one that stance saved")
    raise ModelError(
        f"no model {str(model)!r}; expected a shipped one ({names}) or the folder of another"
    )


def open_folder(path: Path) -> ModelFolder:
    """Read and check a model folder; raises ModelError for whatever is missing or altered."""
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path / MANIFEST}: cannot be read ({error})") from None
    found = manifest.get("format_version") if isinstance(manifest, dict) else None
    if found != FORMAT_VERSION:
        raise ModelError(
            f"{path}: format version {found!r}; this stance reads {FORMAT_VERSION}; "
            "install the stance that saved the model, or train it again"
        )
    folder = ModelFolder(path, manifest)
    for name, digest in folder.need("files").items():
        part = path / name
        if Path(name).name != name:
            raise ModelError(f"{path / MANIFEST}: {name!r} lies outside the model's folder")
        if not part.is_file():
            raise ModelError(f"{part}: missing, though the manifest lists it; get the model again")
        if sha256(part) != digest:
            raise ModelError(f"{part}: altered since the model was saved; get the model again")
    if tuple(folder.need("labels")) != STANCES:
        raise ModelError(f"{path}: labels {folder.manifest['labels']}; expected {list(STANCES)}")
    return folder


def load(model: str | Path = "multilingual", *, threads: int | None = None) -> Classifier:
    """Load a shipped model by name, or any other by its folder.

    `threads` bounds the threads that one prediction uses; None takes all cores.

    Raises ModelError where there is no such model or a part of it is missing or altered.
    """
    folder = open_folder(find(model))
    kind = folder.need("kind")
    if kind == "baseline":
        from stance.classifiers.baseline import Baseline

        return Baseline.load(folder)
    if kind == "transformer":
        from stance.classifiers.transformer import Transformer

        return Transformer.load(folder, threads=threads)
    if kind == "cascade":
        from stance.classifiers.cascade import Cascade

        return Cascade.load(folder, threads=threads)
    raise ModelError(f"{folder.path}: unknown kind {kind!r}; install the newest stance")


def save_manifest(path: Path, files: Iterable[str], **entries: object) -> None:
    """Write the manifest of the model in `path`, over `files` that are written already."""
    manifest = {
        "format_version": FORMAT_VERSION,
        "labels": list(STANCES),
        **entries,
        "made_with": _versions(),
        "hardware": f"{os.cpu_count()} CPU cores ({platform.machine()})",
        "files": {name: sha256(path / name) for name in sorted(files)},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    (path / MANIFEST).write_text(text, encoding="utf-8")


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("stance", "numpy", "scikit-learn", "torch", "transformers", "onnxruntime"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
