"""Classifiers: sentences in, calibrated probabilities out; `store.load` opens a model folder."""
