"""Registers of persons: MiDAS, plain spells, certificates."""
