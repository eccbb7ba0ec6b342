"""The numbers of a result in METHODS' long row form, beside the frame that a page shows.

A page writes "29,9 % (28,9–31,0 %)"; here stand 0.2991, 0.2890 and 0.3096. Both come from one
protected object: what is hidden on the page is empty here, and `flags` says why.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from fmbstats import words
from fmbstats.frames import pd
from fmbstats.media import in_cell

# What every row says; a row may also say what else `adherence.csv` has a column for.
COLUMNS = (
    "part",
    "by",
    "stratum",
    "label",
    "metric",
    "estimate",
    "lo",
    "hi",
    "limit_days",
    "day",
    "method",
    "n_spells",
    "n_at_risk_at_r",
    "flags",
)
# Part of the page that shows the measures by a stratum; those by county or year stand in none.
PART_OF = {"all": "measures", "sex": "sex", "age": "age", "own": "own"}
NOTHING = math.nan


def value_row(
    metric: str,
    value: Any = NOTHING,
    *,
    by: str = "all",
    stratum: object = "all",
    flags: str = "",
    **more: Any,
) -> dict[str, Any]:
    """Return one number as a row.

    `metric`: what is counted or estimated; shares (0-1) begin with "share_", "difference_share",
    "coverage_" or end with "_share". `value`: a protected or absent value becomes an empty estimate
    with its flag. `by`, `stratum`: what the groups are, and which of them. `flags`: why there is no
    estimate; found by itself for a range and for a missing number. `**more`: other columns: lo, hi,
    limit_days, day, n_spells, label, method, part and so on.

    >>> value_row("n_spells", 12)["estimate"]
    12.0
    >>> row = value_row("n_spells", words.Absent.SMALL_N)
    >>> row["estimate"], row["flags"]
    (nan, 'small_n')
    """
    if words.is_spoken(value):
        flags, value = flags or flag_of(value), NOTHING
    estimate = NOTHING if value is None else float(value)
    if estimate != estimate and not flags:
        has_ends = any(more.get(end, NOTHING) == more.get(end, NOTHING) for end in ("lo", "hi"))
        flags = "bounds_only" if has_ends else "missing"
    row = {"by": by, "stratum": str(stratum), "metric": metric, "estimate": estimate}
    return row | {"flags": flags} | more


def flag_of(reason: Any) -> str:
    """Return the flag of a reason that stands in place of a number.

    >>> flag_of(words.Absent.NO_LIMIT)
    'no_limit'
    """
    return str(getattr(reason, "kind", None) or getattr(reason, "value", "missing"))


def numbers(rows: Iterable[dict]) -> pd.DataFrame:
    """Return rows as a frame, in the order of `COLUMNS`, without columns that nobody fills."""
    rows = list(rows)
    return pd.DataFrame({name: [row.get(name, NOTHING) for row in rows] for name in _heads(rows)})


def _heads(rows: Iterable[dict]) -> list[str]:
    named = dict.fromkeys(name for row in rows for name in row)
    return [*(n for n in COLUMNS if n in named), *(n for n in named if n not in COLUMNS)]


def text_rows(frames: Iterable[pd.DataFrame | None], **own: str) -> list[dict[str, str]]:
    """Return frames of numbers as text: what stands in `adherence.csv`, without empty cells.

    `**own`: what a row says that does not say otherwise, such as its part.

    Returns numbers with ten digits; no text runs as a formula. A row that comes twice stands once.

    >>> frame = pd.DataFrame({"stratum": ["=1"], "estimate": [1 / 3], "lo": [math.nan]})
    >>> text_rows([frame, None, frame], part="age")
    [{'part': 'age', 'stratum': "'=1", 'estimate': '0.3333333333'}]
    """
    rows: dict[tuple, dict[str, str]] = {}
    for frame in frames:
        if frame is None:
            continue
        names = list(frame.columns)
        for cells in zip(*(frame[name].tolist() for name in names), strict=True):
            texts = zip(names, map(_cell_text, cells), strict=True)
            row = own | {name: text for name, text in texts if text}
            rows[tuple(sorted(row.items()))] = row
    return list(rows.values())


def _cell_text(value: Any) -> str:
    if isinstance(value, str):
        return _safe(value)
    return "" if value is None or value != value else f"{value:.10g}"


@lru_cache(maxsize=10_000)
def _safe(text: str) -> str:
    return in_cell(text)
