"""Is every number of a page found in `adherence.csv`? A walk over cells, sentences and pictures.

`untraced` reads a page as a reader does: every table cell, sentence, caption and alternative text.
What is no result is taken away by a closed list (`reading.NOT_RESULTS`: dates, codes, versions,
the level of confidence) and the names that the rows themselves hold. What is left are numbers:

- "29,9 % (28,9–31,0 %)" must be the estimate and the limits of one row;
- "30,7–51,9 %" must be both ends of one row;
- all numbers of a table's row must belong to one group of one part: a right number in the wrong
  row is not found;
- each number must be a rounding of what stands in the row, to the digits that the page shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from fmbstats.gate.page_reading import Claim, Number, Piece, claims_of, read_pieces
from fmbstats.measures import DIFFERENCE, MEASURES, SHARE

OVERVIEW = "overview"
# What the rows of a part may be said in besides the part itself.
SEES = {
    "headline": ("measures", "recommendation", "change", "published"),
    "limits": ("measures", "population"),
    "history": ("recommendation",),
    "not-judged": ("measures",),
}
# With the threshold: a number that is not shown.
FEWER = ("färre än", "fewer than", "ett antal under", "a count below")
# What any sentence or caption may mention: how many spells, which limits, how it was made.
COMMON = (
    "n_spells",
    "entry_day",
    "first_day_seen",
    "recommended_max_days",
    "gap_days",
    "month_days",
    "month_days_other",
    "threshold",
)
_TEXTS = dict.fromkeys(("slug", "dx", "rec_id", "rec_version", "stratum", "label", "by"), "str")
_WHOLE = ("n_spells", "n_events", "n_at_risk_at_r", "limit_days", "day", "entry_days")
_GROUP = ("rec_id", "by", "stratum", "label", "day", "data_vintage")


@dataclass(frozen=True)
class Untraced:
    """A number of a page that no row of the table holds.

    Attributes
    ----------
    section : str
        Part of the page.
    kind : {"row", "head", "text", "alt"}
        Where it stands: in a table's row or head, in a sentence or caption, in an alternative text.
    number : str
        The number, as it is written.
    text : str
        What it stands in.
    """

    section: str
    kind: str
    number: str
    text: str

    def __str__(self) -> str:
        return f"{self.section} ({self.kind}): {self.number} in {self.text[:160]!r}"


def read_table(path: Path) -> pd.DataFrame:
    """Read `adherence.csv`; names stay text, an empty text is empty."""
    texts = _TEXTS | {"part": "str", "metric": "str", "flags": "str"}
    table = pd.read_csv(path, dtype=texts, low_memory=False)
    return table.fillna({name: "" for name in texts if name in table})


def rows_of(table: pd.DataFrame, slug: str) -> pd.DataFrame:
    """Return the rows that the page of an entry, or the overview, may take its numbers from."""
    own = table["slug"] == slug
    if slug == OVERVIEW:
        own |= (table["part"] == "measures") & (table["by"] == "all")
    return table[own]


def untraced(page_html: str, rows: pd.DataFrame) -> list[Untraced]:
    """Return the numbers of a page that are found in none of its rows.

    Parameters
    ----------
    page_html : str
        A report or an overview as the batch writes it, or sections of one; its ``lang`` says how
        numbers are written (Swedish when it has none).
    rows : DataFrame
        What the page may take its numbers from: `rows_of` the table that `read_table` reads.

    Returns
    -------
    list of Untraced
        Empty when every number is found.
    """
    language, pieces = read_pieces(page_html)
    return Tracer(rows, language).untraced(pieces)[0]


def n_traced(page_html: str, rows: pd.DataFrame) -> int:
    """Return how many numbers of a page were looked for (and found, when `untraced` is empty)."""
    language, pieces = read_pieces(page_html)
    return Tracer(rows, language).untraced(pieces)[1]


@dataclass(frozen=True, eq=False)
class Tracer:
    """The rows of a page, made ready to be looked through.

    Attributes
    ----------
    rows : DataFrame
    language : {"sv", "en"}
    """

    rows: pd.DataFrame
    language: str

    def untraced(self, pieces: Sequence[Piece]) -> tuple[list[Untraced], int]:
        """Return the numbers that are not found, and how many were looked for."""
        missing, n = [], 0
        for piece in pieces:
            claims = [
                c for text in piece.texts for c in claims_of(text, self.language, self._names)
            ]
            n += sum(len(claim.numbers) for claim in claims)
            for claim in self._not_found(piece, claims):
                text = " | ".join(piece.texts)
                missing.append(Untraced(piece.section, piece.kind, claim.text, text))
        return missing, n

    def _not_found(self, piece: Piece, claims: list[Claim]) -> list[Claim]:
        if not claims:
            return []
        if piece.kind == "row":
            return self._looked(piece.section, is_table=True).not_in_one_group(claims)
        return self._looked(piece.section, is_table=False).not_anywhere(claims)

    def _looked(self, section: str, *, is_table: bool) -> Lookup:
        key = (section, is_table)
        if key not in self._lookups:
            part = self.rows["part"]
            chosen = part.isin((section, *SEES.get(section, ())))
            if not is_table:
                chosen |= self.rows["metric"].isin(COMMON) & self._is_common
            self._lookups[key] = Lookup(self.rows[chosen])
        return self._lookups[key]

    @cached_property
    def _is_common(self) -> pd.Series:
        return self.rows["by"].isin(["all", "entry", "case"])

    @cached_property
    def _lookups(self) -> dict[tuple[str, bool], Lookup]:
        return {}

    @cached_property
    def _names(self) -> list[str]:
        """Names in the rows that have a digit: of groups, of FMB, of sources."""
        found: set[str] = set()
        for name in ("stratum", "label", "data_vintage"):
            if name in self.rows:
                found |= {str(text).removeprefix("'") for text in self.rows[name].unique()}
        told = {text for text in found if any(c.isdigit() for c in text) and _is_name(text)}
        for threshold in self.rows.loc[self.rows["metric"] == "threshold", "estimate"].unique():
            told |= {f"{words} {threshold:.0f}" for words in FEWER}
        return sorted(told, key=len, reverse=True)


def _is_name(text: str) -> bool:
    """Whether a text is more than numbers: "16-29" and "2017" are looked up as numbers."""
    return any(c.isalpha() for c in text)


class Lookup:
    """Rows as arrays; a claim is compared with all of them at once."""

    def __init__(self, rows: pd.DataFrame) -> None:
        metric = rows["metric"].astype(str)
        self._found = rows[["estimate", "lo", "hi"]].to_numpy(dtype=float)
        kinds = metric.map({key: found.kind for key, found in MEASURES.items()})
        is_difference = (kinds == DIFFERENCE).to_numpy()
        is_share = (kinds == SHARE).to_numpy() | is_difference
        self._scale = np.where(is_share, 100.0, 1.0)
        # Percentage points stand without the sign.
        self._takes_percent, self._takes_plain = is_share, ~is_share | is_difference
        self._is_difference = is_difference
        whole = [name for name in _WHOLE if name in rows]
        self._whole = rows[whole].to_numpy(dtype=float)
        self._bands = _bands(rows["stratum"])
        keys = [name for name in _GROUP if name in rows]
        # A row of published counts tells several days of one source and code.
        days = rows["day"].mask(rows["by"] == "source")
        grouped = rows.assign(day=days).groupby(keys, sort=False, dropna=False)
        self._group = grouped.ngroup().to_numpy()

    def not_anywhere(self, claims: list[Claim]) -> list[Claim]:
        """Return the claims that no row holds; two numbers may come from two rows."""
        return [claim for claim in claims if not self._is_told(claim)]

    def _is_told(self, claim: Claim) -> bool:
        if self._rows_with(claim).any():
            return True
        singles = {number: Claim(claim.text, (number,)) for number in claim.numbers}
        is_range = len(singles) <= 2 and None not in singles
        return is_range and all(self._rows_with(single).any() for single in singles.values())

    def not_in_one_group(self, claims: list[Claim]) -> list[Claim]:
        """Return the claims missing in the group that holds most of them."""
        if not len(self._group):
            return claims
        n_groups = int(self._group.max()) + 1
        held = np.array(
            [np.bincount(self._group, self._rows_with(c), minlength=n_groups) > 0 for c in claims]
        )
        best = held[:, int(held.sum(axis=0).argmax())]
        return [claim for claim, is_held in zip(claims, best, strict=True) if not is_held]

    def _rows_with(self, claim: Claim) -> np.ndarray:
        """Say of every row whether it holds the claim."""
        numbers = claim.numbers
        if len(numbers) == 1:
            return self._holds(numbers[0])
        ends = numbers if len(numbers) == 3 else (None, *numbers)
        agree = np.ones(len(self._found), dtype=bool)
        for column, number in enumerate(ends):
            if number is not None:
                agree &= self._equal(self._found[:, column], number)
        if len(numbers) == 2:
            agree |= (self._bands == [numbers[0].value, numbers[1].value]).all(axis=1)
        return agree

    def _holds(self, number: Number) -> np.ndarray:
        found = np.zeros(len(self._found), dtype=bool)
        for column in self._found.T:
            found |= self._equal(column, number)
        if number.decimals == 0 and not number.is_percent:
            found |= (self._whole == number.value).any(axis=1)
            found |= (self._bands == number.value).any(axis=1)
        return found

    def _equal(self, column: np.ndarray, number: Number) -> np.ndarray:
        """Whether the number is a rounding of what stands in the rows."""
        exact = column * self._scale
        room = 0.5 * 10.0**-number.decimals * (1 + 1e-9) + 1e-9
        near = np.abs(exact - number.value) <= room
        near |= self._is_difference & (np.abs(np.abs(exact) - number.value) <= room)
        return near & (self._takes_percent if number.is_percent else self._takes_plain)


def _bands(strata: pd.Series) -> np.ndarray:
    """Return the ends of strata such as "16-29", "60+" and "2017"; NaN where there is none."""
    ends = strata.astype(str).str.extract(r"^(\d+)(?:[-–](\d+)|\+|[-–])?$")
    return ends.astype(float).to_numpy()
