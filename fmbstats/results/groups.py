"""Groups that make up a whole which is shown: which further ones must be hidden beside the small.

One table with one total: what `disclosure.suppression` solves for any tables by optimisation has
a short answer here, needed thousands of times in a batch.
"""

from __future__ import annotations

import numpy as np

SUPPRESSED, COMPLEMENTARY, WITHHELD = "suppressed", "complementary", "withheld"


def partition_kinds(counts, threshold: int) -> list[str]:
    """Return per group why its count is hidden, "" where it is shown.

    The total is known, so the sum of the hidden groups is. A small group may be 1 to
    ``threshold - 1``, one hidden beside it at least `threshold`; every small group must be able
    to have each of its values, else nothing of the table is shown.

    Parameters
    ----------
    counts : array-like of int, shape (n_groups,)
    threshold : int

    Returns
    -------
    list of {"", "suppressed", "complementary", "withheld"}

    Examples
    --------
    >>> partition_kinds([3, 40, 60], 5)
    ['suppressed', 'complementary', '']
    >>> partition_kinds([3, 5, 0], 5)
    ['withheld', 'withheld', '']
    """
    counts = np.asarray(counts, dtype=np.int64)
    small = (counts > 0) & (counts < threshold)
    kinds = np.where(small, SUPPRESSED, "").astype(object)
    if not small.any():
        return kinds.tolist()
    if counts.sum() < threshold:
        return [WITHHELD] * len(counts)  # who the few are not is told by no group either
    n_small, total = int(small.sum()), int(counts[small].sum())
    # Room below and above: all other small groups at their least, or at their most.
    lacking = (threshold - 1) + (n_small - 1) - total
    if lacking <= 0 and total - 1 <= (n_small - 1) * (threshold - 1):
        return kinds.tolist()
    large = np.flatnonzero(counts >= threshold)
    large = large[np.argsort(counts[large], kind="stable")]
    enough = large[counts[large] - threshold >= lacking]
    if len(enough):
        kinds[enough[0]] = COMPLEMENTARY
        return kinds.tolist()
    spare = np.cumsum((counts[large] - threshold)[::-1])
    if not len(spare) or spare[-1] < lacking:
        return np.where(counts > 0, WITHHELD, "").tolist()
    kinds[large[::-1][: int(np.argmax(spare >= lacking)) + 1]] = COMPLEMENTARY
    return kinds.tolist()


def complemented(share, n_spells, hidden: np.ndarray, threshold: int) -> np.ndarray:
    """Hide further groups until those hidden cannot be worked out from the whole.

    The whole's share is published, and it is the mean of the groups', weighed by their number:
    one hidden group follows by subtraction. Two or more are hidden, the smallest first, until
    together they tell of at least `threshold` spells on either side.

    Parameters
    ----------
    share, n_spells : array-like of float, shape (n_groups,)
        Exact; NaN where there is no share.
    hidden : ndarray of str, shape (n_groups,)
        Why each is hidden already, "" where it is not.
    threshold : int

    Returns
    -------
    ndarray of str

    Examples
    --------
    >>> share, n = [0.5, 0.02, 0.4], [60, 50, 80]
    >>> complemented(share, n, np.array(["", "suppressed", ""], dtype=object), 5).tolist()
    ['withheld', 'suppressed', '']
    """
    share, n = np.asarray(share, dtype=float), np.asarray(n_spells, dtype=float)
    hidden = np.array(hidden, dtype=object)
    counts = (n > 0) & ~np.isnan(share)
    is_hidden = (hidden != "") & counts
    over = share * n
    order = [k for k in np.argsort(n, kind="stable") if counts[k] and not is_hidden[k]]
    while is_hidden.any() and order:
        tells = min(over[is_hidden].sum(), (n - over)[is_hidden].sum()) < threshold
        if is_hidden.sum() > 1 and not tells:
            break
        place = order.pop(0)
        is_hidden[place], hidden[place] = True, WITHHELD
    return hidden
