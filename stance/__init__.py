"""Labels the sentences of diplomatic texts: concern, condemnation, support, welcome."""

from stance.labels import STANCES
from stance.predict import load, predict, read, split
from stance.records import Document, Prediction, Sentence

__all__ = ["STANCES", "Document", "Prediction", "Sentence", "load", "predict", "read", "split"]
__version__ = "0.1.0"
