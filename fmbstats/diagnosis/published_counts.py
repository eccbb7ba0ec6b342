"""What is published of a diagnosis, looked up at its limits."""

from __future__ import annotations

from collections.abc import Iterator

from fmbstats import codes, published
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.results import PublishedResult
from fmbstats.results.published import PublishedRow, in_reading_order


def published_of(spells: DiagnosisSpells) -> PublishedResult:
    """Look up the diagnosis' codes, and the broader codes that hold them."""
    folder = spells.store.data_folder
    rows: list[PublishedRow] = []
    for code, is_broader in published.related_codes(spells.codes, data_raw=folder):
        for wording, end, days, convention in _limits_of(spells, code):
            rows += [
                PublishedRow(found, end, convention, is_broader, wording)
                for found in _widest(published.published_bounds(code, days, data_raw=folder))
            ]
    return PublishedResult(spells.about, in_reading_order(rows), folder)


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


def _limits_of(spells: DiagnosisSpells, code: str) -> Iterator[tuple[int, str, int, int | None]]:
    """Yield (number, end, days, month convention) for every distinct limit of a code's cases."""
    cases = spells.recommendation.cases
    closed = cases[cases["limit_days"].notna()]
    covers = [any(codes.overlap(c, code) for c in own) for own in closed["codes"]]
    pairs = sorted(
        {(int(case.limit_days_30), int(case.limit_days_31)) for case in closed[covers].itertuples()}
    )
    for k, days in enumerate(pairs):
        end = "longest" if k == len(pairs) - 1 else "shortest" if k == 0 else "between"
        if days[0] == days[1]:
            yield k, end, days[0], None
        else:
            yield k, end, days[0], 30
            yield k, end, days[1], 31
