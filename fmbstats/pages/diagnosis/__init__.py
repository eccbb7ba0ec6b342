"""The page on one FMB entry: answer, chart, what can be told, sources, register, method."""
