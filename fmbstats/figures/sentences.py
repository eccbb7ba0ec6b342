"""Sentences that captions and alternative texts have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fmbstats import words
from fmbstats.frames import rows_of


def sentences(parts: Sequence[str], is_synthetic: bool, language: str) -> str:
    """Join sentences, the one on synthetic data last."""
    tail = [words.phrase("caption.synthetic", language)] if is_synthetic else []
    return " ".join([*parts, *tail])


def cutoff_sentence(n_spells: object, cutoff_date: object, language: str) -> str:
    """Write the number of spells and the day up to which they were followed."""
    n = words.spells(n_spells, language)
    if cutoff_date is None:
        return words.phrase("caption.n", language, n=n)
    day = words.date(cutoff_date, language)
    return words.phrase("caption.cutoff", language, n=n, cutoff=day)


def caption(
    key: str,
    *,
    n_spells: object,
    cutoff_date: object = None,
    language: str = "",
    is_synthetic: bool = False,
    **values: str,
) -> str:
    r"""Write the caption of a figure: what it shows, number of spells, cut-off.

    Parameters
    ----------
    key : str
        'strata', 'forest', 'funnel', 'end_reasons', 'degree', 'bunching', 'bounds', 'trend'.
    n_spells : int or Spoken
    cutoff_date : date or ISO str, optional
        Last day of follow-up.
    **values : str
        What the phrase ``caption.<key>`` needs, e.g. ``by="kön"`` for 'strata'.

    Examples
    --------
    >>> caption("trend", n_spells=1, language="en", is_synthetic=True)[-34:]
    'interval. 1\xa0spell. Synthetic data.'
    """
    parts = [
        words.phrase(f"caption.{key}", language, **values),
        cutoff_sentence(n_spells, cutoff_date, language),
    ]
    return sentences(parts, is_synthetic, language)


def share_text(lo: float, hi: float, language: str, decimals: int = 0) -> str:
    """Write a share, or the interval it lies in."""
    return words.interval(lo, hi, "percent", decimals, language)


def group_shares(frame: pd.DataFrame, language: str) -> list[str]:
    """Write 'label share' for every row of an interval frame that has a share."""
    return [
        words.phrase(
            "alt.group",
            language,
            label=words.visible(row.label),
            share=share_text(row.exceedance_lo, row.exceedance_hi, language),
        )
        for row in rows_of(frame)
        if np.isfinite(row.exceedance_lo)
    ]


def extremes(frame: pd.DataFrame, language: str) -> list[str]:
    """Name the highest and the lowest row of an interval frame, by its upper share."""
    known = frame[np.isfinite(frame["exceedance_hi"].to_numpy(dtype=float))]
    if len(known) < 2:
        return []
    high = known.loc[known["exceedance_hi"].astype(float).idxmax()]
    low = known.loc[known["exceedance_hi"].astype(float).idxmin()]
    text = words.phrase(
        "alt.extremes",
        language,
        high=words.visible(high.label),
        high_share=share_text(high.exceedance_lo, high.exceedance_hi, language),
        low=words.visible(low.label),
        low_share=share_text(low.exceedance_lo, low.exceedance_hi, language),
    )
    return [text]
