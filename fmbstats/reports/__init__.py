"""Executed notebooks and pages: batch, engine, HTML, export and release gate."""
