"""Whether what a page finds points where its number does: longer or shorter, more or fewer.

Such sentences differ by one word, which every phrase may hold; the row of the effect decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

import pandas as pd

from fmbstats.words import phrase_forms

_OVER, _LONGER, _HAZARD = (
    "difference_share_over_limit", "difference_share_longer_limit", "log_hazard_ratio"
)  # fmt: skip
# Phrase -> the measure whose row of all it tells, and its sign; 0: the interval holds zero.
_SIGNS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "evaluation.higher": (_OVER, 1),
        "evaluation.lower": (_OVER, -1),
        "evaluation.none": (_OVER, 0),
        "evaluation.title.higher": (_OVER, 1),
        "evaluation.title.lower": (_OVER, -1),
        "evaluation.title.none": (_OVER, 0),
        "drift.more": (_LONGER, 1),
        "drift.fewer": (_LONGER, -1),
        "drift.none": (_LONGER, 0),
        # Sick leave that ends at a higher rate is shorter.
        "rollout.title.sooner": (_HAZARD, 1),
        "rollout.title.later": (_HAZARD, -1),
    }
)


def effects_of(rows: pd.DataFrame, slug: str) -> Mapping[str, tuple[float, float, float]]:
    """Return the effects that a page tells of all together: measure -> estimate, lower, upper.

    `rows`: as of `rows.read_rows`.
    """
    own = rows[(rows["slug"] == slug) & (rows["by"] == "all") & (rows["metric"].isin(_METRICS))]
    values = zip(own["estimate"], own["lo"], own["hi"], strict=True)
    return dict(zip(own["metric"], values, strict=True))


def points_elsewhere(
    text: str, effects: Mapping[str, tuple[float, float, float]], language: str
) -> Iterator[str]:
    """Yield the phrases in a text that say another direction than their row.

    `effects`: as of `effects_of`.
    """
    for key, pattern in _patterns(language).items():
        metric, sign = _SIGNS[key]
        if metric in effects and pattern.search(text.replace("\xa0", " ")):
            estimate, lo, hi = effects[metric]
            is_zero = lo <= 0 <= hi
            # A roll-out is judged by its permutations, not by its interval.
            is_so = (
                is_zero if not sign else sign * estimate > 0 and (metric == _HAZARD or not is_zero)
            )
            if not is_so:
                yield key


_METRICS = frozenset(metric for metric, _ in _SIGNS.values())


@cache
def _patterns(language: str) -> Mapping[str, re.Pattern[str]]:
    found = {}
    for key in _SIGNS:
        forms = (re.split(r"\{\w+\}", form) for form in phrase_forms(key, language))
        texts = (".+?".join(re.escape(p.replace("\xa0", " ")) for p in form) for form in forms)
        found[key] = re.compile("|".join(texts), re.DOTALL)
    return found
