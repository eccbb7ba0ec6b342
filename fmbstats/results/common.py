"""What all results share: strata, numbers or why there is none, a look in notebooks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from fmbstats import words
from fmbstats.errors import UnknownNameError
from fmbstats.frames import pd
from fmbstats.words import Absent
from fmbstats.words.strata import OWN, SEVERAL, STRATA, own_group

# Two classes deep, so that it wins over JupyterLab's own rules for tables (right, centred).
STYLE = """<style>
.fmb-result .table-scroll {overflow-x: auto}
.fmb-result table.data {border-collapse: collapse; margin: .3em 0; text-align: left;
  line-height: 1.35;
  font-variant-numeric: tabular-nums}
.fmb-result table.data caption {text-align: left; font-weight: 600; padding: .2em 0}
.fmb-result table.data th, .fmb-result table.data td {text-align: left; vertical-align: top;
  padding: .25em .8em .25em .3em; border-bottom: 1px solid var(--jp-border-color2, #c9d0d8);
  max-width: 28em; white-space: normal}
.fmb-result table.data .num {text-align: right; white-space: nowrap}
.fmb-result table.data tbody th {font-weight: 500}
.fmb-result table.data td.absent {font-style: italic; opacity: .8}
</style>"""


def in_notebook(html: str) -> str:
    """Return HTML with the look of results in a notebook."""
    return f'{STYLE}<div class="fmb-result">{html}</div>'


class OwnStratum(str):
    """Name of a stratum that the register itself brought (unit, profession ...): its own column."""


def told_group(by: str | None, stratum: str) -> dict[str, Any]:
    """Return `by` and `stratum` of a told row.

    >>> told_group("sex", "women"), told_group(OwnStratum("unit"), "North")
    ({'by': 'sex', 'stratum': 'women'}, {'by': 'own', 'stratum': 'unit: North'})
    """
    if isinstance(by, OwnStratum):
        return {"by": OWN, "stratum": own_group(by, stratum)}
    return {"by": by or "all", "stratum": stratum}


def joined_by(by: str | Iterable[str] | None) -> str | None:
    """Return several strata as one name; one, or none, as it is.

    Raises UnknownNameError: a name is unknown, comes twice, or is no text.

    >>> joined_by(["sex", "age"]), joined_by("sex"), joined_by(None)
    ('sex × age', 'sex', None)
    """
    if by is None or isinstance(by, str):
        column_of(by)
        return by
    names = list(by) if isinstance(by, Iterable) else [by]
    if not names or len(set(map(str, names))) < len(names):
        raise UnknownNameError(f"by={by!r}: name each stratum once, as in by=['sex', 'age'].")
    for name in names:
        if not isinstance(name, str):
            raise UnknownNameError(
                f"by={by!r}: {name!r} is no name. Write 'sex', or several as ['sex', 'age']."
            )
        column_of(name)
    return SEVERAL.join(names)


def column_of(by: str | None) -> str:
    """Return the ledger's column for a stratum's name (or for itself); "all" for None.

    Raises UnknownNameError: there is no such stratum.
    """
    if by is None:
        return "all"
    if isinstance(by, OwnStratum):
        return by
    if SEVERAL in by:
        return SEVERAL.join(map(column_of, by.split(SEVERAL)))
    if by in STRATA.values():
        return by
    if by not in STRATA:
        known = ", ".join(map(repr, STRATA))
        raise UnknownNameError.among("Stratum", by, STRATA, f"Known: {known}.")
    return STRATA[by]


def label_of(column: str, group: tuple[str, ...], language: str) -> str:
    """Name of strata taken together; neighbouring years or ages as one span."""
    if column == "start_year" and len(group) > 1 and _are_consecutive(group):
        return f"{min(group)}–{max(group)}"
    if column == "age_group" and len(group) > 1:
        span = _age_span(sorted(group))
        if span:
            return words.age_group(span, language)
    return words.joined([words.stratum(column, value, language) for value in group], language)


def _age_span(ages: list[str]) -> str:
    """'16-39' of '16-29' and '30-39', '50+' of '50-59' and '60+'; empty with a gap between."""
    lows = [int(age.rstrip("+").split("-")[0]) for age in ages]
    highs = [age.split("-")[1] if "-" in age else "" for age in ages]
    if any(high != str(low - 1) for high, low in zip(highs[:-1], lows[1:], strict=True)):
        return ""
    return f"{lows[0]}-{highs[-1]}" if highs[-1] else f"{lows[0]}+"


def _are_consecutive(years: tuple[str, ...]) -> bool:
    numbers = sorted(map(int, years))
    return numbers == list(range(numbers[0], numbers[-1] + 1))


def in_order(strata: Iterable[str]) -> list[str]:
    """Return the names of groups as they are read: women before men, the unknown last.

    >>> in_order(["men", "unknown", "women"]), in_order(["30-39", "16-29"])
    (['women', 'men', 'unknown'], ['16-29', '30-39'])
    """
    return sorted(dict.fromkeys(strata), key=lambda s: (s == "unknown", s != "women", s))


def parted(rows: pd.DataFrame, by: str | None) -> pd.DataFrame:
    """Return a column for each of the things that groups are parted by, then the numbers.

    `rows`: stratum, estimate, lo, hi, n_spells, flags. `by`: one name, or several joined.
    """
    names = (by or "all").split(SEVERAL)
    parts = [str(stratum).split(SEVERAL) for stratum in rows["stratum"]]
    found = pd.DataFrame(parts, columns=names, index=rows.index)
    return found.join(rows[["estimate", "lo", "hi", "n_spells", "flags"]])


def value_or_reason(estimate: float, flags: str) -> Any:
    """Return the number, or the reason that stands in its place."""
    if estimate is not None and not math.isnan(estimate):
        return estimate
    for flag in flags.split():
        if flag in Absent._value2member_map_:
            return Absent(flag)
    return Absent.MISSING


def headed(language: str, **cells: Any) -> dict[str, Any]:
    """Return cells by the heads of their columns ("column.<name>" of the catalogue)."""
    return {words.phrase(f"column.{name}", language): cell for name, cell in cells.items()}


def share_shown(row: Any, language: str) -> Any:
    """Write a row's share with its limits, or why there is none."""
    value = value_or_reason(row.share, row.flags)
    return with_interval(value, row.lo, row.hi, "percent", 1, language)


def with_interval(value: Any, lo: float, hi: float, kind: str, decimals: int, language: str) -> Any:
    """Write an estimate with its limits of confidence: 29,9 % (28,9-31,0 %).

    `value`: a reason instead of a number is returned as it is. `lo`, `hi`: NaN where there is none:
    both, or the one that is not reached. `kind`: {"percent", "number"}.
    """
    if words.is_spoken(value):
        return value
    shown = words.cell(value, kind, decimals, language)
    if math.isnan(lo) and math.isnan(hi):
        return shown
    ends = words.interval(
        Absent.NOT_REACHED if math.isnan(lo) else lo,
        Absent.NOT_REACHED if math.isnan(hi) else hi,
        kind,
        decimals,
        language,
    )
    return f"{shown} ({ends})"
