"""Sentences that alternative texts have in common."""

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
