"""Spells whose diagnosis changes: which one counts, and the change as an end reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Transitions:
    """Spells by first and by last diagnosis."""

    codes: np.ndarray  #: All codes that occur, sorted; shape (n_codes,).
    #: Spells; rows the first diagnosis, columns the last; shape (n_codes, n_codes).
    counts: np.ndarray

    def largest(self, code, n_largest=5):
        """Commonest last diagnoses of a first one: pairs (code, spells), the largest first."""
        row = self.counts[np.searchsorted(self.codes, code)]
        order = np.argsort(-row, kind="stable")[:n_largest]
        return tuple((str(self.codes[i]), float(row[i])) for i in order if row[i] > 0)


def transitions(first, last, *, n=1):
    """Table of first against last diagnosis.

    Parameters
    ----------
    first, last : array-like of str, shape (n_rows,)
        Normalised codes; "" where missing.
    n : array-like
        Spells of each row.

    Returns
    -------
    Transitions

    Examples
    --------
    >>> table = transitions(["F43", "F43", "M54"], ["F43", "F32", "M54"], n=[8, 2, 5])
    >>> table.largest("F43")
    (('F43', 8.0), ('F32', 2.0))
    """
    first, last = (np.atleast_1d(np.asarray(x, str)) for x in (first, last))
    first, last, n = np.broadcast_arrays(first, last, np.asarray(n, float))
    codes, where = np.unique(np.concatenate([first, last]), return_inverse=True)
    key = where[: len(first)] * len(codes) + where[len(first) :]
    counts = np.bincount(key, weights=n, minlength=len(codes) ** 2)
    return Transitions(codes, counts.reshape(len(codes), len(codes)))
