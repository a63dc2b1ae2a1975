"""Evaluation: what a model gets right on labelled sentences, with how much certainty."""
