"""What stance raises. Every message says what came, what was expected, where, and what to do."""

from __future__ import annotations


class StanceError(Exception):
    """The base of all errors that stance raises for a cause outside its own code."""


class DocumentError(StanceError):
    """A document cannot be read: missing, without text, of no known format, damaged, protected."""


class DataError(StanceError):
    """Labelled data is malformed: a missing column, an unknown label, a broken line."""


class ModelError(StanceError):
    """A model cannot be loaded: unknown name, missing or altered file, other labels or format."""


class MissingExtraError(StanceError):
    """An optional dependency is needed; the message names the extra that installs it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs packages that are not installed; "
            f"install them with: pip install 'stance[{extra}]'"
        )
