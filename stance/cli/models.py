"""`stance models`."""

from __future__ import annotations

from typing import Any


def models() -> None:
    """List the models that come with stance, with their size and measured macro-F1.

    \b
    Example:
      stance models
    """
    from rich.console import Console
    from rich.table import Table

    from stance.classifiers.store import MANIFEST, shipped_models
    from stance.predict import DEFAULT_MODEL

    table = Table(box=None, pad_edge=False)
    for header in ("model", "kind", "languages", "size", "macro-F1 UN", "macro-F1 native"):
        table.add_column(
            header, justify="right" if header.startswith(("size", "macro")) else "left"
        )
    for folder in shipped_models():
        size = sum(
            (folder.path / name).stat().st_size for name in [*folder.need("files"), MANIFEST]
        )
        name = folder.path.name
        metrics: dict[str, Any] = folder.manifest.get("metrics", {})
        table.add_row(
            f"{name} (default)" if name == DEFAULT_MODEL else name,
            folder.need("kind"),
            " ".join(folder.manifest.get("languages", [])),
            f"{size / 1e6:.1f} MB",
            *(f"{metrics[key]:.2f}" if key in metrics else "" for key in ("un", "native")),
        )
    Console(highlight=False).print(table)
