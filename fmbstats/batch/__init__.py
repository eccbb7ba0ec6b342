"""Runs the notebooks: what is stale, forks, papermill engine, manifest."""
