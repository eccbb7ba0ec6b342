"""The parts of the overview: each function makes one section from result objects."""
