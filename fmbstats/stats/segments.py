"""Arrays cut into consecutive segments, one per group: running sums, first hits, look-ups.

`offsets` has shape (n_groups + 1,); rows `offsets[g]:offsets[g + 1]` belong to group g.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np


def accumulate(ufunc, values, offsets):
    """Run `ufunc` along each segment, starting anew so that no sum leaks to the next group."""
    out = np.empty(len(values))
    bounds = offsets.tolist()
    for a, b in itertools.pairwise(bounds):
        if b > a:
            ufunc.accumulate(values[a:b], out=out[a:b])
    return out


def reduce_segments(ufunc, values, offsets, *, empty):
    """Apply `ufunc` over each segment; `empty` where a segment has no row."""
    out = np.full(len(offsets) - 1, empty, dtype=np.result_type(values, type(empty)))
    filled = np.flatnonzero(np.diff(offsets))
    if len(filled):
        out[filled] = ufunc.reduceat(values, offsets[filled])
    return out


def first_true(mask, offsets):
    """Row of the first True of each segment, -1 where there is none."""
    rows = np.where(mask, np.arange(len(mask)), len(mask))
    first = reduce_segments(np.minimum, rows, offsets, empty=len(mask))
    return np.where(first < len(mask), first, -1)


@dataclass(frozen=True, eq=False)
class Places:
    """Rows by group and day, to be looked up: days ascend within a segment."""

    keys: np.ndarray
    offsets: np.ndarray
    span: int

    @classmethod
    def of(cls, day, group, offsets):
        """Number the rows; `group`, `day`: of each, shape (n_rows,)."""
        span = int(day.max(initial=0)) + 3
        return cls(group * span + day, offsets, span)

    def before(self, group, day, *, inclusive):
        """Row number of the last row of each `group` on (if `inclusive`) or before its `day`.

        Where no row qualifies, the row before the segment's first is returned (possibly -1):
        compare with `offsets[group]`.
        """
        wanted = group * self.span + np.minimum(np.maximum(day, -1), self.span - 1)
        found = np.searchsorted(self.keys, wanted, "right" if inclusive else "left")
        return np.maximum(found, self.offsets[group]) - 1
