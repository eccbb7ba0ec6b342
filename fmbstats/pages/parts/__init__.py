"""The parts of a diagnosis report: each function makes one section from result objects."""
