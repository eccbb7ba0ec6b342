"""What is published of a diagnosis, looked up at its limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fmbstats import codes, published
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.frames import Row
from fmbstats.results.published import PublishedResult, PublishedRow, reading_order


def published_of(spells: DiagnosisSpells) -> PublishedResult:
    """Look up the diagnosis' codes, and the broader codes that hold them.

    Counts of a year are held against that year's limits first, where there were any: a limit that
    came later was nobody's recommendation then.
    """
    folder = spells.store.data_folder
    rows: list[PublishedRow] = []
    of_year = {spells.year: spells.recommendation.limited}
    for code, is_broader in published.related_codes(spells.codes, data_raw=folder):
        for year in published.published_years(code, data_raw=folder) | {spells.year}:
            if year not in of_year:
                of_year[year] = spells.with_settings(year=year).recommendation.limited
            for wording, end, days, convention in _limits_of(of_year[year], code):
                rows += [
                    PublishedRow(
                        f, end, convention, is_broader, wording, f.year not in (None, year)
                    )
                    for f in _widest(published.published_bounds(code, days, data_raw=folder))
                    if year in (f.year, spells.year)
                ]
    # Another year's limits would repeat some of it.
    own = {_what(row) for row in rows if not row.is_other_year}
    distinct = [row for row in rows if not (row.is_other_year and _what(row) in own)]
    return PublishedResult(spells.about, tuple(sorted(distinct, key=reading_order)), folder)


def _what(row: PublishedRow) -> tuple:
    f = row.found
    about = (f.source, f.label, f.code, f.period, f.sex, f.area, f.counted, f.definition, f.group)
    return (*about, f.limit_days)


_OF_ONE_TABLE = ("source", "label", "counted", "period", "definition", "group")


def _widest(found: list[published.PublishedBounds]) -> list[published.PublishedBounds]:
    """Keep, per source and period, women and men together and the widest area where it is there."""
    wide = []
    for f in found:
        same = [o for o in found if all(getattr(o, n) == getattr(f, n) for n in _OF_ONE_TABLE)]
        is_total = f.sex == "all" or all(o.sex != "all" for o in same if o.area == f.area)
        if is_total and (not f.area or all(o.area for o in same)):
            wide.append(f)
    return wide


def _limits_of(cases: Iterable[Row], code: str) -> Iterator[tuple[int, str, int, int | None]]:
    """Yield (number, end, days, month convention) for every distinct limit of a code's cases."""
    pairs = sorted(
        {
            (case.limit_days_30, case.limit_days_31)
            for case in cases
            if any(codes.overlap(own, code) for own in case.codes)
        }
    )
    for k, days in enumerate(pairs):
        end = "longest" if k == len(pairs) - 1 else "shortest" if k == 0 else "between"
        if days[0] == days[1]:
            yield k, end, days[0], None
        else:
            yield k, end, days[0], 30
            yield k, end, days[1], 31
