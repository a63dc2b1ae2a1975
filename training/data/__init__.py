"""Looks after labelled data: checks it, counts it, finds repeats and likely errors, converts it."""
