"""The pages beside the diagnoses' own: index, overview, changes in FMB, method."""
