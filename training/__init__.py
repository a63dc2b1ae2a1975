"""Training and evaluation: labelled sentences in, a folder in models/ out."""
