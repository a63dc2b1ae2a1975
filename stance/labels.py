"""The four stances. Their names, order, letters and polarity are defined here and nowhere else."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Stance(StrEnum):
    """A stance that a sentence may express; a sentence has several of them or none."""

    CONCERN = "concern"
    CONDEMNATION = "condemnation"
    SUPPORT = "support"
    WELCOME = "welcome"

    @property
    def polarity(self) -> int:
        """-1 for the two negative stances, +1 for the two positive ones."""
        return -1 if self in (Stance.CONCERN, Stance.CONDEMNATION) else 1


STANCES: Final[tuple[str, ...]] = tuple(stance.value for stance in Stance)
"""The label names in the order of every score column: concern, condemnation, support, welcome."""
