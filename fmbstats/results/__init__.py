"""Small frozen results that show themselves: frame, sentence and table from the same numbers."""
