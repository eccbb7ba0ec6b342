"""Estimators on ledgers of counts: pure numpy and scipy.special, no files, no frames."""
